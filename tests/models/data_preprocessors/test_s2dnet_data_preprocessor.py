import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.datasets import video_collate
from tests.support import tiny


def build(**options):
    init_default_scope('mmaction')
    return MODELS.build(dict(type='S2DNetDataPreprocessor', **options))


def test_unequal_lengths_stay_uint8():
    data = tiny.batch(lengths=(7, 5, 1), views=2)
    out = build()(data)
    assert out['inputs'].dtype == torch.uint8
    assert out['inputs'].shape == (3, 2, 3, 7, 24, 28)
    assert out['lengths'].tolist() == [7, 5, 1]
    for i, video in enumerate(data['inputs']):
        assert torch.equal(out['inputs'][i, :, :, :video.size(2)], video)
        assert (out['inputs'][i, :, :, video.size(2):] == 0).all()
    assert [int(sample.gt_label) for sample in out['data_samples']] == [
        0, 1, 2
    ]


def test_arguments_are_those_of_the_model():
    import inspect

    from s2dnet_mmaction.models import S2DNet
    out = build()(tiny.batch())
    for method in (S2DNet.loss, S2DNet.predict):
        inspect.signature(method).bind(None, **out)


def test_stacked_by_default_collate():
    inputs = torch.stack(tiny.batch(lengths=(4, 4))['inputs'])
    out = build()(dict(inputs=inputs, data_samples=None))
    assert torch.equal(out['inputs'], inputs)


def test_stacked_by_video_collate():
    videos = tiny.batch(lengths=(4, 2))
    samples = [
        dict(inputs=video, data_samples=sample)
        for video, sample in zip(videos['inputs'], videos['data_samples'])
    ]
    batch = video_collate(samples)
    out, expected = build()(batch), build()(videos)
    assert out['inputs'].data_ptr() == batch['inputs'].data_ptr()
    assert torch.equal(out['inputs'], expected['inputs'])
    assert out['lengths'].tolist() == [4, 2]
    assert out['lengths'].device.type == 'cpu'
    assert len(out['data_samples']) == 2


def test_one_video_is_not_copied():
    video = torch.zeros(1, 2, 4, 4, 3, dtype=torch.uint8)
    out = build()(
        dict(inputs=[video.permute(0, 4, 1, 2, 3)], data_samples=None))
    assert out['inputs'].data_ptr() == video.data_ptr()
    assert out['inputs'].shape == (1, 1, 3, 2, 4, 4)


@pytest.mark.parametrize('lengths', [(7, 5), (7, 7, 0), (7, 8, 1)])
def test_lengths_of_other_videos(lengths):
    inputs = torch.zeros(3, 1, 3, 7, 4, 4, dtype=torch.uint8)
    with pytest.raises(ValueError, match=r'lengths: got \[7, .*expected 3'):
        build()(dict(inputs=inputs, lengths=torch.tensor(lengths)))


def test_stack_of_something_else():
    with pytest.raises(ValueError, match=r'inputs.shape: got \(3, 1, 3, 4, 4'):
        build()(dict(inputs=torch.zeros(3, 1, 3, 4, 4)))
    with pytest.raises(TypeError, match='inputs.dtype: got torch.int64'):
        build()(dict(inputs=torch.zeros(3, 1, 3, 7, 4, 4, dtype=torch.long)))


def test_moves_need_not_wait():
    assert build()._non_blocking
    assert not build(non_blocking=False)._non_blocking


def test_normalize():
    preprocessor = build(mean=[10, 20, 30], std=[1, 2, 4])
    frames = torch.tensor([11., 24., 38.]).view(1, 1, 3, 1, 1)
    assert preprocessor.normalize(frames).flatten().tolist() == [1, 2, 2]
    assert 'mean' not in preprocessor.state_dict()


@pytest.mark.parametrize('videos, error, match', [
    ([(1, 3, 4, 8, 8), (1, 3, 4, 8, 9)], ValueError,
     r"inputs\[1\].shape: got \[1, 3, 'T', 8, 9\] torch.uint8, expected"),
    ([(1, 3, 4, 8, 8), (2, 3, 4, 8, 8)], ValueError, r'inputs\[1\].shape'),
    ([(3, 4, 8, 8)], ValueError, 'NCTHW'),
    ([(1, 3, 0, 8, 8)], ValueError, 'T >= 1'),
])
def test_errors(videos, error, match):
    inputs = [torch.zeros(shape, dtype=torch.uint8) for shape in videos]
    with pytest.raises(error, match=match):
        build()(dict(inputs=inputs, data_samples=[]))


def test_wrong_dtype():
    inputs = [torch.zeros(1, 3, 2, 4, 4, dtype=torch.int64)]
    with pytest.raises(TypeError, match=r'inputs\[0\].dtype: got torch.int64'):
        build()(dict(inputs=inputs, data_samples=[]))


def test_mean_without_std():
    with pytest.raises(ValueError, match='mean and std: got mean='):
        build(mean=[1, 2, 3])
