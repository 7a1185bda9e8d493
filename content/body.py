"""The body: a closed XHTML subset that every channel starts from.

A body is a well-formed fragment: block elements side by side, no wrapper. Pictures are ``<img src="asset:<digest>"
alt="…"/>``. Text that is not in a block does not occur. Levels: h2 一、, h3 （一）, h4 1., h5 （1）.
"""

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


def text_of(element: etree._Element) -> str:
    """All text inside one element, in reading order; a line break is a space, a picture its alternative text."""
    pieces: list[str] = [element.text or ""]
    for child in element:
        if child.tag == "br":
            pieces.append(" ")
        elif child.tag == "img":
            pieces.append(child.get("alt", ""))
        else:
            pieces.append(text_of(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def paragraphs(body: str) -> list[str]:
    """The text of each heading, paragraph, list entry, caption and table row (cells joined by a tab), in order."""
    found: list[str] = []
    _collect(tree(body), found)
    return [text for text in (" ".join(line.split(" ")).strip() for line in found) if text]


def plain_text(body: str) -> str:
    """The body's paragraphs, a line each."""
    return "\n".join(paragraphs(body))


def _collect(element: etree._Element, found: list[str]) -> None:
    for child in element:
        if child.tag == "tr":
            found.append("\t".join(text_of(cell).strip() for cell in child))
        elif any(inner.tag in BLOCKS | TABLE_PARTS for inner in child):
            _collect(child, found)
        else:
            found.append(text_of(child))


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
