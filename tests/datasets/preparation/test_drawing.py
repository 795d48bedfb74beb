"""Folders that appear whole or not at all."""

import pytest

from s2dnet_mmaction.datasets.preparation import drawing


def test_folder_that_cannot_be_filled_is_no_folder(tmp_path):
    target = tmp_path / 'set'

    def fill(folder):
        (folder / 'half.txt').write_text('half')
        assert not target.exists()

    assert drawing.write_whole(str(target), dict(pair=(1, 2)), fill)
    assert not drawing.write_whole(str(target), dict(pair=(1, 2)), fill)
    assert sorted(p.name for p in target.iterdir()) == [
        'dataset.json', 'half.txt'
    ]


def test_foreign_folder_is_never_touched(tmp_path):
    (tmp_path / 'thesis.tex').write_text('precious')
    with pytest.raises(ValueError, match='which holds something else'):
        drawing.write_whole(str(tmp_path), {}, lambda folder: None)
    assert [p.name for p in tmp_path.iterdir()] == ['thesis.tex']
