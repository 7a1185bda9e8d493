"""Templates and the style sheet: the one place that knows Jinja."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from content.canonical import digest

TEMPLATES = Path(__file__).parent.parent / "templates" / "website"
_NAME_DIGITS = 10


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Autoescape on for every template; a name that is not given is an error."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@lru_cache(maxsize=1)
def style_sheet() -> tuple[str, bytes]:
    """The style sheet's path on the site, with its digest in the name so that it may be cached for ever, and bytes."""
    data = (TEMPLATES / "site.css").read_bytes()
    return f"static/site-{digest(data)[:_NAME_DIGITS]}.css", data


def rendered(template: str, **values: Any) -> bytes:
    return environment().get_template(template).render(**values).encode()


def static_files() -> dict[str, bytes]:
    """Every file that pages load, by its path on the site."""
    path, data = style_sheet()
    return {path: data}
