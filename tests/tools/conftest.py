"""A trained tiny model for the tools."""

import sys

import pytest

from tests.support import small
from tests.support.command_line import call, config_of_run
from tests.support.glints import ROOT, config
from tests.support.once import once_per_run


@pytest.fixture(scope='session')
def trained(glints_root, tmp_path_factory):
    """Folder of a run of tools/train.py, one epoch a stage; read only.

    It holds the config ``tiny.py`` and ``work/`` with what training wrote.
    """

    def train(folder):
        folder.mkdir()
        cfg = config(glints_root, folder / 'work', max_epochs=2,
                     switch_epoch=1)
        cfg.dump(folder / 'tiny.py')
        done = call(sys.executable, ROOT / 'tools/train.py',
                    folder / 'tiny.py', cwd=folder)
        assert done.returncode == 0, done.stderr[-3000:]

    return once_per_run(tmp_path_factory, 'trained', train)


@pytest.fixture
def config_of_tool(tmp_path):
    """Config that the runner gets for options, from one with changes."""

    def run(tool, *options, **changes):
        cfg = small.s2dnet()
        cfg.merge_from_dict(changes)
        cfg.dump(tmp_path / 'net.py')
        return config_of_run(tool, tmp_path / 'net.py', *options)

    return run
