"""Options of both train.py and test.py."""

import argparse
import os
import runpy
from functools import partial

import pytest
from mmengine.config import Config

from tests.support.glints import ROOT


@pytest.fixture(params=[('train.py', ), ('test.py', 'net.pth')])
def config_of(request, config_of_tool):
    return partial(config_of_tool, *request.param)


def test_work_dir(config_of):
    """Command line, then config, then the name of the config."""
    assert config_of('--work-dir', 'here').work_dir == 'here'
    assert config_of(work_dir='there').work_dir == 'there'
    assert config_of(work_dir=None).work_dir == './work_dirs/net'
    options = ('--cfg-options', 'work_dir=elsewhere')
    assert config_of(*options).work_dir == 'elsewhere'
    assert config_of('--work-dir', 'here', *options).work_dir == 'here'


def test_options_of_a_launcher(monkeypatch):
    """A launcher's variable wins over --local_rank."""
    tool = runpy.run_path(str(ROOT / 'tools/run_options.py'))
    parser = argparse.ArgumentParser()
    parser.add_argument('config')
    tool['add_run_options'](parser)
    args = parser.parse_args([
        'net.py', '--launcher', 'pytorch', '--local-rank', '1',
        '--cfg-options', 'model.k=2'])
    cfg = Config(dict(model=dict(k=3)))
    monkeypatch.setenv('LOCAL_RANK', '3')
    tool['merge_run_options'](cfg, args)
    assert cfg.launcher == 'pytorch' and cfg.model.k == 2
    assert os.environ['LOCAL_RANK'] == '3'
    monkeypatch.delenv('LOCAL_RANK')
    tool['merge_run_options'](cfg, args)
    assert os.environ['LOCAL_RANK'] == '1'
