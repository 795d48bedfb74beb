"""Reading of annotation files."""

import pytest

from s2dnet_mmaction.datasets.annotation_list import read_lines, split_line

LABEL = {'<label>': int}
FRAMES = {'<frames>': int, '<label>': int}
PLACE = {'<label>': int, '<t>': float}


@pytest.mark.parametrize('data, expected', [
    (b'a 1\nb 2\n', [(1, 'a 1'), (2, 'b 2')]),
    (b'\xef\xbb\xbfa 1', [(1, 'a 1')]),
    (b'a 1\r\nb 2\r\n', [(1, 'a 1'), (2, 'b 2')]),
    (b'a 1\rb 2', [(1, 'a 1'), (2, 'b 2')]),
    (b'\n\na 1\n \t\nb 2\n\n', [(3, 'a 1'), (5, 'b 2')]),
    (' a 1\x85\nà\u2028b 2 '.encode(), [(1, 'a 1'), (2, 'à\u2028b 2')]),
])
def test_read_lines(tmp_path, data, expected):
    path = tmp_path / 'list.txt'
    path.write_bytes(data)
    assert read_lines(str(path)) == expected


@pytest.mark.parametrize('data, match', [
    (b'', 'list.txt: got no lines, expected a text file'),
    (b'\xef\xbb\xbf\r\n \n', 'list.txt: got no lines'),
    (b'a 1\nb\xe9 2\n', 'line 2 of .*list.txt: got bytes that are not UTF-8'),
    ('a 1\n'.encode('utf-16'), 'line 1 of .*list.txt: got bytes'),
])
def test_files_that_are_no_list(tmp_path, data, match):
    path = tmp_path / 'list.txt'
    path.write_bytes(data)
    with pytest.raises(ValueError, match=match):
        read_lines(str(path))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError, match='ann_file: got .*none.txt.*'
                       'No such file.*, expected a text file .* Set ann_file'):
        read_lines(str(tmp_path / 'none.txt'))
    with pytest.raises(OSError, match='ann_file: got .*Is a directory'):
        read_lines(str(tmp_path))


@pytest.mark.parametrize('line, columns, delimiter, many, expected', [
    ('a.mp4 3', LABEL, ' ', False, ('a.mp4', [3])),
    ('a.mp4\t3', LABEL, ' ', False, ('a.mp4', [3])),
    ('a.mp4 \t 3', LABEL, ' ', False, ('a.mp4', [3])),
    ('my  old clip 1.mp4 3', LABEL, ' ', False, ('my  old clip 1.mp4', [3])),
    ('a.mp4 -1', LABEL, ' ', False, ('a.mp4', [-1])),
    ('12 3', LABEL, ' ', False, ('12', [3])),
    ('a b.mp4 3 0 7', LABEL, ' ', True, ('a b.mp4', [3, 0, 7])),
    ('a, 1 b.mp4, 3', LABEL, ',', False, ('a, 1 b.mp4', [3])),
    ('clip 2,3', LABEL, ',', False, ('clip 2', [3])),
    ('clip 2\t163\t3', FRAMES, '\t', False, ('clip 2', [163, 3])),
    ('clip b 163 3', FRAMES, ' ', False, ('clip b', [163, 3])),
    ('clip b 163 3 5', FRAMES, ' ', True, ('clip b', [163, 3, 5])),
    ('b c.mp4 3 -1e-3', PLACE, ' ', False, ('b c.mp4', [3, -0.001])),
])
def test_split_line(line, columns, delimiter, many, expected):
    got = split_line('line 1', line, '<file>', columns, delimiter, many)
    assert got == expected
    assert [type(n) for n in got[1]] == [type(n) for n in expected[1]]


@pytest.mark.parametrize('line, columns, delimiter, many, match', [
    ('a.mp4', LABEL, ' ', False, "got 'a.mp4', expected <file> <label>. Give"),
    ('my clip.mp4', LABEL, ' ', False, "got 'my clip.mp4', expected"),
    ('3', LABEL, ' ', False, "got '3', expected"),
    ('a.mp4 cat', LABEL, ' ', False, 'Give numbers for <label>, separated by '
     'white space'),
    ('a.mp4 1.5', LABEL, ' ', False, "got 'a.mp4 1.5', expected"),
    ('a.mp4 3', LABEL, ',', False, "expected <file>,<label>. .* by ','"),
    (',3', LABEL, ',', False, "got ',3', expected"),
    ('a.mp4,', LABEL, ',', False, "got 'a.mp4,', expected"),
    ('a.mp4', LABEL, ' ', True, r'expected <file> <label> \.\.\.'),
    # of raw frames, of several labels, a name that ends in a number
    ('clip 163 3', LABEL, ' ', False, "got 'clip 163 3' with 2 numbers, "
     'expected <file> <label>. Is it the list .* multi_class=True.*delimiter'),
    # of videos, with offsets
    ('a.mp4 3', FRAMES, ' ', False, 'expected <file> <frames> <label>. Give'),
    ('a 0 163 3', FRAMES, ' ', False, 'with 3 numbers'),
    ('a.mp4 1.5 0', PLACE, ' ', False, "got 'a.mp4 1.5 0', expected"),
])
def test_lines_that_are_malformed(line, columns, delimiter, many, match):
    with pytest.raises(ValueError, match=match) as error:
        split_line('line 1 of l.txt', line, '<file>', columns, delimiter, many)
    assert str(error.value).startswith('line 1 of l.txt: ')
