"""The office's figures: a query over the ledger, never a counter that someone increments (design.md, rule 7).

An item counts once per row, at its first live moment there; the total counts it once, on however many channels it
went (国办发〔2014〕32号: 不同渠道和方式公开相同信息计1条). Only deliveries that publish are looked at: corrections and
retries add nothing, and deliveries whose row is empty (feeds) count nowhere.

What is first live in a year is what is live by its end, less what was live before it. So the figures are distinct
items per group, which both databases answer from an index in group order.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    distinct,
    exists,
    func,
    select,
)

from content.clock import stamp
from content.database import Database
from content.schema import delivery, item
from content.vocabulary import KIND_LABELS, ROW_LABELS, Action, Kind, Level, Row

CHANNEL_LABELS: dict[str, str] = {
    "gazette": "政府公报",
    "website": "政府网站",
    "weibo": "政务微博",
    "wechat": "政务微信",
    "app": "移动客户端",
    "radio": "广播",
    "television": "电视",
    "newspaper": "报纸",
}
NOT_GIVEN = "未填写"


class NoSuchYear(ValueError):
    """A number that is no calendar year of four digits."""


class By(StrEnum):
    """What a breakdown is made by."""

    ROW = "row"
    CHANNEL = "channel"
    MONTH = "month"
    ORGAN = "organ"
    KIND = "kind"
    LEVEL = "level"
    OUTLET = "outlet"


PARTITIONS = frozenset({By.MONTH, By.ORGAN, By.KIND, By.LEVEL})
"""Breakdowns whose lines add up to the year; elsewhere an item may stand in several lines."""


@dataclass(frozen=True)
class Counts:
    """The figures of one year, in items (条). *rows* has every row of the form; *outlets* those with a figure."""

    year: int
    items: int
    rows: Mapping[str, int]
    outlets: Mapping[str, int] = field(default_factory=dict)
    rehearsal: bool = False

    @property
    def repeats(self) -> int:
        """How often an item was published again on a further row: the rows' sum less the total (domain.md 8)."""
        return sum(self.rows.values()) - self.items

    def as_json(self) -> dict[str, Any]:
        """The document of ``tongbu counts --json``; ``rehearsal`` stands in it only when it is true."""
        figures = {"year": self.year, "items": self.items, "rows": dict(self.rows), "repeats": self.repeats}
        document = {**figures, "outlets": dict(self.outlets)}
        return document | {"rehearsal": True} if self.rehearsal else document


@dataclass(frozen=True)
class Line:
    """One line of a breakdown: distinct items per row, and in all. *label* is Chinese where there is a word for *key*."""

    key: str
    label: str
    rows: Mapping[str, int]
    items: int

    def as_json(self) -> dict[str, Any]:
        return {"label": self.label, "rows": dict(self.rows), "items": self.items}


@dataclass(frozen=True)
class Scope:
    """Which deliveries of which year are looked at; see ``counts`` for the settings. Raises NoSuchYear."""

    year: int
    withdrawal_subtracts: bool
    known_by: datetime | None

    def __post_init__(self) -> None:
        if not 1 <= self.year <= 9999:
            raise NoSuchYear(f"{self.year} is no year: write four digits, such as 2026")

    @property
    def start(self) -> str:
        """The year's first month; ``end`` is its last."""
        return f"{self.year:04d}-01"

    @property
    def end(self) -> str:
        return f"{self.year:04d}-12"

    def counted(self, *, before: bool = False) -> ColumnElement[bool]:
        """Publications on a counted row, live by the year's end, or *before* it began."""
        live = delivery.c.live_month < self.start if before else delivery.c.live_month <= self.end
        kept = and_(delivery.c.action == Action.PUBLISH.value, delivery.c.row != "", live, *self.known(delivery))
        return and_(kept, delivery.c.item.not_in(self._withdrawn())) if self.withdrawal_subtracts else kept

    def known(self, table: Any) -> list[ColumnElement[bool]]:
        """What leaves out that which was proved after *known_by*."""
        return [] if self.known_by is None else [table.c.observed_at <= stamp(self.known_by)]

    def _withdrawn(self) -> Select[Any]:
        """Items that are withdrawn everywhere at the year's end, each withdrawal confirmed."""
        withdrawal, publication = delivery.alias("withdrawal"), delivery.alias("publication")
        standing = exists().where(
            publication.c.item == withdrawal.c.item,
            self._took_effect(publication, Action.PUBLISH),
            ~self._lifted(publication),
        )
        return select(withdrawal.c.item).where(self._took_effect(withdrawal, Action.WITHDRAW), ~standing)

    def _lifted(self, publication: Any) -> ColumnElement[bool]:
        """Whether the outlet confirmed a withdrawal of this round or a later one."""
        withdrawal = delivery.alias("lifting")
        return exists().where(
            withdrawal.c.item == publication.c.item,
            withdrawal.c.outlet == publication.c.outlet,
            withdrawal.c.round >= publication.c.round,
            self._took_effect(withdrawal, Action.WITHDRAW),
        )

    def _took_effect(self, table: Any, action: Action) -> ColumnElement[bool]:
        return and_(table.c.action == action.value, table.c.live_month <= self.end, *self.known(table))


def counts(
    database: Database,
    year: int,
    withdrawal_subtracts: bool = False,
    rehearsal: bool = False,
    known_by: datetime | None = None,
) -> Counts:
    """The figures of a year (Asia/Shanghai, by ``live_month``).

    *withdrawal_subtracts* is the office's setting: then an item that is withdrawn everywhere by the year's end, with
    confirmed withdrawals, is left out; what is withdrawn later changes no past year. *rehearsal* stamps the figures.
    *known_by* leaves out what was proved after that moment, so that a closed year can be counted again as it was
    closed; the difference to the figures without it is the year's addendum. Raises NoSuchYear.
    """
    scope = Scope(year, withdrawal_subtracts, known_by)
    with database.read() as connection:
        per_row = _first_live(connection, scope, delivery.c.row)
        per_outlet = _first_live(connection, scope, delivery.c.outlet)
        total = _first_live(connection, scope, None)
    return Counts(
        year=year,
        items=total.get("", 0),
        rows={row.value: per_row.get(row.value, 0) for row in Row},
        outlets={outlet: number for outlet, number in sorted(per_outlet.items()) if number},
        rehearsal=rehearsal,
    )


def counts_by(
    database: Database,
    year: int,
    by: By | str,
    withdrawal_subtracts: bool = False,
    names: Mapping[str, str] | None = None,
    known_by: datetime | None = None,
) -> list[Line]:
    """A year's figures broken down; see ``counts`` for the settings. *names* are the outlets' names by id.

    By row and by month every line is there, elsewhere only those with a figure. By month, organ, kind and level the
    lines add up to the year; by row, channel and outlet an item stands in each line where it was published, at its
    first live moment there. Raises NoSuchYear, and ValueError for a breakdown that is not known.
    """
    wanted, scope = By(by), Scope(year, withdrawal_subtracts, known_by)
    figures: dict[str, dict[str, int]] = {}
    with database.read() as connection:
        for key, row, number in connection.execute(_broken_down(scope, wanted, per_row=True)):
            figures.setdefault(key, {})[row] = number
        totals = _by_key(connection.execute(_broken_down(scope, wanted, per_row=False)))
    labels = _labels(wanted, scope, names or {})
    keys = totals.keys() | figures.keys() | (labels.keys() if wanted in (By.ROW, By.MONTH) else set())
    lines = [_line(key, labels.get(key, ""), figures.get(key, {}), totals.get(key, 0)) for key in keys]
    return sorted(lines, key=lambda line: _position(wanted, line))


def carried_over(database: Database, year: int, known_by: datetime | None = None) -> int:
    """How many items count on a row in this year though they were first live, on another row, in an earlier one.

    They are not in the year's total. Only because of them can a row exceed the total.
    """
    scope = Scope(year, withdrawal_subtracts=False, known_by=known_by)
    firsts = firsts_of(scope, delivery.c.row)
    earlier = select(delivery.c.item).where(scope.counted(before=True))
    query = select(func.count(distinct(firsts.c.item))).where(firsts.c.month >= scope.start, firsts.c.item.in_(earlier))
    with database.read() as connection:
        return int(connection.execute(query).scalar_one())


def remarks(found: Counts) -> list[str]:
    """What somebody who files these figures should know, in Chinese (domain.md 8: max(渠道) ≤ 总数 ≤ Σ渠道)."""
    highest, total = max(found.rows.values(), default=0), sum(found.rows.values())
    said = ["本组数据来自演练环境，不得作为统计数据填报。"] if found.rehearsal else []
    if found.items > total:
        return [
            *said,
            f"错误：公开总数{found.items}条大于各渠道之和{total}条，数据有误，请运行 tongbu verify 核对台账。",
        ]
    if found.items < highest:
        said.append(_more_than_the_total(found, highest))
    elif _published_on_several(found) and found.repeats == 0:
        said.append(
            f"公开总数与各渠道之和相等（均为{total}条）：没有一条信息在两个以上渠道公开，"
            "或者未按“不同渠道和方式公开相同信息计1条”的口径去重，请核对。"
        )
    if found.repeats > 0 and found.items > 0:
        average = total / found.items
        said.append(
            f"各渠道之和{total}条，比公开总数多{found.repeats}条，为重复公开（平均每条信息经{average:.3f}个渠道公开）。"
        )
    return said


def _more_than_the_total(found: Counts, highest: int) -> str:
    row = next(row for row in Row if found.rows.get(row.value, 0) == highest)
    return (
        f"公开总数{found.items}条小于{ROW_LABELS[row]}的{highest}条：至少有{highest - found.items}条信息以前年度已在其他渠道首次公开，"
        "总数计入以前年度，本年度只计入该渠道。填报统计表前请核对（表内要求总数不小于任一渠道）。"
    )


def _published_on_several(found: Counts) -> bool:
    return sum(number > 0 for number in found.rows.values()) > 1


def _first_live(connection: Connection, scope: Scope, group: Column[str] | None) -> dict[str, int]:
    """Distinct items first live within the year, for each value of the column; all together under ``""``."""
    by_the_end = _distinct_items(connection, group, scope.counted())
    earlier = _distinct_items(connection, group, scope.counted(before=True))
    return {key: number - earlier.get(key, 0) for key, number in by_the_end.items()}


def _distinct_items(connection: Connection, group: Column[str] | None, where: ColumnElement[bool]) -> dict[str, int]:
    number = func.count(distinct(delivery.c.item))
    if group is None:
        return {"": int(connection.execute(select(number).where(where)).scalar_one())}
    return _by_key(connection.execute(select(group, number).where(where).group_by(group)))


def _by_key(found: Iterable[Any]) -> dict[str, int]:
    return {row[0]: row[1] for row in found}


def firsts_of(scope: Scope, *group: Column[str]) -> Subquery:
    """The month in which each item was first live in each group, of items for which that is within the year."""
    first = func.min(delivery.c.live_month).label("month")
    query = select(*group, delivery.c.item, first).where(scope.counted()).group_by(*group, delivery.c.item)
    return query.having(first >= scope.start).subquery("firsts")


def _broken_down(scope: Scope, by: By, *, per_row: bool) -> Select[Any]:
    """key, (row,) number of items."""
    of_delivery = {By.ROW: delivery.c.row, By.CHANNEL: delivery.c.channel, By.OUTLET: delivery.c.outlet}
    group = [of_delivery[by]] if by in of_delivery else []
    if per_row and by is not By.ROW:
        group.append(delivery.c.row)
    firsts = firsts_of(scope, *group)
    key = _key(by, firsts)
    shown = [key, firsts.c.row] if per_row else [key]
    query = select(*shown, func.count()).group_by(*shown)
    if by in (By.ORGAN, By.KIND, By.LEVEL):
        return query.select_from(firsts.join(item, item.c.number == firsts.c.item))
    return query.select_from(firsts)


def _key(by: By, firsts: Subquery) -> Any:
    return item.c[by.value] if by in (By.ORGAN, By.KIND, By.LEVEL) else firsts.c[by.value]


def _labels(by: By, scope: Scope, names: Mapping[str, str]) -> Mapping[str, str]:
    known: dict[By, Mapping[str, str]] = {
        By.ROW: {row.value: label for row, label in ROW_LABELS.items()},
        By.MONTH: {f"{scope.year:04d}-{month:02d}": f"{month}月" for month in range(1, 13)},
        By.KIND: {kind.value: label for kind, label in KIND_LABELS.items()},
        By.CHANNEL: CHANNEL_LABELS,
        By.OUTLET: names,
    }
    return known.get(by, {})


def _line(key: str, label: str, rows: Mapping[str, int], items: int) -> Line:
    return Line(key, label or key or NOT_GIVEN, {row.value: rows.get(row.value, 0) for row in Row}, items)


def _position(by: By, line: Line) -> tuple[int, int, str]:
    """Rows, kinds and levels in the order of the vocabulary, months in theirs, all others by their figures."""
    orders: dict[By, Sequence[str]] = {By.ROW: list(Row), By.KIND: list(Kind), By.LEVEL: list(Level)}
    order = orders.get(by)
    if order is not None:
        return (order.index(line.key) if line.key in order else len(order), 0, line.key)
    if by is By.MONTH:
        return (0, 0, line.key)
    leading = next((place for place, row in enumerate(Row) if line.rows[row.value]), len(Row))
    return (0 if by is By.ORGAN else leading, -line.items, line.key)
