"""Values in WordprocessingML, whichever of its two namespaces (transitional, strict) a document is written in."""

from lxml import etree


def value_of(element: etree._Element, child: str) -> str:
    """The ``w:val`` of a child, empty where there is none."""
    found = element.find(f"{{*}}{child}")
    return "" if found is None else attribute(found, "val")


def attribute(element: etree._Element, name: str) -> str:
    """An attribute by its local name, empty where there is none."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def whole(text: str) -> int:
    """A small whole number, 0 for anything else: no counter of a document is larger than a million."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


def local(element: etree._Element) -> str:
    """The name without its namespace; empty for a comment."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""
