"""A page as readers' browsers get it, taken apart: tags, links, scripts, texts."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from typing import Any

from lxml import etree

LARGEST = 16 * 1024 * 1024
"""Bytes of a page that are taken apart; what is larger is only compared."""

_SKIPPED = re.compile(r"<(script|style)\b[^>]*>.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_INLINE = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|big|cite|code|del|em|font|i|ins|mark|q|s|small|span|strong|sub|sup|u|wbr)\b[^>]*>", re.I
)
_TAG = re.compile(r"<[^>]*>")
_LINKED = frozenset(
    {"href", "src", "action", "formaction", "data", "poster", "background", "ping", "manifest", "xlink:href", "srcset"}
)
_SAID = frozenset({"title", "alt", "aria-label", "placeholder", "label", "value"})
_SET_LATER = frozenset({"to", "from", "by", "values"})
"""What an animation puts into another attribute, an address perhaps."""
FRAMES = frozenset({"iframe", "frame", "object", "embed", "applet", "portal", "fencedframe"})


@dataclass(frozen=True)
class Link:
    """An address in an attribute of an element."""

    element: Any
    attribute: str
    written: str

    @property
    def line(self) -> int:
        return int(self.element.sourceline or 0)

    @property
    def tag(self) -> str:
        return str(self.element.tag)


@dataclass
class Parts:
    """What a page is made of, as far as anybody looks at it. Attributes stand with their element and value."""

    metas: list[Any] = field(default_factory=list)
    scripts: list[Any] = field(default_factory=list)
    frames: list[Any] = field(default_factory=list)
    comments: list[Any] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    handlers: list[tuple[Any, str, str]] = field(default_factory=list)
    set_later: list[tuple[Any, str, str]] = field(default_factory=list)
    styles: list[tuple[Any, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)

    def add(self, element: Any) -> None:
        tag = element.tag
        if tag == "meta":
            self.metas.append(element)
            self.said.append(element.get("content") or "")
        elif tag == "script":
            self.scripts.append(element)
        elif tag in FRAMES:
            self.frames.append(element)
        for name, value in element.items():
            self._attribute(element, name, value)

    def _attribute(self, element: Any, name: str, value: str) -> None:
        if name in _LINKED:
            self.links += _links(element, name, value)
        elif name.startswith("on"):
            self.handlers.append((element, name, value))
        elif name == "id" or (name == "name" and element.tag == "a"):
            self.names.add(value)
        elif name == "style":
            self.styles.append((element, value))
        elif name in _SAID:
            self.said.append(value)
        elif name in _SET_LATER:
            self.set_later.append((element, name, value))


class Page:
    """The bytes of one page. Reading is as forgiving as a browser's: hostile markup is what it is for."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        parser = etree.HTMLParser(encoding="utf-8", recover=True, huge_tree=True, no_network=True)
        # A zero byte would end the text for the parser, not for a browser.
        plain = data.replace(b"\0", b" ")
        try:
            self.root: Any = etree.fromstring(plain, parser)
        except etree.XMLSyntaxError:
            self.root = None
        if self.root is None:
            self.root = etree.Element("html")
        self.too_deep = any("depth" in entry.message for entry in parser.error_log)
        """The parser gave up: what stands behind that place is not seen."""

    @cached_property
    def parts(self) -> Parts:
        found = Parts()
        for element in self.root.getroottree().iter():
            if isinstance(element.tag, str):
                found.add(element)
            elif element.tag is etree.Comment:
                found.comments.append(element)
        return found

    @cached_property
    def source(self) -> str:
        return self.data.decode("utf-8", errors="replace")

    @cached_property
    def metas(self) -> dict[str, str]:
        """The tags by name, the first of each; names as they are written."""
        found: dict[str, str] = {}
        for meta in self.parts.metas:
            found.setdefault((meta.get("name") or "").strip(), meta.get("content") or "")
        found.pop("", None)
        return found

    @property
    def links(self) -> list[Link]:
        return self.parts.links

    @property
    def names(self) -> set[str]:
        """Everything that an address's fragment can point at."""
        return self.parts.names

    @property
    def language(self) -> str:
        return str(self.root.get("lang") or "")

    @cached_property
    def text(self) -> str:
        """What a reader could read, with line breaks between blocks, then what stands in titles and descriptions."""
        plain = _INLINE.sub("", _SKIPPED.sub("\n", self.source))
        return unescape(_TAG.sub("\n", plain)) + "\n" + "\n".join(self.parts.said)


def head_of(data: bytes) -> Page:
    """The page as far as its head goes: enough for its tags, and read much faster."""
    head, end, _ = data.partition(b"</head>")
    return Page(head + end)


def _links(element: Any, name: str, written: str) -> list[Link]:
    if name == "srcset":
        candidates = [candidate.split() for candidate in written.split(",")]
        return [Link(element, name, words[0]) for words in candidates if words]
    if name == "ping":
        return [Link(element, name, one) for one in written.split()]
    return [Link(element, name, written)]
