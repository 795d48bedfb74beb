"""Numbers of metafile.yml and of the table of configs."""

import re

import mmengine
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

from s2dnet_mmaction.analysis.complexity import count_macs
from tests.support.glints import ROOT

INDEX = mmengine.load(ROOT / 'model-index.yml')
README = (ROOT / 'configs/recognition/s2dnet/README.md').read_text()
METAFILE = mmengine.load(ROOT / INDEX['Import'][0])
MODELS_OF_THE_PAPER = {model['Config']: model for model in METAFILE['Models']}
MN2_R50 = 's2dnet_imagenet-pretrained-mobilenetv2-r50_8xb8-'
# Upper bounds of the GMACs without the sampler.
BOUNDS = {
    f'{MN2_R50}2x150-16x16-120e_minikinetics-rgb': 21.3,
    f'{MN2_R50}2x85-8x12-120e_sthv2-rgb': 24.5,
    f'{MN2_R50}2x85-16x16-120e_sthv2-rgb': 36.3,
    # The paper's 5.4 G, of which ours counts 0.2 for norms (fidelity.md).
    's2dnet_x3d-s160-x3d-m_8xb8-2x150-16x16-150e_kinetics400-rgb': 5.4,
}


def build(path):
    cfg = Config.fromfile(ROOT / path)
    init_default_scope(cfg.default_scope)
    torch.manual_seed(0)
    model = MODELS.build(cfg.model)
    model.eval()
    return cfg, model


def test_every_config_is_there_once():
    configs = {str(path.relative_to(ROOT))
               for path in (ROOT / 'configs/recognition/s2dnet').rglob('*.py')
               if not re.search('glints|telltale|tennis7', path.name)}
    assert set(MODELS_OF_THE_PAPER) == configs
    assert len(METAFILE['Models']) == len(configs)
    collection, = METAFILE['Collections']
    assert (ROOT / collection['README']).is_file()
    for config, model in MODELS_OF_THE_PAPER.items():
        assert config.endswith(f'/{model["Name"]}.py')
        assert model['In Collection'] == collection['Name']


def test_every_result_names_its_origin():
    for model in METAFILE['Models']:
        for result in model.get('Results', []):
            for metric in result['Metrics']:
                assert re.search(r'\((paper|ours)\)$', metric), metric


@pytest.mark.slow
@pytest.mark.parametrize('config', MODELS_OF_THE_PAPER)
def test_numbers_are_those_measured(config):
    """In the metafile and in the row of the README."""
    cfg, model = build(config)
    stated = MODELS_OF_THE_PAPER[config]['Metadata']
    assert stated['Epochs'] == cfg.train_cfg.max_epochs
    assert stated['Batch Size'] == cfg.auto_scale_lr.base_batch_size
    params = sum(p.numel() for p in model.parameters()) / 1e6
    assert stated['Parameters'] == f'{params:.2f}M'

    sample, = (step for step in cfg.test_pipeline
               if step.type == 'SampleStridedFrames')
    frames = torch.zeros(1, 3, sample.max_frames, 224, 224,
                         dtype=torch.uint8)
    macs, missed = count_macs(model, frames)
    assert not missed
    total = sum(macs.values()) / 1e9
    bare = total - macs.get('sampler', macs.get('neck', 0)) / 1e9
    assert stated['FLOPs'] == f'{total:.2f}G'
    name = MODELS_OF_THE_PAPER[config]['Name']
    assert bare <= BOUNDS.get(name, bare)

    row, = (line for line in README.splitlines() if f'{name}.py)' in line)
    if row.startswith('|'):  # raw-frame variants are links in a sentence
        cells = [cell.strip() for cell in row.split('|')[2:-1]]
        assert cells[3:] == [f'{number:.2f}'
                             for number in (total, bare, params)]
        metrics = MODELS_OF_THE_PAPER[config].get('Results',
                                                  [{}])[0].get('Metrics', {})
        top1 = metrics.get('Top 1 Accuracy (paper)', '')
        assert cells[0] == str(top1)
        assert cells[2].split(' x ')[0] == stated.get('FLOPs (paper)',
                                                      '').rstrip('G')
