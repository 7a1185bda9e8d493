"""README's “How to add a channel”, followed to the letter: a notice board for the lobby, through the real run."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import channels
from channels.base import CannotRender, Channel, Refused
from content import counts, items, people
from content.broadcasts import Order
from content.clock import in_china
from content.item import Item, Revision
from content.records import Record, of_item
from content.vocabulary import Action, Row, State
from flows import editing, publishing, run
from flows.wiring import Wired
from flows.workspace import Workspace, make
from tests.channels import partner_bench as made
from tests.channels.noticeboard.noticeboard import NOTICE, Noticeboard

Golden = Callable[[str, bytes], None]
LINE = "tests.channels.noticeboard.noticeboard:Noticeboard"
SUMMARY = "规范全市基层政务公开工作，明确公开事项、标准和流程，12月31日前完成。"
EDITOR, FIRST, LAST = "李文", "周岚", "陈国平"
OUTLET = """
[[outlets]]
id = "lobby"
channel = "noticeboard"
name = "政务服务大厅公告屏"
identity = "政务服务大厅"
"""
FILE = """---
稿件种类: 便民公告
标题: 关于中心城区部分区域计划停水的公告
发文机关: 荆州市住房和城乡建设局
公开方式: 主动公开
栏目: bmgg
责任编辑: 周敏
联系方式: 0716-8278407
内容概述: 因供水主管改造，中心城区部分区域28日22时起停水8小时，请提前储水。
---

因供水主管改造，中心城区部分区域停水，请提前储备生活用水。
"""


@pytest.fixture
def board(tmp_path: Path) -> Noticeboard:
    return Noticeboard(made.outlet("noticeboard"), made.workbench(tmp_path))


def notice(**changes: str) -> Revision:
    return made.policy(**{"summary": SUMMARY, **changes})


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.CORRECT, Action.WITHDRAW])
def test_the_notice_is_as_it_was_reviewed(board: Noticeboard, golden: Golden, action: Action) -> None:
    assert isinstance(board, Channel)
    reason = "" if action is Action.PUBLISH else "完成期限有误"
    golden(f"noticeboard/{action}.txt", board.render(made.ITEM, notice(), action, reason).parts[NOTICE].data)


def test_no_line_is_longer_than_the_screen_and_no_word_is_lost(board: Noticeboard) -> None:
    lines = board.render(made.ITEM, notice()).text(NOTICE).splitlines()
    assert max(map(len, lines)) <= 20
    assert "".join(lines) == made.FIELDS.title + SUMMARY


def test_what_does_not_fit_on_the_screen_is_refused_not_cut(board: Noticeboard) -> None:
    revision = notice(summary="停水通知，" * 60)
    (finding,) = board.check(revision)
    assert finding.code == "noticeboard-long" and finding.blocks
    with pytest.raises(CannotRender):
        board.render(made.ITEM, revision)


def test_the_screen_shows_office_date_and_notice_and_is_read_back(board: Noticeboard) -> None:
    work, rendition = made.delivery(), board.render(made.ITEM, notice())
    receipt = board.release(work, rendition, board.prepare(work, rendition))
    shown = (board.public / "1001.txt").read_text(encoding="utf-8")
    assert shown == f"荆州市人民政府\n2026年11月23日\n\n{rendition.text(NOTICE)}\n"
    assert receipt.state is State.LIVE and receipt == board.find(work, rendition)


def test_a_file_that_somebody_changed_is_not_ours(board: Noticeboard) -> None:
    work, rendition = made.delivery(), board.render(made.ITEM, notice())
    board.release(work, rendition, board.prepare(work, rendition))
    (board.public / "1001.txt").write_text("篡改", encoding="utf-8")
    assert board.find(work, rendition) is None


def test_an_older_revision_does_not_come_back(board: Noticeboard) -> None:
    rendition = board.render(made.ITEM, notice())
    newer, older = made.delivery(sequence=2), made.delivery(sequence=1)
    board.release(newer, rendition, board.prepare(newer, rendition))
    with pytest.raises(Refused):
        board.release(older, rendition, board.prepare(older, rendition))


@pytest.fixture
def wired(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wired:
    """A workspace with one more outlet in its settings, and the channel's one line in the registry."""
    monkeypatch.setitem(channels.CHANNELS, "noticeboard", LINE)
    home = tmp_path / "workspace"
    made_workspace = make(home)
    made_workspace.database.engine.dispose()
    with (home / "tongbu.toml").open("a", encoding="utf-8") as settings:
        settings.write(OUTLET)
    workspace = Workspace.open(home)
    for name, roles in ((EDITOR, ()), (FIRST, ("初审",)), (LAST, ("终审", "撤稿"))):
        people.add(workspace.database, workspace.keys, name, "办公室", roles, _ask(name))
    return Wired(workspace)


def test_the_one_run_takes_it_along_counts_it_and_withdraws_it(wired: Wired, tmp_path: Path) -> None:
    item_id = _handed_in_and_signed(wired, tmp_path / "notice.md")
    screen = wired.workspace.outlet_folder("lobby") / "public" / f"{item_id}.txt"

    document = _broadcast(wired, item_id)
    assert document["state"] == "synchronised"
    first = _delivery(wired, item_id)
    assert (first.state, first.target.row) == (State.LIVE, Row.OTHER.value)
    assert "请提前储水。" in screen.read_text(encoding="utf-8")
    assert screen.read_text(encoding="utf-8").startswith("【演练】")
    assert _counted(wired, first)["other"] == 1

    written = screen.stat()
    assert _broadcast(wired, item_id)["state"] == "synchronised"
    assert (screen.stat().st_ino, screen.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert _delivery(wired, item_id) == first

    ordered = publishing.withdraw(wired, item_id, "停水时间有变", LAST, _ask)
    run.broadcast(wired, ordered.id, run.InlineRunner(), lambda event: None, wait=True)
    gone = _delivery(wired, item_id)
    assert (gone.action, gone.state) == (Action.WITHDRAW, State.LIVE)
    assert not screen.exists()


def test_a_delivery_whose_answer_was_lost_is_found_and_not_written_again(wired: Wired, tmp_path: Path) -> None:
    item_id = _handed_in_and_signed(wired, tmp_path / "notice.md")
    _broadcast(wired, item_id)
    record, channel = _delivery(wired, item_id), wired.channel("lobby")
    stored = editing.latest(wired, item_id)
    work = replace(made.delivery(), id=record.id, outlet="lobby", item=_item(wired, item_id))
    found = channel.find(work, channel.render(work.item, stored.revision))
    assert found is not None and record.receipt is not None
    assert found.digest == record.receipt.digest


def _handed_in_and_signed(wired: Wired, path: Path) -> str:
    path.write_text(FILE, encoding="utf-8")
    item_id = editing.submit(wired, path, {}, EDITOR, _ask).stored.item_id
    package, _ = editing.freeze(wired, item_id)
    assert package.line("lobby") is not None
    for level, signer in (("初审", FIRST), ("终审", LAST)):
        editing.sign(wired, item_id, signer, level, package.digest, _ask)
    return item_id


def _broadcast(wired: Wired, item_id: str) -> dict[str, object]:
    """To the site and the screen alone: the other outlets have tests of their own."""
    order = Order((), outlets=("portal", "lobby"))
    ordered = publishing.order_broadcast(wired, [item_id], order, None, LAST, _ask)
    return run.broadcast(wired, ordered.id, run.InlineRunner(), lambda event: None, wait=True)


def _delivery(wired: Wired, item_id: str) -> Record:
    with wired.database.read() as connection:
        return [record for record in of_item(connection, item_id) if record.outlet == "lobby"][-1]


def _item(wired: Wired, item_id: str) -> Item:
    with wired.database.read() as connection:
        found = items.get(connection, wired.workspace.settings.site, item_id)
    assert found is not None
    return found


def _counted(wired: Wired, record: Record) -> dict[str, int]:
    assert record.live_at is not None
    year = in_china(record.live_at).year
    return counts.counts(wired.database, year, withdrawal_subtracts=False, rehearsal=True).as_json()["rows"]


def _ask(name: str) -> str:
    return f"{name}的口令，足够长"
