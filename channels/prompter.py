"""The prompter page (提示器): one HTML file in large type that scrolls at the station's pace, without any network."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from channels.script import Script, Version
from channels.script_files import REHEARSAL, duration
from channels.speech_lines import short_lines
from content.item import Fields, Item
from content.office import Office

if TYPE_CHECKING:
    from jinja2 import Template

WHOLE_CHARACTERS = 12
"""Pieces of at most so many characters stay on one line where the screen is wide enough for them."""
TEMPLATES = Path(__file__).parent / "templates" / "script"


def prompter_page(script: Script, item: Item, fields: Fields, office: Office) -> str:
    """The page with every version that is read aloud; the same input gives the same text."""
    return _template().render(
        item=item.id,
        title=script.title,
        heading=script.heading,
        rehearsal=REHEARSAL if office.rehearsal else "",
        orders=script.orders,
        organ="、".join([fields.organ, *fields.joint_organs]),
        style=(TEMPLATES / "prompter.css").read_text(encoding="utf-8"),
        code=(TEMPLATES / "prompter.js").read_text(encoding="utf-8"),
        versions=[_shown(version) for version in script.versions],
    )


def _shown(version: Version) -> dict[str, object]:
    read = [version.title, *version.paragraphs] if version.title else list(version.paragraphs)
    return {
        "name": version.name,
        "label": version.label,
        "seconds": version.seconds,
        "duration": duration(version.seconds),
        "pace": version.pace,
        "titled": bool(version.title),
        "paragraphs": [short_lines(paragraph, WHOLE_CHARACTERS) for paragraph in read],
    }


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("prompter.html")
