"""Telltale of which half is plain: those videos need no detail.

    python tools/experiments/run_study.py tools/experiments/telltale_plain.py

The trainings are those of heat maps elsewhere. bench_exit.py then measures
what an exit after the synopsis saves. For the format of a study file see
telltale.py.
"""

import telltale

# The detail net is three times as wide as elsewhere. So it costs several times
# as much as the synopsis net, as in the paper (15.8 and 2.2 GMACs).
WIDTH = 48
runs, _, prepare, inputs = telltale.variant(
    'data/telltale-plain', (), '--plain-share 0.5',
    **{'model.dnet.backbone.base_channels': WIDTH})
runs['closeups']['options']['model.backbone.backbone.base_channels'] = WIDTH
rows = [
    dict(run='stage1', label='stage 1', tables=['plain'], seeds=3),
    dict(run='heatmap-9e', label='S2DNet, heat maps', tables=['plain'],
         seeds=3, reference='stage1')
]
environment, seeds, ceiling = (
    telltale.environment, telltale.seeds[:3], telltale.ceiling)
