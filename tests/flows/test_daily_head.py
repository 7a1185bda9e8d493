"""The head of the chain is kept once a day, by the clock and after broadcasts, and never stands in their way."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from content import events, heads
from content.clock import in_china, system_clock
from flows import run
from flows.daily_head import keep_daily_head
from flows.workspace import Workspace

PLATFORMS = ["weibo-main", "wechat-main"]


def tick(office: Any, at_work: Any) -> None:
    run.tick(office.wired.workspace, run.InlineRunner(), at_work.quiet)


def kept(office: Any) -> list[str]:
    return sorted(path.name for path in (office.home / "heads").glob("*.json"))


def test_the_clock_keeps_one_head_a_day(new_office: Any, at_work: Any) -> None:
    today = in_china(new_office.clock())
    for _ in range(3):
        tick(new_office, at_work)
    assert kept(new_office) == [f"{today:%Y-%m-%d}.json"]
    new_office.clock.forward(days=1)
    for _ in range(3):
        tick(new_office, at_work)
    assert kept(new_office) == [f"{today + timedelta(days=days):%Y-%m-%d}.json" for days in (0, 1)]
    assert heads.read((new_office.home / "heads").glob("*.json"))[-1] == events.head(new_office.wired.database)


def test_the_day_is_the_readers(new_office: Any) -> None:
    late = datetime(2027, 6, 30, 15, 58, tzinfo=UTC)
    for moment, day in ((late, "2027-06-30"), (late + timedelta(minutes=3), "2027-07-01")):
        new_office.clock.span = moment - system_clock()
        assert keep_daily_head(new_office.wired.workspace) == new_office.home / "heads" / f"{day}.json"


def test_once_the_day_has_its_head_the_database_is_left_alone(new_office: Any) -> None:
    workspace = new_office.wired.workspace
    assert keep_daily_head(workspace) is not None
    unopened = Workspace(workspace.home, workspace.settings, workspace.clock)
    assert keep_daily_head(unopened) is None
    assert "database" not in vars(unopened)


def test_a_broadcast_leaves_the_head_of_the_day(quiet_office: Any, at_work: Any) -> None:
    ordered = quiet_office.order("1001", without=PLATFORMS)
    order = {"do": "broadcast", "broadcast": ordered.id, "wait": True}
    document = run.execute(quiet_office.wired.workspace, order, run.InlineRunner(), at_work.quiet)
    assert document["state"] == "synchronised"
    assert len(kept(quiet_office)) == 1
    assert heads.read((quiet_office.home / "heads").iterdir()) == [events.head(quiet_office.wired.database)]


def test_a_head_that_cannot_be_written_is_told_once_and_stops_nothing(
    quiet_office: Any, at_work: Any, caplog: pytest.LogCaptureFixture
) -> None:
    blocked: Path = quiet_office.home / "heads"
    blocked.write_text("no folder")
    ordered = quiet_office.order("1001", without=PLATFORMS)
    order = {"do": "broadcast", "broadcast": ordered.id, "wait": True}
    with caplog.at_level(logging.WARNING, "tongbu.heads"):
        document = run.execute(quiet_office.wired.workspace, order, run.InlineRunner(), at_work.quiet)
        for _ in range(3):
            tick(quiet_office, at_work)
    assert document["state"] == "synchronised"
    told = [record.getMessage() for record in caplog.records if record.name == "tongbu.heads"]
    assert len(told) == 1
    assert str(blocked) in told[0]
    blocked.unlink()
    tick(quiet_office, at_work)
    assert len(kept(quiet_office)) == 1


def test_a_database_that_cannot_be_read_stops_nothing(new_office: Any, tmp_path: Path) -> None:
    workspace = new_office.wired.workspace
    gone = Workspace(tmp_path / "elsewhere", workspace.settings, workspace.clock)
    assert keep_daily_head(gone) is None
    assert not (tmp_path / "elsewhere").exists()
