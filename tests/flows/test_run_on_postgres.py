"""The one run with its ledger on PostgreSQL."""

from pathlib import Path
from typing import Any

import pytest

from content import counts
from content.gazette.order import Move
from content.gazette.verifying import verify
from flows import issues
from flows.workspace import WorkspaceError, make

pytestmark = pytest.mark.postgres
NARROWED = {"without": ["weibo-main", "wechat-main"]}


def test_the_whole_run_goes_through_and_is_counted(at_work: Any, tmp_path: Path, postgres_url: str) -> None:
    office = at_work.Office.make(tmp_path / "工作区", postgres_url)
    item = office.approve()
    document = office.broadcast(item, **NARROWED)
    assert (document["state"], document["exit"]) == ("partial", 3)
    states = office.states(item)
    assert {name for name, state in states.items() if state == "live"} == {"portal", "feeds", "app"}
    assert {name for name, state in states.items() if state == "accepted"} == {"radio", "television", "newspaper"}
    assert states["gazette"] == "planned"
    found = counts.counts(office.wired.database, at_work.today().year)
    assert (found.items, found.rows["website"], found.rows["other"]) == (1, 1, 1)
    assert office.chain_holds()
    office.close()


def test_a_second_broadcast_and_a_withdrawal_move_the_same_deliveries(
    at_work: Any, tmp_path: Path, postgres_url: str
) -> None:
    office = at_work.Office.make(tmp_path / "工作区", postgres_url)
    item = office.approve()
    office.broadcast(item, **NARROWED)
    before = len(office.records(item))
    office.broadcast(item, **NARROWED)
    assert len(office.records(item)) == before
    assert office.withdraw(item)["exit"] == 0
    assert office.chain_holds()
    office.close()


def test_a_database_that_belongs_to_a_workspace_is_not_taken_twice(tmp_path: Path, postgres_url: str) -> None:
    make(tmp_path / "one", database_url=postgres_url).database.engine.dispose()
    with pytest.raises(WorkspaceError, match="belongs to a workspace"):
        make(tmp_path / "two", database_url=postgres_url)


def test_an_issue_is_frozen_signed_and_closed(at_work: Any, tmp_path: Path, postgres_url: str) -> None:
    office = at_work.Office.make(tmp_path / "工作区", postgres_url)
    issues.open_issue(office.wired, at_work.today().year, 11, 131)
    item = office.approve()
    office.broadcast(item, outlets=["portal", "gazette"])
    issues.order(office.wired, Move(item, "部门文件"), at_work.EDITOR, at_work.ask)
    _, proof, _ = issues.freeze(office.wired, at_work.today(), None, at_work.EDITOR, at_work.ask)
    for level, name in (("初审", at_work.FIRST), ("终审", at_work.LAST)):
        issues.sign(office.wired, name, level, proof.digest, at_work.ask)
    closed, _, _ = issues.close(office.wired, at_work.EDITOR, at_work.ask)
    assert office.states(item)["gazette"] == "live"
    contents = issues.store(office.wired).contents(closed.id)
    assert contents is not None
    assert [section.name for section in contents.sections] == ["部门文件"]
    assert verify(office.wired.database, office.wired.workspace.assets) == (1, [])
    assert office.chain_holds()
    office.close()
