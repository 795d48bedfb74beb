"""Tools that MMAction2 installs, made to run without a GPU, too."""

import importlib.util
from pathlib import Path
from types import ModuleType, SimpleNamespace

import mmaction
from mmengine.runner import Runner

from s2dnet_mmaction._checks import require
from s2dnet_mmaction._compat import prepare_cpu_launch


def load_tool(name: str) -> ModuleType:
    """Import MMAction2's tool of a name, e.g. ``'train.py'``.

    Its ``main`` calls :func:`prepare_cpu_launch` before it builds a runner.
    """
    path = Path(mmaction.__file__).parent / '.mim/tools' / name
    require(path.is_file(), 'mmaction2', f'no file {path}',
            'its tools beside it', 'Install MMAction2 with pip or mim.')
    spec = importlib.util.spec_from_file_location(
        f'mmaction_{path.stem}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def from_cfg(cfg):
        prepare_cpu_launch(cfg)
        return Runner.from_cfg(cfg)

    module.Runner = SimpleNamespace(from_cfg=from_cfg)
    return module
