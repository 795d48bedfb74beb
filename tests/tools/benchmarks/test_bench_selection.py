"""The benchmarks of samplers, tiny runs of them."""

import json

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from tests.support import haystack, nsnet
from tests.support.command_line import call_tool

pytestmark = pytest.mark.slow


def write(folder, cfg):
    """Config and checkpoint of a sampler with random weights."""
    cfg.model.select.k = 3
    init_default_scope('mmaction')
    config = cfg.model.copy()
    config.recognizer.pop('init_cfg')
    torch.save(dict(state_dict=MODELS.build(config).state_dict(), meta={}),
               folder / 'sampler.pth')
    cfg.dump(str(folder / 'sampler.py'))
    return folder


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp('selection')
    return write(folder, haystack.config(
        haystack.SAMPLER.format('rank'), folder / 'data', folder))


def test_selection(files, tmp_path):
    text = call_tool(
        'benchmarks/bench_selection.py', files / 'sampler.py',
        files / 'sampler.pth', '--num-videos', 2, '--rounds', 2,
        '--out', tmp_path / 'out')
    assert '3 of the sampler' in text and 'faster than all clips' in text
    record = json.loads((tmp_path / 'out.json').read_text())
    assert set(record['costs']['gmacs']) == {'clip', 'visual'}
    assert record['costs']['gmacs']['clip'] > 20 * (
        record['costs']['gmacs']['visual'])
    assert record['costs']['seconds']['clip'] > 0
    assert len(record['comparison']['variants']) == 3


def test_a_sampler_of_whole_videos(tmp_path):
    """NSNet: its cost for each of its scores."""
    files = write(tmp_path, nsnet.config(nsnet.NSNET, tmp_path))
    call_tool(
        'benchmarks/bench_selection.py', files / 'sampler.py',
        files / 'sampler.pth', '--num-videos', 1, '--rounds', 1,
        '--out', tmp_path / 'out')
    costs = json.loads((tmp_path / 'out.json').read_text())['costs']
    assert set(costs['gmacs']) == {'clip', 'fs', 'vg'}
    assert costs['gmacs']['fs'] == costs['gmacs']['vg'] < (
        costs['gmacs']['clip'])
    assert set(costs['seconds']) == {'fixed', 'clip', 'fs', 'vg'}


def test_long_video(files, tmp_path):
    call_tool(
        'benchmarks/bench_long_video.py', files / 'sampler.py',
        files / 'sampler.pth', files / 'data/videos/00000.mp4',
        '--minutes', 1, 3, '--out', tmp_path / 'out')
    first, second = json.loads((tmp_path / 'out.json').read_text())[
        'results']
    assert 60 <= first['clips'] < 90 and 180 <= second['clips'] < 210
    assert 0 < second['peak_mib'] < 1.5 * first['peak_mib']
    assert '| 3 ' in (tmp_path / 'out.md').read_text()
