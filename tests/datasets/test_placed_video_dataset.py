"""Annotation files with the place of the detail."""

import pytest

from s2dnet_mmaction.datasets import PlacedVideoDataset


def placed(tmp_path, text, **options):
    path = tmp_path / 'ann.txt'
    path.write_text(text)
    return PlacedVideoDataset(
        ann_file=str(path), pipeline=[], **options)


def test_dataset_reads_places(tmp_path):
    data = placed(
        tmp_path, 'a.mp4 3 -1 0.5 1\nb.mp4 0 0 0 0\n',
        data_prefix=dict(video='root'))
    info = data.get_data_info(0)
    assert (info['filename'], info['label']) == ('root/a.mp4', 3)
    assert info['place'] == (-1.0, 0.5, 1.0)
    assert len(data) == 2


@pytest.mark.parametrize('line, match', [
    ('a.mp4 3', "got 'a.mp4 3', expected <file> <label> <t> <y> <x>"),
    ('a.mp4 3 0 0', 'expected <file>'),
    ('a.mp4 3 0 0 0 0', 'expected <file>'),
    ('a.mp4 cat 0 0 0', 'expected <file>'),
    ('a.mp4 3 0 0 left', 'expected <file>'),
    ('a.mp4 3.5 0 0 0', 'expected <file>'),
    ('a.mp4 3 0 0 1.01', r'got the place \(0.0, 0.0, 1.01\)'),
    ('a.mp4 3 nan 0 0', r'each in \[-1, 1\]'),
])
def test_bad_lines(tmp_path, line, match):
    with pytest.raises(ValueError, match=match) as error:
        placed(tmp_path, f'b.mp4 0 0 0 0\n{line}\n')
    assert str(error.value).startswith('line 2 of ')


def test_names_with_spaces(tmp_path):
    data = placed(tmp_path, 'a b.mp4 3 -1 0.5 1\n\n')
    info = data.get_data_info(0)
    assert (info['filename'], info['label']) == ('a b.mp4', 3)
    assert info['place'] == (-1.0, 0.5, 1.0)


def test_several_labels_are_refused(tmp_path):
    with pytest.raises(ValueError, match='multi_class'):
        placed(tmp_path, 'a.mp4 3 0 0 0', multi_class=True, num_classes=4)
