"""Norms by hand."""

import pytest
import torch

from s2dnet_mmaction.engine.hooks.gradient_norms import (
    group_norms,
    parameter_norms,
)


def optimizer(*grads):
    parameters = [torch.nn.Parameter(torch.zeros(2)) for _ in grads]
    for parameter, grad in zip(parameters, grads):
        if grad is not None:
            parameter.grad = torch.tensor(grad)
    return torch.optim.SGD(parameters), parameters


def test_by_hand():
    step, (a, b, c, d) = optimizer([3.0, 4.0], [0.0, 12.0], None, [0.0, 2.0])
    norms = parameter_norms(step)
    assert set(norms) == {a, b, d}
    groups = group_norms(norms, lambda p: 'last' if p is d else 'others')
    assert groups == {'last': 2, 'others': 13}


def test_nothing_to_step():
    assert parameter_norms(None) == {}
    assert parameter_norms(optimizer(None)[0]) == {}
    assert group_norms({}, str) == {}


@pytest.mark.parametrize('found_inf, expected', [(0.0, 2.5), (1.0, 0.0)])
def test_step_of_a_loss_scaler(found_inf, expected):
    """Unscaled; 0 if the step will be skipped."""
    step, (parameter, ) = optimizer([3.0, 4.0 / (1 - found_inf or 1e-40)])
    step.grad_scale = torch.tensor(2.0)
    step.found_inf = torch.tensor(found_inf)
    assert parameter_norms(step)[parameter] == expected
