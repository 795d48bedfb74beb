"""Assertions of the shared checks show their values, as in test files."""

import pytest

pytest.register_assert_rewrite(
    'tests.support.banded', 'tests.support.sampling',
    'tests.support.triton_kernels')
