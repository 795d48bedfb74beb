"""Results on disk: whole parts, nothing twice, nothing of another run."""

import json
import sys

import pandas as pd
import pytest

from s2dnet_mmaction.apis.bulk import results
from s2dnet_mmaction.apis.bulk.results import PartWriter, ResultFolder

COLUMNS = dict(index='int', input='text', scores='list<float>',
               boxes='list<list<float>>', exited='bool')
ROWS = [dict(index=i, input=f'{i}.mp4', scores=[.5, i], boxes=[[1., 2.]],
             exited=False) for i in range(3)]
EMPTY = dict(index=3, input='3.mp4', scores=[1., 0.], boxes=None, exited=True)
BROKEN = [dict(index=7, input='7.mp4', reason='OSError: no')]


@pytest.fixture(params=['parquet', 'jsonl'])
def folder(request, tmp_path):
    made = ResultFolder(str(tmp_path / 'out'), COLUMNS, request.param)
    made.open(dict(weights='a'))
    return made


def rows_of(folder):
    if folder.file_format == 'parquet':
        table = pd.read_parquet(folder.results)
    else:
        table = pd.concat([pd.read_json(file, lines=True)
                           for file in folder.parts()])
    return table.sort_values('index')


def test_parts(folder):
    """Also of a part in which a column has no value."""
    with PartWriter(folder, every_sec=1e-9) as writer:
        writer.add(ROWS[:2])
        writer.add([EMPTY], BROKEN)
        writer.add([ROWS[2]])
    assert len(folder.parts()) == 3
    table = rows_of(folder)
    assert table['input'].tolist() == ['0.mp4', '1.mp4', '2.mp4', '3.mp4']
    assert list(table['scores'].iloc[2]) == [.5, 2]
    assert table['exited'].tolist() == [False] * 3 + [True]
    assert table['boxes'].isna().tolist() == [False] * 3 + [True]
    assert folder.broken_rows() == BROKEN
    assert folder.done() == {f'{i}.mp4' for i in (0, 1, 2, 3, 7)}


def test_rows_wait_for_their_time(folder):
    with PartWriter(folder, every_sec=1000) as writer:
        writer.add(ROWS[:1])
        writer.add(ROWS[1:2])
        assert folder.parts() == []
    assert len(folder.parts()) == 1


def test_a_part_that_was_not_finished_is_forgotten(folder, monkeypatch):
    """As after kill -9 while it is written."""
    def killed(temporary, file):
        raise KeyboardInterrupt

    writer = PartWriter(folder)
    writer.add(ROWS)
    monkeypatch.setattr(results, '_move', killed)
    with pytest.raises(KeyboardInterrupt):
        writer.flush()
    assert len(list(folder.results.iterdir())) == 1  # not yet in its place
    assert folder.done() == set()
    folder.open(dict(weights='a'))
    assert list(folder.results.iterdir()) == []


def test_processes_and_runs_do_not_overwrite(folder):
    writers = [PartWriter(folder, name) for name in ('0', '1')]
    writers.append(PartWriter(folder, '0'))  # a later run
    for writer, row in zip(writers, ROWS):
        writer.add([row])
        writer.flush()
    assert len(folder.parts()) == 3 and len(folder.done()) == 3


@pytest.mark.parametrize('record, changes, match', [
    (dict(weights='b'), {}, "weights of .*json: got 'a', expected 'b', as of"),
    (dict(weights='a', more=1), {}, 'more of .*json: got None, expected 1'),
    (dict(weights='a'), dict(more='int'),
     r"columns of .*json: got \[\], expected \[\('more', 'int'\)\]"),
])
def test_results_of_another_run(folder, record, changes, match):
    other = ResultFolder(str(folder.folder), {**COLUMNS, **changes},
                         folder.file_format)
    with PartWriter(folder) as writer:
        writer.add([], BROKEN)
    with pytest.raises(ValueError, match=match):
        other.open(record, retry_broken=True)
    assert folder.broken_rows() == BROKEN  # nothing is lost
    assert json.loads(
        (folder.folder / 'run.json').read_text())['weights'] == 'a'


def test_results_without_a_record(folder):
    """Of which model they are is not known."""
    with PartWriter(folder) as writer:
        writer.add(ROWS)
    (folder.folder / 'run.json').unlink()
    with pytest.raises(ValueError, match='out: got .* without run.json'):
        folder.open(dict(weights='a'))


def test_retry(folder):
    with PartWriter(folder) as writer:
        writer.add(ROWS, BROKEN)
    folder.open(dict(weights='a'), dict(config='b'), retry_broken=True)
    assert folder.broken_rows() == []
    assert folder.done() == {'0.mp4', '1.mp4', '2.mp4'}


def test_bad_options(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="format: got 'csv'"):
        ResultFolder(str(tmp_path), COLUMNS, 'csv')
    folder = ResultFolder(str(tmp_path), COLUMNS, 'jsonl')
    with pytest.raises(ValueError, match='save_every: got 0'):
        PartWriter(folder, every_sec=0)
    monkeypatch.setitem(sys.modules, 'pyarrow.parquet', None)
    with pytest.raises(ModuleNotFoundError, match='--format jsonl'):
        ResultFolder(str(tmp_path), COLUMNS)
