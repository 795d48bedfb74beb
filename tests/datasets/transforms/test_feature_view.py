"""Features in the place of frames."""

import numpy as np
import pytest
import torch

from s2dnet_mmaction.datasets import (
    FeatureInit,
    FeatureView,
    SampleCandidates,
)

STARTS = np.array([0, 4, 8])
FEATURES = np.arange(6).reshape(3, 2).astype(np.float16)


@pytest.fixture
def folder(tmp_path):
    np.savez(tmp_path / 'a.mp4.npz', starts=STARTS, features=FEATURES)
    return str(tmp_path)


def results(name='videos/a.mp4', start_index=1):
    return dict(filename=name, start_index=start_index)


def test_the_features_of_candidates(folder):
    opened = FeatureInit(folder)(results())
    found = SampleCandidates(clip_len=1, step=4)(opened)
    assert found['candidates'].tolist() == [[1], [5], [9]]
    view = FeatureView(folder).read(found, found['candidates'][[2, 0]])
    assert view.dtype == torch.float32
    assert view.tolist() == [[4, 5], [0, 1]]


def test_what_is_not_there(folder):
    with pytest.raises(FileNotFoundError, match=r'b.mp4.npz, expected a file'):
        FeatureInit(folder)(results('b.mp4'))
    with pytest.raises(ValueError, match=r'clips that begin at frames \[2\]'):
        FeatureView(folder).read(results(), np.array([[3]]))
