"""Annotation files of Mini-Kinetics, from each form of Kinetics-400's."""

from pathlib import Path

import pytest
from mmaction.datasets import RawframeDataset, VideoDataset

from s2dnet_mmaction.datasets.preparation.minikinetics import build_annotations

CLASSES = "yoga\nMassaging Person's-Head\n\nhurling (sport)\n"
KINETICS = "abseiling\nhurling (sport)\nmassaging person's head\nyoga\n"
VIDEOS = dict(
    train='abseiling/a_000000_000010.mp4 0\n'
    'yoga/b_000001_000011.mp4 3\n'
    'hurling_(sport)/c_000002_000012.mp4 1\n'
    "massaging_person's_head/d_000003_000013.mp4 2\n"
    'yoga/-e_000004_000014.mp4 3\n',
    val="massaging_person's_head/f_000000_000010.mp4 2\n"
    'hurling_(sport)/g_000000_000010.mp4 1\n'
    'yoga/h_000000_000010.mp4 3\n')
MINI_VIDEOS = dict(
    train=[('yoga/b_000001_000011.mp4', 0),
           ('hurling_(sport)/c_000002_000012.mp4', 2),
           ("massaging_person's_head/d_000003_000013.mp4", 1),
           ('yoga/-e_000004_000014.mp4', 0)],
    val=[("massaging_person's_head/f_000000_000010.mp4", 1),
         ('hurling_(sport)/g_000000_000010.mp4', 2),
         ('yoga/h_000000_000010.mp4', 0)])
RAWFRAMES = {
    split: text.replace('.mp4 ', ' 300 ')
    for split, text in VIDEOS.items()
}
FLAT = {
    split: ''.join(
        line.split('/')[1] + '\n' for line in text.splitlines())
    for split, text in VIDEOS.items()
}
HEADER = 'label,youtube_id,time_start,time_end,split,is_cc\n'
CSV = dict(
    train=HEADER + 'abseiling,a,0,10,train,0\nyoga,b,1,11,train,0\n'
    '"hurling (sport)",c,2.0,12.0,train,1\n'
    "massaging person's head,d,3,13,train,0\nyoga,-e,4,14,train,0\n",
    val=HEADER + "massaging person's head,f,0,10,validate,0\n"
    'hurling (sport),g,0,10,validate,0\nyoga,h,0,10,val,0\n')


@pytest.fixture
def inputs(tmp_path):
    """Write inputs, hand back the arguments of ``build_annotations``."""

    def write(texts, classes=CLASSES, label_map=None, **options):
        paths = dict(out=tmp_path / 'out', num_classes=3, **options)
        for name, text in dict(
                texts, classes=classes, label_map=label_map).items():
            if text is not None:
                paths[name] = tmp_path / f'{name}.txt'
                paths[name].write_text(text, encoding='utf-8')
        return paths

    return write


def pairs(path):
    lines = [line.split() for line in path.read_text().splitlines()]
    return [(line[0], int(line[-1])) for line in lines]


@pytest.mark.parametrize('texts', [VIDEOS, CSV])
def test_videos_of_the_classes_with_new_labels(inputs, texts, tmp_path):
    written = build_annotations(**inputs(texts))
    files = [
        tmp_path / f'out/minikinetics_{split}_list_videos.txt'
        for split in ('train', 'val')
    ]
    assert written == dict(zip(files, (4, 3)))
    assert [pairs(file) for file in files] == list(MINI_VIDEOS.values())
    assert sorted(files[0].parent.iterdir()) == files  # nothing else left


def test_outputs_load_in_a_video_dataset(inputs):
    for split, path in zip(MINI_VIDEOS, build_annotations(**inputs(VIDEOS))):
        dataset = VideoDataset(
            str(path), pipeline=[], data_prefix=dict(video='root'))
        loaded = [dataset.get_data_info(i) for i in range(len(dataset))]
        assert [(info['filename'], info['label'])
                for info in loaded] == [(f'root/{name}', label)
                                        for name, label in MINI_VIDEOS[split]]


def test_outputs_load_in_a_rawframe_dataset(inputs):
    path = list(build_annotations(**inputs(RAWFRAMES)))[0]
    assert path.name == 'minikinetics_train_list_rawframes.txt'
    dataset = RawframeDataset(
        str(path), pipeline=[], data_prefix=dict(img='root'))
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    assert [(info['frame_dir'], info['total_frames'], info['label'])
            for info in infos] == [(f'root/{name[:-len(".mp4")]}', 300, label)
                                   for name, label in MINI_VIDEOS['train']]


def test_label_map_tells_the_classes_of_flat_paths(inputs):
    paths = list(build_annotations(**inputs(FLAT, label_map=KINETICS)))
    for path, expected in zip(paths, MINI_VIDEOS.values()):
        assert pairs(path) == [(name.split('/')[1], label)
                               for name, label in expected]


def test_label_map_beside_class_folders(inputs):
    paths = list(build_annotations(**inputs(VIDEOS, label_map=KINETICS)))
    assert pairs(paths[0]) == MINI_VIDEOS['train']
    wrong = KINETICS.replace('yoga', 'zumba').replace('abseiling', 'yoga')
    with pytest.raises(
            ValueError, match="train.txt:2: got label 3 in folder 'yoga', "
            "expected 'zumba'"):
        build_annotations(**inputs(VIDEOS, label_map=wrong))


def test_existing_files_are_kept(inputs, tmp_path):
    arguments = inputs(VIDEOS)
    val = tmp_path / 'out/minikinetics_val_list_videos.txt'
    val.parent.mkdir()
    val.write_text('mine')
    with pytest.raises(FileExistsError, match='minikinetics_val.*--force'):
        build_annotations(**arguments)
    assert [path.name for path in val.parent.iterdir()] == [val.name]
    assert val.read_text() == 'mine'
    build_annotations(**arguments, force=True)
    assert pairs(val) == MINI_VIDEOS['val']


def test_nothing_half_written(inputs, monkeypatch):
    """The disk is full while the second file is written."""
    arguments = inputs(VIDEOS)
    write_text = Path.write_text

    def fail(path, text, **options):
        write_text(path, text[:len(text) // 2], **options)
        if '_val_' in path.name:
            raise OSError('No space left on device')

    monkeypatch.setattr(Path, 'write_text', fail)
    with pytest.raises(OSError, match='No space left'):
        build_annotations(**arguments)
    assert list(arguments['out'].iterdir()) == []


def test_classes_without_videos_are_all_named(inputs):
    classes = 'yogaa\nabseiling\njuggling\n'
    with pytest.raises(ValueError) as caught:
        build_annotations(**inputs(VIDEOS, classes))
    message = str(caught.value)
    assert "'yogaa' in train and val (closest: yoga)" in message
    assert "'abseiling' in val (closest: abseiling)" in message
    assert "'juggling' in train and val (closest: none)" in message


@pytest.mark.parametrize('classes, match', [
    ('yoga\nhurling (sport)\n', r'classes in .*: got 2, expected 3\. '),
    ('yoga\nhurling (sport)\nYoga\n', r"got \['yoga'\] more than once"),
])
def test_bad_class_lists(inputs, classes, match):
    with pytest.raises(ValueError, match=match):
        build_annotations(**inputs(VIDEOS, classes))


@pytest.mark.parametrize('texts, line, match', [
    (VIDEOS, 'yoga/x.mp4', "'<class folder>/<file> <label>'"),
    (VIDEOS, 'yoga/x.mp4 -1', "'<class folder>/<file> <label>'"),
    (VIDEOS, 'yoga/x.mp4 3 4', "'<class folder>/<file> <label>'"),
    (VIDEOS, 'x.mp4 3', 'Without class folders give --label-map'),
    (RAWFRAMES, 'yoga/x 0 3', '<frames> <label>'),
    (RAWFRAMES, 'arm wrestling/x 300 3', 'Paths must not hold spaces'),
    (CSV, 'yoga,x,0,10', 'expected 6 fields'),
    (CSV, 'yoga,x,0,10,train,0,0', 'expected 6 fields'),
    (CSV, 'yoga,x,zero,10,train,0', 'a class, an identifier'),
    (CSV, ',x,0,10,train,0', 'a class, an identifier'),
    (CSV, 'yoga,x,0,10,validate,0', "got split 'validate'"),
    (CSV, '"yo"ga,x,0,10,train,0', 'expected a row of a CSV file'),
    (CSV, '"yoga,x,0,10,train,0', 'expected a row of a CSV file'),
])
def test_malformed_lines_are_named(inputs, texts, line, match):
    train = texts['train'] + '\n' + line + '\nyoga,\n'
    number = train.count('\n') - 1
    with pytest.raises(ValueError, match=rf'train\.txt:{number}: got ') as c:
        build_annotations(**inputs(dict(texts, train=train)))
    assert match in str(c.value)


@pytest.mark.parametrize('train, match', [
    ('\n', 'train.txt: got an empty file'),
    ('youtube_id,split\n', 'train.txt:1: got .* expected at least'),
    ('x.mp4 4\n', 'train.txt:1: got label 4, expected 0..3'),
])
def test_bad_files(inputs, train, match):
    with pytest.raises(ValueError, match=match):
        build_annotations(
            **inputs(dict(VIDEOS, train=train), label_map=KINETICS))


def test_one_list_for_both_splits_is_refused(inputs):
    arguments = inputs(VIDEOS)
    arguments['val'] = arguments['train']
    with pytest.raises(ValueError, match='videos in both'):
        build_annotations(**arguments)
    assert not arguments['out'].exists()


def test_lists_of_two_kinds_are_refused(inputs):
    with pytest.raises(ValueError, match='lists of videos and of rawframes'):
        build_annotations(**inputs(dict(VIDEOS, val=RAWFRAMES['val'])))


@pytest.mark.parametrize('content', [None, b'\xff\xfe\xfa'])
def test_files_that_cannot_be_read(inputs, content):
    arguments = inputs(VIDEOS)
    arguments['train'].unlink()
    if content is not None:
        arguments['train'].write_bytes(content)
    with pytest.raises(ValueError, match='train.txt.* cannot be read'):
        build_annotations(**arguments)
