"""Views that test pipelines make of a raw video."""

import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

from s2dnet_mmaction.analysis.configs import PEERS, load_configs
from s2dnet_mmaction.analysis.inputs import (
    array_pipeline,
    first_test_video,
    one_view,
    raw_video,
)
from tests.support import glints, small


class Model(torch.nn.Module):
    """A model that has nothing but a number of segments."""

    def __init__(self, num_segments=None):
        super().__init__()
        if num_segments is not None:
            self.backbone = torch.nn.Module()
            self.backbone.num_segments = num_segments


@pytest.fixture(scope='module', autouse=True)
def scope():
    init_default_scope('mmaction')


@pytest.fixture(scope='module')
def video():
    return raw_video()


@pytest.mark.parametrize('name, segments, shape, num_views', [
    (PEERS['TSM-R50-8'], 8, (8, 3, 256, 256), 6),
    (PEERS['TSM-R50-16'], 16, (16, 3, 256, 256), 3),
    (PEERS['X3D-M-16'], None, (1, 3, 16, 256, 256), 30),
    (str(glints.ROOT / 'configs/recognition/s2dnet/s2dnet_imagenet-pretrained-'
         'mobilenetv2-r50_8xb8-2x85-8x12-120e_sthv2-rgb.py'), None,
     (1, 3, 85, 224, 224), 1),
])
def test_views(video, name, segments, shape, num_views):
    cfg, = load_configs([name]).values()
    view = one_view(cfg, Model(segments), video)
    assert tuple(view.frames.shape) == shape
    assert view.frames.dtype == torch.uint8
    assert view.num_views == num_views
    frames = shape[0] if len(shape) == 4 else shape[2]
    assert view.extent == (frames, *shape[-2:])


def test_frames_of_the_video():
    """The frames are those of the video, in its order."""
    cfg = small.x3d()
    cfg.test_dataloader.dataset.pipeline[3:5] = []
    video = np.zeros((24, 4, 6, 3), np.uint8)
    video += np.arange(24, dtype=np.uint8)[:, None, None, None]
    view = one_view(cfg, Model(), video)
    # 30 fps, as in the video: four frames in a row
    assert view.frames[0, 0, :, 0, 0].diff().tolist() == [1, 1, 1]
    assert view.num_views == 2


def test_view_without_segments():
    """TSN: a view is what the sampler takes, here 4 frames."""
    view = one_view(small.tsm(), Model(), raw_video(**small.VIDEO))
    assert view.extent == (4, 32, 32)
    assert view.num_views == 6


def test_crop():
    video = raw_video(**small.VIDEO)
    whole = one_view(small.x3d(), Model(), video)
    cut = one_view(small.x3d(), Model(), video, crop=20)
    torch.testing.assert_close(cut.frames, whole.frames[..., 6:26, 6:26])
    with pytest.raises(ValueError, match='crop: got 33'):
        one_view(small.x3d(), Model(), video, crop=33)


def test_seed():
    assert np.array_equal(raw_video(3, (4, 5)), raw_video(3, (4, 5)))
    with pytest.raises(ValueError, match='frames: got 0'):
        raw_video(0)


def test_pipelines_without_frames():
    video = raw_video(**small.VIDEO)
    cfg = small.tsm()
    with pytest.raises(ValueError, match='a multiple of num_segments=7'):
        one_view(cfg, Model(7), video)
    pipeline = cfg.test_dataloader.dataset.pipeline
    pipeline[5]['input_format'] = 'NCTHW_Heatmap'
    with pytest.raises(ValueError, match='got NCTHW_Heatmap'):
        one_view(cfg, Model(4), video)
    pipeline[3] = dict(type='PreNormalize2D')
    with pytest.raises(ValueError, match='PreNormalize2D, which needs'):
        one_view(cfg, Model(4), video)
    del pipeline[2]
    with pytest.raises(ValueError, match='got 0 decoders'):
        array_pipeline(cfg)
    cfg.pop('test_dataloader')
    with pytest.raises(ValueError, match='got no pipeline'):
        array_pipeline(cfg)


def test_first_test_video(glints_root, tmp_path):
    cfg = glints.config(glints_root, tmp_path)
    assert first_test_video(cfg).shape[:2] == (1, 3)
    assert first_test_video(cfg).shape[-2:] == (32, 32)
    cfg.test_dataloader.dataset.data_root = str(tmp_path)
    with pytest.raises(ValueError, match='Set data_root and ann_file'):
        first_test_video(cfg)
