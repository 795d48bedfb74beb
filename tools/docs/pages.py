"""The pages of the documentation site that lie outside of docs/ (a hook of
MkDocs).

Links in the Markdown files are paths in the repository, which work where the
code is hosted. Here each is turned into the address of a page: of another
Markdown file, or of a page that shows the file that it leads to.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
# Markdown files outside of docs/, and their pages
PAGES = {
    'README.md': 'index.md',
    'CHANGELOG.md': 'changelog.md',
    'CONTRIBUTING.md': 'contributing.md',
    'configs/recognition/s2dnet/README.md': 'methods/s2dnet.md',
    'configs/recognition/afnet/README.md': 'methods/afnet.md',
    'configs/recognition/scsampler/README.md': 'methods/scsampler.md',
    'configs/recognition/nsnet/README.md': 'methods/nsnet.md',
}
LINK = re.compile(r'(?<=\]\()(?![a-z]+:|#)([^)#\s]+)')
LANGUAGES = {'.py': 'python', '.sh': 'shell', '.yml': 'yaml'}


def page_of(path):
    """Page of a file of the repository."""
    if path.startswith('docs/'):
        return path[len('docs/'):]
    return PAGES.get(path, f'source/{path}.md')


def path_of(page):
    """The inverse of :func:`page_of`."""
    paths = {name: path for path, name in PAGES.items()}
    return paths.get(page, f'docs/{page}')


def targets(path, text):
    """Files of the repository that a Markdown file links to."""
    return {posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
            for link in LINK.findall(text)}


def on_files(files, config):
    """Add the pages of files outside of docs/."""
    texts = {path: (ROOT / path).read_text(encoding='utf-8') for path in (
        *PAGES, *(path_of(file.src_uri)
                  for file in files.documentation_pages()))}
    sources = {path for name, text in texts.items()
               for path in targets(name, text)
               if page_of(path).startswith('source/')}
    for path in PAGES:
        files.append(File.generated(config, page_of(path),
                                    content=texts[path]))
    for path in sorted(sources):
        if not (ROOT / path).is_file():
            continue  # MkDocs reports the link
        language = LANGUAGES.get(Path(path).suffix, 'text')
        code = (ROOT / path).read_text(encoding='utf-8')
        name = posixpath.basename(path)
        files.append(File.generated(
            config, page_of(path),
            content=f'# {name}\n\n`{path}`\n\n````{language}\n{code}\n````\n'))
    return files


def on_page_markdown(markdown, page, config, files):
    """Turn paths into addresses."""
    here = page.file.src_uri
    if here.startswith('source/'):
        return markdown
    folder = posixpath.dirname(path_of(here))

    def address(match):
        path = posixpath.normpath(posixpath.join(folder, match[1]))
        return posixpath.relpath(page_of(path), posixpath.dirname(here) or '.')

    return LINK.sub(address, markdown)
