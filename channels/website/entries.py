"""The website's entries on the shelf, and how they point at each other."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from channels.base import Rendition
from channels.files import segment
from channels.shelving import Showing, collected, mapping, next_entry, repeated, texts
from channels.website import lists
from channels.website.rendition import BODY, HEAD
from channels.website.site import SiteView
from content.assets import Assets
from content.canonical import digest
from content.clock import in_china, stamp
from content.delivery import Delivery
from content.kinds import DOCUMENTS
from content.shelf import Entry, Shelf
from content.vocabulary import Action, Effect

RELATIONS = ("interprets", "amends", "repeals", "translation_of", "results_of")


@dataclass(frozen=True)
class Tie:
    """A link between two items. *incoming*: the other names us; then *entry* is it. An outgoing one may lead to a
    document that this site does not have: *entry* is None and *reference* is what the editor wrote."""

    relation: str
    incoming: bool
    reference: str
    entry: Entry | None


def shelved(known: Entry | None, delivery: Delivery, rendition: Rendition, columns: Sequence[str]) -> Entry:
    """The entry of a delivery; raises Refused when it comes late (see ``channels.shelving.next_entry``)."""
    published_at = known.published_at if known else delivery.at
    head: dict[str, Any] = json.loads(rendition.text(HEAD))
    relations = {
        name: texts(head.get(name)) if name != "translation_of" else _one(head.get(name)) for name in RELATIONS
    }
    numbers = _distinct([delivery.item.id, str(head.get("document_number", "")), delivery.item.index_number])
    refers_to = _distinct([reference for references in relations.values() for reference in references])
    showing = Showing(
        title=str(head.get("title", "")),
        kind=str(head["kind"]),
        organ=str(head.get("organ", "")),
        columns=tuple(columns),
        data={
            "head": head,
            "canonical": delivery.item.url,
            "parts": {name: digest(part.data) for name, part in rendition.parts.items() if name != HEAD},
            "relations": relations,
            "numbers": numbers,
            "refers_to": refers_to,
            "numbers_ever": collected(known, "numbers_ever", numbers),
            "refers_ever": collected(known, "refers_ever", refers_to),
            "notices": _notices(known, delivery, str(head.get("reason", ""))),
            "mark": _mark(known, delivery, str(head.get("reason", ""))),
        },
        lists=lists_of(head, columns, published_at, str(delivery.item.effect)),
    )
    return next_entry(known, delivery, showing)


def lists_of(head: Mapping[str, Any], columns: Iterable[str], published_at: datetime, effect: str) -> tuple[str, ...]:
    """The lists of the site that an item stands in, by name. An item in another language stands in no Chinese list."""
    if str(head.get("language", "zh-CN")).partition("-")[0] == "en":
        return lists.EVERYTHING, lists.ENGLISH
    organ, year = segment(str(head.get("organ", ""))), _year(head, published_at)
    names = [lists.EVERYTHING, *(f"column/{column}" for column in columns)]
    names += [f"topic/{segment(topic)}" for topic in texts(head.get("topics"))]
    names += [f"openness/{name}" for name in texts(head.get("openness"))]
    names += [f"series/{organ}/{year}"] if head.get("kind") in DOCUMENTS else []
    facets = {
        "theme": str(head.get("theme", "")).partition("\\")[0],
        "organ": organ,
        "year": year,
        "genre": str(head.get("genre", "")),
        "effect": effect if head.get("kind") in DOCUMENTS else "",
    }
    named = [f"{lists.CATALOGUE}/{facet}/{segment(value)}" for facet, value in facets.items() if value]
    return tuple(dict.fromkeys([*names, lists.CATALOGUE, *named]))


def relisted(entry: Entry, view: SiteView) -> Entry:
    """The entry with the lists that the site would give it today: columns and rules may have changed since."""
    head = head_of(entry)
    columns = [column.id for column in view.shown(tuple(texts(head.get("columns"))))]
    named = lists_of(head, columns, entry.published_at, str(entry.data.get("effect", "")))
    data = entry.data | {"lists_ever": sorted({*texts(entry.data.get("lists_ever")), *named})}
    return replace(entry, columns=tuple(columns), lists=named, data=data)


def put_parts(rendition: Rendition, assets: Assets) -> None:
    """Keeps what the page is made of, so that it can be made again from the shelf alone."""
    for name, part in rendition.parts.items():
        if name != HEAD:
            assets.put(part.data)


def head_of(entry: Entry) -> dict[str, Any]:
    return mapping(entry.data.get("head"))


def part_digests(entry: Entry) -> dict[str, str]:
    return {name: str(value) for name, value in mapping(entry.data.get("parts")).items()}


def body_digest(entry: Entry) -> str:
    return part_digests(entry)[BODY]


def ties(entry: Entry, shelf: Shelf) -> list[Tie]:
    """An item's links, both ways; withdrawn items are not linked."""
    relations = mapping(entry.data.get("relations"))
    out = [
        Tie(relation, incoming=False, reference=reference, entry=_shown(shelf.find(reference)))
        for relation in RELATIONS
        for reference in texts(relations.get(relation))
    ]
    return [tie for tie in out if tie.entry is None or tie.entry.item_id != entry.item_id] + _incoming(entry, shelf)


def recalling(shelf: Shelf, entries: Iterable[Entry]) -> Shelf:
    """The shelf with all that ``ties`` asks of it for these entries at hand."""
    known = list(entries)
    relations = [mapping(entry.data.get("relations")) for entry in known]
    numbers = [number for entry in known for number in texts(entry.data.get("numbers"))]
    return shelf.recalling(numbers, [name for tied in relations for named in tied.values() for name in texts(named)])


def neighbours(entry: Entry, shelf: Shelf) -> list[Entry]:
    """The items whose pages name this one, or did before its last correction."""
    named = [shelf.find(reference) for reference in texts(entry.data.get("refers_ever"))]
    naming = [other for number in texts(entry.data.get("numbers_ever")) for other in shelf.related(number)]
    found = {other.item_id: other for other in [*named, *naming] if other and not other.withdrawn}
    found.pop(entry.item_id, None)
    return list(found.values())


def _incoming(entry: Entry, shelf: Shelf) -> list[Tie]:
    numbers = set(texts(entry.data.get("numbers")))
    naming = {other.item_id: other for number in sorted(numbers) for other in shelf.related(number)}
    return [
        Tie(relation, incoming=True, reference=other.item_id, entry=other)
        for other in sorted(naming.values(), key=lambda one: (one.published_at, one.item_id))
        for relation in RELATIONS
        if not other.withdrawn
        and other.item_id != entry.item_id
        and numbers & set(texts(mapping(other.data.get("relations")).get(relation)))
    ]


def _year(head: Mapping[str, Any], published_at: datetime) -> str:
    """Of 生成日期: the day a document was made, else the day it was published (条例第十二条)."""
    return str(head.get("made_on", ""))[:4] or str(in_china(published_at).year)


def _notices(known: Entry | None, delivery: Delivery, reason: str) -> list[dict[str, str]]:
    """The corrections that readers are told of, newest first; a withdrawal ends the list."""
    if delivery.action is Action.WITHDRAW or (known is not None and known.withdrawn):
        return []
    earlier = _kept_notices(known)
    if delivery.action is not Action.CORRECT:
        return earlier
    at = known.updated_at if known and repeated(known, delivery) else delivery.at
    mine = {"sequence": str(delivery.sequence), "reason": reason.strip() or "更正内容", "at": stamp(at)}
    return [mine, *(notice for notice in earlier if notice["sequence"] != mine["sequence"])]


def _mark(known: Entry | None, delivery: Delivery, reason: str) -> dict[str, str]:
    """What the notice of an ended document says beside its effect: why it was marked, and when. It stays as long as the
    effect does, through corrections and withdrawals; an outlet that got the document only afterwards has none."""
    effect, kept = str(delivery.item.effect), mapping(known.data.get("mark")) if known else {}
    if delivery.item.effect is Effect.VALID:
        return {}
    if delivery.action is Action.MARK:
        at = known.updated_at if known and repeated(known, delivery) else delivery.at
        return {"effect": effect, "reason": reason.strip(), "at": stamp(at)}
    return {name: str(value) for name, value in kept.items()} if kept.get("effect") == effect else {}


def _kept_notices(known: Entry | None) -> list[dict[str, str]]:
    kept = known.data.get("notices") if known else []
    entries: Sequence[object] = kept if isinstance(kept, list) else []
    return [{name: str(value) for name, value in mapping(entry).items()} for entry in entries]


def _shown(entry: Entry | None) -> Entry | None:
    return None if entry is None or entry.withdrawn else entry


def _one(value: object) -> list[str]:
    return [str(value)] if value else []


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))
