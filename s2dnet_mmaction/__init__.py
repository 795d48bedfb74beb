"""S2DNet (synopsis-to-detail networks, ECCV 2022) for MMAction2.

Importing this package registers its modules in ``mmaction.registry``;
``custom_imports = dict(imports=['s2dnet_mmaction'])`` is all that a config
needs.
"""

from . import _compat

_compat.apply()

# isort: split
# MMAction2 can be imported only after the workarounds above.
from . import datasets, engine, evaluation, models, visualization  # noqa: E402
from .version import __version__  # noqa: E402

__all__ = [
    '__version__', 'datasets', 'engine', 'evaluation', 'models',
    'visualization'
]
