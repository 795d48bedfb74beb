"""MMAction2's data sets on lists as users write them."""

import errno
import re

import mmcv
import numpy as np
import pytest
from mmaction.datasets import RawframeDataset, VideoDataset
from mmaction.registry import DATASETS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.datasets import (
    CheckedRawframeDataset,
    CheckedVideoDataset,
)
from s2dnet_mmaction.datasets.decoding.errors import UnreadableVideoError

FRAMES = [
    dict(type='SampleStridedFrames', max_frames=9, test_mode=True),
    dict(type='RawClipDecode')
]


@pytest.fixture
def build(tmp_path):
    """A data set of a list with this text."""
    init_default_scope('mmaction')

    def build(kind, text, **options):
        path = tmp_path / 'list.txt'
        path.write_text(text, encoding='utf-8')
        return kind(**{**dict(ann_file=str(path), pipeline=[]), **options})

    return build


def infos(data):
    listed = [data.get_data_info(i) for i in range(len(data))]
    for info in listed:
        info.pop('line', None)
        if not isinstance(info['label'], int):
            info['label'] = info['label'].tolist()
    return listed


@pytest.mark.parametrize('kind, stock, text, options', [
    (CheckedVideoDataset, VideoDataset, 'a.mp4 3\nb/c.mp4 0\n',
     dict(data_prefix=dict(video='root'))),
    (CheckedVideoDataset, VideoDataset, 'a.mp4,3', dict(delimiter=',')),
    (CheckedVideoDataset, VideoDataset, 'a.mp4 3 1\nb.mp4 2\n',
     dict(multi_class=True, num_classes=5)),
    (CheckedRawframeDataset, RawframeDataset, 'a 7 3\nb 9 0',
     dict(data_prefix=dict(img='root'), filename_tmpl='{:05}.jpg')),
    (CheckedRawframeDataset, RawframeDataset, 'a 4 7 3', dict(
        with_offset=True)),
    (CheckedRawframeDataset, RawframeDataset, 'a 7 3 1\nb 7 2',
     dict(multi_class=True, num_classes=5, start_index=0)),
])
def test_plain_lists_as_in_mmaction(build, kind, stock, text, options):
    assert infos(build(kind, text, **options)) == infos(
        build(stock, text, **options))


def test_by_name_and_with_a_root(build, tmp_path):
    build(CheckedVideoDataset, '\ufeff\r\nmy clip 1.mp4\t3\r\n')
    data = DATASETS.build(dict(
        type='CheckedVideoDataset', ann_file='list.txt', pipeline=[],
        data_root=str(tmp_path), data_prefix=dict(video='videos')))
    assert infos(data) == [dict(
        filename=f'{tmp_path}/videos/my clip 1.mp4', label=3, start_index=0,
        modality='RGB', sample_idx=0)]
    assert data.get_data_info(0)['line'] == 2


@pytest.mark.parametrize('kind, text, options, match', [
    (CheckedVideoDataset, 'b.mp4', {}, 'expected <file> <label>'),
    (CheckedVideoDataset, 'b 163 3', {}, 'list of another kind'),
    (CheckedRawframeDataset, 'b.mp4 3', {},
     'expected <folder> <total_frames> <label>'),
    (CheckedRawframeDataset, 'b 0 7 3', {}, 'list of another kind'),
    (CheckedRawframeDataset, 'b 7 3', dict(with_offset=True),
     'expected <folder> <offset> <total_frames> <label>'),
    (CheckedVideoDataset, 'b.mp4 -1', {},
     'got the label -1, expected 0 <= label. Count the labels from 0. Where '
     'it is not known, as in a list for predictions alone, write 0'),
    (CheckedVideoDataset, 'b.mp4 4', dict(num_classes=4),
     'got the label 4, expected 0 <= label < num_classes=4'),
    (CheckedVideoDataset, 'b.mp4 1 5', dict(num_classes=5, multi_class=True),
     'got the label 5'),
    (CheckedRawframeDataset, 'b 7 -1', {}, 'got the label -1'),
    (CheckedRawframeDataset, 'b 0 1', {}, 'got total_frames 0, expected'),
    (CheckedRawframeDataset, 'b -2 5 1', dict(with_offset=True),
     'got offset -2'),
])
def test_bad_lines(build, kind, text, options, match):
    good = dict(CheckedVideoDataset='a.mp4 1', CheckedRawframeDataset='a 5 1')
    good = good[kind.__name__].replace(
        '5', '0 5' if options.get('with_offset') else '5')
    with pytest.raises(ValueError, match=re.escape(match)) as error:
        build(kind, f'{good}\n\n{text}\n', **options)
    assert re.match(r'line 3 of .*list.txt: got ', str(error.value))


def test_options_that_do_not_fit(build):
    with pytest.raises(ValueError, match='num_classes: got None'):
        build(CheckedVideoDataset, 'a.mp4 1 2', multi_class=True)
    with pytest.raises(ValueError, match="expected the key 'video'"):
        build(CheckedVideoDataset, 'a.mp4 1', data_prefix=dict(img='x'))
    with pytest.raises(ValueError, match="expected the key 'img'"):
        build(CheckedRawframeDataset, 'a 7 1', data_prefix=dict(video='x'))


@pytest.mark.parametrize('test_mode', [False, True])
def test_missing_file(build, tmp_path, test_mode):
    data = build(CheckedVideoDataset, '\nnone.mp4 1', test_mode=test_mode,
                 data_prefix=dict(video=str(tmp_path)),
                 pipeline=[dict(type='ClipInit')])
    with pytest.raises(OSError, match=r'line 2 of .*list.txt: got .*none.mp4.*'
                       'Correct the line, or data_root'):
        data[0]


@pytest.mark.parametrize('kind, raised', [
    (OSError, OSError(errno.EMFILE, 'Too many open files', 'a.mp4')),
    (OSError, OSError('a.mp4: the network')),
    (UnreadableVideoError, UnreadableVideoError('a.mp4: damaged')),
    (ValueError, UnicodeDecodeError('utf-8', b'a', 0, 1, 'a.mp4')),
])
def test_errors_keep_their_kind(build, kind, raised):

    def fail(results):
        raise raised

    with pytest.raises(kind) as error:
        build(CheckedVideoDataset, 'a.mp4 1', pipeline=[fail],
              test_mode=True)[0]
    assert error.type is kind
    assert re.match(r'line 1 of .*list.txt: ', str(error.value))
    assert str(error.value).endswith(str(raised))  # and no other remedy


def test_error_of_a_transform(build, tmp_path):
    (tmp_path / 'a b.mp4').write_bytes(b'no video')
    data = build(CheckedVideoDataset, 'a b.mp4 1',
                 data_prefix=dict(video=str(tmp_path)),
                 pipeline=[dict(type='ClipInit')])
    with pytest.raises(UnreadableVideoError,
                       match='line 1 of .*list.txt: .*a b.mp4'):
        data[0]


def write_frames(folder, first, count):
    folder.mkdir()
    for n in range(first, first + count):
        image = np.full((6, 8, 3), n * 20, np.uint8)
        mmcv.imwrite(image, str(folder / f'img_{n:05}.jpg'))


def test_raw_frames(build, tmp_path):
    write_frames(tmp_path / 'my clip', 1, 5)
    data = build(CheckedRawframeDataset, 'my clip 5 2\n', pipeline=FRAMES,
                 data_prefix=dict(img=str(tmp_path)), test_mode=True)
    assert [int(image.mean()) for image in data[0]['imgs']] == [20, 60, 100]


@pytest.mark.parametrize('folder, match', [
    ('none', 'got no such folder, expected 4 frames from '
     r'img_00001.jpg on\. Correct the line'),
    ('a.mp4', 'got a file in place of the folder, expected'),
    ('zero', r'img_00004.jpg: .* but 4 files \(img_00000.jpg \.\. '
     r'img_00003.jpg\) beside it.* start_index of the data set\.$'),
])
def test_raw_frames_that_are_missing(build, tmp_path, folder, match):
    write_frames(tmp_path / 'zero', 0, 4)
    (tmp_path / 'a.mp4').touch()
    data = build(CheckedRawframeDataset, f'{folder} 4 2\n', pipeline=FRAMES,
                 data_prefix=dict(img=str(tmp_path)), test_mode=True)
    with pytest.raises(OSError, match=match) as error:
        data[0]
    assert re.match('line 1 of .*list.txt: ', str(error.value))
