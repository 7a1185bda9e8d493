"""What the styles of a Word document say of a paragraph: heading, title, alignment, hidden text, number."""

import re
from dataclasses import dataclass
from functools import cached_property

from lxml import etree

from content.intake.xml_values import attribute, value_of, whole

_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_TITLE = frozenset({"title", "标题", "文件标题", "公文标题"})
_CONTENTS = re.compile(r"(?:toc|目录)\s*\d|toc heading|目录标题", re.IGNORECASE)
_LONGEST_CHAIN = 12
PLAIN_GROUNDS = frozenset({"", "auto", "FFFFFF", "ffffff"})


@dataclass(frozen=True)
class Style:
    """One style: its name in lower case, the style it is based on, and its own settings."""

    name: str
    parent: str
    element: etree._Element

    def setting(self, group: str, name: str) -> str | None:
        """The value of ``pPr`` or ``rPr`` setting *name*: None where it is not set, ``on`` where it has no value."""
        found = self.element.find(f"{{*}}{group}/{{*}}{name}")
        return None if found is None else attribute(found, "val") or "on"

    @cached_property
    def shaded(self) -> bool:
        return any(attribute(entry, "fill") not in PLAIN_GROUNDS for entry in self.element.iter("{*}shd"))


class Styles:
    """The styles of a document, each with what it inherits."""

    def __init__(self, root: etree._Element | None) -> None:
        self.styles: dict[str, Style] = {}
        self.default = ""
        for entry in () if root is None else root.iterfind("{*}style"):
            name = attribute(entry, "styleId")
            self.styles[name] = Style(value_of(entry, "name").lower().strip(), value_of(entry, "basedOn"), entry)
            if attribute(entry, "type") == "paragraph" and attribute(entry, "default") in ("1", "true"):
                self.default = name

    def chain(self, name: str) -> list[Style]:
        """The style and those that it is based on, nearest first."""
        found: list[Style] = []
        while name in self.styles and len(found) < _LONGEST_CHAIN:
            found.append(self.styles[name])
            name = found[-1].parent
        return found

    def setting(self, name: str, group: str, setting: str) -> str:
        """An inherited setting, empty where none is."""
        values = (style.setting(group, setting) for style in self.chain(name))
        return next((value for value in values if value is not None), "")

    def heading_level(self, name: str) -> int:
        """1 to 9 for a heading, 0 for text."""
        for style in self.chain(name):
            found = _HEADING.fullmatch(style.name)
            if found:
                return int(found.group(1))
        outline = self.setting(name, "pPr", "outlineLvl")
        return whole(outline) + 1 if outline and whole(outline) < 9 and outline != "on" else 0

    def is_title(self, name: str) -> bool:
        return any(style.name in _TITLE for style in self.chain(name)[:2])

    def is_contents(self, name: str) -> bool:
        return any(_CONTENTS.match(style.name) for style in self.chain(name)[:1])

    def number(self, name: str) -> tuple[str, int]:
        """The list and level that a style puts its paragraphs in."""
        for style in self.chain(name):
            found = style.element.find("{*}pPr/{*}numPr")
            if found is not None:
                return value_of(found, "numId"), min(whole(value_of(found, "ilvl")), 8)
        return "", 0
