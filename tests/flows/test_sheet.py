"""The receipt sheet of a real item: what the ledger has, the same figures as the counts, and a code that can be checked."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import delete, insert, text
from typer.testing import CliRunner

from content import counts as counting
from content import events, heads
from content.canonical import digest_of
from content.clock import CHINA, in_china, stamp
from content.database import Database, open_database
from content.items import NoSuchItem, RevisionAltered
from content.records import of_item
from content.schema import delivery, item, metadata, package, person, revision
from content.vocabulary import Action, Row, State
from flows import publishing
from flows.cli import app
from flows.editing import NotPossible
from flows.sheet import counted, gather, write_sheet

PLATFORMS = ["weibo-main", "wechat-main"]


def paper(path: Path) -> str:
    return "".join("".join(page.extract_text().split()) for page in PdfReader(BytesIO(path.read_bytes())).pages)


def tongbu(office: Any, *words: str) -> Any:
    return CliRunner().invoke(app, ["--home", str(office.home), *words])


@pytest.fixture
def published(quiet_office: Any) -> Any:
    """Item 1001 on everything but the platforms."""
    assert quiet_office.broadcast("1001", without=PLATFORMS)["state"] == "synchronised"
    return quiet_office


def test_the_sheet_of_a_broadcast_names_every_delivery_and_who_signed(office: Any, tmp_path: Path) -> None:
    office.broadcast("1001")
    told = paper(write_sheet(office.wired, "1001", tmp_path / "回执 单.pdf")).replace("\u200b", "")
    for record in office.records():
        assert office.wired.outlet(record.outlet).name in told
        assert record.receipt.digest[:16] in told
    assert office.record("weibo-main").receipt.url in told
    assert office.record("wechat-main").receipt.remote_id in told
    assert "初审周岚" in told
    assert "终审陈国平" in told
    assert office.record("portal").revision in told
    assert f"荆政办发〔{in_china(office.clock()).year}〕31号" in told


def test_what_a_partner_states_stands_on_the_sheet(published: Any, at_work: Any, tmp_path: Path) -> None:
    published.clock.forward(minutes=1)
    day = in_china(published.clock())
    publishing.record_receipt(
        published.wired, "radio", "1001", f"{day:%Y-%m-%d %H:%M}", "早新闻第三条", "李文", at_work.ask
    )
    told = paper(write_sheet(published.wired, "1001", tmp_path / "a.pdf"))
    assert "早新闻第三条" in told
    assert gather(published.wired, "1001").deliveries[-2].state is State.LIVE


def test_the_code_on_the_sheet_fits_the_ledger_and_covers_what_is_shown(published: Any, tmp_path: Path) -> None:
    shown = gather(published.wired, "1001")
    code = heads.head_code(shown.head)
    assert "".join(code.split()) in paper(write_sheet(published.wired, "1001", tmp_path / "a.pdf"))
    assert heads.matches(published.wired.database, code)
    assert shown.head == events.head(published.wired.database)
    published.withdraw("1001")
    assert heads.matches(published.wired.database, code)


def test_printing_twice_at_one_moment_gives_the_same_bytes(published: Any, tmp_path: Path) -> None:
    moment = published.clock()
    published.wired.workspace.clock = lambda: moment
    first, second = (write_sheet(published.wired, "1001", tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second


def test_correction_and_withdrawal_are_packages_of_their_own_on_the_sheet(published: Any, at_work: Any) -> None:
    path = published.home.parent / "更正.md"
    path.write_text(published.document(words="服务热线24小时有人接听。"), encoding="utf-8")
    published.clock.forward(minutes=1)
    _, package = publishing.correct(published.wired, "1001", path, "漏列热线", "李文", at_work.ask)
    published.sign(package)
    published.broadcast("1001")
    published.clock.forward(minutes=1)
    published.withdraw("1001", "内容有误")
    shown = gather(published.wired, "1001")
    assert [entry.package.action for entry in shown.packages] == [Action.PUBLISH, Action.CORRECT, Action.WITHDRAW]
    assert [[by.person for by in entry.sign_offs] for entry in shown.packages][1:] == [["周岚", "陈国平"], ["杨柳"]]
    assert [entry.sequence for entry in shown.revisions] == [1, 2]
    assert len(shown.broadcasts) == 3
    assert {record.action for record in shown.deliveries} == {Action.PUBLISH, Action.CORRECT, Action.WITHDRAW}


def test_runs_that_released_nothing_are_not_on_the_sheet(quiet_office: Any) -> None:
    assert quiet_office.broadcast("1001")["state"] == "refused"
    quiet_office.broadcast("1001", without=PLATFORMS, rehearse=True)
    assert gather(quiet_office.wired, "1001").broadcasts == ()
    quiet_office.broadcast("1001", without=PLATFORMS)
    assert len(gather(quiet_office.wired, "1001").broadcasts) == 1


def test_an_item_without_deliveries_has_no_sheet(quiet_office: Any, tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match="tongbu broadcast 1001"):
        write_sheet(quiet_office.wired, "1001", tmp_path / "a.pdf")
    with pytest.raises(NoSuchItem):
        write_sheet(quiet_office.wired, "9", tmp_path / "a.pdf")
    assert not list(tmp_path.glob("*.pdf"))


def test_a_revision_that_was_altered_is_not_printed(published: Any, tmp_path: Path) -> None:
    published.alter("UPDATE revision SET content = replace(content, '30分钟', '90分钟') WHERE item = 1001")
    with pytest.raises(RevisionAltered):
        write_sheet(published.wired, "1001", tmp_path / "a.pdf")


# The figures on the sheet, and those of the office

OUTLETS = {"portal": "website", "nyj": "website", "weibo": "weibo", "radio": "other", "app": "other", "feeds": ""}
MIDNIGHT = datetime(2027, 1, 1, tzinfo=CHINA)
MOMENTS = [MIDNIGHT + timedelta(days=days, seconds=-1) for days in (-400, -300, -30, 0)] + [
    MIDNIGHT + timedelta(days=days) for days in (0, 30, 366)
]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A ledger with one item and its package, for deliveries to stand on."""
    made = open_database(f"sqlite:///{tmp_path_factory.mktemp('figures') / 'ledger.sqlite'}")
    metadata.create_all(made.engine)
    at = stamp(MIDNIGHT)
    kept = {"content": "{}", "file_name": "", "cleaned": "[]", "handed_in_by": "李文", "signature": ""}
    with made.write() as connection:
        connection.execute(insert(person).values(name="李文", unit="", roles="", public_key="", added_at=at))
        shown = {"kind": "news", "title": "", "organ": "", "level": "", "document_number": "", "effect": "有效"}
        connection.execute(insert(item).values(number=1001, submitted_at=at, **shown))
        connection.execute(insert(revision).values(digest="r", item=1001, sequence=1, handed_in_at=at, **kept))
        frozen = {"action": "publish", "manifest": "{}", "frozen_at": at, "serial": 1}
        connection.execute(insert(package).values(digest="p", item=1001, revision="r", **frozen))
    yield made
    made.engine.dispose()


sent = st.tuples(
    st.sampled_from(sorted(OUTLETS)),
    st.sampled_from([Action.PUBLISH, Action.CORRECT, Action.WITHDRAW]),
    st.integers(1, 2),
    st.sampled_from([None, *MOMENTS]),
)


@given(
    deliveries=st.lists(sent, max_size=8, unique_by=lambda entry: entry[:3]),
    subtracts=st.booleans(),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_rows_of_a_sheet_are_those_of_the_counts(ground: Database, deliveries: Any, subtracts: bool) -> None:
    with ground.write() as connection:
        connection.execute(delete(delivery))
        for outlet, action, number, live_at in deliveries:
            connection.execute(insert(delivery).values(**_row(outlet, action, number, live_at)))
    with ground.read() as connection:
        rows = counted(of_item(connection, "1001"), subtracts)
    for year in (2025, 2026, 2027, 2028):
        told = {entry.row for entry in rows if in_china(entry.live_at).year == year and not entry.left_out}
        found = counting.counts(ground, year, subtracts)
        assert told == {Row(row) for row, figure in found.rows.items() if figure}


def _row(outlet: str, action: Action, number: int, live_at: datetime | None) -> dict[str, Any]:
    state = State.LIVE if live_at else State.ACCEPTED
    moments = {"live_at": stamp(live_at), "live_month": f"{in_china(live_at):%Y-%m}"} if live_at else {}
    fixed = {"package": "p", "item": 1001, "revision": "r", "channel": "x", "direct": True, "required": True}
    none = {"token": 0, "not_before": stamp(MIDNIGHT), "absent_reads": 0, "failures": 0, "problem": ""}
    named = {"outlet": outlet, "row": OUTLETS[outlet], "action": action.value, "round": number, "state": state.value}
    return {**fixed, **none, **named, **moments}


# The commands


def test_status_writes_the_sheet_and_names_it(published: Any, tmp_path: Path) -> None:
    path = tmp_path / "归档" / "1001.pdf"
    told = tongbu(published, "status", "1001", "--sheet", str(path), "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["sheet"] == str(path)
    assert "同步发布回执单" in paper(path)


def test_status_says_what_is_wrong_with_the_sheet_that_was_asked_for(published: Any, tmp_path: Path) -> None:
    assert tongbu(published, "status", "--sheet", str(tmp_path / "a.pdf")).exit_code == 2
    folder = tongbu(published, "status", "1001", "--sheet", str(tmp_path))
    assert folder.exit_code == 1
    assert "is a folder" in folder.output


def test_verify_takes_the_codes_of_printed_sheets(published: Any) -> None:
    old = heads.head_code(gather(published.wired, "1001").head)
    published.withdraw("1001")
    new = heads.head_code(gather(published.wired, "1001").head)
    told = tongbu(published, "verify", "--json", "--code", old, "--code", new.upper().replace("-", ""))
    assert told.exit_code == 0, told.output
    assert [entry["fits"] for entry in json.loads(told.stdout)["codes"]] == [True, True]


def test_verify_refuses_a_text_that_is_no_code(published: Any) -> None:
    told = tongbu(published, "verify", "--code", "3f9a")
    assert told.exit_code == 2
    assert "第128号" in told.output


def test_a_ledger_that_was_rewritten_from_end_to_end_no_longer_fits_the_paper(published: Any) -> None:
    known = [heads.head_code(link) for link in links(published)]
    first = next(number for number, entry in enumerate(links(published)) if "package.signed" in entry.kind)
    rewrite(published, "陈国平", "陈国乎")
    assert events.verify_chain(published.wired.database) is None
    told = tongbu(published, "verify", "--code", known[first - 1], "--code", known[-1])
    assert told.exit_code == 1
    (named,) = [line for line in told.output.splitlines() if "no longer fits" in line]
    assert known[-1] in named
    assert not list((published.home / "heads").glob("*.json"))


def links(office: Any) -> list[Any]:
    with office.wired.database.read() as connection:
        return list(connection.execute(text("SELECT * FROM event ORDER BY seq")))


def rewrite(office: Any, old: str, new: str) -> None:
    """What somebody does who has the database's file, and knows how the chain is made."""
    before = events.GENESIS
    with office.wired.database.engine.begin() as connection:
        for (name,) in list(connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        for row in list(connection.execute(text("SELECT * FROM event ORDER BY seq"))):
            values = {name: row._mapping[name] for name in ("seq", "at", "kind", "subject")}
            values |= {"data": row.data.replace(old, new), "previous": before}
            before = digest_of(values)
            said = "UPDATE event SET data = :data, previous = :previous, hash = :hash WHERE seq = :seq"
            connection.execute(text(said), {**values, "hash": before})
