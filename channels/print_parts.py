"""The parts of a document that stand apart from its running text: attachments, signature and date, remark, notes.

Where each goes is GB/T 9704-2012: 附件说明 one line below the text, 署名 and 成文日期 below it, 附注 below the date, each
attachment on a new page.
"""

import re
from collections.abc import Collection, Iterator
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from content.body import points_to_note, text_of

_ATTACHMENT = re.compile(r"附\s*[件表图录]\s*([0-9０-９]{1,3}|[一二三四五六七八九十]{1,3})?[：:]?")
_ANNEX = re.compile(r"附\s*件\s*[：:]\s*((?:1|１)\s*[.．、]\s*)?")
_ANNEX_NEXT = re.compile(r"([0-9０-９]{1,2})\s*[.．、]\s*")
_REMARK = re.compile(r"[（(][^（）()]{0,24}(?:公开|发布|印发|联系人)[^（）()]{0,24}[）)]")
_NO_PLACE_FOR_NOTES = frozenset({"table", "figure", "h2", "h3", "h4", "h5", "section"})
NOTES = "section[@class='footnotes']"


@dataclass(frozen=True)
class Closing:
    """What the editor wrote below the text: the organs that sign, the date and the remark; empty where it was not there.
    *kept* are the last paragraphs that stay in the text, without white space."""

    signatures: tuple[str, ...] = ()
    date: str = ""
    remark: str = ""
    kept: frozenset[str] = frozenset()


def part_attachments(root: etree._Element) -> None:
    """Puts each attachment into an element ``attachment`` of its own: from a paragraph that says no more than 附件1 to the
    next one. Its title is a paragraph or heading right below, marked ``name``."""
    marks = [child for child in root if _begins_attachment(child)]
    for number, mark in enumerate(marks):
        following = marks[number + 1] if number + 1 < len(marks) else None
        held = [mark]
        for child in mark.itersiblings():
            if child is following or child.tag == "section":
                break
            held.append(child)
        wrapped = etree.Element("attachment")
        mark.addprevious(wrapped)
        wrapped.extend(held)
        mark.set("mark", "yes")
        if len(held) > 1 and _is_name(held[1]):
            held[1].set("name", "yes")


def lift_closing(root: etree._Element, organs: Collection[str], date: str) -> Closing:
    """Takes signature, date and remark that the editor wrote out of the running text, where they stand at its end. Only
    what says nothing but names of *organs* and the *date* (2026年5月3日) is taken."""
    signatures: list[str] = []
    dated = remark = ""
    running = [child for child in root if child.tag not in ("section", "attachment")]
    while running and running[-1].tag == "p":
        said = _bare(text_of(running[-1]))
        signed = _signed(said, organs, date)
        if signed is not None and not set(signed) & {*signatures, dated or None}:
            signatures = [one for one in signed if one != date] + signatures
            dated = date if date in signed else dated
        elif _REMARK.fullmatch(said) and not remark and not signatures:
            remark = text_of(running[-1]).strip()
        else:
            break
        root.remove(running.pop())
    kept = frozenset(_bare(text_of(paragraph)) for paragraph in running[-8:])
    return Closing(tuple(signatures), dated, remark, kept)


def _signed(said: str, organs: Collection[str], date: str) -> list[str] | None:
    """The organs and the date that a paragraph names one after another; None when it says anything else."""
    found: list[str] = []
    while said:
        named = (one for one in sorted((*organs, date), key=len, reverse=True) if one and said.startswith(_bare(one)))
        one = next(named, None)
        if one is None or one in found:
            return None
        found.append(one)
        said = said[len(_bare(one)) :]
    return found or None


def mark_annexes(root: etree._Element) -> None:
    """Tells the list of attachments (附件：1．…) from other paragraphs, with its indents in tenths of a character."""
    last: etree._Element | None = None
    for paragraph in root.findall("p"):
        said = text_of(paragraph).strip()
        first, following = _ANNEX.match(said), _ANNEX_NEXT.match(said)
        if first and first.end() < len(said):
            paragraph.set("annex", "first")
            _set_indents(paragraph, 20, 20 + _tenths(first[0]))
        elif following and last is not None and last is paragraph.getprevious():
            paragraph.set("annex", "next")
            _set_indents(paragraph, 50, 50 + _tenths(following[0]))
        last = paragraph if paragraph.get("annex") else None


def place_notes(root: etree._Element) -> None:
    """Puts each note where it is first called, as ``note`` with its ``figure``, so that it stands at the foot of that page.

    What is called more than once, or in a table, a caption or a heading, stays in the list at the end, with its mark.
    """
    notes = {entry.get("id"): entry for section in root.findall(NOTES) for entry in section.iter("li")}
    calls: dict[str, list[etree._Element]] = {}
    for mark in _marks(root):
        calls.setdefault(mark.get("href", "")[1:], []).append(mark)
    for name, marks in calls.items():
        if name in notes and len(marks) == 1 and not _is_fixed(marks[0], root):
            _set_note(marks[0], notes[name])
    for section in root.findall(NOTES):
        if not any(True for _ in section.iter("li")):
            root.remove(section)


def _set_note(mark: etree._Element, entry: etree._Element) -> None:
    call = mark.getparent() if mark.getparent() is not None and mark.getparent().tag == "sup" else mark
    note = etree.Element("note", figure="".join(text_of(mark).split()).strip("[]［］〔〕【】()（）"))
    note.text = entry.text
    note.extend(deepcopy(child) for child in entry if not points_to_note(child))
    note.tail = call.tail
    call.getparent().replace(call, note)
    entry.getparent().remove(entry)


def _marks(root: etree._Element) -> Iterator[etree._Element]:
    """The links that are marks of notes: each alone in what is raised, or in square brackets on the line."""
    for link in root.iter("a"):
        above = link.getparent()
        raised = above is not None and above.tag == "sup"
        mark = above if raised else link
        if points_to_note(mark) and (not raised or len(list(mark.iter("a"))) == 1):
            yield link


def _is_fixed(mark: etree._Element, root: etree._Element) -> bool:
    above = list(mark.iterancestors())
    inside = any(parent.tag in _NO_PLACE_FOR_NOTES for parent in above)
    return inside or len([parent for parent in above if parent.tag in ("strong", "em", "u", "a")]) > 3


def _begins_attachment(element: etree._Element) -> bool:
    return element.tag in ("p", "h2", "h3", "h4") and bool(_ATTACHMENT.fullmatch(text_of(element).strip()))


def _is_name(element: etree._Element) -> bool:
    if element.tag == "p":
        return element.get("class") == "center" or (
            len(text_of(element)) <= 40 and not re.search(r"[。：；]$", text_of(element).strip())
        )
    return element.tag in ("h2", "h3") and not re.match(r"[一二三四五六七八九十（(第]", text_of(element).strip())


def _set_indents(paragraph: etree._Element, first: int, others: int) -> None:
    paragraph.set("indent", str(first))
    paragraph.set("hang", str(others))


def _tenths(text: str) -> int:
    """A text's width in tenths of a character."""
    return sum(5 if character.isascii() else 10 for character in text)


def _bare(text: str) -> str:
    return "".join(text.split())
