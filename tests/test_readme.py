"""What the README shows is what happens."""

import re
import subprocess
import sys

import pytest

from tests.support.glints import ROOT

README = (ROOT / 'README.md').read_text()


def test_python_snippets():
    """Those that print say in a comment what."""
    blocks = re.findall(r'```python\n(.*?)```', README, flags=re.DOTALL)
    runnable = [block for block in blocks if 'print(' in block]
    assert len(runnable) == 2
    for block in runnable:
        expected = re.search(r'print\(.*\) +# (.*)', block).group(1)
        done = subprocess.run([sys.executable, '-W', 'ignore', '-c', block],
                              cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        assert done.stdout.splitlines()[-1] == expected


@pytest.mark.parametrize('page', [
    'README.md', 'configs/recognition/s2dnet/README.md', 'docs/fidelity.md'
])
def test_files_and_sections_named_exist(page):
    text = (ROOT / page).read_text()
    for link in re.findall(r'\]\(((?!http)[^)]+)\)', text):
        path, _, section = link.partition('#')
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        if section:
            heads = re.findall(r'^#+ (.*)$', target.read_text(), re.MULTILINE)
            assert section in [h.lower().replace(' ', '-') for h in heads]
    for path in re.findall(r'(?:bash|python) (tools/[\w/.]+)', text):
        assert (ROOT / path).exists(), path
