"""From the body's closed subset to what a WeChat article may hold: inline style, conservative tags, no foreign link."""

import re
from dataclasses import dataclass, field

from lxml import etree

from content.body import ASSET, text_of, tree

SLOT = "{{picture:%s}}"
_SLOT_NAME = re.compile(r"\{\{picture:([0-9a-f]{64})\}\}")
# Links to published articles stay links; all others, those of previews among them, are refused with 45166 (contracts: WeChat 9).
_ALLOWED_LINK = re.compile(r"https?://mp\.weixin\.qq\.com/s[/?](?!\S*tempkey=)")
_BLOCK_CLASS = {"figcaption": "caption", "caption": "caption"}


@dataclass
class Notes:
    """The addresses that links led to, numbered from 1 in order of appearance."""

    addresses: list[str] = field(default_factory=list)

    def number(self, address: str) -> int:
        if address not in self.addresses:
            self.addresses.append(address)
        return self.addresses.index(address) + 1


def converted(body: str) -> tuple[str, Notes]:
    """The body as HTML with classes for the style sheet and slots for pictures, and the notes its links became."""
    notes = Notes()
    root = tree(body)
    _links(root, notes)
    _pictures(root)
    _blocks(root)
    inner = [etree.tostring(child, encoding="unicode", method="html", with_tail=True) for child in root]
    return "".join(inner), notes


def slots_in(html: str) -> list[str]:
    """The digests of the pictures that the text still waits for, each once, in order."""
    return list(dict.fromkeys(_SLOT_NAME.findall(html)))


def filled(html: str, addresses: dict[str, str]) -> str:
    """The text with each picture's address at WeChat in its slot; raises KeyError for a picture without one."""
    return _SLOT_NAME.sub(lambda found: _attribute(addresses[found[1]]), html)


def _attribute(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _links(root: etree._Element, notes: Notes) -> None:
    for link in list(root.iter("a")):
        href = (link.get("href") or "").strip()
        if _ALLOWED_LINK.match(href):
            link.attrib.pop("id", None)
            continue
        if href and not href.startswith("#") and text_of(link).strip() != href:
            mark = etree.SubElement(link, "sup")
            mark.text = f"[{notes.number(href)}]"
        _dissolve(link)


def _pictures(root: etree._Element) -> None:
    for picture in root.iter("img"):
        source = picture.get("src") or ""
        if source.startswith(ASSET):
            picture.set("src", SLOT % source.removeprefix(ASSET))


def _blocks(root: etree._Element) -> None:
    """figure → section, captions and headings → p; ids go, because nothing may refer to them."""
    for element in root.iter(etree.Element):
        element.attrib.pop("id", None)
        tag = str(element.tag)
        if tag in ("h2", "h3", "h4", "h5"):
            element.tag = "p"
            element.set("class", tag)
        elif tag == "figure":
            element.tag = "section"
            element.set("class", "figure")
        elif tag == "figcaption":
            element.tag = "p"
            element.set("class", "caption")
        elif tag == "p" and not (element.get("class") or "") and _wraps_picture(element):
            element.set("class", "figure")


def _wraps_picture(element: etree._Element) -> bool:
    return len(element) == 1 and element[0].tag == "img" and not text_of(element).replace(element[0].get("alt", ""), "")


def _dissolve(element: etree._Element) -> None:
    """Puts what stands inside the element in its place."""
    parent = element.getparent()
    if parent is None:
        return
    place = parent.index(element)
    _append_text(parent, place, element.text or "")
    children = list(element)
    for offset, child in enumerate(children):
        parent.insert(place + offset, child)
    tail = element.tail or ""
    element.tail = None
    parent.remove(element)
    _append_text(parent, place + len(children), tail)


def _append_text(parent: etree._Element, place: int, text: str) -> None:
    """Adds text before the child at *place*."""
    if place == 0:
        parent.text = (parent.text or "") + text
    else:
        before = parent[place - 1]
        before.tail = (before.tail or "") + text
