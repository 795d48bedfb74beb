"""The study of Telltale: its runs build, and one trains from the files on."""

import json
from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import HOOKS, MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from study_plan import Study

from s2dnet_mmaction.datasets.preparation import telltale
from tests.support.glints import ROOT

STUDY = Study(str(ROOT / 'tools/experiments/telltale.py'), {}, ())


def config(run):
    cfg = Config.fromstring(STUDY.configs[run], '.py')
    cfg.randomness = dict(cfg.get('randomness') or {}, seed=0)
    return cfg


def test_every_run_builds_and_takes_its_weights():
    """Of the run that it needs: a run comes after that."""
    weights = {}
    for run in STUDY.runs:
        cfg = config(run)
        init_default_scope(cfg.default_scope)
        model = MODELS.build(cfg.model)
        weights[run] = model.state_dict()
        load(model, weights, run, cfg.get('custom_hooks', ()))
        # what a run of so many epochs ends with is looked at
        assert cfg.train_cfg.max_epochs == cfg.train_cfg.val_interval, run
        assert cfg.param_scheduler[-1].T_max == cfg.train_cfg.max_epochs, run


def load(model, weights, run, hooks):
    """What a runner does with ``load_from``."""
    if (STUDY.runs[run].needs is None
            or STUDY.runs[run].checkpoint_option != 'load_from'):
        return
    runner = SimpleNamespace(
        model=model, _resume=False, _load_from='a file', _has_loaded=False)
    model.is_init = True
    checkpoint = dict(state_dict=weights[STUDY.runs[run].needs])
    for hook in hooks:
        HOOKS.build(hook).after_load_checkpoint(runner, checkpoint)
    model.load_state_dict(checkpoint['state_dict'])


NECK = 'model.neck.'
LR = 'optim_wrapper.paramwise_cfg.custom_keys.neck.lr_mult'
CLIP = {'optim_wrapper.clip_grad': None}
WIDE = {'normalise_grad': 'batch', 'max_zoom': None}


def neck(**options):
    return {NECK + name: value for name, value in options.items()}


LOCATOR = 'model.neck.locator.'
FROZEN = {**neck(axes=()), 'custom_hooks': [dict(type='FiniteGuardHook')]}
RECIPES = {  # by the run that they are compared with
    'heatmap': {
        **{f'heatmap-lr-{rate}': {LR: rate} for rate in (0.01, 1.0, 10.0)},
        'heatmap-9e': {'train_cfg.max_epochs': 9, 'train_cfg.val_begin': 9,
                       'train_cfg.val_interval': 9},
        'frozen': FROZEN,
        'heatmap-span-release': neck(init_span=(1.0, 1.0)),
        'heatmap-span-release-no-bound': neck(init_span=(1.0, 1.0),
                                              max_zoom=None),
        'worst-all': {**CLIP, 'optim_wrapper.optimizer.lr': 5e4},
    },
    'heatmap-9e': {
        'heatmap-no-warmup': {},
        'heatmap-e-alone': {LOCATOR + 'synopsis_channels': 0},
        'heatmap-kernel-1': {LOCATOR + 'kernel_size': 1},
        'heatmap-per-frame': {LOCATOR + 'stride_per': 'frame'},
        'heatmap-isotropic': {LOCATOR + 'isotropic': True},
        'heatmap-temperature-4': {LOCATOR + 'temperature': 4.0},
        'heatmap-temperature-0.25': {LOCATOR + 'temperature': 0.25},
        'heatmap-not-detached': neck(detach_synopsis=False),
        'heatmap-no-bound': neck(max_zoom=None),
        'heatmap-linear': neck(temporal='linear'),
        'time': neck(axes=('time', )),
        'space': neck(axes=('space', )),
        'frozen-9e': FROZEN,
    },
    'f-theta': {
        **{f'f-theta-lr-{rate}': {LR: rate} for rate in (0.0001, 0.01, 0.1)},
        **{f'f-theta-scaled-lr-{rate}': {
            LOCATOR + 'scale_by_fan_in': True, LR: rate}
           for rate in (0.1, 1.0, 10.0)},
        'supplement': {**neck(init_span=(0.5, None), **WIDE), LR: 0.1},
        'worst-f-theta': {**neck(**WIDE), **CLIP, LR: 1e6},
    },
    'stage1': {'full-rate': {
        'optim_wrapper.paramwise_cfg.custom_keys.dnet.backbone.lr_mult': 1.0
    }},
}
CASES = [(reference, run, changed) for reference, recipes in RECIPES.items()
         for run, changed in recipes.items()]


def flat(value, prefix=''):
    """Settings by dotted key; lists are values."""
    if not isinstance(value, dict) or not value:
        return {prefix[:-1]: value}
    return {name: item for key, part in value.items()
            for name, item in flat(part, f'{prefix}{key}.').items()}


def difference(run, reference):
    """What a run has that another has not, by dotted key of that."""
    live, other = (flat(config(name).to_dict()) for name in (reference, run))
    assert 'optim_wrapper.optimizer.lr' in live
    changed = {name: value for name, value in other.items()
               if name not in live or live[name] != value}
    gone = [name for name in live if name not in other and not any(
        name.startswith(f'{key}.') for key in changed)]
    return changed, gone


def test_all_recipes_are_looked_at():
    rows = {row.run for row, *_ in STUDY.shown
            if set(row.tables) & {'locator', 'options, 9 epochs', 'worst',
                                  'stage 1'}}
    assert rows <= {*RECIPES, *(run for _, run, _ in CASES)}


@pytest.mark.parametrize('reference, run, changed', CASES)
def test_a_recipe_differs_in_what_it_names(reference, run, changed):
    got, gone = difference(run, reference)
    got = {name: value for name, value in got.items()
           if name != 'param_scheduler'}  # of as many epochs: see above
    assert (got, gone) == (changed, [])
    if reference != 'stage1':
        warmups = [scheduler for scheduler in config(run).param_scheduler
                   if scheduler.type == 'LinearLR']
        assert len(warmups) == (
            run not in ('heatmap-no-warmup', 'supplement'))


@pytest.mark.parametrize('name, folder', [
    ('hard', 'data/telltale-hard'), ('corner', 'data/telltale-corner')])
def test_variants_train_on_their_videos(name, folder):
    """All that they train, and with nothing else changed but k."""
    variant = Study(str(ROOT / f'tools/experiments/telltale_{name}.py'), {},
                    ())
    assert variant.shown
    for run, text in variant.configs.items():
        cfg = Config.fromstring(text, '.py')
        for loader in ('train', 'val', 'test'):
            assert cfg[f'{loader}_dataloader'].dataset.data_root == folder
        k = cfg.model.cls_head.get('k')
        same = text.replace(folder, 'data/telltale')
        if name == 'corner' and k is not None:
            same = same.replace('k=9', 'k=3')
            assert k == 9, run
        if run == 'oracle-no-fusion':
            assert cfg.model.context is None
            assert not cfg.model.dnet.fusion_stages
        else:
            assert same == STUDY.configs[run], run


# prefix of what is pretrained, and its rate over the others'
PRETRAINED = {
    **dict.fromkeys(('heatmap', 'heatmap-lr-1.0', 'f-theta', 'f-theta-lr-0.1',
                     'stage1', 'frozen', 'oracle', 'no-fusion'),
                    ('dnet.backbone.', 0.1)),
    'full-rate': ('dnet.backbone.', 1.0),
    'dnet': ('backbone.backbone.', 0.1),
    'closeups': ('none.', None),
    'snet': ('none.', None),
}


@pytest.mark.parametrize('run', PRETRAINED)
def test_rates(run):
    """Of the locator, of what is pretrained and of the rest."""
    cfg = config(run)
    init_default_scope(cfg.default_scope)
    model = MODELS.build(cfg.model)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    lr = {id(p): group['lr']
          for group in wrapper.param_groups for p in group['params']}
    own = 0.05 * (1.0 if run.endswith('1.0') else
                  0.001 if run == 'f-theta' else 0.1)
    prefix, mult = PRETRAINED[run]
    names = [name for name, _ in model.named_parameters()]
    assert mult is None or sum(n.startswith(prefix) for n in names) > 20
    for name, parameter in model.named_parameters():
        expected = 0.05
        if name.startswith('neck.'):
            expected = own
        elif name.startswith(prefix):
            expected = 0.05 * mult
        assert lr[id(parameter)] == pytest.approx(expected), name


@pytest.mark.parametrize('run', ['supplement', 'worst-f-theta', 'worst-all'])
def test_only_the_guard_may_end_a_run(run):
    errors = STUDY.runs[run].may_fail, STUDY.runs[run].must_fail
    assert errors == (('FloatingPointError', None) if run == 'supplement' else
                      (None, 'FloatingPointError'))


def test_trains_on_the_files(tmp_path):
    """Two epochs, one of each stage; seed 0, on the CPU."""
    data = tmp_path / 'telltale'
    telltale.write_dataset(
        str(data),
        telltale.TelltaleOptions(num_train=8, num_val=6, num_closeups=1),
        num_jobs=1,
        decode=True)
    cfg = config('heatmap')
    cfg.load_from = None
    cfg.work_dir = str(tmp_path / 'work')
    cfg.train_cfg.update(max_epochs=2, val_begin=1, val_interval=1)
    cfg.param_scheduler[-1].T_max = 2
    cfg.custom_hooks[0].switch_epoch = 1
    for loader in ('train_dataloader', 'val_dataloader', 'test_dataloader'):
        cfg[loader].batch_size = 4
        cfg[loader].dataset.data_root = str(data)
    runner = Runner.from_cfg(cfg)
    runner.train()
    assert runner.model.neck.live
    lines = [
        json.loads(line) for path in tmp_path.rglob('scalars.json')
        for line in path.read_text().splitlines()
    ]
    frozen, live = (line for line in lines if 'acc/top1' in line)
    assert frozen['place/corr_t'] == 0.0
    assert abs(live['place/corr_t']) <= 1
    assert live['sampling/stride_t_mean'] > 0
    assert all(torch.tensor(number).isfinite() for line in lines
               for number in line.values())


def test_oracle_finds_what_it_is_told(tmp_path):
    data = tmp_path / 'telltale'
    telltale.write_dataset(
        str(data),
        telltale.TelltaleOptions(num_train=1, num_val=6, num_closeups=1),
        num_jobs=1,
        decode=True)
    cfg = config('oracle')
    cfg.work_dir = str(tmp_path / 'work')
    cfg.load_from = None
    cfg.test_dataloader.dataset.data_root = str(data)
    cfg.train_dataloader = cfg.train_cfg = cfg.optim_wrapper = None
    cfg.param_scheduler = None
    found = Runner.from_cfg(cfg).test()
    for axis in 'tyx':
        assert found[f'place/corr_{axis}'] == pytest.approx(1.0)
        assert found[f'place/error_{axis}'] == pytest.approx(0.0, abs=1e-5)
    assert found['place/hit'] == 1.0
