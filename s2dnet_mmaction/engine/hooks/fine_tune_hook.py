"""Start a training from the file of another network."""

from typing import Sequence, Union

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner

from ...models.common.checkpoints import patterns, without_wrapper
from ...models.common.fine_tuning import complete_weights


@HOOKS.register_module()
class FineTuneHook(Hook):
    """Let ``load_from`` read a file that lacks parts of the network.

    A network of this package refuses such a file otherwise. What the file
    lacks stays as initialised, and the log names it. The hook acts on
    ``load_from`` in training. To resume, to test or to call
    ``runner.load_checkpoint`` needs a complete file.

    .. code-block:: python

        load_from = 'kinetics400.pth'
        default_hooks = dict(
            fine_tune=dict(type='FineTuneHook', new_classes=True))

    Args:
        new_classes: whether the classes of the file are others, of the same
            or another number. Both classifiers then start afresh. Of f_m and
            the locator all columns are kept but those of s.
        allow_missing: one or more regular expressions that match, from
            their start, the names of entries that the file may lack or have
            in another shape; True for all entries.
        testing: whether entries of ``allow_missing`` may be missing in
            tests, too. Parts of the tested network are then random.

    Raises:
        ValueError: if an expression is none, or matches no entry.
    """

    # Before the EMAHook, which loads the same weights.
    priority = 'HIGH'

    def __init__(self, new_classes: bool = False,
                 allow_missing: Union[bool, str, Sequence[str]] = (),
                 testing: bool = False) -> None:
        self.new_classes = new_classes
        self.allow_missing = patterns(allow_missing)
        self.testing = testing

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Complete the weights before the network gets them."""
        model = runner.model
        if is_model_wrapper(model):
            model = model.module
        trains = model.is_init  # a test does not initialise the model
        # mmengine sets _has_loaded after this hook has seen load_from.
        of_load_from = runner._load_from and not runner._has_loaded
        if not of_load_from or runner._resume or not (trains or self.testing):
            return
        checkpoint['state_dict'] = complete_weights(
            model, without_wrapper(checkpoint.get('state_dict', checkpoint)),
            self.allow_missing, self.new_classes and trains)
