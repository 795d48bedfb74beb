"""Comparing costs from the command line."""

import json

import pytest

from tests.support import small
from tests.support.command_line import call_tool, run_tool

TOOL = 'analysis_tools/model_cost.py'


@pytest.mark.slow
def test_files(tmp_path):
    for name, make in (('ours', small.s2dnet), ('theirs', small.tsm)):
        make().dump(tmp_path / f'{name}.py')
    text = call_tool(
        TOOL, tmp_path / 'ours.py', f'TSM={tmp_path}/theirs.py', '--rounds',
        2, '--warmup', 1, '--frames', 24, '--video-size', 40, 48, '--device',
        'cpu', '--baseline', 'TSM', '--out', tmp_path / 'out',
        '--cfg-options', 'model.test_cfg=None')
    assert text == (tmp_path / 'out/cost.md').read_text()
    numbers = json.loads((tmp_path / 'out/cost.json').read_text())
    assert [cost['label'] for cost in numbers['costs']] == ['ours', 'TSM']
    for cost in numbers['costs']:
        assert len(cost['times_ms']) == 2
        assert sum(cost['macs'].values()) == round(cost['gmacs'] * 1e9) > 0
    assert numbers['baseline'] == 'TSM'
    assert numbers['costs'][1]['ratio_quartiles'] == [1, 1, 1]
    assert numbers['options']['rounds'] == 2
    assert numbers['hardware']['device'] and numbers['versions']['torch']
    png = (tmp_path / 'out/cost.png').read_bytes()
    assert png.startswith(b'\x89PNG')


@pytest.mark.parametrize('arguments, message', [
    ((), 'configs: got none'),
    (('nothing.py', ), 'config: got nothing.py'),
])
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        run_tool(TOOL, *arguments)
