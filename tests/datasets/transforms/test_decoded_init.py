"""Opening frames that were decoded beforehand."""

import numpy as np
import pytest

from s2dnet_mmaction.datasets import DecodedInit


def test_frames_that_were_not_decoded(tmp_path):
    with pytest.raises(FileNotFoundError, match='write_telltale.py --decode'):
        DecodedInit()(dict(filename=str(tmp_path / 'videos/00000.mp4')))


def test_decoded_frames_of_another_kind(tmp_path):
    (tmp_path / 'decoded').mkdir()
    np.save(tmp_path / 'decoded/a.npy', np.zeros((3, 4)))
    with pytest.raises(ValueError, match='float64'):
        DecodedInit()(dict(filename=str(tmp_path / 'videos/a.mp4')))
