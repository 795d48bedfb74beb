"""Telltale with decoys and discs that move: the same runs, harder videos.

    python tools/experiments/run_study.py tools/experiments/telltale_hard.py

The format of a study file is explained in telltale.py.
"""

import sys

import telltale
from telltale import ceiling, environment  # noqa: F401  of the study

FOLDER = 'data/telltale-hard'
TABLES = ('headline', 'locator', '2c')
DATA = {f'{name}_dataloader.dataset.data_root': FOLDER
        for name in ('train', 'val', 'test')}

runs = {name: dict(keys, options={**keys.get('options', {}), **DATA})
        for name, keys in telltale.runs.items()}
rows = [row for row in telltale.rows if set(row['tables']) & set(TABLES)]
prepare = [[sys.executable, 'tools/data/telltale/write_telltale.py', FOLDER,
            '--num-decoys', '2', '--drift-px', '40', '--spread-px', '43',
            '--decode']]
inputs = [f'{FOLDER}/dataset.json']
seeds = telltale.seeds
