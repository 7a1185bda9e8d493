"""Headings found by their numbers, for text that has no styles (GB/T 9704-2012, 7.3.3: 一、 （一） 1. （1）)."""

import re
from collections.abc import Iterable

from lxml import etree

from content.body import inner_xhtml, text_of, tree

LONGEST = 45
LEVELS = (
    ("h2", re.compile(r"[一二三四五六七八九十百]{1,4}、")),
    ("h3", re.compile(r"[（(][一二三四五六七八九十百]{1,4}[）)]")),
    ("h4", re.compile(r"\d{1,2}(?:[.．](?!\d)|、)")),
    ("h5", re.compile(r"[（(]\d{1,2}[）)]")),
)
# GB/T 9704-2012, 7.3.4: 附件说明 numbers its entries (附件：1．…, 2．…), whatever numbers the text above has.
_ATTACHED = re.compile(r"附\s*件\s*[：:]")
_NUMBERED = re.compile(r"[0-9０-９]{1,2}\s*[.．、]")
_CLOSING = tuple("。；;，,、：:！!？?…”")
_INSIDE = re.compile("[。；;]")


def with_headings(body: str) -> str:
    """The body with its numbered, short, unclosed paragraphs made headings; a body that has headings stays as it is.

    A paragraph is a heading only when something stands under it: a block that is not numbered at the same level or a
    higher one. So a list of short numbered lines remains a list of paragraphs.
    """
    root = tree(body)
    blocks = list(root)
    if any(block.tag in ("h2", "h3", "h4", "h5") for block in blocks):
        return body
    listed = in_attachment_list(text_of(block).strip() for block in blocks)
    levels = [None if of_list else _level(block) for block, of_list in zip(blocks, listed, strict=True)]
    for number, block in enumerate(blocks):
        below = levels[number + 1] if number + 1 < len(blocks) else 0
        level = levels[number]
        if level is not None and _short(block) and (below is None or below > level):
            _make_heading(block, LEVELS[level][0])
    return inner_xhtml(root)


def in_attachment_list(texts: Iterable[str]) -> list[bool]:
    """Of each paragraph whether it belongs to the list of attachments, whose numbers are no levels of the text."""
    found: list[bool] = []
    for text in texts:
        goes_on = bool(found and found[-1] and _NUMBERED.match(text))
        found.append(goes_on or bool(_ATTACHED.match(text)))
    return found


def _level(block: etree._Element) -> int | None:
    """The place of the number that a paragraph begins with in ``LEVELS``, None without one."""
    if block.tag != "p" or block.get("class"):
        return None
    text = text_of(block)
    return next((level for level, (_, number) in enumerate(LEVELS) if number.match(text)), None)


def _short(block: etree._Element) -> bool:
    text = text_of(block).strip()
    return (
        len(text) <= LONGEST
        and not text.endswith(_CLOSING)
        and not _INSIDE.search(text)
        and next(block.iter("img", "br"), None) is None
    )


def _make_heading(block: etree._Element, tag: str) -> None:
    block.tag = tag
    etree.strip_tags(block, "strong")
