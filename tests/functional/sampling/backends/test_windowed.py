from tests.support.banded import BandedTests


class TestWindowed(BandedTests):
    backend = 'torch'
