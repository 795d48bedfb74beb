import importlib
import os
import sys

import pytest

from tests.support.fake_study import FakeStudy, in_checkout
from tests.support.glints import ROOT


@pytest.fixture
def planned_study(tmp_path, monkeypatch):
    """A study that may be planned and reported with any Python."""
    for change in in_checkout(tmp_path):
        monkeypatch.setattr(*change)
    # for the server that starts processes
    monkeypatch.setenv('PYTHONPATH', os.pathsep.join(
        [str(ROOT), str(ROOT / 'tools/experiments')]))
    return FakeStudy(tmp_path)


@pytest.fixture
def study(planned_study):
    """A study that Snakemake can train."""
    if sys.version_info < (3, 11):
        pytest.skip('Snakemake 9 needs Python 3.11')
    # It keeps the stdout that it finds first; capfd closes those of a test.
    importlib.import_module('snakemake.shell')
    return planned_study
