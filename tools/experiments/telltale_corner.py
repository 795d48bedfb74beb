"""Telltale whose group shows in a corner, not on the disc: what m is for.

    python tools/experiments/run_study.py tools/experiments/telltale_corner.py

A detail net in the right window cannot know the group, which the synopsis
shows. The top k would give it away, so k is the number of classes. A live
sampler can tell the group by the size and place of its window; the window of
the oracle cannot.
For the format of a study file see telltale.py.
"""

import telltale

runs, rows, prepare, inputs = telltale.variant(
    'data/telltale-corner', (telltale.TABLE_2B, ), '--colour-in-corner',
    {'oracle-no-fusion': telltale.oracle(
        telltale.short, needs='no-fusion-stage1', **telltale.PLAIN)},
    **{'model.cls_head.k': 9})
rows += [
    dict(run=run, label=label, tables=[telltale.TABLE_2B], seeds=3,
         reference=reference)
    for run, label, reference in (
        ('oracle-no-fusion', 'oracle', None),
        ('oracle-9e', 'oracle and both fusions', 'oracle-no-fusion'))]
environment, seeds, ceiling = (
    telltale.environment, telltale.seeds, telltale.ceiling)
