"""Hook that stops training at NaN or Inf."""

from typing import Any, Dict, List, Tuple

from mmaction.registry import HOOKS
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from torch import Tensor, nn

from ..._checks import require
from .gradient_norms import group_norms
from .runner_access import bare_model, optim_wrappers
from .step_numbers_hook import Numbers, StepNumbersHook, to_floats

# A loss scaler halves its scale after each step that it skips. From 2^16 on
# so many leave 2^-48: no overflow of half precision explains them.
_MAX_SKIPPED = 64
_SHOWN = 3  # names in a message


@HOOKS.register_module()
class FiniteGuardHook(StepNumbersHook):
    """Stop the training of any model if its numbers become NaN or Inf.

    It checks the losses and the norms of the gradients before each step of
    an optimiser, and the weights and running statistics at the end of an
    epoch, before a validation and before a checkpoint is saved. (For theta
    add :class:`SamplingStatisticsHook`.)

    In mixed precision a loss scaler skips steps whose gradients overflow.
    That is no error until 64 steps in a row are skipped. Buffers that start
    out infinite, such as masks, are exempt.

    Raises:
        TypeError: if it gets an option; it has none.
        FloatingPointError: in training, if a loss, the norm of a gradient,
            a weight or a running statistic is NaN or Inf.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__()
        require(
            not options, type(self).__name__, f'options {sorted(options)}',
            'none', 'To log the statistics of theta add dict(type='
            "'SamplingStatisticsHook', interval=...).", TypeError)

    def before_train(self, runner: Runner) -> None:
        """Watch the losses; find the buffers that are infinite."""
        super().before_train(runner)
        model = bare_model(runner)
        self.handles.append(model.register_forward_hook(self._keep_losses))
        self._losses: Numbers = {}
        self._part_of = {  # for messages
            parameter: name.split('.')[0]
            for name, parameter in model.named_parameters()
        }
        self._exempt = {
            name for name in _not_finite(dict(model.named_buffers()))
            if not name.endswith(('running_mean', 'running_var'))
        }
        self._checked = ''  # the last iteration with a check
        self._skipped = 0  # steps in a row

    def _keep_losses(self, model: nn.Module, args, output) -> None:
        if model.training and isinstance(output, dict):
            self._losses = {
                name: loss.detach().mean() if isinstance(loss, Tensor) else
                sum(term.detach().mean() for term in loss)
                for name, loss in output.items() if 'loss' in name
            }

    def step_numbers(self, norms: Dict[Tensor, Tensor]
                     ) -> Tuple[Numbers, Numbers]:
        """Losses, and the norm of the gradient of each part of the model."""
        losses, self._losses = self._losses, {}
        gradients = group_norms(
            norms, lambda p: self._part_of.get(p, 'other parameters'))
        return {
            **losses,
            **{f'gradients of {part}': g for part, g in gradients.items()}
        }, {}

    def after_train_iter(self, runner, batch_idx, data_batch=None,
                         outputs=None) -> None:
        """Count skipped steps; check weights that are saved next."""
        super().after_train_iter(runner, batch_idx, data_batch, outputs)
        if self.stepped:
            self._skipped = 0
        elif any(w.should_update() for w in optim_wrappers(runner)):
            self._skipped += 1
        self.require_finite(
            self._skipped < _MAX_SKIPPED, runner, 'gradients',
            f'{_MAX_SKIPPED} steps in a row that the loss scaler skipped, up '
            f'to {self.where}', 'finite gradients')
        if _saves_iteration(runner):
            self._check_weights(runner)

    def _check_weights(self, runner: Runner, checkpoint=None) -> None:
        """Check all weights, at most once after each iteration."""
        if not self.training or self._checked == self.where:
            return
        self._checked, model = self.where, bare_model(runner)
        bad = [name for name in _not_finite(
            {**dict(model.named_parameters()), **dict(model.named_buffers())})
            if name not in self._exempt]
        names = ', '.join(bad[:_SHOWN]) + (', ...' if bad[_SHOWN:] else '')
        self.require_finite(
            not bad, runner, 'weights', f'{len(bad)} tensors that are not '
            f'finite ({names}) after {self.where}',
            'finite weights and running statistics')

    after_train_epoch = before_val_epoch = _check_weights
    before_save_checkpoint = _check_weights  # called by all that save


def _not_finite(tensors: Dict[str, Tensor]) -> List[str]:
    """Names of the tensors that hold NaN or Inf."""
    finite = to_floats({
        name: tensor.isfinite().all()
        for name, tensor in tensors.items() if tensor.is_floating_point()
    })
    return [name for name, good in finite.items() if not good]


def _saves_iteration(runner: Runner) -> bool:
    """Whether CheckpointHook saves after this iteration.

    It deletes an old checkpoint before it saves a new one, so that a check
    in ``before_save_checkpoint`` alone would come too late.
    """
    return any(
        hook.every_n_train_iters(runner, hook.interval, hook.save_begin) or (
            hook.save_last and hook.is_last_train_iter(runner))
        for hook in runner.hooks
        if isinstance(hook, CheckpointHook) and not hook.by_epoch)
