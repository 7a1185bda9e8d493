"""Cuts in the foreign tree that the walk needs before it can go on."""

from collections.abc import Iterator

from lxml import etree

from content.cleaning.characters import is_blank


def entries(element: etree._Element) -> Iterator[etree._Element]:
    """The entries of a list; what stands beside them is an entry of its own."""
    wrapper: etree._Element | None = None
    if element.text and not is_blank(element.text):
        wrapper = etree.Element("li")
        wrapper.text = element.text
    for child in list(element):
        tail, child.tail = child.tail, None
        if child.tag == "li":
            yield from () if wrapper is None else (wrapper,)
            wrapper = None
            yield child
        else:
            wrapper = etree.Element("li") if wrapper is None else wrapper
            wrapper.append(child)
        if tail and not is_blank(tail):
            wrapper = etree.Element("li") if wrapper is None else wrapper
            _append_text(wrapper, tail)
    yield from () if wrapper is None else (wrapper,)


def _append_text(element: etree._Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def take_out(element: etree._Element) -> None:
    """Removes an element, what follows it stays."""
    parent = element.getparent()
    if parent is not None:
        _append_tail(element, parent)
        parent.remove(element)


def _append_tail(element: etree._Element, parent: etree._Element) -> None:
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    element.tail = None
