"""Decoding in two passes: the predictions of one pass, fewer frames."""

import pickle

import cv2
import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, pseudo_collate
from mmengine.registry import init_default_scope

from s2dnet_mmaction.models.common.second_pass import SecondPass
from tests.support import tiny

NUM_FRAMES = 60
DECODERS = {
    'decord': (dict(type='DecordInit'), [dict(type='DecordDecode')]),
    'rawframes': (None, [dict(type='RawFrameDecode')]),
    'clip': (dict(type='ClipInit'), [dict(type='ClipDecode')]),
}


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    """Two moving patterns, as MPEG-4 files and as folders of images."""
    root = tmp_path_factory.mktemp('videos')
    rng = np.random.default_rng(0)
    for n, length in enumerate((NUM_FRAMES, NUM_FRAMES // 2)):
        scene = cv2.GaussianBlur(
            rng.integers(0, 256, (150, 150, 3), dtype=np.uint8), (5, 5), 0)
        writer = cv2.VideoWriter(
            str(root / f'{n}.mp4'), cv2.VideoWriter_fourcc(*'mp4v'), 30,
            (64, 48))
        (root / str(n)).mkdir()
        for t in range(length):
            image = np.ascontiguousarray(scene[t:t + 48, 80 - t:144 - t])
            writer.write(image)
            cv2.imwrite(str(root / str(n) / f'img_{t + 1:05}.jpg'), image)
        writer.release()
    return root


def describe(root, decoder):
    """Data infos of MMAction2's data sets."""
    for n, length in enumerate((NUM_FRAMES, NUM_FRAMES // 2)):
        if decoder == 'rawframes':
            yield dict(
                frame_dir=str(root / str(n)),
                filename_tmpl='img_{:05}.jpg',
                total_frames=length,
                start_index=1,
                offset=0,
                modality='RGB',
                label=n)
        else:
            yield dict(
                filename=str(root / f'{n}.mp4'),
                start_index=0,
                modality='RGB',
                label=n)


def pipelines(decoder, crops=None, num_frames=3):
    """The same test pipeline in one pass and in two."""
    init_default_scope('mmaction')
    opener, decode = DECODERS[decoder]
    crops = crops or [dict(type='CenterCrop', crop_size=40)]
    inner = [
        *decode, *crops,
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs')
    ]
    start = [] if opener is None else [opener]
    start.append(
        dict(type='SampleStridedFrames', frame_interval=1, test_mode=True))
    one = Compose([*start, *inner])
    two = Compose([
        *start,
        dict(
            type='SynopsisFirst',
            num_frames=num_frames,
            opener=opener,
            pipeline=inner)
    ])
    return one, two


def predict(pipeline, root, decoder, **changes):
    model = tiny.build(
        test_cfg=dict(return_grid=True),
        neck=dict(init_span=(0.2, None)),
        **changes).eval()
    tiny.open_up(model)
    data = [pipeline(dict(video)) for video in describe(root, decoder)]
    # as a data loader's workers hand it over
    batch = pickle.loads(pickle.dumps(pseudo_collate(data)))
    with torch.no_grad():
        return batch, model.test_step(batch)


@pytest.mark.parametrize('decoder', DECODERS)
@pytest.mark.parametrize('views', [1, 3])
def test_same_answer(videos, decoder, views):
    crops = [dict(type='ThreePatchCrop', crop_size=40)] if views > 1 else None
    one, two = pipelines(decoder, crops)
    _, expected = predict(one, videos, decoder)
    batch, got = predict(two, videos, decoder)
    for inputs in batch['inputs']:
        assert inputs.shape == (views, 3, 3, 40, 40)
    for a, b in zip(got, expected):
        torch.testing.assert_close(a.pred_score, b.pred_score)
        for name, value in b.sampling_grid.items():
            torch.testing.assert_close(a.sampling_grid[name], value)


def test_only_needed_frames_are_fetched(videos, monkeypatch):
    """Fewer than the clip has, and all that the temporal filter reads."""
    fetched = []
    fetch = SecondPass.fetch

    def watch(self, needed):
        fetched.append(needed)
        return fetch(self, needed)

    monkeypatch.setattr(SecondPass, 'fetch', watch)
    _, samples = predict(pipelines('rawframes')[1], videos, 'rawframes')
    needed, = fetched
    assert needed.shape == (2, NUM_FRAMES)
    for row, sample in zip(needed, samples):
        positions = sample.sampling_grid['frame_positions'][0]
        length = int(sample.sampling_grid['num_frames'][0])
        frames = torch.arange(NUM_FRAMES)
        distance = (positions[:, None] - frames).abs().amin(0)
        assert row[(distance < 5) & (frames < length)].all()
        assert not row[distance > 7].any()
        assert not row[length:].any()
    assert needed[0].sum() < 40


def test_training_is_refused(videos):
    model = tiny.build()
    data = [pipelines('clip')[1](dict(v)) for v in describe(videos, 'clip')]
    with pytest.raises(ValueError, match='two passes: got training'):
        tiny.run(model, 'loss', pseudo_collate(data), True)


def test_inference_mode(videos):
    """Threads of the second pass do not inherit it."""
    model = tiny.build().eval()
    data = [pipelines('clip')[1](dict(v)) for v in describe(videos, 'clip')]
    with torch.inference_mode():
        model.test_step(pseudo_collate(data))


def test_answers_do_not_hold_the_source(videos):
    """They are pickled by DumpResults, without this package's classes."""
    _, samples = predict(pipelines('clip')[1], videos, 'clip')
    assert 'frame_source' not in samples[0]
    assert b's2dnet' not in pickle.dumps(samples[0].to_dict())


def test_number_of_synopsis_frames_must_fit(videos):
    with pytest.raises(ValueError, match='first pass: got 4 frames'):
        predict(pipelines('clip', num_frames=4)[1], videos, 'clip')


def test_mixed_batches_are_refused(videos):
    one, two = pipelines('clip', num_frames=3)
    first, second = describe(videos, 'clip')
    batch = pseudo_collate([one(first), two(second)])
    batch['inputs'][0] = batch['inputs'][0][:, :, :3]
    with pytest.raises(ValueError, match='1 of 2 without frame_source'):
        tiny.build().eval().test_step(batch)


def test_chance_is_found_out(videos):
    """A pipeline that cuts elsewhere in the second pass."""
    sizes = iter([40, 40, 38, 38])
    one, two = pipelines('clip')
    crop = two.transforms[2].pipeline.transforms[1]
    assert type(crop).__name__ == 'CenterCrop'
    transform = crop.transform

    def moody(results):
        crop.crop_size = (next(sizes), ) * 2
        return transform(results)

    crop.transform = moody
    data = [two(dict(v)) for v in describe(videos, 'clip')]
    with pytest.raises(ValueError, match='second pass.shape: got .*random'):
        tiny.build().eval().test_step(pseudo_collate(data))
