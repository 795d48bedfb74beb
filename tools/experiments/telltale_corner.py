"""Telltale whose group shows in a corner, not on the disc: what m is for.

    python tools/experiments/run_study.py tools/experiments/telltale_corner.py

A detail net in the right window cannot know the group, which the synopsis
shows. The top k would give it away, so k is the number of classes.
For the format of a study file see telltale.py.
"""

import telltale

runs, rows, prepare, inputs = telltale.variant(
    'data/telltale-corner', (telltale.TABLE_2B, ), '--colour-in-corner',
    **{'model.cls_head.k': 9})
environment, seeds, ceiling = (
    telltale.environment, telltale.seeds, telltale.ceiling)
