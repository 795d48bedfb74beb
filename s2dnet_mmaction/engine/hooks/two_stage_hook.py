"""The two-stage training of the supplement, Sec. 3."""

from typing import List

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.runner import Runner

from ..._checks import require_int
from .runner_access import epoch_loop, find_sampler, optim_wrappers


@HOOKS.register_module()
class TwoStageHook(Hook):
    """Switch the detail sampler from frozen to live.

    Stage 1, epochs [0, switch_epoch): theta is frozen. The locator does not
    run (no gradient, no batch norm statistics), and the optimiser skips its
    parameters (no weight decay, no momentum). Stage 2, from ``switch_epoch``
    on: everything is trained.

    The stage follows from the epoch number alone, so a training resumes in
    the right stage. Parameters keep ``requires_grad=True`` throughout:
    DistributedDataParallel never synchronises those that are frozen when it
    is built.

    Args:
        switch_epoch: first epoch of stage 2, counted from 0, that is, the
            number of epochs of stage 1 (supplement: 40 of 120; Kinetics-400
            50 of 150). 0 trains everything from the start.

    Raises:
        TypeError: if switch_epoch is no int.
        ValueError: if it is negative, the model has no detail sampler or
            the training is not counted in epochs.
    """

    # Before all others, so that checkpoints and validations have its stage.
    priority = 'VERY_HIGH'

    def __init__(self, switch_epoch: int) -> None:
        require_int('switch_epoch', switch_epoch, minimum=0)
        self.switch_epoch = switch_epoch
        self._handles: List = []

    def before_train(self, runner: Runner) -> None:
        """Check the loop and keep the locator out of the optimiser's steps."""
        loop = epoch_loop(runner, 'The stages are')
        if self.switch_epoch >= loop.max_epochs:
            runner.logger.warning(
                f'switch_epoch={self.switch_epoch} is not below max_epochs='
                f'{loop.max_epochs}: the detail sampler stays frozen to the '
                'end. Scale switch_epoch with max_epochs.')
        self._sampler = find_sampler(runner, type(self).__name__)
        self._sampler.staged = True
        self.after_train(runner)  # in case the last one ended with an error
        self._handles = [
            wrapper.optimizer.register_step_pre_hook(self._drop_gradients)
            for wrapper in optim_wrappers(runner)
        ]

    def after_train(self, runner: Runner) -> None:
        """Leave the optimiser as it was."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def before_train_epoch(self, runner: Runner) -> None:
        """Set the stage from the epoch."""
        epoch, live = runner.epoch, runner.epoch >= self.switch_epoch
        if live != self._sampler.live or epoch in (0, self.switch_epoch):
            runner.logger.info(
                f'Epoch {epoch + 1}: stage {1 + live}, detail sampler '
                f'{"live" if live else "frozen"}.')
        self._sampler.live = live

    def _drop_gradients(self, optimizer, args, kwargs) -> None:
        """Keep the locator out of the optimiser's steps in stage 1.

        Under DistributedDataParallel its parameters have a gradient of zero.
        An optimiser would still decay them and fill their momentum; it skips
        parameters without a gradient.
        """
        locator = self._sampler.locator
        if locator is not None and not self._sampler.live:
            for parameter in locator.parameters():
                parameter.grad = None
