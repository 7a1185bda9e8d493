"""Templates and static files: the one place that knows Jinja."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from content.canonical import digest

TEMPLATES = Path(__file__).parent.parent / "templates" / "website"
STATIC = TEMPLATES / "static"
FAVICON = "favicon.ico"
_NAME_DIGITS = 10
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_AROUND = re.compile(r"\s*([{};,])\s*")


@lru_cache(maxsize=1)
def environment() -> Environment:
    """Autoescape on for every template; a name that is not given is an error. Templates are read once."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        cache_size=-1,
    )


@lru_cache(maxsize=1)
def static_files() -> Mapping[str, bytes]:
    """Style sheet, scripts and icons by their paths on the site.

    What pages link has its digest in its name, so that it may be cached for ever; ``favicon.ico`` is asked for by
    name.
    """
    return {static_path(path.name): _static(path.name) for path in sorted(STATIC.iterdir())}


@lru_cache
def static_path(name: str) -> str:
    """The path on the site of a file of ``templates/website/static``."""
    if name == FAVICON:
        return FAVICON
    stem, _, suffix = name.partition(".")
    return f"static/{stem}-{digest(_static(name))[:_NAME_DIGITS]}.{suffix}"


def _static(name: str) -> bytes:
    """A file as it is sent: the style sheet without its comments and the space around its marks."""
    data = (STATIC / name).read_bytes()
    if not name.endswith(".css"):
        return data
    text = _COMMENT.sub("", data.decode())
    return _AROUND.sub(r"\1", text).replace(": ", ":").strip().encode()


def rendered(template: str, **values: Any) -> bytes:
    return environment().get_template(template).render(values).encode()


def macro(template: str, name: str) -> Callable[..., str]:
    """A macro of a template, to be called for one thing after another."""
    made: Callable[..., str] = getattr(environment().get_template(template).module, name)
    return made


def piece(template: str, **values: Any) -> str:
    """A part of a page, without the newline at its end."""
    return environment().get_template(template).render(values).rstrip("\n")
