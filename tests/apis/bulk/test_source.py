"""Which videos a run predicts for."""

import os

import cv2
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope

from s2dnet_mmaction.apis.bulk.source import open_source
from tests.support import glints


@pytest.fixture(scope='module')
def cfg(glints_root, tmp_path_factory):
    init_default_scope('mmaction')
    return glints.config(glints_root, tmp_path_factory.mktemp('work'))


def test_annotation_file(cfg, glints_root):
    """Labels, and the same samples as in a test."""
    source = open_source(str(glints_root / 'val.txt'), cfg)
    lines = (glints_root / 'val.txt').read_text().splitlines()
    assert source.labels == [int(line.split()[1]) for line in lines]
    assert source.names == [str(glints_root / line.split()[0])
                            for line in lines]
    sample = source.samples[1]
    assert sample['data_samples'].gt_label == source.labels[1]


def test_folder_and_list(cfg, glints_root, tmp_path, monkeypatch):
    """The same frames; a folder also has the videos of its folders."""
    videos = glints_root / 'videos'
    (tmp_path / 'a/b').mkdir(parents=True)
    for name, file in (('a/one.mp4', '00001.mp4'),
                       ('a/b/two words.mp4', '00002.mp4')):
        os.link(videos / file, tmp_path / name)
    (tmp_path / 'a/notes.txt').write_text('no video')
    folder = open_source(str(tmp_path / 'a'), cfg)
    assert folder.labels is None
    assert folder.names == [str(tmp_path / 'a/b/two words.mp4'),
                            str(tmp_path / 'a/one.mp4')]
    (tmp_path / 'list.txt').write_text('a/b/two words.mp4\n\na/one.mp4\n')
    monkeypatch.chdir(tmp_path)
    listed = open_source('list.txt', cfg)
    assert listed.names == ['a/b/two words.mp4', 'a/one.mp4']
    annotated = open_source(str(glints_root / 'train.txt'), cfg)
    for source in (folder, listed):
        assert len(source.samples) == 2
        for i, number in ((0, 2), (1, 1)):
            assert source.samples[i]['inputs'].equal(
                annotated.samples[number]['inputs'])


@pytest.mark.parametrize('text, match', [
    ('a.mp4\nb.mp4 3\n', "line 2 of .*: got 'b.mp4 3', expected a path that"),
    ('a.mp4\na.mp4\n', 'videos: got 1 of .* twice'),
    ('\n', 'no lines'),
])
def test_bad_lists(cfg, tmp_path, text, match):
    (tmp_path / 'list.txt').write_text(text)
    with pytest.raises(ValueError, match=match):
        open_source(str(tmp_path / 'list.txt'), cfg)


def test_nothing_there(cfg, tmp_path):
    with pytest.raises(ValueError, match='without a video'):
        open_source(str(tmp_path), cfg)
    with pytest.raises(OSError, match='ann_file: got'):
        open_source(str(tmp_path / 'missing'), cfg)


def test_raw_frames(tmp_path):
    """Folders of images, listed or found."""
    for name in ('one', 'two'):
        (tmp_path / 'clips' / name).mkdir(parents=True)
        for i in range(1, 4):
            cv2.imwrite(str(tmp_path / f'clips/{name}/img_{i:05}.jpg'),
                        np.full((32, 32, 3), 60 * i, np.uint8))
    cfg = Config(dict(test_dataloader=dict(dataset=dict(
        type='CheckedRawframeDataset', ann_file='', data_prefix=dict(img=''),
        filename_tmpl='img_{:05}.jpg', test_mode=True, pipeline=[
            dict(type='SampleStridedFrames', frame_interval=1, max_frames=3,
                 test_mode=True),
            dict(type='RawFrameDecode'),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs')]))))
    init_default_scope('mmaction')
    source = open_source(str(tmp_path / 'clips'), cfg)
    assert source.names == [str(tmp_path / f'clips/{n}')
                            for n in ('one', 'two')]
    assert source.samples[0]['inputs'].shape == (1, 3, 3, 32, 32)
    (tmp_path / 'list.txt').write_text(f'{tmp_path}/clips/two\n')
    assert open_source(str(tmp_path / 'list.txt'), cfg).samples[0][
        'inputs'].shape == (1, 3, 3, 32, 32)
    (tmp_path / 'ann.txt').write_text(f'{tmp_path}/clips/two 3 1\n')
    annotated = open_source(str(tmp_path / 'ann.txt'), cfg)
    assert annotated.labels == [1]
    assert annotated.names == [str(tmp_path / 'clips/two')]
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ValueError, match='without folders'):
        open_source(str(tmp_path / 'empty'), cfg)
