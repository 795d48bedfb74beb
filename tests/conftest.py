"""Importing the package first cures and registers, as a config does."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter('ignore')
    import s2dnet_mmaction  # noqa: F401

import pytest

from tests.support import glints


@pytest.fixture(scope='session')
def glints_root(tmp_path_factory):
    """Folder of a small Glints data set of real video files."""
    return glints.write(tmp_path_factory.mktemp('data') / 'glints')
