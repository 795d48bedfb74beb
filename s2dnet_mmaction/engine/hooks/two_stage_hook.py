"""The two-stage training of the supplement, Sec. 3."""

from typing import List

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import EpochBasedTrainLoop, Runner

from ..._checks import require, require_int
from .runner_access import bare_model, optim_wrappers


@HOOKS.register_module()
class TwoStageHook(Hook):
    """Switch the detail sampler from frozen to live.

    Stage 1, epochs [0, switch_epoch): theta is frozen and f_theta gets no
    update of any kind: it does not run (no gradient, no batch norm
    statistics), and the optimiser skips its parameters (no weight decay, no
    momentum). Stage 2, from ``switch_epoch`` on: everything is trained.

    The stage follows from the epoch number alone, so resuming on either
    side of the switch is right. Parameters keep ``requires_grad=True``
    throughout: those that were frozen when DistributedDataParallel is built
    would never be synchronised.

    Args:
        switch_epoch: first epoch of stage 2, counted from 0, that is, the
            number of epochs of stage 1 (supplement: 40 of 120; Kinetics-400
            50 of 150). 0 trains everything from the start.

    Raises:
        TypeError: if switch_epoch is no int.
        ValueError: if it is negative, the model has no detail sampler or
            the training is not counted in epochs.
    """

    # Before all others: a checkpoint or a validation sees the right stage.
    priority = 'VERY_HIGH'

    def __init__(self, switch_epoch: int) -> None:
        require_int('switch_epoch', switch_epoch, minimum=0)
        self.switch_epoch = switch_epoch
        self._handles: List = []

    def before_train(self, runner: Runner) -> None:
        """Check the loop and keep f_theta out of the optimiser's steps."""
        loop = runner.train_loop
        require(
            isinstance(loop, EpochBasedTrainLoop), 'train_cfg.type',
            type(loop).__name__, 'EpochBasedTrainLoop',
            'The stages are counted in epochs.')
        if self.switch_epoch >= loop.max_epochs:
            runner.logger.warning(
                f'switch_epoch={self.switch_epoch} is not below max_epochs='
                f'{loop.max_epochs}: the detail sampler stays frozen to the '
                'end. Scale switch_epoch with max_epochs.')
        sampler = _detail_sampler(runner)
        sampler.staged = True
        self._release()  # of a training that ended with an error
        self._handles = [
            wrapper.optimizer.register_step_pre_hook(
                _drop_idle_gradients(sampler))
            for wrapper in optim_wrappers(runner)
        ]

    def after_train(self, runner: Runner) -> None:
        """Leave the optimiser as it was."""
        self._release()

    def _release(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def before_train_epoch(self, runner: Runner) -> None:
        """Set the stage from the epoch."""
        sampler = _detail_sampler(runner)
        live = runner.epoch >= self.switch_epoch
        if live != sampler.live or runner.epoch in (0, self.switch_epoch):
            runner.logger.info(
                f'Epoch {runner.epoch + 1}: stage {1 + live}, detail sampler '
                f'{"live" if live else "frozen"}.')
        sampler.live = live


def _drop_idle_gradients(sampler):
    """A hook that takes f_theta out of every optimiser step of stage 1.

    Under DDP its parameters have a gradient of zero (see
    ``normalise_gradient``); an optimiser would still decay them and
    fill their momentum. It skips a parameter without a gradient.
    """

    def hook(optimizer, args, kwargs) -> None:
        if not sampler.live and sampler.location_scale is not None:
            for parameter in sampler.location_scale.parameters():
                parameter.grad = None

    return hook


def _detail_sampler(runner: Runner):
    sampler = getattr(bare_model(runner), 'neck', None)
    require(
        hasattr(sampler, 'live'), 'model.neck',
        type(sampler).__name__, 'DetailSampler',
        'Use TwoStageHook with an S2DNet, or remove it from custom_hooks.')
    return sampler
