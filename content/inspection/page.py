"""A page as readers' browsers get it, taken apart: tags, links, scripts, texts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
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
_META = etree.XPath("//meta[@name]")
_LINKS = etree.XPath(
    "//@href | //@src | //@action | //@formaction | //@data | //@poster | //@background | //@ping"
    " | //@*[name()='xlink:href'] | //@manifest | //@srcset"
)
_NAMES = etree.XPath("//@id | //a/@name")
_SAID = etree.XPath("//@title | //@alt | //@aria-label | //@placeholder | //@label | //@value | //meta/@content")


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
    def source(self) -> str:
        return self.data.decode("utf-8", errors="replace")

    @cached_property
    def metas(self) -> dict[str, str]:
        """The tags by name, the first of each; names as they are written."""
        found: dict[str, str] = {}
        for meta in _META(self.root):
            found.setdefault(meta.get("name").strip(), meta.get("content") or "")
        return found

    @cached_property
    def links(self) -> list[Link]:
        return [link for attribute in _LINKS(self.root) for link in _of_attribute(attribute)]

    @cached_property
    def names(self) -> frozenset[str]:
        """Everything that an address's fragment can point at."""
        return frozenset(map(str, _NAMES(self.root)))

    @property
    def language(self) -> str:
        return str(self.root.get("lang") or "")

    @cached_property
    def text(self) -> str:
        """What a reader could read, with line breaks between blocks, then what stands in titles and descriptions."""
        plain = _INLINE.sub("", _SKIPPED.sub("\n", self.source))
        said = "\n".join(map(str, _SAID(self.root)))
        return unescape(_TAG.sub("\n", plain)) + "\n" + said

    def find(self, path: etree.XPath) -> Any:
        return path(self.root)


def _of_attribute(attribute: Any) -> Iterator[Link]:
    element, name, written = attribute.getparent(), str(attribute.attrname), str(attribute)
    if name == "srcset":
        for candidate in written.split(","):
            yield Link(element, name, candidate.split()[0] if candidate.split() else "")
    elif name == "ping":
        for one in written.split():
            yield Link(element, name, one)
    else:
        yield Link(element, name, written)
