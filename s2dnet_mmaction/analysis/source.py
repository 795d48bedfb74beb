"""Which code made a result."""

import os
import subprocess
from pathlib import Path
from typing import Any, Dict, Optional


def commit_of(root: Path) -> Dict[str, Any]:
    """The commit of a checkout.

    Returns:
        'commit': its SHA-1, None if ``root`` is no checkout; 'dirty':
        whether files that git knows differ from it. Those in ``docs`` do
        not count: reports are written there.
    """
    top = _git(root, 'rev-parse', '--show-toplevel')
    if top is None or Path(top).resolve() != Path(root).resolve():
        return dict(commit=None, dirty=False)
    changes = _git(root, 'status', '--porcelain', '--untracked-files=no',
                   '--', '.', ':!docs')
    return dict(commit=_git(root, 'rev-parse', 'HEAD'), dirty=bool(changes))


def _git(root: Path, *arguments: str) -> Optional[str]:
    """What git prints; None if it fails or is not there."""
    # A hook's GIT_DIR is not about this folder.
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith('GIT_')}
    try:
        return subprocess.run(
            ['git', '--no-optional-locks', *arguments],
            cwd=root, env=environment, check=True, capture_output=True,
            text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
