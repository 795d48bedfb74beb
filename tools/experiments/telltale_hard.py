"""Telltale with decoys and discs that move: the same runs, harder videos.

    python tools/experiments/run_study.py tools/experiments/telltale_hard.py

For the format of a study file see telltale.py.
"""

import telltale

# options of write_telltale.py
VIDEOS = '--num-decoys 2 --drift-px 40 --spread-px 43 --stripe-std-frames 0.6'
runs, rows, prepare, inputs = telltale.variant(
    'data/telltale-hard', ('headline', 'locator', telltale.TABLE_2C), VIDEOS)
# Of the rates only those that the heat maps should work at
LOCATORS = ('heatmap', 'heatmap-9e', 'heatmap-lr-1.0', 'heatmap-lr-0.01')
rows = [row for row in rows
        if row['tables'] != ['locator'] or row['run'] in LOCATORS]
environment, seeds, ceiling = (
    telltale.environment, telltale.seeds, telltale.ceiling)
