"""A linear classifier of six numbers."""

import numpy as np
import pytest
from group_from_window import NUMBERS, linear_accuracy


@pytest.mark.parametrize('step, low, high', [(0, 0.2, 0.47), (6, 0.97, 1)])
def test_group_that_shows_in_one_number(step, low, high):
    """Without any it is a guess; six standard deviations tell it."""
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 3, 400)
    rows = rng.normal(size=(400, len(NUMBERS)))
    rows[:, 3] += step * (groups == 1) - step * (groups == 2)
    rows[:, 0] += step * (groups == 0)
    assert low <= linear_accuracy(rows, groups) <= high
