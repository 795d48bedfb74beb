"""MMAction2's inferencer answers as a test does, for each kind of config."""

import av
import numpy as np
import pytest
import torch
from mmaction.apis.inferencers import MMAction2Inferencer
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.fileio import load
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from tests.support import videos
from tests.support.glints import ROOT

pytestmark = pytest.mark.slow

# One for each kind of pipeline and of network
CONFIGS = [
    'imagenet-pretrained-mobilenetv2-r50_8xb8-2x85-8x12-120e_sthv2',
    'x3d-s160-x3d-m_8xb8-2x150-16x16-150e_kinetics400',
    'heatmap_kinetics400-pretrained-x3d-s160-uniformer-s_8xb8-2x150-16x16-'
    '30e_kinetics400',
    'heatmap_r18-r18_1xb16-2x40-8x8-12e_glints',
    'heatmap_r3d18-r3d18_1xb32-1x48-8x6-24e_telltale',
    'snet-alone_r3d18_1xb32-1x48-8x0-24e_telltale',
]


def write_checkpoint(cfg, path):
    """Random weights, whose answers differ clearly between videos."""
    init_default_scope(cfg.default_scope)
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    for part in (model.cls_head, getattr(model, 'neck', None)):
        for parameter in part.parameters() if part else ():
            if parameter.dim() > 1:
                torch.nn.init.normal_(
                    parameter, std=1 / parameter[0].numel()**0.5)
    torch.save(dict(state_dict=model.state_dict()), path)


@pytest.mark.parametrize('name', CONFIGS)
def test_scores_are_those_of_a_test(name, tmp_path):
    cfg = Config.fromfile(
        ROOT / f'configs/recognition/s2dnet/s2dnet_{name}-rgb.py')
    for part in ('snet', 'dnet', 'backbone'):
        options = cfg.model.get(part, {})
        options.pop('init_cfg', None)
        if isinstance(options.get('size'), int):  # the full ones take long
            options.size = min(options.size, 64)
    write_checkpoint(cfg, tmp_path / 'weights.pth')
    (tmp_path / 'videos').mkdir()
    (tmp_path / 'decoded').mkdir()  # Telltale reads these
    for i in range(2):  # a bright video and a dark one
        frames = videos.draw(21 + 6 * i, 60, 80, seed=i) // (1 + 15 * i)
        videos.write(tmp_path / f'videos/{i}.mp4', frames)
        with av.open(str(tmp_path / f'videos/{i}.mp4')) as file:
            np.save(tmp_path / f'decoded/{i}.npy', [
                frame.to_ndarray(format='rgb24')
                for frame in file.decode(video=0)])
    place = ' 0 0 0' if 'Placed' in cfg.test_dataloader.dataset.type else ''
    (tmp_path / 'list.txt').write_text(f'0.mp4 0{place}\n1.mp4 1{place}\n')
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False,
                               batch_size=1)
    cfg.test_dataloader.dataset.update(
        ann_file=str(tmp_path / 'list.txt'), data_root=None,
        data_prefix=dict(video=str(tmp_path / 'videos')))
    cfg.merge_from_dict(dict(
        work_dir=str(tmp_path / 'work'), load_from=str(
            tmp_path / 'weights.pth'), launcher='none'))
    cfg.test_evaluator = dict(
        type='DumpResults', out_file_path=str(tmp_path / 'test.pkl'))
    cfg.dump(tmp_path / 'net.py')
    Runner.from_cfg(cfg).test()
    expected = [sample['pred_score'].numpy()
                for sample in load(tmp_path / 'test.pkl')]
    assert abs(expected[0] - expected[1]).max() > 1e-3
    infer = MMAction2Inferencer(
        rec=str(tmp_path / 'net.py'),
        rec_weights=str(tmp_path / 'weights.pth'),
        device='cpu')
    for i, scores in enumerate(expected):
        got, = infer(str(tmp_path / f'videos/{i}.mp4'))['predictions']
        assert abs(np.array(got['rec_scores'][0]) - scores).max() < 1e-6
