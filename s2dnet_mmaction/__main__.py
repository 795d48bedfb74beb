"""Run a tool of MMAction2 after importing this package.

``python -m s2dnet_mmaction confusion_matrix CONFIG CHECKPOINT ...``

Some tools import ``mmaction.models`` or read a checkpoint before they read
the config that imports this package. Without the workarounds of
``_compat.py`` they fail. Nothing else starts them early enough: a ``.pth``
file would have to import torch whenever Python starts.
"""

import argparse
import importlib.util
import runpy
import sys
from pathlib import Path
from typing import List

from ._checks import require


def installed_tools() -> List[Path]:
    """The Python tools that mmaction2 installs."""
    spec = importlib.util.find_spec('mmaction')
    folder = Path(spec.origin).resolve().parent / '.mim/tools'
    return sorted(folder.resolve().rglob('*.py'))


def find_tool(name: str) -> Path:
    """The script of a tool.

    Args:
        name: of one of :func:`installed_tools`, with or without folders and
            ``.py``; or path of any other script, such as a file of
            MMAction2's demo folder.

    Raises:
        ValueError: if there is no such tool, or several.
    """
    if name.endswith('.py') and Path(name).is_file():
        return Path(name)
    tools = installed_tools()
    wanted = Path(name).with_suffix('').parts
    found = [tool for tool in tools
             if tool.with_suffix('').parts[-len(wanted):] == wanted]
    require(
        len(found) > 0, 'tool', repr(name),
        f'one of {sorted({tool.stem for tool in tools})}',
        'Name one of them, or give the path of a script.')
    require(
        len(found) == 1, 'tool', repr(name), 'one tool, not '
        f'{[f"{tool.parent.name}/{tool.stem}" for tool in found]}',
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
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name='__main__')


if __name__ == '__main__':
    main()
