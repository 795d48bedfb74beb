"""How long should stage 2 warm up? The harder videos, heat maps at rate 1.

    python tools/experiments/run_study.py tools/experiments/telltale_warmup.py

At rate 1, one of three seeds ends far below the others after the config's
one epoch of warm-up (docs/telltale.md). For the format of a study file see
telltale.py.
"""

import telltale
import telltale_hard


def warmed_up(epochs, **options):
    """Stage 2 with another warm-up."""
    return telltale.stage2(**options, param_scheduler=telltale.schedule(
        telltale.STAGE2_EPOCHS,
        [dict(telltale.WARMUP[0], end=epochs)])['param_scheduler'])


RATE_1 = {telltale.LR: 1.0}
more = {
    'rate-1-warmup-1': telltale.stage2(**RATE_1),
    'rate-1-warmup-3': warmed_up(3, **RATE_1),
    'warmup-3': warmed_up(3)
}
runs, _, prepare, inputs = telltale.variant(
    'data/telltale-hard', (), telltale_hard.VIDEOS, more)
rows = [
    dict(run='rate-1-warmup-1', label='rate 1, warm-up of 1 epoch',
         tables=['warm-up'], seeds=3),
    dict(run='rate-1-warmup-3', label='rate 1, 3 epochs', tables=['warm-up'],
         seeds=3, reference='rate-1-warmup-1'),
    dict(run='warmup-3', label='rate 0.1, 3 epochs', tables=['warm-up'],
         seeds=3)
]
environment, seeds, ceiling = (
    telltale.environment, telltale.seeds[:3], telltale.ceiling)
