"""Rows of results."""

import pytest

from s2dnet_mmaction.apis.bulk.results import PartWriter, ResultFolder
from s2dnet_mmaction.datasets.result_parts import result_batches, result_rows

COLUMNS = dict(input='text', saliency_a='list<float>', label='int')
ROWS = [dict(input=name, saliency_a=[1., 2.], label=n)
        for n, name in enumerate('abc')]


@pytest.fixture
def folder(tmp_path):
    for part in range(2):
        with PartWriter(ResultFolder(tmp_path, COLUMNS), str(part)) as writer:
            writer.add(ROWS[part::2])
    return str(tmp_path)


def test_rows(folder):
    rows = list(result_rows(folder, ['label']))
    assert sorted(row['label'] for row in rows) == [0, 1, 2]
    assert all(set(row) == {'label'} for row in rows)
    rows = result_rows(folder, ['input'], lambda name: 'saliency' in name)
    assert sorted(rows, key=lambda row: row['input']) == [
        dict(input=row['input'], saliency_a=[1, 2]) for row in ROWS]
    assert [batch.num_rows for batch in result_batches(
        folder, ['input'], num_rows=1)] == [1, 1, 1]


def test_errors(folder, tmp_path):
    with pytest.raises(ValueError, match=r"columns of .*: got no \['clips'\]"):
        list(result_rows(folder, ['clips']))
    with pytest.raises(FileNotFoundError, match='without results/part-'):
        list(result_rows(str(tmp_path / 'other')))
