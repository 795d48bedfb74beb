"""Run a tool of MMAction2 after importing this package.

``python -m s2dnet_mmaction confusion_matrix CONFIG CHECKPOINT ...``

Some tools import ``mmaction.models`` or read a checkpoint before they read
the config that imports this package. Without the workarounds of
``_compat.py`` they fail. Nothing else starts them early enough: a ``.pth``
file would have to import torch whenever Python starts.
"""

import argparse
import importlib.util
import re
import runpy
import sys
from pathlib import Path

from ._checks import require


def tools_folder() -> Path:
    """The folder of the tools that mmaction2 installs.

    Raises:
        ValueError: if it is missing, as in some editable installations.
    """
    spec = importlib.util.find_spec('mmaction')
    folder = (Path(spec.origin).parent / '.mim/tools').resolve()
    require(folder.is_dir(), 'mmaction2', f'an installation without {folder}',
            'one with its tools', 'Give the path of the script, or install '
            "the wheel: pip install 'mmaction2>=1.2,<1.3'.")
    return folder


def find_tool(name: str) -> Path:
    """The script of a tool.

    Args:
        name: of a tool of MMAction2, with or without folders and ``.py``;
            or path of any other script, such as one of its demo folder.

    Raises:
        ValueError: if there is no such tool, or several, or no tools.
    """
    if name.endswith('.py') and Path(name).is_file():
        return Path(name)
    folder = tools_folder()
    wanted = Path(re.sub(r'\.py$', '', name)).parts
    found = [tool for tool in sorted(folder.rglob('*.py'))
             if tool.with_suffix('').parts[-len(wanted):] == wanted]
    require(
        len(found) > 0, 'tool', repr(name),
        f'the name of a script in {folder}, or the path of another',
        'Correct the name, such as confusion_matrix.')
    names = [str(tool.relative_to(folder)) for tool in found]
    require(
        len(found) == 1, 'tool', repr(name), f'one tool, not {names}',
        'Name it with its folder.')
    return found[0]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog=f'python -m {__package__}', description=__doc__.split('\n')[0])
    parser.add_argument(
        'tool', help='name of a tool, such as confusion_matrix, or path of a '
        'script')
    parser.add_argument(
        'arguments', nargs=argparse.REMAINDER, help='of the tool')
    args = parser.parse_args()
    script = str(find_tool(args.tool))
    # As Python itself does for a script.
    sys.argv = [script, *args.arguments]
    if not getattr(sys.flags, 'safe_path', False):  # python -P
        sys.path[0] = str(Path(script).resolve().parent)
    runpy.run_path(script, run_name='__main__')


if __name__ == '__main__':
    main()
