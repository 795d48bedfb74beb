"""What the hooks of this package want of a runner."""

from typing import List

from mmengine.model import is_model_wrapper
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from torch import nn


def bare_model(runner: Runner) -> nn.Module:
    """The runner's model without DistributedDataParallel and the like."""
    model = runner.model
    return model.module if is_model_wrapper(model) else model


def optim_wrappers(runner: Runner) -> List[OptimWrapper]:
    """Those of single optimisers: one, or all of an OptimWrapperDict."""
    wrapper = runner.optim_wrapper
    return list(wrapper.values()) if isinstance(
        wrapper, OptimWrapperDict) else [wrapper]
