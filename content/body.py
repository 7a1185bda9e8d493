"""The body: a closed XHTML subset that every channel starts from.

A body is a well-formed fragment: block elements side by side, no wrapper. Pictures are ``<img src="asset:<digest>"
alt="…"/>``. Text that is not in a block does not occur. Levels: h2 一、, h3 （一）, h4 1., h5 （1）.
"""

import re
from collections.abc import Iterator

from lxml import etree

BLOCKS = frozenset(
    {"h2", "h3", "h4", "h5", "p", "ul", "ol", "li", "blockquote", "table", "figure", "figcaption", "section"}
)
TABLE_PARTS = frozenset({"caption", "thead", "tbody", "tr", "th", "td"})
INLINES = frozenset({"strong", "em", "u", "sub", "sup", "br", "a", "img"})
ELEMENTS = BLOCKS | TABLE_PARTS | INLINES

ATTRIBUTES: dict[str, frozenset[str]] = {
    "a": frozenset({"href", "id"}),
    "img": frozenset({"src", "alt"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan"}),
    "p": frozenset({"class"}),
    "section": frozenset({"class"}),
    "li": frozenset({"id"}),
}
CLASSES: dict[str, frozenset[str]] = {
    "p": frozenset({"right", "center"}),
    "section": frozenset({"footnotes"}),
}

ASSET = "asset:"
COLONS = "：:"

_FIGURE = r"[0-9０-９]{1,3}|[①-⑳㉑-㉟㊱-㊿]|[*＊†‡§]{1,3}|[a-z]|[ivx]{2,5}|[一二三四五六七八九十]{1,3}"
_RAISED = re.compile(rf"(?:注释?)?[\[［〔【(（]?(?:{_FIGURE})[)）】〕］\]]?")
_ARROWS = "↑↩\ufe0e"
_LEVEL = re.compile(rf"[\[［〔](?:{_FIGURE})[〕］\]]|[{_ARROWS}]{{1,2}}")
_BRACKETS = "[]［］〔〕【】()（）"
_BETWEEN = _BRACKETS + ",，、;；-–—~～注"


def tree(body: str) -> etree._Element:
    """The body as an lxml element ``body``; raises ValueError if it is not well-formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(f"<body>{body}</body>".encode(), parser)
    except etree.XMLSyntaxError as problem:
        raise ValueError(f"the body is not well-formed XHTML: {problem}") from problem


def inner_xhtml(element: etree._Element) -> str:
    """What stands inside an element, as XHTML text with its characters as they are."""
    parts = [_escape(element.text or "")]
    parts += [etree.tostring(child, encoding="unicode", with_tail=True) for child in element]
    return "".join(parts)


def text_of(element: etree._Element, mark: str = "") -> str:
    """The running text inside one element, in reading order; a line break is a space, a picture its alternative text.

    Pointers to notes are left out, so that none sticks to the number before it (96.23% with note 1 is not 96.23%1);
    *mark* shows them all the same, with ``{}`` for the pointer's own text without its brackets (``［{}］``). An element
    that holds nothing but pointers gives their text: no paragraph and no cell becomes empty.
    """
    said = "".join(_pieces(element, mark))
    return said if said.strip() else "".join(_pieces(element, None))


def points_to_note(element: etree._Element) -> bool:
    """Whether this is the mark of a note: a raised figure that leads to a place in the same body, or one in square
    brackets, or a note's arrow back. A link with words, or with a level figure (见附件1), is running text."""
    if element.tag == "sup":
        links = list(element.iter("a"))
        return bool(links) and not _beside_links(element) and all(map(points_to_note, links))
    if element.tag != "a" or not element.get("href", "").startswith("#"):
        return False
    text = _bare(element)
    return bool((_RAISED if _is_raised(element, text) else _LEVEL).fullmatch(text))


def paragraphs(body: str, mark: str = "") -> list[str]:
    """The text of each heading, paragraph, list entry, caption and table row (cells joined by a tab), in order.

    Their number does not depend on *mark*, which is that of ``text_of``.
    """
    found: list[str] = []
    _collect(tree(body), found, mark)
    return [text for text in (line.strip() for line in found) if text]


def plain_text(body: str, mark: str = "") -> str:
    """The body's paragraphs, a line each."""
    return "\n".join(paragraphs(body, mark))


def without_first(body: str, line: str) -> str:
    """The body without a first paragraph that only says *line*, closing colons aside: files often begin with the
    addressee (主送机关) that is a field as well."""
    root = tree(body)
    first = root[0] if len(root) else None
    wanted = line.strip().rstrip(COLONS)
    if not wanted or first is None or first.tag != "p" or text_of(first).strip().rstrip(COLONS) != wanted:
        return body
    root.remove(first)
    return inner_xhtml(root)


def _collect(element: etree._Element, found: list[str], mark: str) -> None:
    for child in element:
        if child.tag == "tr":
            found.append("\t".join(text_of(cell, mark).strip() for cell in child))
        elif any(inner.tag in BLOCKS | TABLE_PARTS for inner in child):
            _collect(child, found, mark)
        else:
            found.append(text_of(child, mark))


def _pieces(element: etree._Element, mark: str | None) -> Iterator[str]:
    """The pieces of an element's text; with None for *mark*, pointers to notes are text like any other."""
    yield element.text or ""
    for child in element:
        if child.tag == "br":
            yield " "
        elif child.tag == "img":
            yield child.get("alt", "")
        elif mark is not None and points_to_note(child):
            yield from (_shown(link, mark) for link in child.iter("a"))
        else:
            yield from _pieces(child, mark)
        yield child.tail or ""


def _shown(link: etree._Element, mark: str) -> str:
    """An arrow leads back from a note: it is no mark to show."""
    figure = _bare(link).strip(_BRACKETS + _ARROWS)
    return mark.format(figure) if figure else ""


def _is_raised(link: etree._Element, text: str) -> bool:
    inside = next(link.iterancestors("sup"), None) is not None
    return inside or any(_bare(raised) == text for raised in link.iter("sup"))


def _beside_links(raised: etree._Element) -> str:
    """What a raised text says beside its links: 2 in m² with a note; brackets and what joins two marks say nothing."""
    said = "".join(raised.xpath(".//text()[not(ancestor::a)] | .//img/@alt"))
    return "".join(said.split()).strip(_BETWEEN)


def _bare(element: etree._Element) -> str:
    return "".join("".join(element.itertext()).split())


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
