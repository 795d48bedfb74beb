"""What S2DNet learns on Telltale: controls and ablations (a study).

    python tools/experiments/run_study.py tools/experiments/telltale.py

A run of stage 2 starts from the weights of a run of stage 1 with the same
nets and seed, so that what differs between two rows is what they name.

A study file is Python and sets

- ``runs``: keywords of ``study_plan.Run`` by the name of the run; a run comes
  after the one that it needs;
- ``rows``: keywords of ``study_plan.Row``, in the order of the tables;
- ``seeds`` of all runs, default (0, 1, 2);
- ``seed_options``: settings ``KEY=VALUE`` of each seed; ``{seed}`` in them
  stands for it, as in the list of a fold;
- ``repeat``: ``'seed'`` (default), or ``'fold'`` if seeds are folds: the
  tables then have standard errors;
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
F_THETA = f'{BASE}r3d18-r3d18_1xb32-1x48-8x6-24e_telltale-rgb.py'
HEATMAP = f'{BASE}heatmap_r3d18-r3d18_1xb32-1x48-8x6-24e_telltale-rgb.py'
SNET_ALONE = f'{BASE}snet-alone_r3d18_1xb32-1x48-8x0-24e_telltale-rgb.py'
CLOSEUPS = f'{BASE}dnet-alone_r3d18_1xb32-1x48-0x6-8e_telltale-closeups-rgb.py'
DNET_ALONE = f'{BASE}dnet-alone_r3d18_1xb32-1x48-0x6-24e_telltale-rgb.py'
ORACLE = f'{BASE}oracle_r3d18-r3d18_1xb32-1x48-8x6-24e_telltale-rgb.py'

STAGE1_EPOCHS, STAGE2_EPOCHS = 6, 18
# of stage 2 in the tables that compare options: half of the time
SHORT_EPOCHS = 9

# The warm-up of stage 2, as in the config
WARMUP = [dict(type='LinearLR', start_factor=0.01, by_epoch=True, begin=0,
               end=1, convert_to_iter_based=True)]
CKPT = 'model.dnet.init_cfg.checkpoint'
GUARD = dict(type='FiniteGuardHook')
# Stage 1 has no locator, which stage 2 starts afresh.
FRESH = dict(type='FineTuneHook', allow_missing=r'neck\.locator')
LIVE = [dict(type='TwoStageHook', switch_epoch=0), GUARD,
        dict(type='SamplingStatisticsHook'), FRESH]
LR = 'optim_wrapper.paramwise_cfg.custom_keys.neck.lr_mult'
FROZEN = {'model.neck.axes': (), 'custom_hooks': [GUARD]}


def schedule(epochs, warmup=(), **options):
    """One cosine over ``epochs``, with one validation at the end."""
    return {
        'train_cfg.max_epochs': epochs,
        'train_cfg.val_begin': epochs,
        'train_cfg.val_interval': epochs,
        'param_scheduler': [*warmup, dict(
            type='CosineAnnealingLR', T_max=epochs, eta_min=0, by_epoch=True,
            convert_to_iter_based=True)],
        **options
    }


def stage1(**options):
    """Theta frozen: no locator is built at all."""
    return dict(
        config=F_THETA, needs='closeups', checkpoint_option=CKPT,
        options=schedule(STAGE1_EPOCHS, **{**FROZEN, **options}))


def stage2(config=HEATMAP, needs='stage1', epochs=STAGE2_EPOCHS, **options):
    """Theta live, from the weights of a stage 1."""
    return dict(config=config, needs=needs, options=schedule(
        epochs, WARMUP, **{'custom_hooks': LIVE, 'model.dnet.init_cfg': None,
                           **options}))


def short(config=HEATMAP, needs='stage1', **options):
    """A short stage 2."""
    return stage2(config, needs, SHORT_EPOCHS, **options)


def oracle(stage=stage2, **options):
    """The window at the true place, from the weights of a stage 1."""
    return stage(ORACLE, **{'custom_hooks': [GUARD], **options})


runs = dict(
    closeups=dict(config=CLOSEUPS),
    stage1=stage1(),
    **{'f-theta': stage2(F_THETA)},
    heatmap=stage2(),
    frozen=stage2(**FROZEN),
    oracle=oracle(),
    **{'heatmap-9e': short(), 'frozen-9e': short(**FROZEN),
       'oracle-9e': oracle(short)},
    snet=dict(config=SNET_ALONE,
              options=schedule(STAGE1_EPOCHS + STAGE2_EPOCHS)),
    dnet=dict(
        config=DNET_ALONE, needs='closeups',
        checkpoint_option='model.backbone.init_cfg.checkpoint',
        options=schedule(STAGE1_EPOCHS + STAGE2_EPOCHS)))
rows = []
# names of tables
OPTIONS, TABLE_2B, TABLE_2C, LOSSES, ZOOM = (
    f'{name}, {SHORT_EPOCHS} epochs'
    for name in ('options', '2b', '2c', 'losses', 'zoom'))


def row(run, label, table, seeds=3, **keys):
    rows.append(dict(run=run, label=label, tables=[table], seeds=seeds,
                     **keys))


def add(name, label, table, run, **keys):
    """A run and its row."""
    runs[name] = run
    row(name, label, table, **keys)


row('snet', 'synopsis net alone (a1)', 'headline')
row('frozen', 'frozen centre crop', 'headline', reference='snet')
row('f-theta', 'S2DNet, f_theta of the paper', 'headline', seeds=5,
    reference='frozen')
row('heatmap', 'S2DNet, heat maps', 'headline', seeds=5, reference='f-theta')
row('oracle', 'oracle sampler', 'headline', reference='heatmap')

row('heatmap', 'heat maps, rate 0.1, as configured', 'locator', seeds=5)
for rate in (0.01, 1.0, 10.0):
    add(f'heatmap-lr-{rate}', f'heat maps, rate {rate:g}', 'locator',
        stage2(**{LR: rate}))
row('heatmap-9e', 'heat maps, 9 epochs', 'locator')
RELEASE_SPAN = {'model.neck.init_span': (1.0, 1.0)}
add('heatmap-span-release', 'heat maps, first window: the video, the frame',
    'locator', stage2(**RELEASE_SPAN))
add('heatmap-span-release-no-bound', 'heat maps, first window: the video, '
    'the frame; strides without a bound', 'locator',
    stage2(**{**RELEASE_SPAN, 'model.neck.max_zoom': None}))
row('f-theta', 'f_theta, rate 0.001, as configured', 'locator', seeds=5)
for rate in (0.0001, 0.01, 0.1):
    add(f'f-theta-lr-{rate}', f'f_theta, rate {rate:g}', 'locator',
        stage2(F_THETA, **{LR: rate}))
for rate in (0.1, 1.0, 10.0):
    add(f'f-theta-scaled-lr-{rate}',
        f'f_theta scaled by its fan-in, rate {rate:g}', 'locator',
        stage2(F_THETA, **{
            'model.neck.locator.scale_by_fan_in': True, LR: rate}))

row('heatmap-9e', 'heat maps', OPTIONS, seeds=5)
add('heatmap-no-warmup', 'no warm-up', OPTIONS,
    short(param_scheduler=schedule(SHORT_EPOCHS)['param_scheduler']),
    seeds=5, reference='heatmap-9e')
for name, label, options in (
        ('e-alone', 'a locator that sees e alone', dict(synopsis_channels=0)),
        ('kernel-1', 'maps by a 1x1x1 convolution', dict(kernel_size=1)),
        ('per-frame', 'space strides per frame', dict(stride_per='frame')),
        ('isotropic', 'one space stride', dict(isotropic=True)),
        ('temperature-4', 'temperature 4', dict(temperature=4.0)),
        ('temperature-0.25', 'temperature 0.25', dict(temperature=0.25))):
    add(f'heatmap-{name}', label, OPTIONS, short(**{
        f'model.neck.locator.{key}': value for key, value in options.items()}),
        reference='heatmap-9e')
for name, label, option, value in (
        ('not-detached', 'e not detached', 'detach_synopsis', False),
        ('no-bound', 'strides without a bound', 'max_zoom', None),
        ('linear', 'linear filter in time', 'temporal', 'linear')):
    add(f'heatmap-{name}', label, OPTIONS,
        short(**{f'model.neck.{option}': value}), reference='heatmap-9e')

row('snet', 'synopsis net alone (a1)', '2a')
row('dnet', 'detail net alone, centre crop (a2)', '2a')
row('heatmap', 'S2DNet (a0)', '2a')


def pair(name, label, table, options, **keys):
    """A row that differs in both stages."""
    runs[f'{name}-stage1'] = stage1(**options)
    add(name, label, table, short(needs=f'{name}-stage1', **options), **keys)


PLAIN = {'model.context': None, 'model.dnet.fusion_stages': ()}
runs['no-fusion-stage1'] = stage1(**PLAIN)
add('neither', 'neither sampling nor fusion (b1)', TABLE_2B,
    short(needs='no-fusion-stage1', **{**PLAIN, **FROZEN}))
add('no-fusion', 'sampling (b2)', TABLE_2B,
    short(needs='no-fusion-stage1', **PLAIN), reference='neither')
row('frozen-9e', 'fusion (b3)', TABLE_2B, reference='neither')
# A detail net of two stages: layer1 is the paper's res3, layer2 its res4.
pair('fusion-no-cls', 'sampling and fusion after layer1', TABLE_2B,
     {'model.cls_head.context_channels': 0}, reference='no-fusion')
pair('fusion-cls', 'sampling and fusion in the classifier', TABLE_2B,
     {'model.dnet.fusion_stages': ()}, reference='no-fusion')
row('heatmap-9e', 'sampling and both fusions (b0)', TABLE_2B,
    reference='no-fusion')

row('frozen-9e', 'neither (c1)', TABLE_2C)
add('time', 'time only (c3)', TABLE_2C,
    short(**{'model.neck.axes': ('time', )}), reference='frozen-9e')
add('space', 'space only (c2)', TABLE_2C,
    short(**{'model.neck.axes': ('space', )}), reference='time')
row('heatmap-9e', 'time and space (c0)', TABLE_2C, reference='space')
for axis in ('time', 'space'):
    add(f'oracle-{axis}', f'{axis} only, oracle', TABLE_2C,
        oracle(short, **{'model.neck.axes': (axis, )}), reference=axis)
row('oracle-9e', 'time and space, oracle', TABLE_2C, reference='heatmap-9e')

row('heatmap-9e', 'hard top-k, gated loss, alpha 1', LOSSES)
pair('soft', 'soft top-k', LOSSES, {'model.cls_head.topk_mode': 'soft'},
     reference='heatmap-9e')
pair('plain', 'plain loss', LOSSES, {'model.cls_head.loss': 'plain'},
     reference='heatmap-9e')
pair('renormalised', 'renormalised loss', LOSSES,
     {'model.cls_head.loss': 'renormalised'}, reference='heatmap-9e')
pair('alpha-0.1', 'alpha 0.1', LOSSES, {'model.cls_head.alpha': 0.1},
     reference='heatmap-9e')

row('oracle-9e', 'oracle, stride 1 px', ZOOM)
# 32 samples of every fourth pixel: a window as wide as the frame
add('oracle-zoom-4', 'oracle, stride 4 px', ZOOM,
    oracle(short, **{'model.neck.stride': (1.0, 4.0)}), reference='oracle-9e')

add('supplement', 'the supplement, literally: f_theta, normalised gradient, '
    'no bound, half of the video, rate 0.1', 'worst', dict(stage2(F_THETA, **{
        'param_scheduler': schedule(STAGE2_EPOCHS)['param_scheduler'],
        'model.neck.normalise_grad': 'batch',
        'model.neck.max_zoom': None,
        'model.neck.init_span': (0.5, None),
        LR: 0.1
    }), may_fail='FloatingPointError'))
# What is allowed and cannot work has to end in an error, not in NaN.
add('worst-f-theta', "f_theta's rate 1e6 of the others', no bound", 'worst',
    dict(stage2(F_THETA, **{
        'model.neck.normalise_grad': 'batch',
        'model.neck.max_zoom': None,
        'optim_wrapper.clip_grad': None,
        LR: 1e6
    }), must_fail='FloatingPointError'), seeds=1)
add('worst-all', 'all rates times 1e6, not clipped', 'worst',
    dict(stage2(**{
        'optim_wrapper.optimizer.lr': 5e4,
        'optim_wrapper.clip_grad': None
    }), must_fail='FloatingPointError'), seeds=1)

row('stage1', "pretrained weights at a tenth of the others' rate", 'stage 1')
add('full-rate', "pretrained weights at the others' rate", 'stage 1',
    stage1(**{
        # a nested dict, because the name of its key has a dot
        'optim_wrapper.paramwise_cfg.custom_keys': {
            'dnet.backbone': dict(lr_mult=1.0)
        }
    }), reference='stage1')


prepare = [[sys.executable, 'tools/data/telltale/write_telltale.py',
            'data/telltale', '--decode']]
inputs = ['data/telltale/dataset.json']
# Each step of a training on a CPU takes and frees some 100 MB of raw frames.
# glibc gives them back to the system, which hands them out again page by
# page: a quarter of the time of a small training.
# The other three let all CPUs with AVX2 use the same instructions, so that
# the same seed gives the same weights on more of them (docs/telltale.md).
environment = dict(
    GLIBC_TUNABLES='glibc.malloc.hugetlb=1:'
    f'glibc.malloc.mmap_threshold={2**32}:'
    f'glibc.malloc.trim_threshold={2**33}',
    ATEN_CPU_CAPABILITY='avx2',
    ONEDNN_MAX_CPU_ISA='AVX2',
    MKL_CBWR='COMPATIBLE')
seeds = [0, 1, 2, 3, 4]
ceiling = 1 / 3  # s2dnet_mmaction.datasets.preparation.drawing.BLIND_CEILING


def variant(folder, tables, arguments, more_runs={}, **options):
    """Runs, rows, prepare and inputs of other videos.

    Args:
        folder: of the data set.
        tables: names of those to train.
        arguments: of write_telltale.py, as one string.
        more_runs: beside those above.
        options: for the configs of S2DNet and the oracle.
    """
    data = {f'{name}_dataloader.dataset.data_root': folder
            for name in ('train', 'val', 'test')}

    return (
        {name: dict(keys, options={
            **keys.get('options', {}), **data,
            **(options if keys['config'] in (F_THETA, HEATMAP, ORACLE)
               else {})})
         for name, keys in {**runs, **more_runs}.items()},
        [row for row in rows if set(row['tables']) & set(tables)],
        [[sys.executable, 'tools/data/telltale/write_telltale.py', folder,
          '--decode', *arguments.split()]],
        [f'{folder}/dataset.json'])
