"""The arithmetic of the tables, and what they say."""

import importlib
import json
import subprocess
import sys

import pytest
from study_report import frame_of, markdown, table_of, write_report

from tests.support.glints import ROOT

MADE_WITH = dict(
    seconds=12.4, commit='0123456789abcdef', dirty=False, jobs=2,
    hardware=dict(device='a CPU', cpu='a CPU', threads=1),
    versions=dict(s2dnet_mmaction='1.2'))


def done(run, seed, top1, reference=None, tables=('t', ), **more):
    return dict(
        run=run, label=f'row {run}', tables=list(tables), seed=seed,
        reference=reference, status='done', error=None,
        scalars={'acc/top1': top1, 'place/corr_t': 0.125}, **MADE_WITH, **more)


def report_of(*results):
    return dict(study='small', command='command', ceiling=0.25,
                results=list(results))


@pytest.fixture
def report():
    """still: 50, 40, 30; live: 70, 80, 90."""
    return report_of(
        *(done('still', seed, 0.5 - 0.1 * seed, tables=['t', 'u'])
          for seed in range(3)),
        *(done('live', seed, 0.7 + 0.1 * seed, 'still') for seed in range(3)))


def cells(text):
    """Cells of a Markdown table by the name of the row."""
    rows = [[cell.strip() for cell in line.strip('|').split('|')]
            for line in text.splitlines() if line.startswith('|')]
    return {row[0]: dict(zip(rows[0][1:], row[1:])) for row in rows[2:]}


def test_arithmetic(report):
    frame = frame_of(report)
    table = cells(table_of(frame[frame['tables'] == 't']))
    assert list(table) == ['row still', 'row live']
    assert table['row still'] == {
        'seeds': '3', 'accuracy (%)': '40.0', '±': '10.0', 'difference': '-',
        'lowest': '-', 'highest': '-', 'reference': '-', 'corr t': '0.12',
        's': '12'}
    live = table['row live']
    assert (live['accuracy (%)'], live['±']) == ('80.0', '10.0')
    assert [live[name] for name in ('difference', 'lowest', 'highest')] == [
        '+40.0', '+20.0', '+60.0']
    assert live['reference'] == 'row still'


def test_difference_pairs_the_seeds(report):
    report['results'] = report['results'][1:]  # still: no seed 0
    frame = frame_of(report)
    live = cells(table_of(frame[frame['tables'] == 't']))['row live']
    assert live['difference'] == '+50.0'  # of seeds 1 and 2
    assert live['accuracy (%)'] == '80.0'  # of all


def test_rows_of_one_label_are_not_averaged(report):
    for result in report['results']:
        result['label'] = 'S2DNet'
    frame = frame_of(report)
    table = table_of(frame[frame['tables'] == 't'])
    assert [line.split('|')[3].strip() for line in table.splitlines()[2:]] == [
        '40.0', '80.0']


def test_one_seed_has_no_deviation():
    frame = frame_of(report_of(done('live', 0, 0.5)))
    assert '±' not in cells(table_of(frame))['row live']


def test_folds_have_standard_errors(report):
    text = markdown(dict(report, repeat='fold'))
    live = cells(text)['row live']
    assert (live['folds'], live['±']) == ('3', '5.8')  # 10 / sqrt(3)
    assert 'standard error' in text and 'seed' not in text
    assert 'standard deviation' in markdown(report)


def test_a_row_stands_in_each_of_its_tables(report):
    text = markdown(report)
    assert text.index('## t') < text.index('## u')
    assert text.count('| row still ') == 2
    assert text.count('| row live ') == 1


def test_code_and_hardware_of_the_runs(report):
    report['results'][3].update(
        commit='', dirty=False,
        hardware=dict(device='a GPU', cpu='a CPU', threads=1))
    report['results'][4].update(dirty=True)
    text = markdown(report)
    assert ('- s2dnet_mmaction 1.2 at commit 0123456789, on a CPU, 2 at a '
            'time with 1 thread each: still, live.') in text
    assert 'at commit 0123456789 with changes, on a CPU' in text
    assert 'at commit unknown, on a GPU with a CPU' in text


def test_notes_say_what_lacks(report):
    report['results'][1] = dict(
        done('still', 1, 0.0), status='failed as expected', error='E: x | y',
        scalars={})
    text = markdown(report)
    assert '- row still, seed 1: failed as expected, `E: x | y`' in text
    assert cells(text)['row still']['seeds'] == '2'


def test_files(report, tmp_path):
    out = tmp_path / 'new/out'
    text = write_report(report, out)
    assert (tmp_path / 'new/out.md').read_text() == text
    assert json.loads((tmp_path / 'new/out.json').read_text()) == report
    image = (tmp_path / 'new/out.png').read_bytes()
    for name in ('out.md', 'out.png'):
        (tmp_path / 'new' / name).unlink()
    subprocess.run(
        [sys.executable, ROOT / 'tools/experiments/study_report.py',
         tmp_path / 'new/out.json'], check=True)
    assert (tmp_path / 'new/out.md').read_text() == text
    assert (tmp_path / 'new/out.png').read_bytes() == image


@pytest.mark.parametrize('name', ['pandas', 'tabulate'])
def test_without_the_extra(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, 'study_report')
    with pytest.raises(ModuleNotFoundError, match=(
            f'{name}: got none, expected it for the tables. Run pip '
            r"install -e '.\[study\]'")):
        importlib.import_module('study_report')


def test_seeds_with_the_same_note_share_a_line():
    missing = [dict(done('still', seed, 0.0), status='missing',
                    error='not trained', scalars={}) for seed in (0, 1)]
    text = markdown(dict(study='a', command='b', ceiling=None, results=[
        done('live', 0, 0.5), *missing]))
    assert '- row still, seed 0, 1: missing, `not trained`' in text
