"""A trained tiny model for the tools."""

import sys

import pytest

from tests.support.command_line import call
from tests.support.glints import ROOT, config


@pytest.fixture(scope='session')
def trained(glints_root, tmp_path_factory):
    """A run of the tiny model through tools/train.py, one epoch a stage."""
    folder = tmp_path_factory.mktemp('run')
    cfg = config(glints_root, folder / 'work', max_epochs=2, switch_epoch=1)
    cfg.dump(folder / 'tiny.py')
    done = call(sys.executable, ROOT / 'tools/train.py', folder / 'tiny.py',
                cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder
