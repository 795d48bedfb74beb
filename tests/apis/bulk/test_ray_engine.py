"""Bulk prediction on a Ray cluster of this machine, with a death."""

import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from tests.support import glints, tiny
from tests.support.command_line import call, call_tool
from tests.support.glints import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def case(glints_root, tmp_path_factory):
    """Folder with config, checkpoint and the results without Ray."""
    folder = tmp_path_factory.mktemp('ray')
    tiny.write_checkpoint(folder / 'a.pth')
    glints.config(glints_root, folder / 'work').dump(folder / 'tiny.py')
    call_tool('predict.py', *command(folder, glints_root, 'local'))
    return folder


def command(folder, glints_root, out, *more):
    return [folder / 'tiny.py', folder / 'a.pth', glints_root / 'videos',
            '--out', folder / out, '--fields', 'scores', '--batch-size', 2,
            '--work-dir', folder / 'work', *more]


def results(folder):
    table = pd.read_parquet(folder / 'results').sort_values('index')
    return table.reset_index(drop=True)


def actors():
    """Processes of Ray that hold the network."""
    done = subprocess.run(['pgrep', '-f', r'^ray::.*MapWorker'],
                          capture_output=True, text=True)
    return [int(pid) for pid in done.stdout.split()]


def test_an_actor_dies(case, glints_root):
    """Another takes its place; each video has one result, the same."""
    out = case / 'with_ray'
    with open(case / 'log', 'w') as log:
        process = subprocess.Popen(
            [sys.executable, *map(str, [
                ROOT / 'tools/predict.py',
                *command(case, glints_root, 'with_ray', '--engine', 'ray',
                         '--save-every', 0.01)])],
            stdout=log, stderr=log,
            env={**os.environ, 'PYTHONPATH': str(ROOT)})
        try:
            end = time.monotonic() + 240
            while not list(out.glob('results/part-*.parquet')):
                assert process.poll() is None, (case / 'log').read_text()
                assert time.monotonic() < end, (case / 'log').read_text()
                time.sleep(.02)
            assert len(results(out)) < 36  # of all videos
            victim, = actors()
            os.kill(victim, signal.SIGKILL)
            assert process.wait(240) == 0, (case / 'log').read_text()
        finally:
            process.kill()
    got, expected = results(out), results(case / 'local')
    assert got['input'].tolist() == expected['input'].tolist()
    assert got['pred_label'].equals(expected['pred_label'])
    for scores, others in zip(got['scores'], expected['scores']):
        assert scores == pytest.approx(others, abs=1e-6)


OWN_PARTS = """
from mmaction.models.backbones import X3D
from mmaction.registry import MODELS


@MODELS.register_module()
class OwnX3D(X3D):
    pass
"""


def test_parts_of_one_s_own(glints_root, tmp_path):
    """The workers import what the config does; a model of MMAction2's."""
    (tmp_path / 'own_parts.py').write_text(OWN_PARTS)
    cfg = glints.config(glints_root, tmp_path / 'work')
    cfg.custom_imports.imports.append('own_parts')
    cfg.model = dict(
        type='Recognizer3D', backbone=dict(tiny.X3D, type='OwnX3D'),
        cls_head=dict(type='X3DHead', num_classes=6, in_channels=96,
                      average_clips='prob'),
        data_preprocessor=dict(type='ActionDataPreprocessor',
                               mean=[120.] * 3, std=[60.] * 3,
                               format_shape='NCTHW'))
    cfg.test_dataloader.dataset.pipeline[1].max_frames = 4
    cfg.dump(tmp_path / 'tiny.py')
    init_default_scope('mmaction')
    model = MODELS.build(dict(cfg.model, backbone=tiny.X3D))
    torch.save(dict(state_dict=model.state_dict()), tmp_path / 'a.pth')
    text = call_tool('predict.py', *command(
        tmp_path, glints_root, 'out', '--engine', 'ray'),
        PYTHONPATH=f'{tmp_path}:{ROOT}')
    assert '36 videos: 36 predicted' in text
    assert len(results(tmp_path / 'out')) == 36


def test_without_ray(case, glints_root, tmp_path):
    """An error, not another engine."""
    (tmp_path / 'ray.py').write_text('raise ModuleNotFoundError')
    done = call(sys.executable, ROOT / 'tools/predict.py', *command(
        case, glints_root, 'without', '--engine', 'ray'),
        PYTHONPATH=f'{tmp_path}:{ROOT}')
    assert done.returncode != 0
    assert 'take --engine local' in done.stderr
