"""Publishing a checkpoint."""

import hashlib

import pytest
import torch

from tests.support.command_line import call_tool, logged, metrics_of, run_tool

TOOL = 'deployment/publish_model.py'


@pytest.mark.slow
def test_publish(trained, tmp_path):
    """Weights only, hash in the name, and the accuracy of the run."""
    run = trained / 'work/epoch_2.pth'
    text = call_tool(TOOL, run, tmp_path / 'first/net.pth')
    published, = (tmp_path / 'first').iterdir()
    assert text.splitlines()[-1] == str(published)
    digest = hashlib.sha256(published.read_bytes()).hexdigest()[:8]
    assert published.name == f'net-{digest}.pth'
    run_tool(TOOL, run, tmp_path / 'second/net.pth')
    again, = (tmp_path / 'second').iterdir()
    assert again.name == published.name

    content = torch.load(published, weights_only=True)
    assert set(content) == {'meta', 'state_dict'}
    assert content['meta']['epoch'] == 2
    assert str(trained) not in str(content['meta'])
    assert published.stat().st_size < 0.6 * run.stat().st_size

    call_tool('test.py', trained / 'tiny.py', published, '--work-dir',
              tmp_path)
    last = logged(trained / 'work')[-1]
    assert metrics_of(tmp_path)['acc/top1'] == last['acc/top1']


def test_other_name(tmp_path):
    with pytest.raises(SystemExit, match='expected a name ending in .pth'):
        run_tool(TOOL, 'run.pth', tmp_path / 'net.bin')


@pytest.mark.parametrize('content', [None, 'text', torch.zeros(2)])
def test_something_else(tmp_path, content):
    file = tmp_path / 'in.pth'
    if isinstance(content, str):
        file.write_text(content)
    elif content is not None:
        torch.save(content, file)
    with pytest.raises((SystemExit, ValueError), match='expected'):
        run_tool(TOOL, file, tmp_path / 'out.pth')
