"""Decoded frames that appear once they are complete."""

import shutil

import pytest

from s2dnet_mmaction.datasets.preparation import decoded_frames, telltale

COUNT = 3 + 1 + 2


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp('data') / 'telltale'
    options = telltale.TelltaleOptions(num_train=3, num_val=1, num_closeups=2)
    assert telltale.write_dataset(str(folder), options, 1, decode=True)
    return folder


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob('*') if path.is_file()
    }


def test_decoding_goes_on_where_it_stopped(root):
    path = root / 'decoded/00002.npy'
    before = path.read_bytes()
    path.unlink()
    assert decoded_frames.decode_dataset(str(root), 1) == 1
    assert path.read_bytes() == before
    assert len(list((root / 'decoded').iterdir())) == COUNT


def test_decoded_frames_appear_when_they_are_all_there(
        root, tmp_path, monkeypatch):
    data = tmp_path / 'set'
    shutil.copytree(root, data, ignore=lambda *_: ['decoded'])
    decode_one, done = decoded_frames._decode_one, []

    def interrupted(folder, path):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(path)
        decode_one(folder, path)

    monkeypatch.setattr(decoded_frames, '_decode_one', interrupted)
    with pytest.raises(KeyboardInterrupt):
        decoded_frames.decode_dataset(str(data), 1)
    assert not (data / 'decoded').exists()
    monkeypatch.setattr(decoded_frames, '_decode_one', decode_one)
    assert decoded_frames.decode_dataset(str(data), 1) == COUNT - 2
    assert files(data) == files(root)
    assert decoded_frames.decode_dataset(str(data), 1) == 0


def test_decoding_needs_a_data_set(tmp_path):
    with pytest.raises(ValueError, match='Write it first'):
        decoded_frames.decode_dataset(str(tmp_path))
