"""Figures of interviews, press conferences, interpretations, responses, consultations and surveys: a query over the ledger.

The rules are those of ``content.counts``: an item counts once, at its first live moment; corrections and retries add
nothing; a closed year does not change. What an item says of itself (主要负责同志参加, 采纳数) is taken from its newest
revision that was live by the year's end.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, cast, func, select

from content.counts import Scope, firsts_of
from content.database import Database
from content.folding import fold
from content.kinds import ASKING, data
from content.schema import delivery, item, revision
from content.vocabulary import Action, Kind, Row

SOCIAL = frozenset({Row.WEIBO, Row.WECHAT})
_LOOKED_AT = (*ASKING, Kind.INTERVIEW, Kind.PRESS_CONFERENCE, Kind.RESPONSE)


@dataclass(frozen=True)
class Activity:
    """One figure. *row* is that of form B (国办发〔2014〕32号) where it has one; *label* and *unit* are Chinese."""

    key: str
    row: str
    label: str
    unit: str
    number: int

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, "label": self.label, "unit": self.unit, "number": self.number}


@dataclass(frozen=True)
class _Done:
    """An item that is live by the year's end: the first live month on each row, and its fields."""

    number: int
    kind: Kind
    months: Mapping[Row, str]
    fields: Mapping[str, Any]

    def first(self, rows: Iterable[Row] = tuple(Row)) -> str:
        """The first month on any of the rows; empty where it was live on none."""
        return min((self.months[row] for row in rows if row in self.months), default="")

    @property
    def answers(self) -> bool:
        """Whether it publishes the results of consultations or surveys."""
        return self.kind in ASKING and bool(self.fields.get("results_of"))

    @property
    def subject(self) -> str:
        """The hotspot that it responds to, the same however it is spaced; an item that names none is its own."""
        named = "".join(fold(str(self.fields.get("responds_to", ""))).split()).rstrip("。.")
        return named or (str(self.number) if self.kind is Kind.RESPONSE else "")


def activities(
    database: Database, year: int, withdrawal_subtracts: bool = False, known_by: datetime | None = None
) -> list[Activity]:
    """The figures of a year (Asia/Shanghai), every one of ``data/activities.toml`` in its order; see
    ``content.counts.counts`` for the settings. Raises NoSuchYear.

    Responses to the same hotspot (``responds_to``) count once a year, interviews and press conferences that respond to
    one among them. Results count in the year in which they are first published, however old the consultation is.
    """
    scope = Scope(year, withdrawal_subtracts, known_by)
    with database.read() as connection:
        done = _done(connection, scope)
        figures = _meetings(done, scope) | _responses(done, scope) | _asked(done, scope, _references(connection))
        figures["interpretations"] = _interpretations(connection, scope)
    return [Activity(**entry, number=figures[entry["key"]]) for entry in data("activities.toml")["activity"]]


def _meetings(done: Iterable[_Done], scope: Scope) -> dict[str, int]:
    """Interviews on the website and press conferences, and those that the principal attended."""
    places = {"interviews": (Kind.INTERVIEW, [Row.WEBSITE]), "press-conferences": (Kind.PRESS_CONFERENCE, list(Row))}
    found = {}
    for key, (kind, rows) in places.items():
        mine = [one for one in done if one.kind is kind and one.first(rows) >= scope.start]
        found[key] = len(mine)
        found[f"{key}-principal"] = sum(one.fields.get("principal") is True for one in mine)
    return found


def _responses(done: Iterable[_Done], scope: Scope) -> dict[str, int]:
    """Hotspots responded to: in all, on Weibo or WeChat, and by other written ways (what is only an interview or a press
    conference has rows of its own)."""
    responding = [one for one in done if one.subject]
    written = [one for one in responding if one.kind is Kind.RESPONSE]
    others = [row for row in Row if row not in SOCIAL]
    return {
        "responses": _subjects(responding, Row, scope),
        "responses-social": _subjects(responding, SOCIAL, scope),
        "responses-other": _subjects(written, others, scope),
    }


def _subjects(done: Iterable[_Done], rows: Iterable[Row], scope: Scope) -> int:
    wanted = list(rows)
    return len({one.subject for one in done if one.first(wanted) >= scope.start})


def _asked(done: Iterable[_Done], scope: Scope, references: Mapping[str, str]) -> dict[str, int]:
    """Consultations and surveys, those whose results came, and what the results say.

    Several results of the same consultation are one: of their figures the highest counts, and in a later year only what
    it adds.
    """
    found = {
        key: sum(one.kind is kind and not one.answers and one.first() >= scope.start for one in done)
        for key, kind in (("consultations", Kind.CONSULTATION), ("surveys", Kind.SURVEY))
    }
    answers = [one for one in done if one.answers]
    by_the_end = _answered(answers, references)
    before = _answered([one for one in answers if one.first() < scope.start], references)
    return found | {key: number - before[key] for key, number in by_the_end.items()}


def _answered(answers: Iterable[_Done], references: Mapping[str, str]) -> dict[str, int]:
    by_subject: dict[frozenset[str], list[_Done]] = defaultdict(list)
    for one in answers:
        by_subject[frozenset(references.get(name, name) for name in one.fields["results_of"])].append(one)
    figures = {
        name: sum(max(one.fields.get(name) or 0 for one in same) for same in by_subject.values())
        for name in ("received", "adopted")
    }
    return {"results": len(frozenset().union(*by_subject))} | figures


def _done(connection: Connection, scope: Scope) -> list[_Done]:
    told = _fields(connection, scope)
    query = (
        select(item.c.number, item.c.kind, delivery.c.row, func.min(delivery.c.live_month))
        .join(delivery, delivery.c.item == item.c.number)
        .where(item.c.kind.in_(_LOOKED_AT), scope.counted())
        .group_by(item.c.number, item.c.kind, delivery.c.row)
    )
    found: dict[tuple[int, str], dict[Row, str]] = defaultdict(dict)
    for number, kind, row, month in connection.execute(query):
        found[number, kind][Row(row)] = month
    return [_Done(number, Kind(kind), months, told.get(number, {})) for (number, kind), months in found.items()]


def _fields(connection: Connection, scope: Scope) -> dict[int, Mapping[str, Any]]:
    """The fields of each item's newest revision that went out by the year's end."""
    went_out = delivery.c.action.in_((Action.PUBLISH.value, Action.CORRECT.value))
    out = (
        select(delivery.c.item, delivery.c.revision)
        .join(item, item.c.number == delivery.c.item)
        .where(item.c.kind.in_(_LOOKED_AT), went_out, delivery.c.live_month <= scope.end, *scope.known(delivery))
        .group_by(delivery.c.item, delivery.c.revision)
        .subquery()
    )
    query = select(out.c.item, _fields_text(connection)).join(revision, revision.c.digest == out.c.revision)
    found = connection.execute(query.order_by(out.c.item, revision.c.sequence))
    return {number: json.loads(text) if text else {} for number, text in found}


def _fields_text(connection: Connection) -> ColumnElement[str]:
    """The fields as JSON text, without the body: that stays in the database."""
    if connection.dialect.name == "postgresql":
        return func.json_extract_path_text(cast(revision.c.content, JSON), "fields")
    return func.json_extract(revision.c.content, "$.fields")


def _interpretations(connection: Connection, scope: Scope) -> int:
    firsts = firsts_of(scope)
    query = select(func.count()).select_from(firsts.join(item, item.c.number == firsts.c.item))
    return int(connection.execute(query.where(item.c.kind == Kind.INTERPRETATION.value)).scalar_one())


def _references(connection: Connection) -> dict[str, str]:
    """Every name of a consultation or survey, to its id; of two with one document number the older (``items.by_reference``)."""
    columns = (item.c.number, item.c.document_number, item.c.index_number)
    query = select(*columns).where(item.c.kind.in_(ASKING)).order_by(item.c.number.desc())
    return {str(name): str(row[0]) for row in connection.execute(query) for name in row if name}
