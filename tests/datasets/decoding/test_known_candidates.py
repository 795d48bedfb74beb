"""Candidates by their first frames."""

import numpy as np
import pytest

from s2dnet_mmaction.datasets.decoding.known_candidates import positions_of

STARTS = np.array([0, 4, 8, 12])


def test_positions():
    candidates = np.array([[9, 10], [1, 2], [9, 10]])
    assert positions_of(candidates, 1, STARTS, 'a').tolist() == [2, 0, 2]


@pytest.mark.parametrize('start', [-1, 2, 13])
def test_others(start):
    with pytest.raises(ValueError, match=rf'of a: got clips .* \[{start}\]'):
        positions_of(np.array([[4], [start]]), 0, STARTS, 'a')
