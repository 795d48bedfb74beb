"""Our docstrings as Markdown, for the reference (an extension of Griffe).

They have a few marks of reStructuredText, as MMAction2's have.
"""

import re

import griffe

_ROLE = re.compile(r':(?:class|func|meth|mod|attr):`~?(?:[^`]*\.)?([^`.]+)`')
_DIRECTIVE = re.compile(r'^( *)\.\. code-block:: *\w*\n', re.MULTILINE)
# 'center_y, center_x: (B, T_D)'
_SEVERAL = re.compile(r'^( +)((?:\w+, )+)(\w+): ', re.MULTILINE)


def as_markdown(text):
    """Roles become code, literal blocks indented ones.

    Where one text describes several arguments, the others refer to the last.
    """
    text = _DIRECTIVE.sub('', _ROLE.sub(r'`\1`', text))
    text = re.sub(r'::\n', ':\n', text)
    return _SEVERAL.sub(_separate, text)


def _separate(match):
    indent, others, last = match.groups()
    lines = [f'{indent}{name}: see `{last}`.'
             for name in others.split(', ') if name]
    return '\n'.join([*lines, f'{indent}{last}: '])


class Markdown(griffe.Extension):
    """Rewrites each docstring once it is read."""

    def on_object(self, *, obj, **kwargs):
        if obj.docstring:
            obj.docstring.value = as_markdown(obj.docstring.value)
