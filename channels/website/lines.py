"""An item as a line of a list, a row of the catalogue, or a story of the home page."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from channels.website import words
from channels.website.entries import head_of
from channels.website.item_facts import ASKING, status_of
from channels.website.languages import link_language, stands_apart
from content.shelf import Entry
from content.vocabulary import Effect, Kind


def line_of(entry: Entry, root: str) -> dict[str, Any]:
    head = head_of(entry)
    effect = str(entry.data.get("effect", ""))
    return {
        "title": entry.title,
        "href": root + quote(entry.address),
        "date": words.day(entry.published_at),
        "number": str(head.get("document_number", "")),
        "effect": "" if effect == Effect.VALID else effect,
        "organ": entry.organ,
        "language": link_language(entry),
        "apart": stands_apart(entry),
    }


def story_of(entry: Entry, root: str) -> dict[str, Any]:
    """A line with the first words of the text."""
    return line_of(entry, root) | {"opening": _summary(head_of(entry))}


def row_of(entry: Entry, root: str) -> dict[str, Any]:
    """The four fields of the catalogue (条例第十二条: 索引、名称、内容概述、生成日期)."""
    head = head_of(entry)
    made = str(head.get("made_on", ""))[:10] or words.day(entry.published_at)
    own = {"index_number": str(head.get("index_number", "")), "summary": _summary(head), "made": made}
    return line_of(entry, root) | own


def asking_of(entry: Entry, root: str, say: SimpleNamespace) -> dict[str, Any]:
    """A consultation or survey with its dates."""
    head, kind = head_of(entry), Kind(entry.kind)
    period = words.period(head.get("opens_on"), head.get("closes_on"), english=False)
    return line_of(entry, root) | {"period": period, "status": status_of(head, kind, say) if period else None}


def still_asking(entries: Iterable[Entry]) -> list[Entry]:
    """Consultations and surveys, without the items that give their results."""
    return [entry for entry in entries if entry.kind in ASKING and head_of(entry).get("closes_on")]


def _summary(head: dict[str, Any]) -> str:
    return str(head.get("summary", "") or head.get("opening", ""))
