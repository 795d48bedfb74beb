"""Publishing a checkpoint."""

import hashlib
import json
import sys

import pytest
import torch

from tests.support.command_line import call, metrics_of
from tests.support.glints import ROOT


def test_publish(trained, tmp_path):
    """Weights only, hash in the name, and the accuracy of the run."""
    run = trained / 'work/epoch_2.pth'
    tool = ROOT / 'tools/deployment/publish_model.py'
    names = []
    for folder in ('first', 'second'):
        done = call(sys.executable, tool, run, tmp_path / folder / 'net.pth')
        assert done.returncode == 0, done.stderr
        published, = (tmp_path / folder).iterdir()
        assert done.stdout.splitlines()[-1] == str(published)
        names.append(published.name)
    assert names[0] == names[1]
    digest = hashlib.sha256(published.read_bytes()).hexdigest()[:8]
    assert names[0] == f'net-{digest}.pth'

    content = torch.load(published, weights_only=True)
    assert set(content) == {'meta', 'state_dict'}
    assert content['meta']['epoch'] == 2
    assert str(trained) not in str(content['meta'])
    assert published.stat().st_size < 0.6 * run.stat().st_size

    done = call(sys.executable, ROOT / 'tools/test.py', trained / 'tiny.py',
                published, '--work-dir', tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    scalars = next((trained / 'work').glob('*/vis_data/scalars.json'))
    last = json.loads(scalars.read_text().splitlines()[-1])
    assert metrics_of(tmp_path)['acc/top1'] == last['acc/top1']

    done = call(sys.executable, tool, run, tmp_path / 'net.bin')
    assert done.returncode != 0
    assert 'expected a name ending in .pth' in done.stderr


@pytest.mark.parametrize('content', [None, 'text', torch.zeros(2)])
def test_publish_of_something_else(tmp_path, content):
    file = tmp_path / 'in.pth'
    if isinstance(content, str):
        file.write_text(content)
    elif content is not None:
        torch.save(content, file)
    done = call(sys.executable, ROOT / 'tools/deployment/publish_model.py',
                file, tmp_path / 'out.pth')
    assert done.returncode != 0
    assert 'expected' in done.stderr.splitlines()[-1]
