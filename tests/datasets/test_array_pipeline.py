"""Pipelines with an array in place of a file."""

import copy

import pytest
from mmaction.datasets.transforms import DecordInit

from s2dnet_mmaction.datasets.array_pipeline import from_array, kinds_of

SAMPLE = dict(type='SampleStridedFrames')
PACK = dict(type='PackActionInputs')
ARRAY = dict(type='ArrayDecode')


@pytest.mark.parametrize('steps, expected', [
    ([dict(type='ClipInit'), SAMPLE, dict(type='ClipDecode'), PACK],
     [SAMPLE, ARRAY, PACK]),
    ([dict(type='mmaction.DecordInit', num_threads=2), SAMPLE,
      dict(type='mmaction.DecordDecode'), PACK], [SAMPLE, ARRAY, PACK]),
    ([dict(type=DecordInit), SAMPLE, dict(type='DecordDecode')],
     [SAMPLE, ARRAY]),
    # DecodedInit decodes nothing
    ([dict(type='DecodedInit'), SAMPLE, ARRAY], [SAMPLE, ARRAY]),
    ([SAMPLE, dict(type='RawClipDecode')], [SAMPLE, ARRAY]),
    ([dict(type='ClipInit'), SAMPLE, dict(
        type='SynopsisFirst', opener=dict(type='ClipInit'),
        pipeline=[dict(type='ClipDecode'), PACK])],
     [SAMPLE, dict(type='SynopsisFirst', opener=None,
                   pipeline=[ARRAY, PACK])])])
def test_from_array(steps, expected):
    given = copy.deepcopy(steps)
    assert from_array(steps) == expected
    assert steps == given  # the config is not changed


def test_kinds_of_steps_within_steps():
    assert list(kinds_of([SAMPLE, dict(type='a.B', pipeline=[PACK])])) == [
        'SampleStridedFrames', 'B', 'PackActionInputs']
