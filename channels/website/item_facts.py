"""The head block of an item, and what a reader of an interview or a consultation needs first."""

import re
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from channels.shelving import texts
from channels.website import words
from channels.website.site import SiteView
from content.kinds import ASKING, DOCUMENTS
from content.shelf import Entry
from content.vocabulary import Kind

_FIELDS = frozenset(
    [
        "guests",
        "principal",
        "held_at",
        "recording",
        "responds_to",
        "opens_on",
        "closes_on",
        "form_link",
        "received",
        "adopted",
        "contact",
    ]
)
_HAN = re.compile("[\u3400-\u9fff]")


class Way(NamedTuple):
    """A line of what a reader needs first. *status* says when it is open; *while_open*: of use only then."""

    label: str
    text: str
    href: str = ""
    external: bool = False
    status: dict[str, str] | None = None
    while_open: bool = False


def rows_of(
    entry: Entry, head: dict[str, Any], view: SiteView, say: SimpleNamespace, *, english: bool
) -> list[tuple[str, str, str]]:
    """(label, text, language where it is not the page's) of the head block; rows with nothing to say are left out."""
    pairs = [*_identity(entry, head, say, english=english), *_order(entry, head, view, say, english=english)]
    return [(label, text, _language(text, english=english)) for label, text in pairs if text.strip()]


def _identity(entry: Entry, head: dict[str, Any], say: SimpleNamespace, *, english: bool) -> list[tuple[str, str]]:
    facts, document = say.facts, Kind(entry.kind) in DOCUMENTS
    effect = str(entry.data.get("effect", "")) if document else ""
    return [
        (facts.index_number, str(head.get("index_number", ""))),
        (facts.theme, str(head.get("theme", ""))),
        (facts.issuer if document else facts.organ, words.listed([entry.organ, *texts(head.get("joint_organs"))])),
        (facts.document_number, str(head.get("document_number", ""))),
        (facts.made_on, words.full_date(head.get("made_on"), english=english)),
        (facts.published_on, words.full_date(words.day(entry.published_at), english=english)),
        (facts.in_force_on, words.full_date(head.get("in_force_on"), english=english)),
        (facts.effect, str(getattr(say.effects, effect, effect)) if effect else ""),
    ]


def _order(
    entry: Entry, head: dict[str, Any], view: SiteView, say: SimpleNamespace, *, english: bool
) -> list[tuple[str, str]]:
    facts = say.facts
    return [
        (facts.genre, str(head.get("genre", ""))),
        (facts.disclosure, str(head.get("disclosure", ""))),
        (facts.openness, words.listed(texts(head.get("openness")))),
        (facts.keywords, words.listed(texts(head.get("keywords")), english=english)),
        (facts.topics, words.listed(texts(head.get("topics")))),
        (facts.columns, words.listed(column.name for column in view.shown(entry.columns))),
    ]


def ways_of(head: dict[str, Any], kind: Kind, view: SiteView, say: SimpleNamespace, *, english: bool) -> list[Way]:
    """What a reader of an interview, a consultation or a response needs first: who, when, where to take part."""
    if not _FIELDS & head.keys():
        return []
    ways = [
        *_meeting(head, kind, view, say, english=english),
        *_asking(head, kind, view, say, english=english),
        Way(say.ways.contact, str(head.get("contact", ""))),
    ]
    return [way for way in ways if way.text]


def _meeting(head: dict[str, Any], kind: Kind, view: SiteView, say: SimpleNamespace, *, english: bool) -> list[Way]:
    guests = say.ways.speakers if kind is Kind.PRESS_CONFERENCE else say.ways.guests
    return [
        Way(guests, words.listed(texts(head.get("guests")), english=english)),
        Way(say.ways.principal, say.ways.principal_said if head.get("principal") is True else ""),
        Way(say.ways.held_at, words.full_minute(head.get("held_at"), english=english)),
        _link(say.ways.recording, say.ways.recording_link, str(head.get("recording", "")), view),
        Way(say.ways.responds_to, str(head.get("responds_to", ""))),
    ]


def _asking(head: dict[str, Any], kind: Kind, view: SiteView, say: SimpleNamespace, *, english: bool) -> list[Way]:
    period = words.period(head.get("opens_on"), head.get("closes_on"), english=english)
    label = say.ways.survey_period if kind is Kind.SURVEY else say.ways.period
    status = status_of(head, kind, say) if kind in ASKING and period else None
    take_part = _link(say.item.take_part, say.item.take_part_link, str(head.get("form_link", "")), view)
    return [
        Way(label, period, status=status),
        take_part._replace(while_open=status is not None),
        Way(say.ways.received, _opinions(head.get("received"), say)),
        Way(say.ways.adopted, _opinions(head.get("adopted"), say)),
    ]


def status_of(head: dict[str, Any], kind: Kind, say: SimpleNamespace) -> dict[str, str]:
    """What the script needs to say whether it is open today."""
    opens, closes = (str(head.get(name, ""))[:10] for name in ("opens_on", "closes_on"))
    word = say.item.consultation_open if kind is Kind.CONSULTATION else say.item.status_open
    return {"opens": opens, "closes": closes, "open": word}


def _opinions(count: object, say: SimpleNamespace) -> str:
    return say.ways.opinions.format(count) if isinstance(count, int) and not isinstance(count, bool) else ""


def _link(label: str, text: str, href: str, view: SiteView) -> Way:
    """A link that leads out only by http or https; one to a site that is not the government's is marked (47号)."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return Way(label, "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return Way(label, "")
    own = parts.hostname == view.domain or parts.hostname.endswith((f".{view.domain.removeprefix('www.')}", ".gov.cn"))
    return Way(label, text, href, external=not own)


def _language(text: str, *, english: bool) -> str:
    return "zh-CN" if english and _HAN.search(text) else ""
