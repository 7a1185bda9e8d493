"""An item as a line of a list, a row of the catalogue, or a story of the home page."""

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from channels.website import words
from channels.website.entries import head_of
from channels.website.item_facts import status_of
from channels.website.languages import language_in, link_marks
from channels.website.layout import macro
from content.clock import stamp
from content.kinds import ASKING
from content.shelf import Entry
from content.vocabulary import Effect, Kind

_SUMMARY_CHARACTERS = 60
_MACROS = "lines.html"
ROOT = "\0"
"""Stands in rows for the way up to the site's root; no text of an item holds this character."""


class Line(NamedTuple):
    """What lists show of an item. *marks* are the attributes of its link where it is in another language; *made* is the
    生成日期 of the catalogue, *period* and *status* belong to what asks the public."""

    title: str
    href: str
    marks: Markup
    date: str
    number: str
    effect: str
    organ: str
    index_number: str
    summary: str
    made: str
    period: str = ""
    status: dict[str, str] | None = None


class Row(NamedTuple):
    """An item as list pages show it, ready to be put there: as a *line* of a list and as a *row* of the catalogue, in both
    with ``ROOT`` where the way up to the site's root belongs. *age* gives the order of the items."""

    age: str
    day: str
    line: str
    row: str


def row_of(entry: Entry) -> Row:
    line = line_of(entry, ROOT)
    age = f"{stamp(entry.published_at)} {entry.item_id}"
    return Row(age, line.date, str(macro(_MACROS, "dated_one")(line, numbers=True)), str(macro(_MACROS, "row")(line)))


def listed(rows: Sequence[Row], root: str, *, table: bool) -> Markup:
    """Rows as they stand on a page, newest first."""
    made = "\n".join(row.row if table else row.line for row in rows)
    return Markup(made.replace(ROOT, root))  # noqa: S704 # a template's


def line_of(entry: Entry, root: str) -> Line:
    """The four fields of the catalogue (条例第十二条: 索引、名称、内容概述、生成日期) are among its own."""
    head = head_of(entry)
    effect, day = str(entry.data.get("effect", "")), words.day(entry.published_at)
    return Line(
        title=entry.title,
        href=root + quote(entry.address),
        marks=link_marks(language_in(head)),
        date=day,
        number=str(head.get("document_number", "")),
        effect="" if effect == Effect.VALID else effect,
        organ=entry.organ,
        index_number=str(head.get("index_number", "")),
        summary=_shortened(str(head.get("summary", "") or head.get("opening", ""))),
        made=str(head.get("made_on", ""))[:10] or day,
    )


def _shortened(text: str) -> str:
    """The first of it, with an ellipsis where it goes on; the whole stands on the item's page."""
    if len(text) <= _SUMMARY_CHARACTERS:
        return text
    return f"{text[:_SUMMARY_CHARACTERS].rstrip('，、；：。.…（《“')}……"


def asking_of(entry: Entry, say: SimpleNamespace) -> Line:
    """A consultation or survey with its dates, for the home page."""
    head: dict[str, Any] = head_of(entry)
    period = words.period(head.get("opens_on"), head.get("closes_on"), english=False)
    status = status_of(head, Kind(entry.kind), say) if period else None
    return line_of(entry, "")._replace(period=period, status=status)


def still_asking(entries: Iterable[Entry]) -> list[Entry]:
    """Consultations and surveys, without the items that give their results."""
    return [entry for entry in entries if entry.kind in ASKING and _asks(head_of(entry))]


def _asks(head: dict[str, Any]) -> bool:
    return bool(head.get("closes_on")) and not head.get("results_of")
