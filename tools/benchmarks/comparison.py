"""Variants of one piece of work, measured side by side."""

import sys
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Dict, List, Mapping, Optional

import torch
from mmengine.utils import ProgressBar
from rich import box
from rich.table import Table

from s2dnet_mmaction._checks import require_choice
from s2dnet_mmaction.analysis.latency import (
    Step,
    peak_memory,
    quartiles,
    synchronize,
    time_in_turns,
)
from s2dnet_mmaction.analysis.report import spread, table_lines


@dataclass
class Comparison:
    """Times and memory of variants that ran in turns in one process.

    Attributes:
        title: what was measured.
        items: videos per step.
        times_sec: seconds per step, one number per round, by variant.
        memory_mib: memory of one step beyond what was there before, MiB, by
            variant; None where the machine does not tell.
        baseline: the variant that others are compared with.
    """
    title: str
    items: int
    times_sec: Dict[str, List[float]]
    baseline: str
    memory_mib: Dict[str, Optional[float]] = field(default_factory=dict)

    def times_ms(self, variant: str) -> List[float]:
        """Milliseconds per video, one number per round."""
        return [1e3 * sec / self.items for sec in self.times_sec[variant]]

    def speedups(self, variant: str) -> List[float]:
        """Time of the baseline over that of a variant, round by round."""
        return [
            slow / fast for slow, fast in zip(self.times_sec[self.baseline],
                                              self.times_sec[variant])
        ]

    def markdown(self) -> str:
        """The title and a table."""
        table = Table(box=box.MARKDOWN)
        table.add_column('variant')
        for column in ('ms/video [q1, q3]', 'videos/s',
                       f'faster than {self.baseline} [q1, q3]', 'extra MiB'):
            table.add_column(column, justify='right')
        for variant in self.times_sec:
            times_ms = self.times_ms(variant)
            median = quartiles(times_ms)[1]
            memory = self.memory_mib.get(variant)
            table.add_row(variant, spread(times_ms, 2 if median < 50 else 1),
                          f'{1e3 / median:.1f}',
                          spread(self.speedups(variant), 2),
                          '-' if memory is None else f'{memory:.1f}')
        return '\n'.join([f'**{self.title}**', '', *table_lines(table)]) + '\n'

    def as_dict(self) -> Dict[str, Any]:
        """Everything, raw times included, in types that JSON knows."""
        return dict(
            title=self.title,
            items=self.items,
            baseline=self.baseline,
            variants={
                variant: dict(
                    times_sec=seconds,
                    ms_per_video_quartiles=quartiles(self.times_ms(variant)),
                    speedup_quartiles=quartiles(self.speedups(variant)),
                    extra_mib=self.memory_mib.get(variant))
                for variant, seconds in self.times_sec.items()
            })


def compare(title: str,
            steps: Mapping[str, Step],
            items: int,
            rounds: int,
            warmup: int = 2,
            baseline: Optional[str] = None,
            device: str = 'cpu') -> Comparison:
    """Time every variant once per round, then look at its memory.

    Args:
        title: what is measured.
        steps: variants by name.
        items: videos per step.
        rounds: timed rounds.
        warmup: rounds before these.
        baseline: variant to compare with; None: the first.
        device: whose memory, and what to wait for.

    Raises:
        ValueError: if ``baseline`` is no variant.
    """
    baseline = next(iter(steps)) if baseline is None else baseline
    require_choice('baseline', baseline, list(steps))
    device = torch.device(device)
    # Progress goes to stderr, so that stdout holds nothing but results.
    bar = ProgressBar(rounds + warmup, file=sys.stderr)
    times_sec = time_in_turns(steps, rounds, warmup,
                              partial(synchronize, device), bar.update)
    sys.stderr.write('\n')
    memory: Dict[str, Optional[float]] = {}
    for variant, step in steps.items():
        try:
            memory[variant] = peak_memory(step, device)
        except OSError as error:
            memory[variant] = None
            sys.stderr.write(f'memory of {variant} is not known: {error}\n')
    return Comparison(title, items, times_sec, baseline, memory)
