from tests.support.banded import BandedTests


class TestKernels(BandedTests):
    backend = 'numba'
