"""The print gazette's issues: opened, filled, put in order, closed. Numbers are gapless and never reassigned.

What goes out joins the open issue at once; it is live when its issue is closed and published (design.md, Live).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, overload

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Engine,
    ForeignKey,
    Index,
    Integer,
    Row,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from content.canonical import canonical_json
from content.clock import Clock, in_china, stamp, unstamp
from content.database import Database
from content.issue import Issue, IssueEntry, IssueError, IssueState, NoOpenIssue
from content.schema import metadata
from content.vocabulary import Action

__all__ = ["IssueError", "Issues", "NoOpenIssue", "entry_table", "issue_table"]

issue_table = Table(
    "issue",
    metadata,
    Column("id", Text, primary_key=True),
    Column("year", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("total_number", Integer),
    Column("state", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("closed_at", Text),
    Column("issued_on", Text),
    Column("pdf_digest", Text),
    Column("copies", Integer),
    UniqueConstraint("year", "number"),
    CheckConstraint("state IN ('open', 'closed')", name="issue_state_word"),
)
Index(
    "issue_one_open",
    issue_table.c.state,
    unique=True,
    sqlite_where=text("state = 'open'"),
    postgresql_where=text("state = 'open'"),
)

entry_table = Table(
    "issue_entry",
    metadata,
    Column("issue", Text, ForeignKey("issue.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("section", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("action", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("parts", Text, nullable=False),
    Column("added_at", Text, nullable=False),
    UniqueConstraint("item_id", "sequence", "action", "round"),
)


class Issues:
    """All issues of one workspace, on SQLite or PostgreSQL. Every change is one short transaction.

    The engine's ``begin()`` must take SQLite's write lock at once, as that of ``content.database`` does.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._database = Database(engine, clock)
        self._clock = clock

    def open(self, year: int, number: int | None = None, total: int | None = None) -> Issue:
        """Opens the next issue of a year.

        *number* and *total* (总期号) are only for a gazette that is older than this workspace: they are taken where
        nothing comes before, and must else be the next. Raises IssueError.
        """
        try:
            with self._database.write() as connection:
                return self._open(connection, year, number, total)
        except IntegrityError:
            raise IssueError(_one_open_already(self.current())) from None

    def add(
        self, item_id: str, sequence: int, action: Action, round: int, section: str, parts: Mapping[str, str]
    ) -> IssueEntry:
        """Lets an item join the open issue; joining twice gives the first entry, whatever has become of its issue.

        *round* is the delivery's: what goes out again after a withdrawal joins anew.

        Raises NoOpenIssue when none is open, and IssueError when it joined already with other files.
        """
        with self._database.write() as connection:
            opened = _locked_open(connection)
            known = _find(connection, item_id, sequence, action, round)
            if known is not None:
                return _same_parts(known, parts)
            if opened is None:
                raise NoOpenIssue
            entry = IssueEntry(
                issue=opened.id,
                position=_last_position(connection, opened.id) + 1,
                section=section,
                item_id=item_id,
                sequence=sequence,
                action=action,
                round=round,
                parts=dict(parts),
                added_at=self._clock(),
            )
            connection.execute(insert(entry_table).values(**_entry_values(entry)))
            return entry

    def entries(self, issue_id: str) -> list[IssueEntry]:
        """What joined an issue, by position; empty for an issue that does not exist."""
        with self._database.read() as connection:
            return _entries(connection, issue_id)

    def reorder(self, issue_id: str, positions: Sequence[int]) -> list[IssueEntry]:
        """Puts the entries of an open issue in a new order: the present positions, as they shall follow.

        Raises IssueError when the issue is closed or the list does not name each position once.
        """
        with self._database.write() as connection:
            opened = _locked_open(connection)
            if opened is None or opened.id != issue_id:
                raise IssueError(f"公报期 {issue_id} 未打开，不能调整顺序。")
            present = [entry.position for entry in _entries(connection, issue_id)]
            if sorted(positions) != present:
                raise IssueError(f"顺序须把 {_listed(present)} 各写一次，不多不少。")
            _renumber(connection, issue_id, positions)
            return _entries(connection, issue_id)

    def close(
        self, issued_on: date, pdf_digest: str, copies: int | None = None, entry_count: int | None = None
    ) -> Issue:
        """Closes the open issue with the digest of its signed PDF and its date of issue.

        *entry_count* is how many entries the PDF was made from: an item that joined since then must not be lost.
        Raises NoOpenIssue and IssueError.
        """
        with self._database.write() as connection:
            opened = _locked_open(connection)
            if opened is None:
                raise NoOpenIssue
            joined = _last_position(connection, opened.id)
            self._refuse_close(opened, issued_on, joined, entry_count)
            values = {
                "state": IssueState.CLOSED,
                "closed_at": stamp(self._clock()),
                "issued_on": issued_on.isoformat(),
                "pdf_digest": pdf_digest,
                "copies": copies,
            }
            connection.execute(update(issue_table).where(issue_table.c.id == opened.id).values(**values))
            return _issue(connection.execute(select(issue_table).where(issue_table.c.id == opened.id)).one())

    def current(self) -> Issue | None:
        """The open issue."""
        with self._database.read() as connection:
            row = connection.execute(select(issue_table).where(issue_table.c.state == IssueState.OPEN)).one_or_none()
        return _issue(row) if row else None

    def get(self, issue_id: str) -> Issue | None:
        with self._database.read() as connection:
            row = connection.execute(select(issue_table).where(issue_table.c.id == issue_id)).one_or_none()
        return _issue(row) if row else None

    def all(self) -> list[Issue]:
        """Every issue, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(issue_table).order_by(issue_table.c.year, issue_table.c.number))
            return [_issue(row) for row in rows]

    def of_item(self, item_id: str) -> list[IssueEntry]:
        """Where an item stands, in the order of joining."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(entry_table)
                .where(entry_table.c.item_id == item_id)
                .order_by(entry_table.c.added_at, entry_table.c.round, entry_table.c.sequence)
            )
            return [_entry(row) for row in rows]

    def find(self, item_id: str, sequence: int, action: Action, round: int) -> IssueEntry | None:
        with self._database.read() as connection:
            return _find(connection, item_id, sequence, action, round)

    def _open(self, connection: Connection, year: int, number: int | None, total: int | None) -> Issue:
        opened = _locked_open(connection)
        if opened is not None:
            raise IssueError(_one_open_already(opened))
        last_year, last_total = connection.execute(
            select(func.max(issue_table.c.year), func.max(issue_table.c.total_number))
        ).one()
        if last_year is not None and year < last_year:
            raise IssueError(f"已有{last_year}年的公报期，不能再打开{year}年的。")
        last = connection.execute(
            select(func.max(issue_table.c.number)).where(issue_table.c.year == year)
        ).scalar_one_or_none()
        chosen = _next("期号", last, number, otherwise=1)
        values = {
            "id": f"{year}-{chosen}",
            "year": year,
            "number": chosen,
            "total_number": _next("总期号", last_total, total, otherwise=None),
            "state": IssueState.OPEN,
            "opened_at": stamp(self._clock()),
        }
        connection.execute(insert(issue_table).values(**values))
        return _issue(connection.execute(select(issue_table).where(issue_table.c.id == values["id"])).one())

    def _refuse_close(self, opened: Issue, issued_on: date, joined: int, entry_count: int | None) -> None:
        if joined == 0:
            raise IssueError(f"{opened.label}还没有文件，不能关闭。")
        if entry_count is not None and entry_count != joined:
            raise IssueError(f"{opened.label}在排版之后有变动（现有 {joined} 件），请重新排版并审签。")
        if issued_on < in_china(opened.opened_at).date():
            raise IssueError(f"出版日期 {issued_on} 早于{opened.label}的打开日期，请核对。")


def _one_open_already(opened: Issue | None) -> str:
    name = opened.label if opened else "另一期"
    return f"{name}尚未关闭，同时只能打开一期；请先运行 tongbu gazette close。"


@overload
def _next(name: str, last: int | None, wanted: int | None, otherwise: int) -> int: ...
@overload
def _next(name: str, last: int | None, wanted: int | None, otherwise: None) -> int | None: ...
def _next(name: str, last: int | None, wanted: int | None, otherwise: int | None) -> int | None:
    following = last + 1 if last is not None else None
    if wanted is not None and (wanted < 1 or following not in (None, wanted)):
        raise IssueError(f"{name}须连续编号，下一个是 {following or otherwise or 1}，不能是 {wanted}。")
    return wanted or following or otherwise


def _locked_open(connection: Connection) -> Issue | None:
    """The open issue, its row locked on PostgreSQL: one change at a time."""
    query = select(issue_table).where(issue_table.c.state == IssueState.OPEN).with_for_update()
    row = connection.execute(query).one_or_none()
    return _issue(row) if row else None


def _find(connection: Connection, item_id: str, sequence: int, action: Action, round: int) -> IssueEntry | None:
    row = connection.execute(
        select(entry_table).where(
            entry_table.c.item_id == item_id,
            entry_table.c.sequence == sequence,
            entry_table.c.action == action,
            entry_table.c.round == round,
        )
    ).one_or_none()
    return _entry(row) if row else None


def _same_parts(known: IssueEntry, parts: Mapping[str, str]) -> IssueEntry:
    if dict(known.parts) != dict(parts):
        raise IssueError(f"稿件 {known.item_id} 已编入公报期 {known.issue}，但内容不同，请人工核对。")
    return known


def _last_position(connection: Connection, issue_id: str) -> int:
    query = select(func.max(entry_table.c.position)).where(entry_table.c.issue == issue_id)
    return connection.execute(query).scalar_one_or_none() or 0


def _entries(connection: Connection, issue_id: str) -> list[IssueEntry]:
    rows = connection.execute(
        select(entry_table).where(entry_table.c.issue == issue_id).order_by(entry_table.c.position)
    )
    return [_entry(row) for row in rows]


def _renumber(connection: Connection, issue_id: str, positions: Sequence[int]) -> None:
    """In two steps, so that no two entries share a position at any moment."""
    here = entry_table.c.issue == issue_id
    for new, old in enumerate(positions, 1):
        moved = update(entry_table).where(here, entry_table.c.position == old)
        connection.execute(moved.values(position=-new))
    connection.execute(update(entry_table).where(here).values(position=-entry_table.c.position))


def _listed(positions: Sequence[int]) -> str:
    return "、".join(map(str, positions)) or "（空）"


def _entry_values(entry: IssueEntry) -> dict[str, Any]:
    return {
        "issue": entry.issue,
        "position": entry.position,
        "section": entry.section,
        "item_id": entry.item_id,
        "sequence": entry.sequence,
        "action": entry.action,
        "round": entry.round,
        "parts": canonical_json(dict(entry.parts)).decode(),
        "added_at": stamp(entry.added_at),
    }


def _entry(row: Row[Any]) -> IssueEntry:
    return IssueEntry(
        issue=row.issue,
        position=row.position,
        section=row.section,
        item_id=row.item_id,
        sequence=row.sequence,
        action=Action(row.action),
        round=row.round,
        parts=json.loads(row.parts),
        added_at=unstamp(row.added_at),
    )


def _issue(row: Row[Any]) -> Issue:
    return Issue(
        id=row.id,
        year=row.year,
        number=row.number,
        total_number=row.total_number,
        state=IssueState(row.state),
        opened_at=unstamp(row.opened_at),
        closed_at=unstamp(row.closed_at) if row.closed_at else None,
        issued_on=date.fromisoformat(row.issued_on) if row.issued_on else None,
        pdf_digest=row.pdf_digest or "",
        copies=row.copies,
    )
