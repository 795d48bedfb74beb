"""Testing from the command line."""

from functools import partial
from unittest import mock

import pytest

from tests.support.command_line import call_tool, logged, metrics_of


@pytest.mark.slow
@pytest.mark.parametrize('epoch', [1, 2])
def test_test_repeats_the_validation(trained, tmp_path, epoch):
    """On either side of the switch, to the last digit."""
    call_tool('test.py', trained / 'tiny.py',
              trained / f'work/epoch_{epoch}.pth', '--work-dir', tmp_path,
              '--dump', tmp_path / 'predictions.pkl')
    validations = [
        line for line in logged(trained / 'work') if 'acc/top1' in line
    ]
    assert [line['step'] for line in validations] == [1, 2]
    tested = metrics_of(tmp_path)
    names = [name for name in tested if name.startswith('acc/')]
    assert len(names) == 7
    for name in names:
        assert tested[name] == validations[epoch - 1][name], name
    assert (tmp_path / 'predictions.pkl').stat().st_size > 0


@pytest.fixture
def config_of(config_of_tool):
    return partial(config_of_tool, 'test.py', 'net.pth')


def test_show_dir(config_of):
    """Drawn by what draws for vis_sampling.py."""
    with mock.patch('s2dnet_mmaction.visualization.draw.draw') as draw:
        cfg = config_of()
        draw.assert_not_called()
        cfg = config_of('--show-dir', 'pictures')
    draw.assert_called_once_with(cfg, 'net.pth', 'pictures')


def test_dump_to_another_kind_of_file(config_of):
    with pytest.raises(ValueError, match="--dump: got 'a.json'"):
        config_of('--dump', 'a.json')
    kinds = [one['type'] for one in
             config_of('--dump', 'a.pkl').test_evaluator]
    assert kinds[-1] == 'DumpResults' and len(kinds) == 2
