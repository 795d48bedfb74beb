"""Pipelines of a config, with an array in place of a file."""

from typing import Iterator, List, Sequence

from mmaction.utils import get_str_type


def kind_of(step: dict) -> str:
    """Type of a step of a pipeline, without its scope."""
    return get_str_type(step['type']).split('.')[-1]


def kinds_of(steps: Sequence[dict]) -> Iterator[str]:
    """Types of the steps of a pipeline, and of the steps within them."""
    for step in steps:
        yield kind_of(step)
        yield from kinds_of(step.get('pipeline', ()))
        yield from kinds_of(list(step.get('views', {}).values()))


def from_array(steps: Sequence[dict]) -> List[dict]:
    """A pipeline that takes its frames from ``results['array']``.

    Transforms that open a file (``*Init``) are left out; ``ArrayDecode``
    replaces the one that decodes it (``*Decode``). Also within a step, such
    as :class:`SynopsisFirst` and :class:`SkimFirst`.
    """
    result = []
    for step in steps:
        kind = kind_of(step)
        if kind.endswith('Init'):
            continue
        if kind.endswith('Decode'):
            step = dict(type='ArrayDecode')
        if 'pipeline' in step:
            step = dict(step, pipeline=from_array(step['pipeline']))
        if 'views' in step:
            step = dict(step, views={
                name: from_array([view])[0]
                for name, view in step['views'].items()})
        if 'opener' in step:
            step = dict(step, opener=None)
        result.append(step)
    return result
