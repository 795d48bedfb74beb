"""Export from the command line."""

import math

import pytest
import torch

from s2dnet_mmaction.apis.export import OnnxNetwork, clips
from tests.support.command_line import run_tool

pytestmark = pytest.mark.slow
TOOL = 'deployment/export_model.py'


@pytest.fixture
def files(trained):
    return trained / 'tiny.py', trained / 'work/epoch_2.pth'


def test_onnx_file(files, tmp_path, capsys):
    """It runs without this package; its size is that of the pipeline."""
    out = tmp_path / 'new/net.onnx'
    run_tool(TOOL, *files, out, '--max-frames', 40, '--fuse-conv-bn',
             '--num-clips', 5)
    text = capsys.readouterr().out
    assert '(N, 3, T, 32, 32) with T = 2 to 40' in text
    assert 'over 5 clips' in text
    scores, synopsis = OnnxNetwork(str(out))(*clips((32, 32), (40, 3, 8)))
    assert scores.shape == synopsis.shape == (3, 6)
    torch.testing.assert_close(synopsis.sum(1), torch.ones(3))


def test_program_file(files, tmp_path, capsys):
    out = tmp_path / 'net.pt2'
    run_tool(TOOL, *files, out, '--max-frames', 30, '--size', 48, 64,
             '--num-clips', 3, '--any-size')
    assert 'T, 48, 64)' in capsys.readouterr().out
    program = torch.export.load(out).module()
    scores, _ = program(*clips((40, 40), (30, )))
    assert scores.shape == (1, 6)


def test_a_difference_is_an_error(files, tmp_path, monkeypatch):
    import s2dnet_mmaction.apis.export as export
    monkeypatch.setattr(export, 'TOLERANCE', -1.0)
    with pytest.raises(SystemExit, match='Do not use'):
        run_tool(TOOL, *files, tmp_path / 'net.pt2', '--max-frames', 10,
                 '--num-clips', 1)


def test_other_sizes_are_compared(files, tmp_path, monkeypatch):
    """If they are allowed."""
    import s2dnet_mmaction.apis.export as export
    seen = set()
    monkeypatch.setattr(
        export, 'largest_differences', lambda deployed, run, cases: {
            'scores': seen.update(frames.shape[-2:] for frames, _ in cases)
            or math.nan})
    with pytest.raises(SystemExit, match='a difference of nan'):
        run_tool(TOOL, *files, tmp_path / 'net.pt2', '--max-frames', 30,
                 '--size', 48, 64, '--num-clips', 4, '--any-size')
    assert seen == {(48, 64), (60, 96)}


@pytest.mark.parametrize('name, options, match', [
    ('net.pth', [], 'a name that ends in .onnx or .pt2'),
    ('net.pt2', ['--int8'], 'an ONNX file'),
    ('net.pt2', ['--max-frames', 1], 'max_frames: got 1'),
    ('net.pt2', ['--num-clips', 0], 'num_clips: got 0'),
])
def test_bad_options(files, tmp_path, name, options, match):
    with pytest.raises(ValueError, match=match):
        run_tool(TOOL, *files, tmp_path / name, *options)
