"""Two trained samplers in one file."""

import pytest
import torch

from tests.support.command_line import run_tool

TOOL = 'model_converters/join_samplers.py'
CLIPS = {'recognizer.fc.weight': torch.ones(2)}


def save(path, **weights):
    torch.save(dict(meta={}, state_dict=weights), path)
    return path


def test_join(tmp_path, capsys):
    sight = save(tmp_path / 'a.pth', **CLIPS,
                 **{'samplers.visual.fc.weight': torch.tensor([1.])})
    sound = save(tmp_path / 'b.pth', **CLIPS,
                 **{'samplers.audio.fc.weight': torch.tensor([2.])})
    out = tmp_path / 'new/joined.pth'
    run_tool(TOOL, sight, sound, '--out', out)
    assert 'samplers visual, audio' in capsys.readouterr().out
    joined = torch.load(out, weights_only=False)['state_dict']
    assert {name: value.tolist() for name, value in joined.items()} == {
        'recognizer.fc.weight': [1, 1], 'samplers.visual.fc.weight': [1],
        'samplers.audio.fc.weight': [2]}
    with pytest.raises(ValueError, match='expected a new file'):
        run_tool(TOOL, sight, sound, '--out', out)


@pytest.mark.parametrize('other, error', [
    ({'recognizer.fc.weight': torch.zeros(2),
      'samplers.audio.fc.weight': torch.ones(1)},
     'recognizer.fc.weight in .*: got other values'),
    ({**CLIPS, 'samplers.visual.fc.weight': torch.zeros(1)},
     'samplers.visual.fc.weight in .*: got other values'),
    (CLIPS, 'without samplers')])
def test_errors(tmp_path, other, error):
    sight = save(tmp_path / 'a.pth', **CLIPS,
                 **{'samplers.visual.fc.weight': torch.ones(1)})
    with pytest.raises(ValueError, match=error):
        run_tool(TOOL, sight, save(tmp_path / 'b.pth', **other), '--out',
                 tmp_path / 'joined.pth')
    assert not (tmp_path / 'joined.pth').exists()
