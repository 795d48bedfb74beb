"""The old name of two hooks."""

import pytest
import torch

from s2dnet_mmaction.engine import (
    FiniteGuardHook,
    SamplingDiagnosticsHook,
    SamplingStatisticsHook,
)
from tests.support import small_runs

OLD = dict(type='SamplingDiagnosticsHook', interval=1)


@pytest.mark.filterwarnings('ignore:SamplingDiagnosticsHook is deprecated')
def test_same_numbers_as_both_hooks(tmp_path):
    numbers = []
    for name, hooks in (('old', [OLD]), ('new', [
            dict(type='FiniteGuardHook'),
            dict(type='SamplingStatisticsHook', interval=1)])):
        runner = small_runs.build(
            tmp_path / name, hooks, val=dict(lengths=[6, 4]))
        runner.train()
        runner.val()  # the hooks are registered once
        kinds = [type(hook) for hook in runner.hooks]
        assert kinds.count(FiniteGuardHook) == 1
        assert kinds.count(SamplingStatisticsHook) == 1
        numbers.append({
            prefix: small_runs.scalars(runner, prefix)
            for prefix in ('train/train_sampling/', 'val/sampling/')
        })
    assert numbers[0] == numbers[1]
    assert all(numbers[0].values())


@pytest.mark.filterwarnings('ignore:SamplingDiagnosticsHook is deprecated')
@pytest.mark.parametrize('order', [1, -1])
def test_old_name_beside_the_new_ones(tmp_path, order):
    """Hooks that are listed are used, with their options."""
    hooks = [dict(type='SamplingStatisticsHook', interval=2),
             dict(type='FiniteGuardHook'), OLD, OLD]
    runner = small_runs.build(tmp_path, hooks[::order], train=(6, ) * 8)
    runner.train()
    kinds = [type(hook) for hook in runner.hooks]
    assert kinds.count(FiniteGuardHook) == 1
    assert kinds.count(SamplingStatisticsHook) == 1
    train = small_runs.scalars(runner, 'train/train_sampling/')
    assert len(train['center_t_mean']) == 2
    assert len(train['grad_norm_rest']) == 4


@pytest.mark.filterwarnings('ignore:SamplingDiagnosticsHook is deprecated')
def test_model_without_a_sampler(tmp_path):
    """The guard alone."""

    def poison(model):
        with torch.no_grad():
            model.cls_head.fc_cls.bias[0] = float('nan')

    runner = small_runs.build(
        tmp_path, [OLD], replace=small_runs.SNET_ALONE)
    runner.register_hook(small_runs.PoisonHook(poison))
    with pytest.raises(FloatingPointError, match='loss_cls.*: got nan'):
        runner.train()


def test_warning_names_the_new_hooks():
    with pytest.warns(DeprecationWarning, match=(
            "removed in 0.3.0.*'FiniteGuardHook'.*'SamplingStatisticsHook'")):
        SamplingDiagnosticsHook()


@pytest.mark.filterwarnings('ignore:SamplingDiagnosticsHook is deprecated')
def test_bad_interval():
    with pytest.raises(ValueError, match='interval: got 0'):
        SamplingDiagnosticsHook(0)
