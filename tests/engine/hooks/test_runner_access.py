"""Parts of a runner, however they are wrapped."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper, OptimWrapperDict

from s2dnet_mmaction.engine.hooks.runner_access import (
    bare_model,
    find_sampler,
    optim_wrappers,
)
from tests.support import small_runs, tiny


def test_model_of_a_wrapper():
    model = torch.nn.Linear(1, 1)
    wrapper = MMDistributedDataParallel.__new__(MMDistributedDataParallel)
    torch.nn.Module.__init__(wrapper)
    wrapper.module = model
    for outer in (model, wrapper):
        assert bare_model(SimpleNamespace(model=outer)) is model


def test_one_or_several_optimizers():
    one, two = (
        OptimWrapper(torch.optim.SGD(torch.nn.Linear(1, 1).parameters()))
        for _ in range(2))
    runner = SimpleNamespace(optim_wrapper=one)
    assert optim_wrappers(runner) == [one]
    runner.optim_wrapper = OptimWrapperDict(a=one, b=two)
    assert optim_wrappers(runner) == [one, two]


def test_sampler():
    model = tiny.build()
    assert find_sampler(SimpleNamespace(model=model), 'A') is model.neck
    with pytest.raises(ValueError, match='model.neck: got NoneType, expected '
                       'DetailSampler. Use A with an S2DNet'):
        find_sampler(SimpleNamespace(model=torch.nn.Linear(1, 1)), 'A')


@pytest.mark.parametrize('hook', ['SamplingStatisticsHook',
                                  'SamplingVisualizationHook'])
def test_exit_in_a_validation_that_records(tmp_path, hook):
    runner = small_runs.build(
        tmp_path, [dict(type=hook)], val=dict(lengths=[7, 5]),
        test_cfg=dict(exit_threshold=0.5))
    with pytest.raises(ValueError, match='Set it for tests alone'):
        runner.train()
