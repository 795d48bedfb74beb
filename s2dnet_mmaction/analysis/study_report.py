"""What came of a study, as tables and as numbers."""

import math
import statistics
from typing import Any, Dict, List, Optional, Sequence

from rich import box
from rich.markup import escape
from rich.table import Table

from .report import table_lines
from .study import ACCURACY, Study
from .study_files import error_name, read_state
from .study_parts import Row

# Heading, scalar, factor and digits of the columns after the accuracy;
# those that no row of a table has are left out.
COLUMNS = (
    ('synopsis (%)', 'acc/synopsis_top1', 100, 1),
    ('corr t', 'place/corr_t', 1, 2),
    ('corr y', 'place/corr_y', 1, 2),
    ('corr x', 'place/corr_x', 1, 2),
    ('hit (%)', 'place/hit', 100, 1),
    ('top-k recall (%)', 'acc/topk_recall', 100, 1),
)
# Not results: the clock of the validation and its number.
_NO_RESULTS = ('time', 'data_time', 'step')


def collect(study: Study) -> List[Dict[str, Any]]:
    """Everything about every row, from the files of its runs.

    Returns:
        one record per row: 'seeds' holds what was trained with the
        present config, 'failed' the errors, and 'missing' why the rest is
        not there, each by seed (text, as JSON wants it).
    """
    records = []
    for row in study.rows:
        record = dict(
            label=row.label, run=row.run, tables=list(row.tables),
            reference=study.reference_of(row), may_fail=row.may_fail,
            must_fail=row.must_fail, seeds={}, failed={}, missing={})
        for node in study.nodes_of(row):
            state, seed = read_state(study, node), str(node.seed)
            status, _ = state.pop('status'), state.pop('expected')
            if status == 'done':
                state['scalars'] = {
                    name: value for name, value in state['scalars'].items()
                    if name not in _NO_RESULTS
                }
                record['seeds'][seed] = state
            elif status == 'failed':
                record['failed'][seed] = state['error']
            else:
                record['missing'][seed] = {
                    'open': 'not trained',
                    'changed': 'trained with another config'
                }[status]
        records.append(record)
    for record, row in zip(records, study.rows):
        record['accuracy'] = _summary(accuracies_of(record))
        record['difference'] = _compared(study, row, record, records)
    return records


def accuracies_of(record: Dict[str, Any]) -> Dict[str, float]:
    """Accuracy in points by seed."""
    return {
        seed: 100 * state['scalars'][ACCURACY]
        for seed, state in record['seeds'].items()
        if ACCURACY in state['scalars']
    }


def _summary(by_seed: Dict[str, float]) -> Optional[Dict[str, Any]]:
    """Mean, sample standard deviation (n - 1; None for one seed) and
    range."""
    values = list(by_seed.values())
    if not values:
        return None
    finite = all(map(math.isfinite, values))
    return dict(
        n=len(values),
        mean=sum(values) / len(values),
        std=statistics.stdev(values) if finite and len(values) > 1 else None,
        min=min(values),
        max=max(values))


def _compared(study: Study, row: Row, record: Dict[str, Any],
              records: Sequence[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """Accuracy over that of the reference, seed by seed."""
    reference = study.reference_of(row)
    if reference is None or reference == row.run:
        return None
    other: Dict[str, float] = {}
    for candidate in records:
        if candidate['run'] == reference:
            other.update(accuracies_of(candidate))
    return _summary({
        seed: value - other[seed]
        for seed, value in accuracies_of(record).items() if seed in other
    })


def study_markdown(study: Study,
                   records: Sequence[Dict[str, Any]],
                   command: str = '') -> str:
    """One table per group of rows, what its columns mean and what is not
    there.

    Args:
        records: of :func:`collect`.
        command: that made it.
    """
    lines = [f'# {study.name}', '']
    if command:
        lines += ['```', command, '```', '']
    lines += [*_made_with(records), '']
    for table in study.tables():
        shown = [record for record in records if table in record['tables']]
        lines += [f'## {table}', '', *_table(shown), '', *_notes(shown), '']
    lines += [
        '- Accuracy: of the last validation, mean ± sample standard '
        'deviation (n - 1) over the seeds, in %.',
        '- Difference: accuracy minus that of the reference with the same '
        'seed, in points: mean (lowest..highest).',
        '- The other numbers are means over the seeds; s: seconds of one '
        'training.'
    ]
    return '\n'.join(lines) + '\n'


def _made_with(records: Sequence[Dict[str, Any]]) -> List[str]:
    """Sentences on the machines, from the runs and not from today's."""
    machines = [
        state['hardware'] for record in records
        for state in record['seeds'].values()
    ]
    names = []
    for machine in machines:
        device = machine['device']
        if machine['cpu'] != device:
            device += f' with {machine["cpu"]}'
        names.append(f'Trained on {device}, {machine["jobs"]} at a time with '
                     f'{machine["threads"]} thread'
                     f'{"s" if machine["threads"] > 1 else ""} each.')
    return [*dict.fromkeys(names), *_sources(records)] or [
        'Nothing is trained yet.']


def _sources(records: Sequence[Dict[str, Any]]) -> List[str]:
    """A sentence on the code of the runs, and which is of which."""
    runs: Dict[str, Dict[str, None]] = {}
    for record in records:
        for state in record['seeds'].values():
            source = state.get('source', {})  # not in older results
            words = state['versions']['s2dnet_mmaction']
            if source.get('commit'):
                words += f' at commit {source["commit"][:10]}'
                words += ' with changes' if source['dirty'] else ''
            else:
                words += ' at an unknown commit'
            runs.setdefault(words, {})[record['run']] = None
    if len(runs) == 1:
        return [f's2dnet_mmaction {words}.' for words in runs]
    parts = [f'{words} ({", ".join(names)})' for words, names in runs.items()]
    return ['The rows are from different code, s2dnet_mmaction ' +
            '; '.join(parts) + '.'] if runs else []


def _table(shown: Sequence[Dict[str, Any]]) -> List[str]:
    columns = [column for column in COLUMNS
               if any(_mean(record, column[1]) is not None
                      for record in shown)]
    compared = any(record['difference'] for record in shown)
    heads = ['', 'seeds', 'accuracy (%)']
    heads += ['difference'] if compared else []
    heads += [column[0] for column in columns] + ['s']
    table = Table(box=box.MARKDOWN)
    for i, head in enumerate(heads):
        table.add_column(head, justify='right' if i else 'left')
    for record in shown:
        row = [record['label'], str(len(record['seeds'])), _accuracy(record)]
        row += [_difference(record)] if compared else []
        for _, name, factor, digits in columns:
            mean = _mean(record, name)
            row.append('-' if mean is None else f'{factor * mean:.{digits}f}')
        seconds = [state['seconds'] for state in record['seeds'].values()]
        row.append(f'{statistics.mean(seconds):.0f}' if seconds else '-')
        table.add_row(*map(_plain, row))
    return table_lines(table)


def _plain(text: str) -> str:
    """Text that neither Markdown's tables nor rich's markup take apart."""
    return escape(text.replace('|', '\\|'))


def _accuracy(record: Dict[str, Any]) -> str:
    summary = record['accuracy']
    if summary is None:
        return 'error' if record['failed'] else '-'
    if summary['std'] is None:
        return f'{summary["mean"]:.1f}'
    return f'{summary["mean"]:.1f} ± {summary["std"]:.1f}'


def _difference(record: Dict[str, Any]) -> str:
    summary = record['difference']
    if summary is None:
        return '-'
    return (f'{summary["mean"]:+.1f} ({summary["min"]:+.1f}..'
            f'{summary["max"]:+.1f})')


def _mean(record: Dict[str, Any], name: str) -> Optional[float]:
    values = [
        state['scalars'][name] for state in record['seeds'].values()
        if name in state['scalars']
    ]
    return sum(values) / len(values) if values else None


def _notes(shown: Sequence[Dict[str, Any]]) -> List[str]:
    """What the numbers of a table cannot say."""
    notes = []
    labels = {}
    for record in shown:
        labels.setdefault(record['run'], record['label'])
    for record in shown:
        label = record['label']
        if record['difference']:
            reference = record['reference']
            notes.append(f'- {label}: difference to '
                         f'{labels.get(reference, reference)}.')
        ends = {}
        for seed, error in record['failed'].items():
            ends.setdefault(error, []).append(seed)
        for error, seeds in ends.items():
            expected = (record['may_fail'], record['must_fail'])
            word = 'ends, as expected,' if error_name(
                error) in expected else 'ended'
            notes.append(f'- {label}, {_seeds(seeds)}: {word} with `{error}`')
        reasons = {}
        for seed, reason in record['missing'].items():
            reasons.setdefault(reason, []).append(seed)
        notes += [f'- {label}, {_seeds(seeds)}: missing, {reason}.'
                  for reason, seeds in reasons.items()]
        if record['must_fail'] and record['seeds']:
            notes.append(f'- {label}, {_seeds(list(record["seeds"]))}: ended '
                         f'well, NOT with `{record["must_fail"]}`.')
    return notes


def _seeds(seeds: Sequence[str]) -> str:
    return f'seed{"s" if len(seeds) > 1 else ""} {", ".join(seeds)}'


def json_ready(value: Any) -> Any:
    """NaN and Inf are no JSON: as text."""
    if isinstance(value, dict):
        return {key: json_ready(item) for key, item in value.items()}
    if isinstance(value, list):
        return [json_ready(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value
