"""The print gazette's issues: opened, filled, put in order, closed. Numbers are gapless and never reassigned.

What goes out joins the open issue at once; it is live when its issue is closed and published (design.md, Live).
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, overload

from sqlalchemy import Connection, Engine, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from content.canonical import canonical_json
from content.clock import Clock, stamp, unstamp
from content.database import Database
from content.events import append
from content.gazette.contents import Contents, contents_of
from content.gazette.issue import Issue, IssueEntry, IssueError, IssueState, NoOpenIssue
from content.gazette.order import Move, moved
from content.gazette.schema import entry_table, issue_table, proof_table
from content.people import SignedAct
from content.vocabulary import Action

__all__ = ["IssueError", "Issues", "NoOpenIssue", "entry_table", "issue_table"]


class Issues:
    """All issues of one workspace, on SQLite or PostgreSQL. Every change is one short transaction.

    The engine's ``begin()`` must take SQLite's write lock at once, as that of ``content.database`` does.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.database = Database(engine, clock)
        self._clock = clock

    def open(self, year: int, number: int | None = None, total: int | None = None) -> Issue:
        """Opens the next issue of a year.

        *number* and *total* (总期号) are only for a gazette that is older than this workspace: they are taken where
        nothing comes before, and must else be the next. Raises IssueError.
        """
        try:
            with self.database.write() as connection:
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
        with self.database.write() as connection:
            opened = locked_open(connection)
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
        with self.database.read() as connection:
            return entries_in(connection, issue_id)

    def move(self, move: Move, sections: Sequence[str], act: SignedAct) -> list[IssueEntry]:
        """Moves a document of the open issue to another place or section, under the signed word of who does it; the
        entries as they then stand. *sections* are the names that the settings have, in their order.

        Raises NoOpenIssue, and IssueError for a document or section that is not there.
        """
        with self.database.write() as connection:
            opened = locked_open(connection)
            if opened is None:
                raise NoOpenIssue
            present = entries_in(connection, opened.id)
            order = moved(present, move, sections)
            _renumber(connection, opened.id, [entry.position for entry in order])
            for position, entry in enumerate(order, 1):
                _change_section(connection, opened.id, position, entry.section)
            told = {"item": move.item_id, "section": move.section, "before": move.before}
            signed = {"person": act.person, "signature": act.signature}
            append(connection, self.database, "issue.ordered", f"issue/{opened.id}", told | signed)
            return entries_in(connection, opened.id)

    def contents(self, issue_id: str) -> Contents | None:
        """What readers of a closed issue have: sections, documents with their pages, the PDFs' digests. None for an open
        issue, and for one that was closed before such contents were kept."""
        with self.database.read() as connection:
            kept = connection.execute(
                select(proof_table.c.contents)
                .join(issue_table, issue_table.c.proof == proof_table.c.digest)
                .where(issue_table.c.id == issue_id)
            ).scalar_one_or_none()
        return contents_of(json.loads(kept)) if kept else None

    def current(self) -> Issue | None:
        """The open issue."""
        with self.database.read() as connection:
            row = connection.execute(select(issue_table).where(issue_table.c.state == IssueState.OPEN)).one_or_none()
        return issue_of(row) if row else None

    def get(self, issue_id: str) -> Issue | None:
        with self.database.read() as connection:
            row = connection.execute(select(issue_table).where(issue_table.c.id == issue_id)).one_or_none()
        return issue_of(row) if row else None

    def all(self) -> list[Issue]:
        """Every issue, oldest first."""
        with self.database.read() as connection:
            rows = connection.execute(select(issue_table).order_by(issue_table.c.year, issue_table.c.number))
            return [issue_of(row) for row in rows]

    def of_item(self, item_id: str) -> list[IssueEntry]:
        """Where an item stands, in the order of joining."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(entry_table)
                .where(entry_table.c.item_id == item_id)
                .order_by(entry_table.c.added_at, entry_table.c.round, entry_table.c.sequence)
            )
            return [_entry(row) for row in rows]

    def find(self, item_id: str, sequence: int, action: Action, round: int) -> IssueEntry | None:
        with self.database.read() as connection:
            return _find(connection, item_id, sequence, action, round)

    def _open(self, connection: Connection, year: int, number: int | None, total: int | None) -> Issue:
        opened = locked_open(connection)
        if opened is not None:
            raise IssueError(_one_open_already(opened))
        last_year = connection.execute(select(func.max(issue_table.c.year))).scalar_one()
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
            "total_number": _total(connection, year, chosen, total),
            "state": IssueState.OPEN,
            "opened_at": stamp(self._clock()),
        }
        connection.execute(insert(issue_table).values(**values))
        append(connection, self.database, "issue.opened", f"issue/{values['id']}", {"total": values["total_number"]})
        return issue_of(connection.execute(select(issue_table).where(issue_table.c.id == values["id"])).one())


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


def _total(connection: Connection, year: int, number: int, wanted: int | None) -> int | None:
    """总期号: the next one of ours. Before our first it follows the newest issue that was entered from before, where that
    is its neighbour; years that are still to be entered leave room."""
    ours = select(func.max(issue_table.c.total_number)).where(~issue_table.c.recorded)
    last = connection.execute(ours).scalar_one()
    earlier = select(issue_table).where(issue_table.c.recorded, issue_table.c.total_number.is_not(None))
    newest = connection.execute(earlier.order_by(issue_table.c.total_number.desc()).limit(1)).one_or_none()
    if last is not None or newest is None:
        return _next("总期号", last, wanted, otherwise=None)
    if wanted is not None and wanted <= newest.total_number:
        raise IssueError(
            f"总期号 {wanted} 不大于已补录的{newest.year}年第{newest.number}号的总期号（{newest.total_number}）。"
        )
    near = (newest.year, newest.number) == (year, number - 1) or (newest.year == year - 1 and number == 1)
    return wanted or (newest.total_number + 1 if near else None)


def locked_open(connection: Connection) -> Issue | None:
    """The open issue, its row locked on PostgreSQL: one change at a time."""
    query = select(issue_table).where(issue_table.c.state == IssueState.OPEN).with_for_update()
    row = connection.execute(query).one_or_none()
    return issue_of(row) if row else None


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


def entries_in(connection: Connection, issue_id: str) -> list[IssueEntry]:
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


def _change_section(connection: Connection, issue_id: str, position: int, section: str) -> None:
    here = (entry_table.c.issue == issue_id, entry_table.c.position == position, entry_table.c.section != section)
    connection.execute(update(entry_table).where(*here).values(section=section))


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


def issue_of(row: Row[Any]) -> Issue:
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
        proof=row.proof or "",
        recorded=row.recorded,
        published_at=unstamp(row.published_at) if row.published_at else None,
        url=row.url or "",
    )
