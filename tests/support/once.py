"""Work that several test processes share."""

import os
import shutil

from filelock import FileLock  # torch requires it


def once_per_run(tmp_path_factory, name, make):
    """Let the first process that asks fill a folder; the others wait.

    Args:
        tmp_path_factory: pytest's fixture.
        name: of the folder.
        make: called with the folder, which does not exist.

    Returns:
        path of the folder.
    """
    root = tmp_path_factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ:
        root = root.parent  # which the processes of a run have in common
    folder, done = root / name, root / f'{name}.done'
    with FileLock(root / f'{name}.lock'):
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a failure
            make(folder)
            done.touch()
    return folder
