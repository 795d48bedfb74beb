"""Digest of the code, and its commit."""

import subprocess

import pytest
from study_code import code_digest, revision

CODE = '''"""Words."""
# a comment


def f(x):
    """Words."""
    return x + 1
'''


@pytest.fixture
def root(tmp_path):
    for folder in ('tools', 's2dnet_mmaction/models',
                   's2dnet_mmaction/analysis',
                   's2dnet_mmaction/datasets/preparation'):
        (tmp_path / folder).mkdir(parents=True)
    for file in ('tools/train.py', 's2dnet_mmaction/models/a.py',
                 's2dnet_mmaction/analysis/b.py',
                 's2dnet_mmaction/datasets/preparation/c.py',
                 'tools/options.py', 'tools/more_options.py', 'tools/test.py'):
        (tmp_path / file).write_text(CODE)
    for file, other in (('train', 'options'), ('options', 'more_options')):
        (tmp_path / f'tools/{file}.py').write_text(
            f'import json, {other}\n' + CODE)
    return tmp_path


@pytest.mark.parametrize('file, old, new, same', [
    ('s2dnet_mmaction/models/a.py', 'Words.', 'Other words.', True),
    ('s2dnet_mmaction/models/a.py', '# a comment', '', True),
    ('s2dnet_mmaction/models/a.py', 'x + 1', '(x\n            + 1)', True),
    ('s2dnet_mmaction/models/a.py', 'x + 1', 'x + 2', False),
    ('s2dnet_mmaction/models/a.py', 'x + 1', '1', False),
    ('tools/train.py', 'x + 1', 'x + 2', False),
    ('tools/options.py', 'x + 1', 'x + 2', False),
    ('tools/more_options.py', 'x + 1', 'x + 2', False),
    ('tools/test.py', 'x + 1', 'x + 2', True),
    ('s2dnet_mmaction/analysis/b.py', 'x + 1', 'x + 2', True),
    ('s2dnet_mmaction/datasets/preparation/c.py', 'x + 1', 'x + 2', True),
])
def test_code_digest(root, file, old, new, same):
    before = code_digest(root, 'tools/train.py')
    assert old in CODE
    code = (root / file).read_text()
    (root / file).write_text(code.replace(old, new))
    assert (code_digest(root, 'tools/train.py') == before) == same


def test_code_digest_of_files_that_move(root):
    before = code_digest(root, 'tools/train.py')
    file = root / 's2dnet_mmaction/models/a.py'
    file.rename(file.with_name('d.py'))
    assert code_digest(root, 'tools/train.py') != before


def test_script_elsewhere(root, tmp_path_factory):
    """A study may bring its own script for the trainings."""
    script = tmp_path_factory.mktemp('own') / 'train.py'
    script.write_text('rate = 1')
    before = code_digest(root, str(script))
    script.write_text('rate = 2')
    assert code_digest(root, str(script)) != before


def test_revision(root):
    assert revision(root) == dict(commit='', dirty=False)
    for words in ('init -q', 'add .', '-c user.name=A -c user.email=a@b '
                  'commit -q -m first'):
        subprocess.run(['git', '-C', root, *words.split()], check=True)
    commit = revision(root)['commit']
    assert revision(root) == dict(commit=commit, dirty=False)
    assert len(commit) == 40
    (root / 'tools/train.py').write_text('changed')
    assert revision(root) == dict(commit=commit, dirty=True)
