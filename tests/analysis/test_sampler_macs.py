"""Multiply-adds of the sampler, counted by hand."""

from s2dnet_mmaction.analysis.sampler_macs import banded_macs, dense_macs
from s2dnet_mmaction.functional.sampling.filters import Filters


def test_multiply_adds():
    size, extent = (2, 5, 7), (30, 40, 50)
    assert dense_macs(size, extent) == 2 * (
        30 * 40 * 50 + 5 * 40 * 50 + 5 * 7 * 50)
    assert banded_macs(size, extent) == 2 * (
        12 * 40 * 50 + 12 * 5 * 50 + 12 * 5 * 7)
    assert banded_macs(size, extent, Filters('linear', 'linear')) == 2 * (
        2 * 40 * 50 + 2 * 5 * 50 + 2 * 5 * 7)
    assert banded_macs(size, (3, 2, 1)) == dense_macs(size, (3, 2, 1))
