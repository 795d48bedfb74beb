"""What S2DNet learns on Telltale: controls and ablations (a study).

    python tools/experiments/run_study.py tools/experiments/telltale.py

A run of stage 2 starts from the weights of a run of stage 1 with the same
nets and seed, so that what differs between two rows is what they name.

A study file is Python and sets

- ``runs``: keywords of ``study_plan.Run`` by the name of the run; a run comes
  after the one that it needs;
- ``rows``: keywords of ``study_plan.Row``, in the order of the tables;
- ``seeds`` of all runs, default (0, 1, 2);
- ``prepare``: commands that write the data. They run in every call that has
  something to train, so they should leave files that are up to date;
- ``inputs``: files that change with the data, relative to the checkout; they
  have to exist after ``prepare``;
- ``environment``: variables of the trainings, unless the user sets them;
- ``train``: the script that gets ``CONFIG --work-dir FOLDER --cfg-options
  KEY=VALUE ...``, default tools/train.py;
- ``ceiling``: an accuracy in [0, 1] that the figure marks.
"""

import sys

# what the paths of all its configs begin with
BASE = 'configs/recognition/s2dnet/s2dnet_'
S2DNET = f'{BASE}r3d18-r3d18_1xb32-1x48-8x6-24e_telltale-rgb.py'
SNET_ALONE = f'{BASE}snet-alone_r3d18_1xb32-1x48-8x0-24e_telltale-rgb.py'
CLOSEUPS = f'{BASE}dnet-alone_r3d18_1xb32-1x48-0x6-8e_telltale-closeups-rgb.py'
DNET_ALONE = f'{BASE}dnet-alone_r3d18_1xb32-1x48-0x6-24e_telltale-rgb.py'
ORACLE = f'{BASE}oracle_r3d18-r3d18_1xb32-1x48-8x6-24e_telltale-rgb.py'

STAGE1_EPOCHS, STAGE2_EPOCHS = 6, 18
CKPT = 'model.dnet.init_cfg.checkpoint'
GUARD = dict(type='FiniteGuardHook')
# Stage 1 has no f_theta, which stage 2 starts afresh.
FRESH = dict(type='FineTuneHook', allow_missing=r'neck\.location_scale')
FROZEN = {'model.neck.axes': (), 'custom_hooks': [GUARD]}


def schedule(epochs, **options):
    """One cosine over ``epochs``, with one validation at the end."""
    return {
        'train_cfg.max_epochs': epochs,
        'train_cfg.val_begin': epochs,
        'train_cfg.val_interval': epochs,
        'param_scheduler': [dict(
            type='CosineAnnealingLR', T_max=epochs, eta_min=0, by_epoch=True,
            convert_to_iter_based=True)],
        **options
    }


def stage1(**options):
    """Theta frozen: no sampler that learns is built at all."""
    return dict(
        config=S2DNET, needs='closeups', checkpoint_option=CKPT,
        options=schedule(STAGE1_EPOCHS, **{**FROZEN, **options}))


def stage2(needs='stage1', **options):
    """Theta live, from the weights of a stage 1."""
    return dict(
        config=S2DNET, needs=needs, options=schedule(STAGE2_EPOCHS, **{
            'custom_hooks': [
                dict(type='TwoStageHook', switch_epoch=0), GUARD,
                dict(type='SamplingStatisticsHook'), FRESH
            ],
            'model.dnet.init_cfg': None,
            **options
        }))


def oracle(**options):
    """The window at the true place, from the weights of a stage 1."""
    return dict(
        config=ORACLE, needs='stage1', options=schedule(
            STAGE2_EPOCHS, **{'model.dnet.init_cfg': None, **options}))


runs = dict(
    closeups=dict(config=CLOSEUPS),
    stage1=stage1(),
    live=stage2(),
    frozen=stage2(**FROZEN),
    space=stage2(**{'model.neck.axes': ('space', )}),
    time=stage2(**{'model.neck.axes': ('time', )}),
    oracle=oracle(),
    # 32 samples of every fourth pixel: a window as wide as the frame
    **{'oracle-zoom-4': oracle(**{'model.neck.stride': (1.0, 4.0)})},
    **{f'oracle-{axis}': oracle(**{'model.neck.axes': (axis, )})
       for axis in ('space', 'time')},
    snet=dict(config=SNET_ALONE,
              options=schedule(STAGE1_EPOCHS + STAGE2_EPOCHS)),
    dnet=dict(
        config=DNET_ALONE, needs='closeups',
        checkpoint_option='model.backbone.init_cfg.checkpoint',
        options=schedule(STAGE1_EPOCHS + STAGE2_EPOCHS)))
rows = [
    dict(run='snet', label='synopsis net alone (a1)',
         tables=['headline', '2a']),
    dict(run='frozen', label='frozen centre crop', tables=['headline'],
         reference='snet'),
    dict(run='live', label='S2DNet', tables=['headline'], reference='frozen'),
    dict(run='oracle', label='oracle sampler', tables=['headline'],
         reference='live'),
]


def row(run, label, tables, **keys):
    rows.append(dict(run=run, label=label, tables=[tables], **keys))


row('oracle', 'oracle, stride 1 px', 'zoom')
row('oracle-zoom-4', 'oracle, stride 4 px', 'zoom', reference='oracle',
    seeds=1)
row('dnet', 'detail net alone, centre crop (a2)', '2a', seeds=1)
row('live', 'S2DNet (a0)', '2a')


def pair(name, label, table, options, **keys):
    """A row that differs in both stages."""
    runs[f'{name}-stage1'] = stage1(**options)
    runs[name] = stage2(needs=f'{name}-stage1', **options)
    row(name, label, table, seeds=1, **keys)


PLAIN = {'model.context': None, 'model.dnet.fusion_stages': ()}
runs['no-fusion-stage1'] = stage1(**PLAIN)
runs['no-fusion'] = stage2(needs='no-fusion-stage1', **PLAIN)
runs['neither'] = stage2(needs='no-fusion-stage1', **{**PLAIN, **FROZEN})
row('neither', 'neither sampling nor fusion (b1)', '2b', seeds=1)
row('no-fusion', 'sampling (b2)', '2b', seeds=1)
row('frozen', 'fusion (b3)', '2b')
row('live', 'sampling and fusion (b0)', '2b')

row('frozen', 'neither (c1)', '2c')
row('space', 'space only (c2)', '2c', reference='frozen')
row('time', 'time only (c3)', '2c', reference='frozen')
row('live', 'time and space (c0)', '2c', reference='space')
row('oracle-space', 'space only, oracle', '2c', reference='frozen', seeds=1)
row('oracle-time', 'time only, oracle', '2c', reference='frozen', seeds=1)
row('oracle', 'time and space, oracle', '2c', reference='oracle-space',
    seeds=1)

# A detail net of two stages: layer1 is the paper's res3, layer2 its res4.
row('live', 'layer1, classifier', 'fusion')
pair('fusion-no-cls', 'layer1', 'fusion',
     {'model.cls_head.context_channels': 0}, reference='live')
pair('fusion-cls', 'classifier', 'fusion', {'model.dnet.fusion_stages': ()},
     reference='live')
pair('fusion-layer2', 'layer2, classifier', 'fusion',
     {'model.dnet.fusion_stages': ('layer2', )}, reference='live')
pair('fusion-both', 'layer1, layer2, classifier', 'fusion',
     {'model.dnet.fusion_stages': ('layer1', 'layer2')}, reference='live')

row('live', 'hard top-k, gated loss, alpha 1', 'losses')
pair('soft', 'soft top-k', 'losses', {'model.cls_head.topk_mode': 'soft'},
     reference='live')
pair('plain', 'plain loss', 'losses', {'model.cls_head.loss': 'plain'},
     reference='live')
pair('renormalised', 'renormalised loss', 'losses',
     {'model.cls_head.loss': 'renormalised'}, reference='live')
pair('alpha-0.1', 'alpha 0.1', 'losses', {'model.cls_head.alpha': 0.1},
     reference='live')


def recipe(name, label, options, **keys):
    """A row that differs in stage 2 alone."""
    runs[name] = dict(stage2(**options), **keys)
    row(name, label, 'recipe', reference='live', seeds=1)


LR = 'optim_wrapper.paramwise_cfg.custom_keys.neck.lr_mult'
row('live', 'S2DNet, as configured', 'recipe')
recipe('linear', 'linear filter in time', {'model.neck.temporal': 'linear'})
recipe('no-bound', 'strides without a bound', {'model.neck.max_zoom': None})
recipe('span-paper', 'first window: half of the video',
       {'model.neck.init_span': (0.5, None)})
recipe('span-release', 'first window: the video, the frame',
       {'model.neck.init_span': (1.0, 1.0)})
recipe('norm-batch', 'gradient normalised over the batch',
       {'model.neck.normalise_grad': 'batch'})
recipe('norm-video', 'gradient normalised per video',
       {'model.neck.normalise_grad': 'video'})
for mult in (0.0001, 0.01, 0.1):
    recipe(f'lr-{mult}', f"f_theta's rate {mult} of the others'", {LR: mult})
recipe('not-detached', 'e not detached',
       {'model.neck.detach_synopsis': False})
recipe('supplement', 'the supplement, literally: normalised gradient, no '
       'bound, half of the video, rate 0.1', {
           'model.neck.normalise_grad': 'batch',
           'model.neck.max_zoom': None,
           'model.neck.init_span': (0.5, None),
           LR: 0.1
       }, may_fail='FloatingPointError')

runs['full-rate'] = stage1(**{
    # a nested dict, because the name of its key has a dot
    'optim_wrapper.paramwise_cfg.custom_keys': {
        'dnet.backbone': dict(lr_mult=1.0)
    }
})
row('stage1', "pretrained weights at a tenth of the others' rate", 'stage 1')
row('full-rate', "pretrained weights at the others' rate", 'stage 1',
    reference='stage1', seeds=1)

# What is allowed and cannot work has to end in an error, not in NaN.
recipe('worst-f-theta', "f_theta's rate 1e6 of the others', no bound", {
    'model.neck.normalise_grad': 'batch',
    'model.neck.max_zoom': None,
    'optim_wrapper.clip_grad': None,
    LR: 1e6
}, must_fail='FloatingPointError')
recipe('worst-all', 'all rates times 1e6, not clipped', {
    'optim_wrapper.optimizer.lr': 5e4,
    'optim_wrapper.clip_grad': None
}, must_fail='FloatingPointError')

prepare = [[sys.executable, 'tools/data/telltale/write_telltale.py',
            'data/telltale', '--decode']]
inputs = ['data/telltale/dataset.json']
# Each step of a training on a CPU takes and frees some 100 MB of raw frames.
# glibc gives them back to the system, which hands them out again page by
# page: a quarter of the time of a small training.
environment = dict(
    GLIBC_TUNABLES='glibc.malloc.hugetlb=1:'
    f'glibc.malloc.mmap_threshold={2**32}:'
    f'glibc.malloc.trim_threshold={2**33}')
seeds = [0, 1, 2]
ceiling = 1 / 3  # s2dnet_mmaction.datasets.preparation.drawing.BLIND_CEILING
