"""The authors' files from the command line, into the model of a config."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint

from tests.support import afnet
from tests.support.command_line import run_tool
from tests.support.glints import ROOT

TOOL = 'model_converters/convert_afnet.py'
CONFIG = (ROOT / 'configs/recognition/afnet/'
          'afnet_rt0.5_imagenet-pretrained-r50_2xb16-1x1x8-55e_sthv1-rgb.py')


@pytest.mark.parametrize('prefix', ['', 'module.'])
def test_config_and_golden_answers(tmp_path, capsys, prefix):
    weights, frames, logits, masks = afnet.golden()
    torch.save(dict(state_dict={prefix + name: value
                                for name, value in weights.items()}),
               tmp_path / 'a.pth.tar')
    run_tool(TOOL, tmp_path / 'a.pth.tar', tmp_path / 'new/a.pth')
    assert '174 classes' in capsys.readouterr().out
    init_default_scope('mmaction')
    cfg = Config.fromfile(CONFIG)
    with pytest.raises(ValueError, match="mask_position: got 'after_bn'"):
        load_checkpoint(MODELS.build(cfg.model), str(tmp_path / 'new/a.pth'))
    cfg.model.backbone.mask_position = 'input'
    model = MODELS.build(cfg.model).eval()
    load_checkpoint(model, str(tmp_path / 'new/a.pth'), strict=True)
    with torch.no_grad():
        answer, others = model.extract_feat(frames, 'head')
    torch.testing.assert_close(answer, logits, atol=1e-5, rtol=0)
    assert torch.equal(others['masks'], masks)


def test_bad_options(tmp_path):
    with pytest.raises(ValueError, match='ends in .pth'):
        run_tool(TOOL, 'a', tmp_path / 'a.tar')
    with pytest.raises(ValueError, match='num_segments: got 0'):
        run_tool(TOOL, 'a', tmp_path / 'a.pth', '--num-segments', 0)
