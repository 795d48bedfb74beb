"""Settings of OpenMP's threads."""

import ast
import os
import runpy

import pytest

from tests.support.glints import ROOT

TOOL = str(ROOT / 'tools/openmp.py')
NAMES = ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT', 'KMP_BLOCKTIME')


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch):
    for name in NAMES:
        monkeypatch.setenv(name, '')  # so that it is restored
        monkeypatch.delenv(name)


def settings():
    return {name: os.environ[name] for name in NAMES if name in os.environ}


def test_default():
    runpy.run_path(TOOL)
    assert settings() == dict(GOMP_SPINCOUNT='1000')


@pytest.mark.parametrize('name', NAMES)
def test_what_the_user_set_stays(monkeypatch, name):
    monkeypatch.setenv(name, '7')
    runpy.run_path(TOOL)
    assert settings() == {name: '7'}


@pytest.mark.parametrize('tool', ['train.py', 'test.py'])
def test_before_torch(tool):
    """Its import comes before all but those of the standard library."""
    tree = ast.parse((ROOT / 'tools' / tool).read_text())
    names = [node.names[0].name if isinstance(node, ast.Import) else
             node.module for node in tree.body
             if isinstance(node, (ast.Import, ast.ImportFrom))]
    assert names[:2] == ['argparse', 'openmp']
