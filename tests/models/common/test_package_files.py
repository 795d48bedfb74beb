"""Checkpoints inside of installed packages."""

import sys

import pytest
import torch

from s2dnet_mmaction.models.common.checkpoints import (
    read_checkpoint,
    read_file,
)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package with a file; importing it would fail."""
    folder = tmp_path / 'weights_of_a_test'
    (folder / 'models').mkdir(parents=True)
    (folder / '__init__.py').write_text('raise RuntimeError')
    torch.save(dict(w=torch.ones(2)), folder / 'models/net.pth')
    monkeypatch.syspath_prepend(tmp_path)
    yield 'package://weights_of_a_test'
    assert 'weights_of_a_test' not in sys.modules


def test_file_of_a_package(package):
    assert read_checkpoint(f'{package}/models/net.pth')['w'].sum() == 2


def test_errors(package):
    with pytest.raises(ValueError, match='FileNotFoundError.*Check the path'):
        read_file(f'{package}/models/other.pth')
    with pytest.raises(ValueError, match='Install no_such_package'):
        read_file('package://no_such_package/net.pth')
