"""Testing from the command line."""

import json
import sys

import pytest

from tests.support.command_line import call, metrics_of
from tests.support.glints import ROOT


@pytest.mark.parametrize('epoch', [1, 2])
def test_test_repeats_the_validation(trained, tmp_path, epoch):
    """On either side of the switch, to the last digit."""
    done = call(sys.executable, ROOT / 'tools/test.py', trained / 'tiny.py',
                trained / f'work/epoch_{epoch}.pth', '--work-dir', tmp_path,
                '--dump', tmp_path / 'predictions.pkl')
    assert done.returncode == 0, done.stderr[-3000:]
    scalars = next((trained / 'work').glob('*/vis_data/scalars.json'))
    lines = [json.loads(line) for line in scalars.read_text().splitlines()]
    validations = [line for line in lines if 'acc/top1' in line]
    assert [line['step'] for line in validations] == [1, 2]
    tested = metrics_of(tmp_path)
    logged = validations[epoch - 1]
    names = [name for name in tested if name.startswith('acc/')]
    assert len(names) == 7
    for name in names:
        assert tested[name] == logged[name], name
    assert (tmp_path / 'predictions.pkl').stat().st_size > 0
