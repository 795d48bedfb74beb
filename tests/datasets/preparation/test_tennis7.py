"""Cleaned frames, folds and places of clips."""

import json

import numpy as np
import pytest
from mmaction.registry import DATASETS
from mmengine.registry import init_default_scope

from s2dnet_mmaction.datasets.preparation.tennis7 import (
    ClipOptions,
    prepare_clips,
)
from s2dnet_mmaction.evaluation import BoxCoverageMetric
from tests.support import videos

CLIPS = ('lob/lob1.mp4', 'lob/lob2.mp4', 'ace/ace1.mp4')  # groups 0, 1, 0
FRAMES, SIZE = 6, (40, 80)
OPTIONS = ClipOptions(short_px=20, drop_last=1, paint=[(0, 0, 16, 8)])


def write_source(folder, last=16):
    """Clips of grey value 100 + 10 t with a white logo and a dark end."""
    for name in CLIPS:
        frames = np.empty((FRAMES, *SIZE, 3), np.uint8)
        for t, image in enumerate(frames):
            image[:] = 100 + 10 * t
        frames[:, :8, :16] = 255
        frames[-1] = last
        path = folder / 'videos' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        videos.write(path, frames, crf='1')
    rows = [f'{name},{n % 2},{n % 2}' for n, name in enumerate(CLIPS)]
    (folder / 'groups.csv').write_text('\n'.join(['file,group,fold', *rows]))
    boxes = ['file,frame,x1,y1,x2,y2,score']
    for name in CLIPS:
        boxes += [f'{name},0,20,10,30,30,1', f'{name},2,24,10,34,30,1',
                  f'{name},5,0,0,80,40,1']  # dropped with its frame
    (folder / 'boxes.csv').write_text('\n'.join(boxes))
    return folder


@pytest.fixture(scope='module')
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp('tennis7')
    source = write_source(folder / 'source')
    assert prepare_clips(str(source), str(folder / 'set'), OPTIONS, 1)
    return folder


@pytest.fixture
def root(prepared):
    return prepared / 'set'


def test_frames(root):
    """Every second one of the first 5, painted, half as high."""
    frames = np.load(root / 'decoded/lob2.npy')
    assert frames.shape == (3, 20, 40, 3) and frames.dtype == np.uint8
    for t, image in zip((0, 2, 4), frames):
        assert abs(image[10:].astype(int) - 100 - 10 * t).max() <= 4
        assert (image[:3, :7] == 128).all()


@pytest.mark.parametrize('name, lines', [
    ('classes.txt', ['ace', 'lob']),
    ('fold0_val.txt', ['lob/lob1.mp4 1', 'ace/ace1.mp4 0']),
    ('fold0_train.txt', ['lob/lob2.mp4 1']),
    ('fold1_val.txt', ['lob/lob2.mp4 1']),
    # The mean box is 22 .. 32, 10 .. 30: its centre is pixel 13 of 0 .. 39
    # and 9.5 of 0 .. 19.
    ('fold1_val_places.txt', ['lob/lob2.mp4 1 0 0.0000 -0.3333']),
])
def test_lists(root, name, lines):
    assert (root / name).read_text().splitlines() == lines


def test_boxes_in_decoded_frames(root):
    """Half as large, from the centre of the first pixel; frame 2 is 1."""
    head, *rows = (root / 'boxes.csv').read_text().splitlines()
    assert head == 'file,frame,x1,y1,x2,y2'
    assert len(rows) == 2 * len(CLIPS)
    assert rows[:2] == ['lob/lob1.mp4,0,9.5,4.5,14.5,14.5',
                        'lob/lob1.mp4,1,11.5,4.5,16.5,14.5']


def test_data_set_and_metric_read_it(root):
    init_default_scope('mmaction')
    dataset = DATASETS.build(dict(
        type='PlacedVideoDataset', ann_file='fold1_val_places.txt',
        data_root=str(root), data_prefix=dict(video=''), test_mode=True,
        pipeline=[dict(type='DecodedInit')]))
    results = dataset[0]
    assert results['total_frames'] == 3 and results['label'] == 1
    metric = BoxCoverageMetric(str(root / 'boxes.csv'))
    with pytest.raises(KeyError, match='frame_positions'):  # it has the boxes
        metric.process(None, [dict(filename=results['filename'],
                                   sampling_grid={})])


def test_a_second_call_keeps_it(prepared, root):
    source = str(prepared / 'source')
    before = (root / 'decoded/lob2.npy').stat().st_mtime_ns
    assert not prepare_clips(source, str(root), OPTIONS, 1)
    assert (root / 'decoded/lob2.npy').stat().st_mtime_ns == before
    assert json.loads((root / 'dataset.json').read_text())['drop_last'] == 1
    with pytest.raises(ValueError, match='Remove the folder'):
        prepare_clips(source, str(root), ClipOptions(), 1)


def test_a_black_end_is_refused(tmp_path):
    source = write_source(tmp_path / 'source', last=0)
    with pytest.raises(ValueError, match='black.*drop_last'):
        prepare_clips(str(source), str(tmp_path / 'set'), ClipOptions(), 1)
    assert not (tmp_path / 'set').exists()
    assert prepare_clips(str(source), str(tmp_path / 'set'), OPTIONS, 1)


@pytest.mark.parametrize('file, old, new, message', [
    ('groups.csv', 'lob2.mp4,1,1', 'lob2.mp4,0,1', 'group 0: .*one fold'),
    ('groups.csv', 'ace1', 'ace2', 'groups.csv: got .*ace1.mp4'),
    ('boxes.csv', 'ace1', 'lob1', 'boxes.csv: got .*ace1.mp4'),
    ('groups.csv', 'fold', 'part', "groups.csv: got .*'part'"),
])
def test_unsound_sources(tmp_path, file, old, new, message):
    source = write_source(tmp_path / 'source')
    text = (source / file).read_text()
    (source / file).write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=message):
        prepare_clips(str(source), str(tmp_path / 'set'), OPTIONS, 1)


def test_same_name_in_two_classes(tmp_path):
    source = write_source(tmp_path / 'source')
    (source / 'videos/ace/ace1.mp4').rename(source / 'videos/ace/lob1.mp4')
    for name in ('groups.csv', 'boxes.csv'):
        text = (source / name).read_text()
        (source / name).write_text(text.replace('ace1', 'lob1'))
    with pytest.raises(ValueError, match='same name in two classes'):
        prepare_clips(str(source), str(tmp_path / 'set'), OPTIONS, 1)


@pytest.mark.parametrize('options, error', [
    (dict(short_px=0), ValueError), (dict(frame_interval=1.5), TypeError),
    (dict(drop_last=-1), ValueError), (dict(paint=[(5, 0, 5, 8)]), ValueError),
    (dict(paint=[(-1, 0, 5, 8)]), ValueError),
])
def test_bad_options(options, error):
    with pytest.raises(error, match=next(iter(options))):
        ClipOptions(**options)
