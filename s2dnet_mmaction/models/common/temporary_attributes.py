"""Attributes of modules that hold for one forward pass."""

from typing import Any

import torch.nn as nn


class temporary_attributes:
    """Context manager that sets attributes of modules and restores them.

    For values that a module needs in a forward pass but cannot get as
    arguments, because a backbone or a base class calls it. Blocks may be
    nested.

    Args:
        modules: all have these attributes already.
        values: name -> value inside the block.
    """

    # A class, because torch.compile traces no generator in older versions.

    def __init__(self, *modules: nn.Module, **values: Any) -> None:
        self._modules, self._values = modules, values

    def __enter__(self) -> None:
        self._before = [{name: getattr(module, name)
                         for name in self._values}
                        for module in self._modules]
        for module in self._modules:
            _set(module, self._values)

    def __exit__(self, *error: Any) -> None:
        for module, values in zip(self._modules, self._before):
            _set(module, values)


def _set(module: nn.Module, values: dict) -> None:
    for name, value in values.items():
        setattr(module, name, value)
