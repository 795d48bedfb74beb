"""Configs to analyse, found by path or by the name of an installed one."""

import difflib
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Tuple

import mmaction
from mmengine.config import Config

from .._checks import require

# Networks of MMAction2's model zoo to compare S2DNet with.
PEERS = {
    'TSM-R50-8': 'tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_sthv2-rgb.py',
    'TSM-R50-16': 'tsm_imagenet-pretrained-r50_8xb16-1x1x16-50e_sthv2-rgb.py',
    'TSM-MN2-8':
    'tsm_imagenet-pretrained-mobilenetv2_8xb16-1x1x8-100e_kinetics400-rgb.py',
    'X3D-M-16': 'x3d_m_16x5x1_facebook-kinetics400-rgb.py',
}


def config_folders() -> List[Path]:
    """Folders of the installed configs of this package and MMAction2."""
    packages = (Path(__file__).resolve().parents[1],
                Path(mmaction.__file__).resolve().parent)
    return [package / '.mim' / 'configs' for package in packages]


def find_config(name: str) -> Path:
    """Path of a config file.

    Args:
        name: a path, or the basename of a config that this package or
            MMAction2 has installed.

    Raises:
        ValueError: if there is no such config, or more than one.
    """
    path = Path(name)
    if path.is_file():
        return path
    folders = config_folders()
    installed = [file for folder in folders for file in folder.rglob('*.py')]
    hits = [file for file in installed if file.name == name]
    where = f'a file, or a config in {" or ".join(map(str, folders))}'
    require(
        len(hits) < 2, 'config', f'{name}, of which there are {len(hits)}',
        where, f'Give the path of one: {", ".join(map(str, hits))}.')
    if hits:
        return hits[0]
    names = {file.name for file in [*installed, *path.parent.glob('*.py')]}
    close = ', '.join(difflib.get_close_matches(path.name, names, 3, 0.5))
    remedy = f'Did you mean {close}?' if close else 'Check the path.'
    raise ValueError(f'config: got {name}, expected {where}. {remedy}')


def split_label(argument: str) -> Tuple[str, str]:
    """``'LABEL=path'`` or ``'path'`` -> label and path."""
    label, mark, path = argument.partition('=')
    if not mark or Path(argument).is_file():
        return Path(argument).stem, argument
    require(label and path, 'config', repr(argument), "'LABEL=path' or a path",
            'Fill in both sides of the =.')
    return label, path


def load_configs(arguments: Iterable[str], peers: bool = False,
                 options: Optional[dict] = None) -> Dict[str, Config]:
    """Load configs by label, in the order given.

    Args:
        arguments: ``'path'``, ``'name'`` or ``'LABEL=path'`` each; the
            label is the file's stem unless it is given.
        peers: whether to append :data:`PEERS`.
        options: settings to override in all configs.

    Raises:
        ValueError: if a config is missing, a label occurs twice, or there
            are no configs.
    """
    pairs = [split_label(argument) for argument in arguments]
    pairs += PEERS.items() if peers else ()
    require(pairs, 'configs', 'none', 'at least one',
            'Name a config, or ask for the peers.')
    configs: Dict[str, Config] = {}
    for label, name in pairs:
        require(label not in configs, 'label', f'{label!r} twice',
                'one label per config', 'Name one of them with LABEL=path.')
        cfg = Config.fromfile(str(find_config(name)))
        cfg.merge_from_dict(options or {})
        configs[label] = cfg
    return configs
