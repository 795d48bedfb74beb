"""S2DNet in MMAction2's inference functions."""

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
    # MMAction2's functions read the pipeline under both names
    cfg.test_pipeline = cfg.test_dataloader.dataset.pipeline
    cfg.dump(folder / 'tiny.py')
    model = tiny.build()
    torch.save(dict(state_dict=model.state_dict()), folder / 'tiny.pth')
    return folder


def test_recognizer_and_inferencer_agree(checkpoint, glints_root):
    config, weights = str(checkpoint / 'tiny.py'), str(checkpoint / 'tiny.pth')
    video = str(glints_root / 'videos/00025.mp4')
    model = init_recognizer(config, weights, device='cpu')
    weight = model.dnet.backbone.layer1[0].conv2.conv.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)  # fast
    score = inference_recognizer(model, video).pred_score
    assert (score > 0).sum() == 3
    inferencer = MMAction2Inferencer(
        rec=config, rec_weights=weights, device='cpu')
    result = inferencer(video)['predictions'][0]
    assert result['rec_scores'][0] == pytest.approx(score.tolist(), abs=1e-5)
