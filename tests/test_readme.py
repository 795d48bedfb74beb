"""What the README shows is what happens."""

import re
import subprocess
import sys

from .glints import ROOT

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


def test_files_named_exist():
    for path in re.findall(r'\]\(((?!http)[^)]+)\)', README):
        assert (ROOT / path).exists(), path
    for path in re.findall(r'(?:bash|python) (tools/[\w/.]+)', README):
        assert (ROOT / path).exists(), path
