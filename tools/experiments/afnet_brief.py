"""What AFNet learns on Telltale with brief stripes (docs/afnet.md).

    python tools/experiments/run_study.py tools/experiments/afnet_brief.py

For the format of a study file see telltale.py.
"""

import sys

import telltale

BASE = 'configs/recognition/afnet/'
DATA = '1xb32-1x1x8-30e_telltale-brief-rgb.py'
AFNET, TSN = f'{BASE}afnet_rt0.5_r34_{DATA}', (
    f'{BASE}afnet_tsn-baseline_r34_{DATA}')
TARGET = 'model.keep_ratio.target'
# Soft weights have no schedule and no loss (supplement, Sec. 5).
SOFT = {'model.backbone.gate': 'soft', 'model.keep_ratio': None,
        'custom_hooks': []}

runs = {
    'tsn': dict(config=TSN),
    'rt1': dict(config=AFNET, options={TARGET: 1.0}),
    'rt0.5': dict(config=AFNET),
    'rt0.25': dict(config=AFNET, options={TARGET: 0.25}),
    'soft': dict(config=AFNET, options=SOFT),
}
rows = [
    dict(run=run, label=label, tables=['brief'], reference=reference)
    for run, label, reference in (
        ('tsn', 'TSN', None),
        ('rt1', 'AFNet, RT 1', 'tsn'),
        ('rt0.5', 'AFNet, RT 0.5', 'rt1'),
        ('rt0.25', 'AFNet, RT 0.25', 'rt1'),
        ('soft', 'AFNet, soft weights', 'rt1'))]

prepare = [[
    sys.executable, 'tools/data/telltale/write_telltale.py',
    'data/telltale-brief', '--frame-px', '64', '--spread-px', '20',
    '--drift-px', '4', '--stripe-std-frames', '2', '--num-train', '1800',
    '--num-val', '450', '--num-closeups', '0', '--decode']]
inputs = ['data/telltale-brief/dataset.json']
environment, ceiling = telltale.environment, telltale.ceiling
