"""Tables of costs, and the same numbers for other programs."""

import dataclasses
import io
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import torch
from rich import box
from rich.console import Console
from rich.table import Table

from .._checks import require_choice
from .cost import Cost, Options
from .environment import hardware_name
from .latency import paired_ratios, quartiles


def check_baseline(baseline: Optional[str], labels: Sequence[str]) -> str:
    """The label of the baseline; the first one for None.

    Raises:
        ValueError: if no config has that label.
    """
    baseline = labels[0] if baseline is None else baseline
    require_choice('baseline', baseline, labels)
    return baseline


def speedups(costs: Sequence[Cost],
             baseline: Optional[str] = None) -> Dict[str, List[float]]:
    """Time of the baseline over that of each config, round by round.

    Args:
        costs: as measured together.
        baseline: its label; None: the first.

    Returns:
        one number per round by label, above 1 where a config is faster
        than the baseline; empty lists where nothing was timed.

    Raises:
        ValueError: if no config has that label.
    """
    baseline = check_baseline(baseline, [cost.label for cost in costs])
    reference = next(cost.times_ms for cost in costs
                     if cost.label == baseline)
    return {cost.label: paired_ratios(reference, cost.times_ms)
            for cost in costs}


def markdown(costs: Sequence[Cost], options: Options,
             baseline: Optional[str] = None,
             keep_ratios: Mapping[str, Any] = {}) -> str:
    """A table with one row per config, and notes on its columns.

    Args:
        costs: as measured together.
        options: with which.
        baseline: label of the config to compare with; None: the first.
        keep_ratios: of networks whose work depends on the video, one or one
            for each focal block, by what they are; the notes then have the
            cost at each.
    """
    ratios = speedups(costs, baseline)
    part_names = list(dict.fromkeys(
        name for cost in costs for name in cost.macs))
    rows = []
    for cost in costs:
        row = {
            'config': cost.label,
            'view': ' x '.join(map(str, cost.view_extent)),
            'params (M)': f'{cost.params / 1e6:.2f}',
            'GMACs': f'{cost.gmacs:.2f}'
        }
        for name in part_names:
            macs = cost.macs.get(name)
            row[name] = '-' if macs is None else f'{macs / 1e9:.2f}'
        row['views'] = str(cost.num_views)
        if options.latency:
            peak = cost.peak_mib
            row['ms/video [q1, q3]'] = spread(cost.times_ms, 1)
            row['ratio [q1, q3]'] = spread(ratios[cost.label], 2)
            row['peak MiB'] = '-' if peak is None else f'{peak:.0f}'
        rows.append(row)
    notes = [*_notes(costs, options, baseline or costs[0].label),
             *_notes_on_ratios(costs, keep_ratios)]
    return '\n'.join([*markdown_table(rows), '', *notes]) + '\n'


def markdown_table(rows: Sequence[Mapping[str, str]]) -> List[str]:
    """Lines of a table of named cells; the first column is left-aligned."""
    table = Table(box=box.MARKDOWN)
    for i, column in enumerate(rows[0]):
        table.add_column(column, justify='right' if i else 'left')
    for row in rows:
        table.add_row(*row.values())
    return table_lines(table)


def table_lines(table: Table) -> List[str]:
    """A table as lines of text, of any width: a terminal would wrap it."""
    text = io.StringIO()
    Console(file=text, width=1000, color_system=None).print(table)
    lines = map(str.rstrip, text.getvalue().splitlines())
    return list(filter(None, lines))


def spread(numbers: List[float], digits: int) -> str:
    """Median and quartiles as text."""
    low, median, high = quartiles(numbers)
    return f'{median:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]'


def _notes(costs: Sequence[Cost], options: Options,
           baseline: str) -> List[str]:
    size = ' x '.join(map(str, options.size))
    notes = [
        f'- View: frames x height x width (px) that the test pipeline takes '
        f'from {options.num_frames} frames of {size}' +
        (f', cut to {options.crop} px' if options.crop else '') + '.',
        '- GMACs: 1e9 multiply-adds of one view, network input to scores, '
        'counted by mmengine.analysis. Views: of the whole test pipeline.'
    ]
    if options.latency:
        switches = [name for name in ('amp', 'fuse_conv_bn', 'channels_last')
                    if getattr(options, name)]
        hardware = hardware_name(options.device)
        notes += [
            f'- ms/video: one view, uint8 frames to scores, median and '
            f'quartiles of {options.rounds} rounds, batch size '
            f'{options.batch_size}, on {options.device} ({hardware}, '
            f'{torch.get_num_threads()} CPU threads), '
            f'{", ".join(switches) or "float32"}.',
            f'- Ratio: time of {baseline} over that of the config in the same '
            'round; above 1 is faster.',
            '- Peak: memory that one test step of a batch allocates on top of '
            'weights and inputs.'
        ]
    notes += [f'- {note}' for note in
              dict.fromkeys(cost.peak_unknown for cost in costs) if note]
    notes += [
        f'- {cost.label}: GMACs lack {", ".join(cost.missed_ops)}, which '
        'the counter does not support.' for cost in costs if cost.missed_ops
    ]
    return notes


def _notes_on_ratios(costs: Sequence[Cost],
                     keep_ratios: Mapping[str, Any]) -> List[str]:
    """What a network costs that skips some of the work."""
    return [
        f'- {cost.label}: the work depends on the video. The table has that '
        'of all frames, time and memory too. GMACs at ' + '; '.join(
            f'{name}: {cost.gmacs_at(ratio):.4g}'
            for name, ratio in {'keep ratio 0': 0.0, **keep_ratios}.items())
        + '.' for cost in costs if cost.depends_on_video]


def as_dict(costs: Sequence[Cost],
            baseline: Optional[str] = None) -> Dict[str, Any]:
    """All numbers, with each round's times, ready for JSON."""
    ratios = speedups(costs, baseline)

    def quarters(numbers: List[float]) -> Optional[Tuple[float, float, float]]:
        return quartiles(numbers) if numbers else None

    return dict(
        baseline=baseline or costs[0].label,
        costs=[
            dict(dataclasses.asdict(cost), gmacs=cost.gmacs,
                 time_ms_quartiles=quarters(cost.times_ms),
                 ratio_quartiles=quarters(ratios[cost.label]))
            for cost in costs
        ])
