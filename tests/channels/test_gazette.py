"""The gazette channel: what it prints and what it never prints, how an item joins an issue, and the whole issue."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from channels.base import CannotRender, Channel, Follows, Refused, Rendition, Unavailable
from channels.gazette import Gazette
from channels.issue import build_issue
from content.clock import Clock
from content.database import Database
from content.delivery import Delivery, Prepared, Receipt
from content.gazette.issues import Issues
from content.gazette.plan import plan_of
from content.gazette.proofs import published
from content.item import Revision
from content.vocabulary import Action, Kind, Level, Row, State
from tests.channels import partner_bench as made
from tests.issue_office import IssueOffice
from tests.ledgers import new_ledger

Golden = Callable[[str, bytes], None]
Joined = tuple[Delivery, Rendition, Receipt]


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    """SQLite only: what differs on PostgreSQL is tested with the issues themselves."""
    made_of = new_ledger(tmp_path / "ledger.sqlite", clock)
    yield made_of
    made_of.engine.dispose()


@pytest.fixture
def gazette(tmp_path: Path, database: Database) -> Gazette:
    issues = Issues(database.engine, database.clock)
    return Gazette(made.outlet("gazette"), made.workbench(tmp_path, database.clock, issues))


def opened(gazette: Gazette, number: int | None = None) -> Issues:
    assert gazette.bench.issues is not None
    gazette.bench.issues.open(2026, number)
    return gazette.bench.issues


def closed(issues: Issues, on: date, **how: bool) -> None:
    """Frozen, signed and closed by people of an office."""
    IssueOffice(issues.database).close(on, **how)  # type: ignore[arg-type]


def joined(
    gazette: Gazette, item: str, revision: Revision, action: Action = Action.PUBLISH, sequence: int = 1, round: int = 1
) -> Joined:
    one = replace(made.ITEM, id=item)
    rendition = gazette.render(one, revision, action, "" if action is Action.PUBLISH else "期限有误")
    delivery = replace(made.delivery(action, sequence, one), round=round)
    return delivery, rendition, gazette.release(delivery, rendition, gazette.prepare(delivery, rendition))


def text_of(pdf: bytes) -> list[str]:
    return ["".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]


def test_the_channel_is_a_partner_of_its_own_row_and_follows_the_issue(gazette: Gazette) -> None:
    assert isinstance(gazette, Channel)
    assert isinstance(gazette, Follows)
    assert (Gazette.row, Gazette.direct) == (Row.GAZETTE, False)


@pytest.mark.parametrize(
    "changes",
    [{"level": Level.STATE_COUNCIL}, {"level": Level.PROVINCE}, {"level": Level.COUNTY}, {"source": "省政府网"}],
)
def test_documents_of_others_are_not_carried_and_the_rule_is_named(
    gazette: Gazette, changes: dict[str, object]
) -> None:
    revision = made.policy(**changes)
    (finding,) = gazette.check(revision)
    assert finding.code == "not-carried"
    assert "国办发〔2018〕22号" in finding.message
    with pytest.raises(CannotRender):
        gazette.render(made.ITEM, revision)


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.CORRECT, Action.WITHDRAW])
def test_the_document_is_as_it_was_reviewed(gazette: Gazette, golden: Golden, action: Action) -> None:
    rendition = gazette.render(made.ITEM, made.illustrated(gazette.bench.assets), action, "期限有误")
    golden(f"gazette/{action}/document.json", rendition.parts["document.json"].data)
    golden(f"gazette/{action}/document.txt", "\n".join(text_of(rendition.parts["document.pdf"].data)).encode())


def test_the_signed_document_has_no_page_numbers_and_the_same_bytes_each_time(gazette: Gazette) -> None:
    long = made.policy("<p>" + "文" * 2000 + "</p>")
    first, second = (gazette.render(made.ITEM, long).parts["document.pdf"].data for _ in range(2))
    assert first == second
    assert not any("—" in page for page in text_of(first))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (f"<table><tr>{'<td>1</td>' * 200}</tr></table>", "gazette-table-wide"),
        ("<p>\U000f1234</p>", "gazette-glyphs"),
        ("<blockquote>" * 200 + "<p>深</p>" + "</blockquote>" * 200, "gazette-layout"),
        (f'<p><img src="asset:{"0" * 64}" alt="无"/></p>', "gazette-body"),
    ],
)
def test_what_cannot_be_typeset_is_a_finding_before_the_sign_off(gazette: Gazette, body: str, code: str) -> None:
    (finding,) = gazette.check(made.policy(body))
    assert (finding.code, finding.blocks) == (code, True)


def test_a_picture_that_the_store_lost_is_a_finding(gazette: Gazette) -> None:
    revision = made.illustrated(gazette.bench.assets)
    gazette.bench.assets.path(revision.pictures[0].digest).unlink()
    assert [finding.code for finding in gazette.check(revision)] == ["gazette-picture"]


def test_without_an_open_issue_nothing_is_sent_and_the_command_is_named(gazette: Gazette) -> None:
    rendition = gazette.render(made.ITEM, made.policy())
    with pytest.raises(Unavailable, match="tongbu gazette open"):
        gazette.prepare(made.delivery(), rendition)
    with pytest.raises(Unavailable, match="tongbu gazette open"):
        gazette.release(made.delivery(), rendition, Prepared(digest=rendition.digest))


def test_releasing_twice_joins_once_and_is_accepted_not_live(gazette: Gazette) -> None:
    issues = opened(gazette)
    rendition, delivery = gazette.render(made.ITEM, made.policy()), made.delivery()
    assert gazette.find(delivery, rendition) is None
    prepared = gazette.prepare(delivery, rendition)
    receipts = [gazette.release(delivery, rendition, prepared) for _ in range(2)]
    assert receipts[0] == receipts[1] == gazette.find(delivery, rendition)
    assert (receipts[0].state, receipts[0].evidence["issue"]) == (State.ACCEPTED, "2026-1")
    assert len(issues.entries("2026-1")) == 1


def test_other_content_than_what_joined_is_refused(gazette: Gazette) -> None:
    opened(gazette)
    joined(gazette, made.ITEM.id, made.policy())
    other = gazette.render(made.ITEM, made.policy("<p>改过的正文。</p>"))
    with pytest.raises(Refused):
        gazette.release(made.delivery(), other, gazette.prepare(made.delivery(), other))
    with pytest.raises(Refused):
        gazette.find(made.delivery(), other)


def test_an_item_is_live_when_its_issue_is_closed_and_its_day_has_come(gazette: Gazette, database: Database) -> None:
    issues = opened(gazette)
    rendition, delivery = gazette.render(made.ITEM, made.policy()), made.delivery()
    receipt = gazette.release(delivery, rendition, gazette.prepare(delivery, rendition))
    assert gazette.follow(delivery, rendition, receipt).state is State.ACCEPTED
    closed(issues, date(2026, 11, 30))
    assert gazette.follow(delivery, rendition, receipt).state is State.ACCEPTED
    database.clock.forward(days=8)  # type: ignore[attr-defined]
    live = gazette.follow(delivery, rendition, receipt)
    assert (live.state, live.evidence["pdf"]) == (State.LIVE, "c" * 64)
    assert live.live_at is not None
    assert live.live_at.isoformat() == "2026-11-30T00:00:00+08:00"


def test_an_item_is_not_live_before_the_issues_electronic_page_is_up(gazette: Gazette, database: Database) -> None:
    issues = opened(gazette)
    one = joined(gazette, "1001", made.policy())
    closed(issues, date(2026, 11, 23), published=False)
    assert gazette.follow(*one).state is State.ACCEPTED
    published(database, "2026-1", "https://www.jingzhou.gov.cn/gazette/2026-1/")
    live = gazette.follow(*one)
    assert live.state is State.LIVE
    assert live.evidence["issue_page"] == "https://www.jingzhou.gov.cn/gazette/2026-1/"


def test_what_no_section_takes_is_not_carried(tmp_path: Path, database: Database) -> None:
    plan = plan_of(
        {
            "sections": [
                {"name": "文件", "kinds": ["policy-document"]},
                {"name": "更正", "actions": ["correct", "withdraw"]},
            ]
        }
    )
    bench = made.workbench(
        tmp_path, database.clock, Issues(database.engine, database.clock), replace(made.OFFICE, gazette=plan)
    )
    gazette = Gazette(made.outlet("gazette"), bench)
    reading = made.policy(kind=Kind.INTERPRETATION, document_number="")
    assert [finding.code for finding in gazette.check(reading)] == ["not-carried"]
    with pytest.raises(CannotRender, match="政策解读"):
        gazette.render(made.ITEM, reading)
    assert gazette.check(made.policy()) == []


def test_the_imprint_names_who_gets_the_copies_and_their_sum(tmp_path: Path, database: Database) -> None:
    plan = plan_of({"groups": [{"name": "人大代表", "copies": 400}, {"name": "公共场所", "copies": 600}]})
    bench = made.workbench(
        tmp_path, database.clock, Issues(database.engine, database.clock), replace(made.OFFICE, gazette=plan)
    )
    gazette = Gazette(made.outlet("gazette"), bench)
    issues = opened(gazette)
    joined(gazette, "1001", made.policy())
    last = text_of(build_issue(bench, gazette.outlet, issues, "2026-1").pdf)[-1]
    assert "1000份" in last
    assert "人大代表400份、公共场所600份" in last


def test_an_issue_tells_on_which_page_each_document_begins(gazette: Gazette) -> None:
    issues = opened(gazette)
    joined(gazette, "1001", made.policy("<p>" + "文" * 1500 + "</p>", title="第一件"))
    joined(gazette, "1002", made.policy(title="第二件"))
    built = build_issue(gazette.bench, gazette.outlet, issues, "2026-1")
    (section,) = built.sections
    assert [(one.title, one.page) for one in section.documents] == [("第一件", 1), ("第二件", 4)]
    pages = text_of(built.pdf)
    assert next(page for page in pages if page.endswith("—4—") and "第二件" in page)


def test_an_issue_of_the_same_day_is_live_from_the_moment_of_joining(gazette: Gazette) -> None:
    issues = opened(gazette)
    rendition, delivery = gazette.render(made.ITEM, made.policy()), made.delivery()
    receipt = gazette.release(delivery, rendition, gazette.prepare(delivery, rendition))
    closed(issues, date(2026, 11, 23))
    entry = issues.find(made.ITEM.id, 1, Action.PUBLISH, 1)
    assert entry is not None
    assert gazette.follow(delivery, rendition, receipt).live_at == entry.added_at


def test_a_withdrawn_item_that_goes_out_again_has_an_entry_and_an_id_of_its_own(gazette: Gazette) -> None:
    issues = opened(gazette)
    ids = [
        joined(gazette, "1003", made.policy())[2].remote_id,
        joined(gazette, "1003", made.policy(), Action.WITHDRAW)[2].remote_id,
    ]
    again, rendition, receipt = joined(gazette, "1003", made.policy(), round=2)
    assert [*ids, receipt.remote_id] == [
        "2026-1/1003-r1-publish",
        "2026-1/1003-r1-withdraw",
        "2026-1/1003-r1-publish-n2",
    ]
    assert gazette.find(again, rendition) == receipt
    assert gazette.find(replace(again, round=3), rendition) is None
    assert len(issues.entries("2026-1")) == 3


def test_what_was_withdrawn_before_printing_is_never_live_and_what_went_out_again_is(gazette: Gazette) -> None:
    issues = opened(gazette)
    first = joined(gazette, "1001", made.policy())
    taken_out = joined(gazette, "1001", made.policy(), Action.WITHDRAW)
    second = joined(gazette, "1001", made.policy(), round=2)
    closed(issues, date(2026, 11, 23))
    states = [gazette.follow(*one).state for one in (first, taken_out, second)]
    assert states == [State.ACCEPTED, State.LIVE, State.LIVE]


def test_an_issue_prints_once_what_was_withdrawn_and_went_out_again(gazette: Gazette) -> None:
    issues = opened(gazette)
    joined(gazette, "1001", made.policy())
    joined(gazette, "1001", made.policy(), Action.WITHDRAW)
    joined(gazette, "1001", made.policy(), round=2)
    pages = "".join(text_of(build_issue(gazette.bench, gazette.outlet, issues, "2026-1", date(2026, 11, 30)).pdf))
    assert pages.count("坚持“公开为原则") == 1
    assert "撤销刊登" not in pages


def test_an_erratum_names_the_issue_of_its_own_round(gazette: Gazette) -> None:
    issues = opened(gazette)
    joined(gazette, "1001", made.policy())
    closed(issues, date(2026, 11, 23))
    opened(gazette)
    joined(gazette, "1001", made.policy("<p>改正后的正文。</p>"), Action.CORRECT, 2)
    closed(issues, date(2026, 11, 23))
    opened(gazette)
    joined(gazette, "1001", made.policy(), Action.WITHDRAW, 2)
    joined(gazette, "1001", made.policy(), round=2)
    built_again = build_issue(gazette.bench, gazette.outlet, issues, "2026-2", date(2026, 12, 30))
    assert "原文载2026年第1号" in "".join(text_of(built_again.pdf))


def test_an_issue_has_cover_contents_documents_and_imprint_in_order(gazette: Gazette) -> None:
    issues = opened(gazette, 11)
    joined(gazette, "1003", made.policy(kind=Kind.INTERPRETATION, title="关于方案的解读", document_number=""))
    joined(gazette, "1001", made.illustrated(gazette.bench.assets))
    joined(gazette, "1002", made.policy(organ="荆州市人民政府", title="荆州市人民政府关于公布名录的通知"))
    made_of = build_issue(gazette.bench, gazette.outlet, issues, "2026-11", date(2026, 11, 30))
    pages = text_of(made_of.pdf)
    assert made_of.warnings == ()
    assert "2026年第11号" in pages[0]
    assert "2026年11月30日" in pages[0]
    contents = pages[1]
    names = ["市政府文件", "关于公布名录的通知", "市政府办公室文件", "实施方案的通知", "政策解读", "关于方案的解读"]
    assert [contents.find(name) for name in names] == sorted(contents.find(name) for name in names)
    assert "内资准字第001号" in pages[-1]
    assert len(pages) % 2 == 0


def test_the_page_numbers_of_the_contents_are_true(gazette: Gazette) -> None:
    issues = opened(gazette)
    for number in range(9):
        joined(
            gazette,
            f"10{number}",
            made.policy("<p>" + "文" * 700 * (number % 3 + 1) + "</p>", title=f"第{number}号试文"),
        )
    pages = text_of(build_issue(gazette.bench, gazette.outlet, issues, "2026-1", date(2026, 11, 30)).pdf)
    first = next(number for number, page in enumerate(pages) if page.endswith("—1—"))
    for number in range(9):
        found = next(place for place, page in enumerate(pages[first:], 1) if f"第{number}号试文" in page)
        line = pages[1].split(f"第{number}号试文")[1]
        assert re.match(rf"（荆政办发〔2026〕21号）·+{found}(?!\d)", line)


def test_the_same_entries_give_the_same_issue_byte_for_byte(gazette: Gazette) -> None:
    issues = opened(gazette)
    joined(gazette, "1001", made.illustrated(gazette.bench.assets))
    first, second = (
        build_issue(gazette.bench, gazette.outlet, issues, "2026-1", date(2026, 11, 30)).pdf for _ in range(2)
    )
    assert first == second


def test_an_erratum_names_the_issue_that_printed_the_document(gazette: Gazette) -> None:
    issues = opened(gazette, 10)
    joined(gazette, "1001", made.policy())
    closed(issues, date(2026, 11, 30))
    opened(gazette)
    joined(gazette, "1001", made.policy("<p>改正后的正文。</p>"), Action.CORRECT, 2)
    pages = text_of(build_issue(gazette.bench, gazette.outlet, issues, "2026-11", date(2026, 12, 30)).pdf)
    printed = next(page for page in pages if "改正后的正文" in page)
    assert "更正启事" in printed
    assert "原文载2026年第10号" in printed
    assert "期限有误" in printed


def test_a_rehearsals_issue_is_stamped_on_every_page(tmp_path: Path, database: Database) -> None:
    issues = Issues(database.engine, database.clock)
    office = replace(made.OFFICE, rehearsal=True)
    gazette = Gazette(made.outlet("gazette"), made.workbench(tmp_path, database.clock, issues, office))
    opened(gazette)
    joined(gazette, "1001", made.policy())
    pages = text_of(build_issue(gazette.bench, gazette.outlet, issues, "2026-1", date(2026, 11, 30)).pdf)
    assert all("演练" in page for page in pages)


def test_an_issue_that_does_not_exist_is_named(gazette: Gazette) -> None:
    assert gazette.bench.issues is not None
    with pytest.raises(LookupError, match="2031-1"):
        build_issue(gazette.bench, gazette.outlet, gazette.bench.issues, "2031-1")


def test_the_clock_decides_the_date_of_an_issue_without_one(gazette: Gazette, database: Database) -> None:
    issues = opened(gazette)
    joined(gazette, "1001", made.policy())
    pages = text_of(build_issue(gazette.bench, gazette.outlet, issues, "2026-1").pdf)
    assert "2026年11月23日" in pages[0]
    assert database.clock() - made.NOW < timedelta(hours=1)
