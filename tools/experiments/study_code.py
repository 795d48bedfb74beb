"""Digest and commit of the code that trains."""

import ast
import hashlib
import os
import subprocess
from modulefinder import ModuleFinder
from pathlib import Path

# Folders of the package that no training uses.
NOT_TRAINING = ('analysis', 'visualization', 'datasets/preparation')


class _WithoutDocstrings(ast.NodeTransformer):

    def visit_Expr(self, node):
        return None if isinstance(node.value, ast.Constant) else node


def code_digest(root, train):
    """SHA-1 of the code that trains, without comments and docstrings.

    Args:
        root: folder of the checkout.
        train: script that trains, relative to it. What it imports from its
            own folder counts, too.
    """
    package, script = root / 's2dnet_mmaction', root / train
    left_out = {package / folder for folder in NOT_TRAINING}
    beside = ModuleFinder([str(script.parent)])
    beside.run_script(str(script))
    files = {Path(module.__file__)
             for module in beside.modules.values() if module.__file__}
    digest = hashlib.sha1()
    for file in sorted(files.union(package.rglob('*.py'))):
        if left_out.isdisjoint(file.parents):
            code = ast.dump(
                _WithoutDocstrings().visit(ast.parse(file.read_bytes())))
            digest.update(f'{os.path.relpath(file, root)} {code}'.encode())
    return digest.hexdigest()


def revision(root):
    """Git's commit of a checkout, and whether its files differ from it."""

    def git(*words):
        return subprocess.run(['git', '-C', root, *words], text=True,
                              capture_output=True).stdout.strip()

    return dict(commit=git('rev-parse', 'HEAD'),
                dirty=bool(git('status', '-s', '-uno', '--', '.', ':!docs')))
