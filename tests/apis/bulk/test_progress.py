"""Progress in a terminal and in a log."""

import io

from rich.console import Console

from s2dnet_mmaction.apis.bulk.progress import RunProgress


def shown(terminal, every_sec=0.0):
    text = io.StringIO()
    console = Console(file=text, force_terminal=terminal, width=100)
    with RunProgress(10, console, every_sec) as progress:
        progress.update(4, 0)
        progress.update(5, 1)
        progress.update(10, 1)
    return text.getvalue()


def test_terminal():
    text = shown(True)
    assert '10/10' in text and '/s' in text and '1 broken' in text


def test_log():
    first, second, last = shown(False).splitlines()
    assert first.startswith('4/10 videos, ') and '/s, ' in first
    assert first.endswith(' left')
    assert second.startswith('5/10') and second.endswith('1 broken')
    assert last.startswith('10/10 videos') and '0:00:00 left' in last


def test_log_is_not_flooded():
    line, = shown(False, every_sec=1000).splitlines()
    assert line.startswith('10/10')
