"""The body as the layouts walk it: lists of blocks, told apart and split here, so that Typst reads the plain ones as they are.

What is signed is the XHTML that ``print_body`` made; this is derived from it each time that something is laid out. A plain
paragraph is a text. Anything else is ``{"tag", "attrs", "children"}``, or with ``"blocks"`` instead of ``"children"`` where blocks stand in it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from lxml import etree

from content.body import BLOCKS

ATTACHMENT = "attachment"
_BLOCKS = BLOCKS - {"li", "figcaption"}
"""What may stand beside paragraphs."""
_HOLDERS = frozenset({"table", "thead", "tbody", "tr", "ul", "ol", "figure", "note"})
"""Elements in which white space that stands alone is none of the text."""
_NUMBER = re.compile(
    "([\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]?〔[0-9]{4}〕[0-9]+号[）》〉”，。；：、！？]*)"
)
MOST_LISTED = 30
"""How many characters a line of the contents holds for sure."""
_DEEP = "/".join("*" * 12)
"""What is nested so deep is not put into one block more: Typst counts them."""
_WALKED, _MAY_HOLD_BLOCKS = frozenset({"blockquote", "section"}), frozenset({"td", "th", "li"})

Node = str | dict[str, Any]


def laid_out(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A document (``document_entry``) with what the layouts' walker wants: ``blocks``, and apart from them ``notes`` and
    ``attachments``; ``settled`` where it may be set apart from its pages; ``number-run``, and ``listed-run`` and ``listed-number`` for
    the contents."""
    root = etree.fromstring(entry["body"].encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    return {
        **{name: value for name, value in entry.items() if name != "body"},
        "number-run": whole_numbers(entry["number"]),
        "listed-run": whole_numbers(entry["title"]),
        "listed-number": _listed_number(entry["number"]),
        "notice": [whole_numbers(sentence) for sentence in entry["notice"]],
        "settled": root.find(".//note") is None and root.find(_DEEP) is None,
        "blocks": blocks_of(
            node for node in _nodes(root) if isinstance(node, str) or not (_is_notes(node) or node.tag == ATTACHMENT)
        ),
        "notes": [blocks_of(_nodes(child)) for child in root if _is_notes(child)],
        "attachments": [blocks_of(_nodes(child)) for child in root.iterchildren(ATTACHMENT)],
    }


def _is_notes(element: etree._Element) -> bool:
    return bool(element.tag == "section" and element.get("class") == "footnotes")


def whole_numbers(text: str) -> list[Node]:
    """A text as a run in which each document number (荆政发〔2026〕18号) is a node ``whole``, which no line end cuts."""
    if "〔" not in text:
        return [text] if text else []
    pieces = _NUMBER.split(text)
    nodes: list[Node] = [
        {"tag": "whole", "children": [piece]} if place % 2 else piece for place, piece in enumerate(pieces)
    ]
    return [node for node in nodes if node]


def _listed_number(number: str) -> list[Node]:
    """A document's number as it follows its title in the contents, on one line where it fits there."""
    shown = f"（{number}）"
    if not number or len(shown) > MOST_LISTED:
        return whole_numbers(shown) if number else []
    return [{"tag": "whole", "children": [shown]}]


def blocks_of(nodes: Iterable[etree._Element | str]) -> list[Node]:
    """Blocks side by side; what stands between them without a block of its own becomes a paragraph."""
    found: list[Node] = []
    for is_block, group in groupby(nodes, key=lambda node: not isinstance(node, str) and node.tag in _BLOCKS):
        if is_block:
            found += [_block(element) for element in group if not isinstance(element, str)]
            continue
        run = [node for node in group if not isinstance(node, str) or node.strip()]
        if run:
            found.append({"tag": "p", "attrs": {}, "children": _run(run)})
    return found


def _block(element: etree._Element) -> Node:
    text = element.text or ""
    if element.tag == "p" and not element.attrib and not len(element) and text and "〔" not in text:
        return text
    return _node(element)


def _node(element: etree._Element) -> dict[str, Any]:
    """An element and what stands in it."""
    held = list(_nodes(element))
    if element.tag in _HOLDERS:
        children = _run([node for node in held if not isinstance(node, str) or node.strip()])
    elif element.tag in _WALKED or (element.tag in _MAY_HOLD_BLOCKS and any(child.tag in _BLOCKS for child in element)):
        return {"tag": element.tag, "attrs": dict(element.attrib), "blocks": blocks_of(held)}
    else:
        children = _run(held)
    return {"tag": element.tag, "attrs": dict(element.attrib), "children": children}


def _run(nodes: Sequence[etree._Element | str]) -> list[Node]:
    run: list[Node] = []
    for node in nodes:
        run += whole_numbers(node) if isinstance(node, str) else [_node(node)]
    return run


def _nodes(element: etree._Element) -> Iterator[etree._Element | str]:
    """Texts and elements in an element, in order."""
    if element.text:
        yield element.text
    for child in element:
        yield child
        if child.tail:
            yield child.tail
