"""S2DNet in the hands of the host's own tools."""

import pytest
import torch
from mmaction.apis import (
    MMAction2Inferencer,
    inference_recognizer,
    init_recognizer,
)

from tests.support import glints, tiny


@pytest.fixture(scope='module')
def checkpoint(glints_root, tmp_path_factory):
    folder = tmp_path_factory.mktemp('apis')
    cfg = glints.config(glints_root, folder)
    # the host's tools read the pipeline under both names
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    cfg.dump(folder / 'tiny.py')
    model = tiny.build()
    torch.save(dict(state_dict=model.state_dict()), folder / 'tiny.pth')
    return folder


def test_recognizer_and_inferencer_agree(checkpoint, glints_root):
    config, weights = str(checkpoint / 'tiny.py'), str(checkpoint / 'tiny.pth')
    video = str(glints_root / 'videos/00025.mp4')
    model = init_recognizer(config, weights, device='cpu')
    score = inference_recognizer(model, video).pred_score
    assert (score > 0).sum() == 3
    inferencer = MMAction2Inferencer(
        rec=config, rec_weights=weights, device='cpu')
    result = inferencer(video)['predictions'][0]
    assert result['rec_scores'][0] == pytest.approx(score.tolist(), abs=1e-5)


@pytest.mark.parametrize('neck', [
    dict(), dict(trunk='mlp', space_follows_time=True)])
def test_mixed_precision(neck):
    """bfloat16 activations, float32 sampling; every gradient finite."""
    model = tiny.build(neck=neck, cls_head=dict(append_topk=True)).train()
    data = model.data_preprocessor(tiny.batch())
    with torch.autocast('cpu', torch.bfloat16):
        loss, _ = model.parse_losses(model(**data, mode='loss'))
    loss.backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad.isfinite().all(), name
    model.eval()
    with torch.no_grad(), torch.autocast('cpu', torch.bfloat16):
        for sample in tiny.run(model, 'predict', tiny.batch()):
            assert sample.pred_score.dtype == torch.float32
