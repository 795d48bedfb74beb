"""Testing from the command line."""

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
