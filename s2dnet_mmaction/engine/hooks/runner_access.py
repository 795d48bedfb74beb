"""Model, sampler and optimisers of a runner."""

from typing import List

from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import nn

from ..._checks import require
from ...models.necks import DetailSampler


def bare_model(runner: Runner) -> nn.Module:
    """The runner's model without DistributedDataParallel and the like."""
    model = runner.model
    return model.module if is_model_wrapper(model) else model


def optim_wrappers(runner: Runner) -> List[OptimWrapper]:
    """The runner's wrappers of single optimisers."""
    wrapper = runner.optim_wrapper
    return list(wrapper.values()) if isinstance(
        wrapper, OptimWrapperDict) else [wrapper]


def epoch_loop(runner: Runner, what: str) -> EpochBasedTrainLoop:
    """The runner's training loop; an error names what counts epochs."""
    loop = runner.train_loop
    require(isinstance(loop, EpochBasedTrainLoop), 'train_cfg.type',
            type(loop).__name__, 'EpochBasedTrainLoop',
            f'{what} counted in epochs.')
    return loop


def find_sampler(runner: Runner, hook: str) -> DetailSampler:
    """The runner's detail sampler; without one an error names ``hook``."""
    sampler = getattr(bare_model(runner), 'neck', None)
    require(
        isinstance(sampler, DetailSampler), 'model.neck',
        type(sampler).__name__, 'DetailSampler',
        f'Use {hook} with an S2DNet, or remove it from custom_hooks. For a '
        'tool that trains a stand-in, such as vis_scheduler.py, pass '
        "--cfg-options 'custom_hooks=[]'.")
    return sampler


def refuse_exit(runner: Runner) -> None:
    """Raise ValueError if validation ends some videos after the synopsis.

    Theta is recorded batch by batch, of all of its videos.
    """
    test_cfg = getattr(bare_model(runner), 'test_cfg', None) or {}
    require(
        'exit_threshold' not in test_cfg, 'model.test_cfg',
        f'exit_threshold={test_cfg.get("exit_threshold")} in a validation '
        'that records where the detail net looks', 'none, so that it looks '
        'at all videos', 'Set it for tests alone, with --cfg-options.')
