"""Links and docstrings of the documentation site."""

import docstrings
import pages
import pytest


@pytest.mark.parametrize('path, page', [
    ('docs/data.md', 'data.md'), ('README.md', 'index.md'),
    ('docs/images/a.png', 'images/a.png'),
    ('CONTRIBUTING.md', 'contributing.md')])
def test_pages_of_files(path, page):
    assert pages.page_of(path) == page
    assert pages.path_of(page) == path


class Page:
    """As MkDocs gives it."""

    def __init__(self, name):
        self.file = self
        self.src_uri = name


@pytest.mark.parametrize('page, link, expected', [
    ('index.md', 'docs/data.md', 'data.md'),
    ('index.md', 'docs/data.md#odd-files', 'data.md#odd-files'),
    ('data.md', '../configs/a.py', 'source/configs/a.py.md'),
    ('data.md', 'images/a.png', 'images/a.png'),
    ('methods/s2dnet.md', '../../../docs/fidelity.md', '../fidelity.md'),
    ('methods/s2dnet.md', 'a.py',
     '../source/configs/recognition/s2dnet/a.py.md'),
    ('data.md', 'https://a.b/c.md', 'https://a.b/c.md'),
    ('data.md', '#odd-files', '#odd-files')])
def test_links(page, link, expected):
    text = pages.on_page_markdown(f'a [b]({link}) c', Page(page), None, None)
    assert text == f'a [b]({expected}) c'


def test_docstrings():
    assert docstrings.as_markdown(
        'See :class:`~a.b.Theta` and :func:`f`::\n\n    x = 1\n\n'
        '.. code-block:: text\n\n    y\n\n'
        'Args:\n    a, b, c: numbers,\n        or not.\n') == (
            'See `Theta` and `f`:\n\n    x = 1\n\n\n    y\n\n'
            'Args:\n    a: see `c`.\n    b: see `c`.\n    c: numbers,\n'
            '        or not.\n')
