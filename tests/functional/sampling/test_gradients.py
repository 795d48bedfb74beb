import torch

from s2dnet_mmaction.functional import scale_to_unit


def test_over_the_batch():
    grad = torch.tensor([[1., -4.], [2., 0.]])
    expected = torch.tensor([[.25, -1.], [.5, 0.]])
    torch.testing.assert_close(scale_to_unit(grad), expected)


def test_per_video():
    grad = torch.tensor([[1., -4.], [2., 0.]])
    expected = torch.tensor([[.25, -1.], [1., 0.]])
    torch.testing.assert_close(scale_to_unit(grad, 'video'), expected)


def test_zero_stays_zero():
    grad = torch.tensor([[0., 0.], [1., 2.]])
    assert scale_to_unit(torch.zeros(2, 3)).abs().max() == 0
    assert scale_to_unit(grad, 'video')[0].abs().max() == 0


def test_scale_of_the_loss_is_kept():
    grad = torch.tensor([[1., -4.]])
    scaled = scale_to_unit(grad * 1024, scale=torch.tensor(1024.))
    torch.testing.assert_close(scaled / 1024, scale_to_unit(grad))
