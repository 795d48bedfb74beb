"""HTML templates of this package."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(name: str, **content: Any) -> str:
    """Text of a template beside this file.

    All content is shown as text: characters of HTML are escaped.

    Args:
        name: of the template's file.
        content: what it shows; each name that it uses has to be there.
    """
    environment = Environment(
        loader=PackageLoader('s2dnet_mmaction.visualization', ''),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True)
    return environment.get_template(name).render(content)
