"""Variants of one piece of work, measured side by side."""

import sys
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional

from s2dnet_mmaction._checks import require_choice
from s2dnet_mmaction.analysis.latency import (
    Step,
    StepCost,
    measure_in_turns,
    paired_ratios,
    quartiles,
)
from s2dnet_mmaction.analysis.report import markdown_table, spread


@dataclass
class Comparison:
    """Times and memory of variants that ran in turns in one process.

    Attributes:
        title: headline of the table.
        items: videos per step.
        costs: time and memory per step, by variant.
        baseline: the variant that others are compared with.
    """
    title: str
    items: int
    costs: Dict[str, StepCost]
    baseline: str

    def times_ms(self, variant: str) -> List[float]:
        """Milliseconds per video, one number per round."""
        return [1e3 * sec / self.items
                for sec in self.costs[variant].times_sec]

    def speedups(self, variant: str) -> List[float]:
        """Time of the baseline over that of a variant, round by round."""
        return paired_ratios(self.costs[self.baseline].times_sec,
                             self.costs[variant].times_sec)

    def markdown(self) -> str:
        """The title and a table."""
        rows = []
        for variant, cost in self.costs.items():
            times_ms, memory = self.times_ms(variant), cost.peak_mib
            median = quartiles(times_ms)[1]
            rows.append({
                'variant': variant,
                'ms/video [q1, q3]': spread(times_ms, 2 if median < 50 else 1),
                'videos/s': f'{1e3 / median:.1f}',
                f'faster than {self.baseline} [q1, q3]':
                spread(self.speedups(variant), 2),
                'extra MiB': '-' if memory is None else f'{memory:.1f}'
            })
        lines = [f'**{self.title}**', '', *markdown_table(rows)]
        return '\n'.join(lines) + '\n'

    def as_dict(self) -> Dict[str, Any]:
        """All numbers, with each round's times, ready for JSON."""
        return dict(
            title=self.title,
            items=self.items,
            baseline=self.baseline,
            variants={
                variant: dict(
                    times_sec=cost.times_sec,
                    ms_per_video_quartiles=quartiles(self.times_ms(variant)),
                    speedup_quartiles=quartiles(self.speedups(variant)),
                    extra_mib=cost.peak_mib)
                for variant, cost in self.costs.items()
            })


def compare(title: str, steps: Mapping[str, Step], items: int, rounds: int,
            warmup: int = 2, baseline: Optional[str] = None,
            device: str = 'cpu') -> Comparison:
    """Time every variant once per round, then measure its memory.

    Args:
        title: headline of the table.
        steps: variants by name.
        items: videos per step.
        rounds: timed rounds.
        warmup: rounds before these.
        baseline: variant to compare with; None: the first.
        device: the variants' device.

    Raises:
        ValueError: if ``baseline`` is no variant.
    """
    baseline = next(iter(steps)) if baseline is None else baseline
    require_choice('baseline', baseline, list(steps))
    costs = measure_in_turns(steps, rounds, warmup, device)
    for variant, cost in costs.items():
        if cost.peak_unknown:
            sys.stderr.write(f'{variant}: {cost.peak_unknown}\n')
    return Comparison(title, items, costs, baseline)
