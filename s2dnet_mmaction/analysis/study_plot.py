"""What came of a study, as a picture and as files."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

from .study import Study
from .study_report import (
    accuracies_of,
    collect,
    json_ready,
    study_markdown,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def study_figure(study: Study,
                 records: Sequence[Dict[str, Any]]) -> 'Figure':
    """Accuracy of every seed as a point and of every row as a bar across
    them, table by table."""
    # The object interface of matplotlib leaves the user's backend alone.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = _figure_rows(study, records)
    figure = Figure(figsize=(8, 1 + 0.24 * len(lines)), layout='constrained')
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for y, (_, record, colour) in enumerate(lines):
        if record is None:
            continue
        points = list(accuracies_of(record).values())
        axes.plot(points, [y] * len(points), 'o', color=colour, alpha=0.5,
                  markersize=4)
        if points:
            axes.plot([sum(points) / len(points)], [y], '|', color=colour,
                      markersize=13, markeredgewidth=2)
        elif record['failed']:
            axes.text(0.01, y, 'error', transform=axes.get_yaxis_transform(),
                      fontsize=7, color='#999999', va='center')
    if study.ceiling is not None:
        axes.axvline(100 * study.ceiling, color='#999999', linestyle='--',
                     linewidth=1)
    axes.set_yticks(range(len(lines)), [text for text, _, _ in lines],
                    fontsize=8)
    for tick, (_, record, _) in zip(axes.get_yticklabels(), lines):
        tick.set_fontweight('bold' if record is None else 'normal')
    axes.set_ylim(len(lines) - 0.5, -0.5)  # the first row on top
    axes.tick_params(axis='y', length=0)
    axes.set_xlabel('accuracy (%): seeds, and their mean')
    axes.grid(axis='x', color='#dddddd')
    axes.set_axisbelow(True)
    return figure


def _figure_rows(
    study: Study, records: Sequence[Dict[str, Any]]
) -> List[Tuple[str, Optional[Dict[str, Any]], str]]:
    """Text, record (None: the heading of a table) and colour of a line."""
    lines: List[Tuple[str, Optional[Dict[str, Any]], str]] = []
    for i, table in enumerate(study.tables()):
        colour = f'C{i % 10}'
        lines.append((table, None, colour))
        lines += [(record['label'], record, colour) for record in records
                  if table in record['tables']]
    return lines


def write_report(study: Study, out: str, command: str = '') -> str:
    """Write ``<out>.json``, ``<out>.md`` and ``<out>.png``.

    Returns:
        the Markdown text.
    """
    records = collect(study)
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    numbers = dict(
        study=study.name,
        command=command,
        seeds=study.seeds,
        ceiling=study.ceiling,
        rows=json_ready(records))
    Path(f'{out}.json').write_text(
        json.dumps(numbers, indent=1, allow_nan=False) + '\n',
        encoding='utf-8')
    text = study_markdown(study, records, command)
    Path(f'{out}.md').write_text(text, encoding='utf-8')
    study_figure(study, records).savefig(f'{out}.png', dpi=150)
    return text
