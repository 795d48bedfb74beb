"""Videos that are read one by one, and batches of those that fit."""

from functools import partial
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from mmengine.dataset import pseudo_collate
from mmengine.registry import FUNCTIONS
from torch.utils.data import Dataset

from ..._checks import require

Collate = Callable[[Sequence[dict]], dict]


class Read(NamedTuple):
    """A video of a source: its sample, or why there is none."""
    index: int
    sample: Optional[Dict[str, Any]]
    reason: str = ''


class Batch(NamedTuple):
    """Videos of which some could not be read.

    Attributes:
        parts: numbers of the videos and what the model takes, for each size
            of frames.
        broken: the videos that could not be read.
    """
    parts: List[tuple]
    broken: List[Read]


class Videos(Dataset):
    """Reads the videos of a source. An error of one is kept with it."""

    def __init__(self, samples: Sequence[Dict[str, Any]]) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> Read:
        try:
            return Read(index, self.samples[index])
        # Files can be broken in any way, and a run may not end at one of a
        # million. Its error is written to the results.
        except Exception as error:
            return Read(index, None, reason_of(error))


def reason_of(error: Exception) -> str:
    """One line about an error."""
    text = ' '.join(str(error).split())
    return f'{type(error).__name__}: {text}'


def collate_of(loader: Dict[str, Any]) -> Collate:
    """The collation of a data loader's config, as a Runner finds it."""
    options = dict(loader.get('collate_fn') or {})
    if not options:
        return pseudo_collate
    kind = options.pop('type', None)
    function = FUNCTIONS.get(kind) if isinstance(kind, str) else kind
    require(callable(function), 'collate_fn.type', repr(kind), 'a function, '
            "or the name of one in mmengine's registry FUNCTIONS",
            'Correct test_dataloader.collate_fn.')
    return partial(function, **options)


def to_batch(reads: Sequence[Read], collate: Collate) -> Batch:
    """Collate videos whose frames are of one size together."""
    groups: Dict[Any, List[Read]] = {}
    for read in reads:
        if read.sample is not None:
            groups.setdefault(_size(read.sample['inputs']), []).append(read)
    return Batch(
        [([read.index for read in group],
          collate([read.sample for read in group]))
         for group in groups.values()],
        [read for read in reads if read.sample is None])


def _size(inputs: Any) -> Any:
    """What the videos of a batch have in common: all but their length."""
    if isinstance(inputs, dict):  # views of candidates, one after another
        return tuple(
            (name, None if view is None else
             (view.dtype, tuple(view.shape[1:])))
            for name, view in inputs.items())
    shape = list(inputs.shape)
    if len(shape) >= 5:  # (V, C, T, H, W); (V, C, H, W) is of images
        shape[-3] = -1
    return inputs.dtype, tuple(shape)
