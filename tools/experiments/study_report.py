"""The report of a study: numbers, tables and a figure.

To rewrite tables and figure: python tools/experiments/study_report.py OUT.json
"""

import json
import sys
from pathlib import Path

from matplotlib.figure import Figure
from study_job import write_json

try:
    import pandas as pd
    import tabulate  # noqa: F401  for DataFrame.to_markdown
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f'{error.name}: got none, expected it for the tables. Run pip '
        "install -e '.[study]'.", name=error.name) from None

ACCURACY = 'accuracy (%)'
COLUMNS = {  # of the tables, by the name of the number
    'acc/top1': ACCURACY,
    'majority/top1': 'majority (%)',
    'acc/synopsis_top1': 'synopsis (%)',
    'place/corr_t': 'corr t',
    'place/corr_y': 'corr y',
    'place/corr_x': 'corr x',
    'place/hit': 'hit (%)',
    'box/center': 'box centres (%)',
    'box/area': 'box area (%)',
    'acc/topk_recall': 'top-k recall (%)',
    'keep/ratio': 'kept (%)',
    'keep/at_place': 'kept at the detail (%)',
    'keep/gmacs': 'GMACs',
    'picks/found': 'event found (%)',
    'picks/in_event': 'picks in events (%)',
    'seconds': 's',
}
COMPARISON = ('seeds', ACCURACY, '±', 'difference', 'lowest', 'highest',
              'reference')
FORMATS = {'s': '.0f', 'GMACs': '.4f',
           **dict.fromkeys(('corr t', 'corr y', 'corr x'), '.2f'),
           **dict.fromkeys(('difference', 'lowest', 'highest'), '+.1f')}
EXPLANATION = """
- Accuracy: of the last validation, mean ± {deviation}
  over the {repeat}s, in %.
- Difference: accuracy minus that of the reference with the same {repeat}, in
  points: mean, lowest and highest.
- The other numbers are means over the {repeat}s; s: seconds of one training.
"""
DEVIATIONS = {  # by what is repeated: method of pandas, and its name
    'seed': ('std', 'sample standard deviation (n - 1)'),
    'fold': ('sem', 'standard error of the mean'),
}


def result_of(folder, jobs, work_dir):
    """Result of a training; if there is none, status and error explain why."""
    for name in ('result.json', 'failed.json'):
        file = work_dir / folder / name
        if file.exists():
            return json.loads(file.read_text())
    for parent in jobs[folder]['needs']:
        status = result_of(parent, jobs, work_dir)['status']
        if status not in ('done', 'missing'):
            return dict(status='skipped', error=f'{parent} {status}')
    return dict(status='missing',
                error='not trained with these settings, code and data')


def frame_of(report):
    """One line per table, row and seed."""
    frame = pd.DataFrame([{**result, **result.get('scalars', {})}
                          for result in report['results']])
    frame = frame.reindex(columns=frame.columns.union(COLUMNS, sort=False))
    frame = frame.rename(columns=COLUMNS)
    percent = frame.filter(like='%').columns
    frame[percent] = 100 * frame[percent].astype(float)
    known = frame.drop_duplicates(['run', 'seed']).set_index(['run', 'seed'])
    reference = pd.MultiIndex.from_frame(frame[['reference', 'seed']])
    frame['difference'] = (
        frame[ACCURACY] - known[ACCURACY].reindex(reference).to_numpy())
    return pd.concat([part for _, part in frame.explode('tables').groupby(
        'tables', sort=False)])


def table_of(shown, repeat='seed'):
    """Rows of one table as Markdown, without the empty columns."""
    rows = shown.groupby(['run', 'label'], sort=False)
    labels = dict(zip(shown['run'], shown['label']))
    table = pd.concat([
        rows[ACCURACY].agg(['count', 'mean', DEVIATIONS[repeat][0]]),
        rows['difference'].agg(['mean', 'min', 'max']),
        rows['reference'].first().replace(labels),
        rows[list(COLUMNS.values())[1:]].mean()], axis='columns')
    table.columns = [f'{repeat}s', *COMPARISON[1:],
                     *table.columns[len(COMPARISON):]]
    table = table.dropna(axis='columns', how='all').droplevel('run')
    table = table.rename_axis('')
    return table.astype(object).where(table.notna(), None).to_markdown(
        missingval='-', colalign=['left'] + ['right'] * table.shape[1],
        floatfmt=['', *(FORMATS.get(name, '.1f') for name in table)])


def made_with(result):
    """Code and hardware of a training."""
    hardware = result['hardware']
    devices = dict.fromkeys((hardware['device'], hardware['cpu']))
    return (f's2dnet_mmaction {result["versions"]["s2dnet_mmaction"]} at '
            f'commit {result["commit"][:10] or "unknown"}'
            f'{" with changes" * result["dirty"]}, on {" with ".join(devices)}'
            f', {result["jobs"]} at a time with {hardware["threads"]} '
            'thread each')


def markdown(report):
    """The numbers as one table per group of rows, with notes."""
    frame, repeat = frame_of(report), report.get('repeat', 'seed')
    lines = [f'# {report["study"]}', '', f'    {report["command"]}', '']
    trained = {}
    for result in report['results']:
        if result['status'] == 'done':
            trained.setdefault(made_with(result), {})[result['run']] = True
    lines += [f'- {text}: {", ".join(runs)}.'
              for text, runs in trained.items()]
    for name, shown in frame.groupby('tables', sort=False):
        lines += ['', f'## {name}', '', table_of(shown, repeat), '']
        others = shown[shown['status'] != 'done'].groupby(
            ['label', 'status', 'error'], sort=False)['seed']
        lines += [f'- {label}, {repeat} {", ".join(map(str, seeds))}: '
                  f'{status}, `{error}`'
                  for (label, status, error), seeds in others]
    return '\n'.join([*lines, EXPLANATION.format(
        repeat=repeat, deviation=DEVIATIONS[repeat][1])])


def figure_of(report):
    """Accuracy of every seed, and the mean over them, of each row."""
    frame = frame_of(report).dropna(subset=ACCURACY)
    rows = frame['tables'] + ': ' + frame['label']
    means = frame.groupby(rows, sort=False)[ACCURACY].mean()
    repeat = report.get('repeat', 'seed')
    figure = Figure((10, 1.5 + 0.2 * len(means)), layout='constrained')
    axis = figure.subplots()
    axis.plot(frame[ACCURACY], rows, 'o', alpha=0.4, label=f'one {repeat}')
    axis.plot(means, means.index, 'k|', markersize=12, markeredgewidth=2,
              label=f'mean of the {repeat}s')
    if report['ceiling'] is not None:
        axis.axvline(100 * report['ceiling'], color='C1', linestyle='--',
                     label='blind ceiling')
    axis.set_xlabel(ACCURACY)
    axis.set_ylim(max(len(means), 1) - 0.5, -0.5)  # the first row on top
    axis.grid(alpha=0.5)
    figure.legend(loc='outside upper center', ncols=3)
    return figure


def write_report(report, out):
    """Write OUT.json, OUT.md and OUT.png. Returns the Markdown."""
    Path(out).parent.mkdir(parents=True, exist_ok=True)
    write_json(Path(f'{out}.json'), report)
    Path(f'{out}.md').write_text(text := markdown(report))
    figure_of(report).savefig(f'{out}.png', dpi=150)
    return text


if __name__ == '__main__':
    numbers = Path(sys.argv[1])
    write_report(json.loads(numbers.read_text()), numbers.with_suffix(''))
