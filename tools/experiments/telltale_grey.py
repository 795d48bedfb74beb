"""Telltale whose disc is grey while the stripes show: what m is for.

    python tools/experiments/run_study.py tools/experiments/telltale_grey.py

A detail net in the right window cannot know the group, which the synopsis
shows. The top k would give it away, so k is the number of classes.
For the format of a study file see telltale.py.
"""

import telltale

runs, rows, prepare, inputs = telltale.variant(
    'data/telltale-grey', ('2b', ), '--grey-std-frames 6',
    **{'model.cls_head.k': 9})
environment, seeds, ceiling = (
    telltale.environment, telltale.seeds, telltale.ceiling)
