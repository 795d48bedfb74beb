"""Whole runs of a few iterations, on videos that are drawn in memory."""

import torch
from mmaction.registry import DATASETS, HOOKS, MODELS, OPTIM_WRAPPERS
from mmaction.structures import ActionDataSample
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmengine.runner import Runner
from torch.utils.data import Dataset

from s2dnet_mmaction.models import S2DNet
from tests.support import tiny

PLAIN = dict(optimizer=dict(type='SGD', lr=0.01))  # optim_wrapper
F_THETA = 'neck.locator.fcs.space.0.bias'
OTHER = 'cls_head.fc_synopsis.weight'
SNET_ALONE = dict(
    type='S2DNetBranch',
    backbone=dict(tiny.MODEL['snet']),
    cls_head=dict(
        type='I3DHead',
        num_classes=tiny.NUM_CLASSES,
        dropout_ratio=0.0,
        average_clips='prob'),
    data_preprocessor=tiny.MODEL['data_preprocessor'])


@DATASETS.register_module(force=True)
class TinyVideos(Dataset):
    """Noise; ``place`` is in the metainfo where it is wanted."""

    def __init__(self, lengths, views=1, size=(24, 28), places=None):
        batch = tiny.batch(lengths, views, size)
        self.videos, self.places = batch['inputs'], places

    def __len__(self):
        return len(self.videos)

    def __getitem__(self, index):
        sample = ActionDataSample().set_gt_label(index % tiny.NUM_CLASSES)
        if self.places is not None:
            sample.set_metainfo(dict(place=self.places[index]))
        return dict(inputs=self.videos[index], data_samples=sample)


def loader(batch_size=2, collate='video_collate', shuffle=False, **dataset):
    return dict(
        batch_size=batch_size,
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=shuffle),
        collate_fn=dict(type=collate),
        dataset={'type': 'TinyVideos', **dataset})


def build(work_dir, hooks, train=(7, 5, 6, 6), val=None, max_epochs=1,
          optim_wrapper=None, checkpoint=None, train_cfg=None, replace=None,
          visualizer=None, **model):
    """A runner of a live sampler that tells videos apart.

    Args:
        hooks: custom_hooks.
        train: lengths of the training videos, 2 in a batch.
        val: options of :func:`loader`; None: no validation.
        checkpoint: config of the CheckpointHook; None: none.
        train_cfg: instead of max_epochs.
        replace: config of another model.
        visualizer: of the runner; None: one with the local backend.
        model: changes of the model, see tiny.model_config.
    """
    options = dict(
        default_scope='mmaction',
        model=replace or tiny.model_config(**model),
        work_dir=str(work_dir),
        train_dataloader=loader(lengths=list(train)),
        train_cfg=train_cfg or dict(
            type='EpochBasedTrainLoop', max_epochs=max_epochs),
        optim_wrapper=optim_wrapper or dict(
            optimizer=dict(type='SGD', lr=0.01), clip_grad=dict(max_norm=1)),
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1), checkpoint=checkpoint),
        custom_hooks=hooks,
        visualizer=visualizer or dict(
            type='ActionVisualizer',
            vis_backends=[dict(type='LocalVisBackend')]),
        log_processor=dict(type='LogProcessor', log_with_hierarchy=True),
        experiment_name=f'{work_dir.parent.name}-{work_dir.name}',
        randomness=dict(seed=0))
    if val is not None:
        options.update(
            val_dataloader=loader(**val),
            val_cfg=dict(type='ValLoop'),
            val_evaluator=dict(
                type='AccMetric' if replace else 'SynopsisDetailMetric'))
    # Without a config: to format and save it takes longer than the run.
    runner = Runner(**options)
    runner.model.init_weights()
    runner.model.init_weights = lambda: None  # once is enough
    neck = runner.model.neck
    if neck is not None and neck.locator is not None:
        tiny.open_up(runner.model)
    return runner


@MODELS.register_module(force=True)
class SeveralOptimizersS2DNet(S2DNet):

    def train_step(self, data, optim_wrapper):
        losses = self(**self.data_preprocessor(data, True), mode='loss')
        loss, log = self.parse_losses(losses)
        loss.backward()
        for wrapper in optim_wrapper.values():
            wrapper.step()
            wrapper.zero_grad()
        return log


def build_with_optimizers(*args, **options):
    """The same with an optimiser for each part of the model, by its name."""
    runner = build(*args, type='SeveralOptimizersS2DNet', **options)
    groups = {}
    for name, parameter in runner.model.named_parameters():
        groups.setdefault(name.split('.')[0], []).append(parameter)
    runner.optim_wrapper = OptimWrapperDict(**{
        name: OptimWrapper(torch.optim.SGD(group, lr=0.01))
        for name, group in groups.items()
    })
    return runner


def record_thetas(runner):
    """List that theta of each forward pass of the sampler is added to."""
    thetas = []

    def note(neck, args, output):
        thetas.append(
            (neck.training, [number.detach() for number in output[1]]))

    runner.model.neck.register_forward_hook(note)
    return thetas


def scalars(runner, prefix):
    """name -> what the message hub has noted of it, of names that begin so."""
    return {
        name[len(prefix):]: buffer.data[0].tolist()
        for name, buffer in runner.message_hub.log_scalars.items()
        if name.startswith(prefix)
    }


def weights(model):
    return {name: p.detach().clone() for name, p in model.named_parameters()}


def same(one, other):
    return all(torch.equal(one[name], other[name]) for name in one)


@HOOKS.register_module(force=True)
class PoisonHook(Hook):
    """Spoil the model before an iteration and keep its weights.

    Args:
        poison: function of the model.
        at: iteration of the epoch, from 0.
    """

    def __init__(self, poison, at=1):
        self.poison, self.at = poison, at

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if batch_idx == self.at:
            self.poison(runner.model)
            self.weights = weights(runner.model)


def poison_theta(model):
    with torch.no_grad():
        model.neck.locator.fcs['time'][0].bias[0] = float('nan')


def poison_gradient(name, value=float('inf')):

    def poison(model):
        model.get_parameter(name).register_hook(
            lambda grad: torch.full_like(grad, value))

    return poison


@OPTIM_WRAPPERS.register_module(force=True)
class ScaledOptimWrapper(OptimWrapper):
    """mmengine's AmpOptimWrapper, which needs a GPU, without autocast."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.loss_scaler = torch.amp.GradScaler('cpu', init_scale=2.0**10)

    def backward(self, loss, **kwargs):
        self.loss_scaler.scale(loss).backward(**kwargs)
        self._inner_count += 1

    def step(self, **kwargs):
        if self.clip_grad_kwargs:
            self.loss_scaler.unscale_(self.optimizer)
            self._clip_grad()
        self.loss_scaler.step(self.optimizer, **kwargs)
        self.loss_scaler.update()


def scaled(fused, clip=False):
    wrapper = dict(
        type='ScaledOptimWrapper',
        optimizer=dict(type='SGD', lr=0.01, fused=fused))
    if clip:
        wrapper['clip_grad'] = dict(max_norm=1)
    return wrapper
