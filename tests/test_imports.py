"""Directions in which modules may import each other."""

import ast
import sys

import pytest

from tests.support.glints import ROOT

PACKAGE = 's2dnet_mmaction'
# A folder may import those of lower levels, and itself.
LEVELS = {
    'functional': 0,
    'datasets': 1,
    'models': 2,
    'analysis': 3,
    'engine': 3,
    'evaluation': 3,
    'visualization': 3,
    'apis': 4,
}
# (importer, imported) on one level: the hook that draws pictures, and the
# report about predictions.
SIBLINGS = {('engine', 'visualization'), ('visualization', 'evaluation')}
# Modules that all may import and that import nothing of the package.
COMMON = {'_checks', '_compat', 'version'}
# What functional/ may import besides the standard library.
MATHEMATICS = {'numba', 'numpy', 'torch', 'triton'}


def imports_of(path, root):
    """(line, absolute dotted name) of every import of a file."""
    package = path.relative_to(root).with_suffix('').parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[:len(package) - node.level + 1]
            prefix = [*(base if node.level else ()), node.module or '']
            for alias in node.names:
                parts = filter(None, [*prefix, alias.name])
                yield node.lineno, '.'.join(parts)


def broken_rule(importer, name, scripts):
    """The rule that an import of the package breaks; None if it is allowed.

    Args:
        importer: folder of the package, or module at its top.
        name: absolute dotted name of what is imported.
        scripts: names of the modules in tools/.
    """
    top, *rest = name.split('.')
    if top in {'tests', 'tools', *scripts}:
        return 'the package imports neither tests nor tools'
    if top != PACKAGE:
        outside = {*MATHEMATICS, *sys.stdlib_module_names}
        if importer == 'functional' and top not in outside:
            return f'functional imports only {sorted(MATHEMATICS)}'
        return None
    imported = rest[0] if rest else PACKAGE
    if importer == '__init__' or importer == imported:
        return None
    if importer in COMMON:
        return f'{importer} imports nothing of the package'
    if imported in COMMON or (importer, imported) in SIBLINGS:
        return None
    for folder in (importer, imported):
        if folder not in LEVELS:
            return f'{folder} has no level: add it to LEVELS of this test'
    if LEVELS[imported] < LEVELS[importer]:
        return None
    return (f'{importer} (level {LEVELS[importer]}) imports lower levels '
            f'only; {imported} has level {LEVELS[imported]}')


def faults(root):
    """Each import that breaks a rule, as ``file:line: import: rule``."""
    scripts = {path.stem for path in (root / 'tools').rglob('*.py')}
    found = []
    for path in sorted((root / PACKAGE).rglob('*.py')):
        file = path.relative_to(root)
        if '.mim' in file.parts:
            continue
        importer = file.with_suffix('').parts[1]
        for line, name in imports_of(path, root):
            rule = broken_rule(importer, name, scripts)
            if rule is not None:
                found.append(f'{file}:{line}: imports {name}: {rule}')
    for path in sorted((root / 'tools').rglob('*.py')):
        found += [
            f'{path.relative_to(root)}:{line}: imports {name}: '
            'tools do not import tests'
            for line, name in imports_of(path, root)
            if name.split('.')[0] == 'tests'
        ]
    return found


def test_directions():
    found = faults(ROOT)
    assert not found, '\n' + '\n'.join(found)


@pytest.mark.parametrize('file, line, rule', [
    ('functional/topk.py', 'from ..models import necks', 'lower levels only'),
    ('functional/a/b.py', 'from ...datasets.batch import x', 'lower levels'),
    ('functional/topk.py', 'import mmengine', 'functional imports only'),
    ('models/a.py', 'import s2dnet_mmaction.engine', 'lower levels only'),
    ('models/a.py', 'def f():\n    from .. import analysis', 'lower levels'),
    ('models/a.py', f'from {PACKAGE} import __version__', 'has no level'),
    ('analysis/a.py', 'from ..engine import hooks', 'lower levels only'),
    ('models/a.py', 'from tests.support import tiny', 'neither tests nor'),
    ('models/a.py', 'from comparison import compare', 'neither tests nor'),
    ('_checks.py', 'from .models import necks', 'nothing of the package'),
    ('tracking/a.py', 'from ..models import necks', 'has no level'),
])
def test_wrong_directions_are_found(tmp_path, file, line, rule):
    tools = tmp_path / 'tools/benchmarks'
    tools.mkdir(parents=True)
    (tools / 'comparison.py').write_text('from tests import support\n')
    path = tmp_path / PACKAGE / file
    path.parent.mkdir(parents=True)
    path.write_text(f'import torch\n{line}\n')
    found, in_tools = faults(tmp_path)
    number = 2 + line.count('\n')
    assert found.startswith(f'{PACKAGE}/{file}:{number}: ') and rule in found
    assert in_tools == ('tools/benchmarks/comparison.py:1: imports '
                        'tests.support: tools do not import tests')


@pytest.mark.parametrize('file, line', [
    ('__init__.py', 'from . import models'),
    ('functional/topk.py', 'from .._checks import require'),
    ('models/necks/a.py', 'from ...functional import topk'),
    ('models/necks/a.py', 'from ..backbones import SNet'),
    ('engine/hooks/a.py', 'from ...visualization import draw'),
])
def test_right_directions_pass(tmp_path, file, line):
    path = tmp_path / PACKAGE / file
    path.parent.mkdir(parents=True)
    path.write_text(f'{line}\n')
    assert faults(tmp_path) == []
