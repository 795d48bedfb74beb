"""Checkpoints that are part of an installed Python package."""

import importlib.util
from pathlib import Path
from typing import Any, Optional

from mmengine.runner.checkpoint import CheckpointLoader, load_from_local

PREFIX = 'package://'


@CheckpointLoader.register_scheme(prefixes=PREFIX)
def load_from_package(filename: str, map_location: Optional[str] = None,
                      logger: str = 'current') -> Any:
    """Read ``package://NAME/PATH``: a file in the folder of a package.

    Unlike an absolute path it is right on every machine.

    Args:
        filename: the address.
        map_location: see ``torch.load``.
        logger: not used; an argument of mmengine.

    Raises:
        ModuleNotFoundError: if the package is not installed.
        FileNotFoundError: if it has no such file.
    """
    name, _, path = filename[len(PREFIX):].partition('/')
    spec = importlib.util.find_spec(name)  # runs nothing of the package
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f'no package {name!r}', name=name)
    folder = Path(list(spec.submodule_search_locations)[0])
    return load_from_local(str(folder / path), map_location)
