"""Configs by path, name and label."""

import pytest

from s2dnet_mmaction.analysis import configs
from s2dnet_mmaction.analysis.configs import PEERS, find_config, load_configs

TSM = PEERS['TSM-R50-8']


def test_names_of_mmaction():
    path = find_config(TSM)
    assert path.is_file() and path.name == TSM
    assert find_config(str(path)) == path


def test_missing_config_names_close_ones():
    with pytest.raises(ValueError, match=f'Did you mean .*{TSM}'):
        find_config(TSM.replace('8xb16', '8xb8'))
    with pytest.raises(ValueError, match='Check the path'):
        find_config('no/such/thing')


def test_two_of_a_name(tmp_path, monkeypatch):
    for folder in ('a', 'b'):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / 'same.py').write_text('')
    monkeypatch.setattr(configs, 'config_folders', lambda: [tmp_path])
    with pytest.raises(ValueError, match='there are 2'):
        find_config('same.py')


def test_labels_and_options(tmp_path):
    file = tmp_path / 'net.py'
    file.write_text('model = dict(depth=1)')
    loaded = load_configs([str(file), f'other={file}'], peers=True,
                          options={'model.depth': 2})
    assert list(loaded) == ['net', 'other', *PEERS]
    assert loaded['net'].model.depth == loaded['other'].model.depth == 2
    odd = tmp_path / 'a=b.py'
    odd.write_text('')
    assert list(load_configs([str(odd)])) == ['a=b']


@pytest.mark.parametrize('arguments, message', [
    ([], 'configs: got none'),
    ([TSM, TSM], 'label: got .* twice'),
    ([f'={TSM}'], 'LABEL=path'),
])
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        load_configs(arguments)
