"""The gazette's issues: gapless numbers, one open at a time, nothing joins twice, nothing is lost at closing."""

import threading
from datetime import date

import pytest

from content.database import Database
from content.events import of_subject
from content.gazette.issue import in_print, printed
from content.gazette.issues import IssueError, Issues, NoOpenIssue
from content.gazette.order import Move
from content.gazette.plan import GazettePlan
from content.item import Fields
from content.vocabulary import Action, Kind
from tests.issue_office import MAKER, IssueOffice

PARTS = {"document.pdf": "a" * 64, "document.json": "b" * 64}
DAY = date(2026, 11, 30)
PLAN = GazettePlan()
SECTIONS = PLAN.section_names


@pytest.fixture
def issues(database: Database) -> Issues:
    return Issues(database.engine, database.clock)


def joined(issues: Issues, *items: str) -> None:
    for item in items:
        issues.add(item, 1, Action.PUBLISH, 1, "市政府文件", PARTS)


def closed(issues: Issues, year: int = 2026, **given: int) -> None:
    opened = issues.open(year, **given)
    joined(issues, f"of-{opened.id}")
    IssueOffice(issues.database).close(DAY if year == DAY.year else date(year, 1, 29))


def test_numbers_follow_one_another_and_start_anew_each_year(issues: Issues) -> None:
    closed(issues)
    closed(issues)
    closed(issues, year=2027)
    assert [issue.id for issue in issues.all()] == ["2026-1", "2026-2", "2027-1"]


def test_a_gazette_older_than_the_workspace_goes_on_counting(issues: Issues) -> None:
    closed(issues, number=11, total=155)
    following = issues.open(2026)
    assert (following.id, following.total_number) == ("2026-12", 156)


@pytest.mark.parametrize("wrong", [{"number": 3}, {"number": 1}, {"number": 0}, {"total": 7}])
def test_a_number_that_leaves_a_gap_or_comes_again_is_refused(issues: Issues, wrong: dict[str, int]) -> None:
    closed(issues, total=1)
    with pytest.raises(IssueError, match="连续编号"):
        issues.open(2026, **wrong)


def test_a_year_that_is_over_opens_no_more(issues: Issues) -> None:
    closed(issues, year=2027)
    with pytest.raises(IssueError, match="2027年"):
        issues.open(2026)


def test_only_one_issue_is_open(issues: Issues) -> None:
    issues.open(2026)
    with pytest.raises(IssueError, match="2026年第1号尚未关闭"):
        issues.open(2026)
    assert issues.current() == issues.get("2026-1")


def test_nothing_joins_when_no_issue_is_open(issues: Issues) -> None:
    with pytest.raises(NoOpenIssue, match="tongbu gazette open"):
        joined(issues, "1001")


def test_joining_twice_is_joining_once_even_after_closing(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001", "1001")
    IssueOffice(issues.database).close(DAY)
    issues.open(2026)
    joined(issues, "1001")
    assert [entry.issue for entry in issues.of_item("1001")] == ["2026-1"]
    assert issues.entries("2026-2") == []


def test_other_content_under_the_same_item_sequence_and_action_is_refused(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001")
    with pytest.raises(IssueError, match="内容不同"):
        issues.add("1001", 1, Action.PUBLISH, 1, "市政府文件", PARTS | {"document.pdf": "d" * 64})


def moved(issues: Issues, item: str, section: str = "", before: str = "") -> list[tuple[int, str, str]]:
    act = IssueOffice(issues.database).act(MAKER, {"act": "order-issue"})
    return [(e.position, e.item_id, e.section) for e in issues.move(Move(item, section, before), SECTIONS, act)]


def test_a_document_moves_before_another_or_to_the_end_and_nothing_else_moves(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001", "1002", "1003")
    assert [one[1] for one in moved(issues, "1003", before="1001")] == ["1003", "1001", "1002"]
    assert [one[1] for one in moved(issues, "1003")] == ["1001", "1002", "1003"]


def test_a_document_moves_into_another_section_and_the_others_stay_in_theirs(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001", "1002")
    assert moved(issues, "1001", section="部门文件") == [(1, "1002", "市政府文件"), (2, "1001", "部门文件")]
    assert [e.item_id for e in printed(issues.entries("2026-1"), SECTIONS)] == ["1002", "1001"]


def test_a_correction_that_joined_moves_along_with_its_document(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001", "1002")
    issues.add("1001", 2, Action.CORRECT, 1, "更正启事", {"document.json": "e" * 64})
    assert moved(issues, "1001", section="部门文件") == [
        (1, "1002", "市政府文件"),
        (2, "1001", "部门文件"),
        (3, "1001", "更正启事"),
    ]


@pytest.mark.parametrize(
    ("move", "said"),
    [
        (("1009", "", ""), "不在打开的公报期"),
        (("1001", "没有的栏目", ""), "没有栏目"),
        (("1001", "", "1009"), "不在打开的公报期"),
        (("1001", "", "1001"), "自己之前"),
        (("1001", "部门文件", "1002"), "不在“部门文件”"),
    ],
)
def test_a_move_to_what_is_not_there_changes_nothing(issues: Issues, move: tuple[str, str, str], said: str) -> None:
    issues.open(2026)
    joined(issues, "1001", "1002")
    before = issues.entries("2026-1")
    with pytest.raises(IssueError, match=said):
        moved(issues, *move)
    assert issues.entries("2026-1") == before


def test_who_moved_what_stands_in_the_event_log_and_a_closed_issue_cannot_be_moved_in(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001", "1002")
    moved(issues, "1002", before="1001")
    with issues.database.read() as connection:
        (event,) = [e for e in of_subject(connection, "issue/2026-1") if e["kind"] == "issue.ordered"]
    assert (event["data"]["item"], event["data"]["before"], event["data"]["person"]) == ("1002", "1001", MAKER)
    IssueOffice(issues.database).close(DAY)
    with pytest.raises(NoOpenIssue):
        moved(issues, "1001")


def test_two_at_once_open_one_issue_and_share_no_position(issues: Issues) -> None:
    refused: list[Exception] = []

    def work(number: int) -> None:
        try:
            issues.open(2026)
        except IssueError as problem:
            refused.append(problem)
        for item in range(5):
            joined(issues, f"{number}-{item}")

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(refused) == 3
    assert [entry.position for entry in issues.entries("2026-1")] == list(range(1, 21))


@pytest.mark.parametrize(
    ("kind", "organ", "number", "section"),
    [
        (Kind.POLICY_DOCUMENT, "荆州市人民政府", "荆州市人民政府令第109号", "市政府令"),
        (Kind.POLICY_DOCUMENT, "荆州市人民政府", "荆政发〔2026〕3号", "市政府文件"),
        (Kind.POLICY_DOCUMENT, "荆州市人民政府办公室", "荆政办发〔2026〕21号", "市政府办公室文件"),
        (Kind.POLICY_DOCUMENT, "荆州市财政局", "荆财发〔2026〕7号", "部门文件"),
        (Kind.APPOINTMENT, "荆州市人民政府", "荆政任〔2026〕5号", "人事任免"),
        (Kind.INTERPRETATION, "荆州市财政局", "", "政策解读"),
        (Kind.NEWS, "荆州市人民政府", "", "大事记"),
    ],
)
def test_each_document_has_its_section(kind: Kind, organ: str, number: str, section: str) -> None:
    assert PLAN.section_of(Fields(kind, organ=organ, document_number=number), Action.PUBLISH) == section
    assert PLAN.section_of(Fields(kind, organ=organ, document_number=number), Action.CORRECT) == "更正启事"


def test_what_was_corrected_before_printing_is_printed_corrected_in_its_own_place(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001", "1002")
    issues.add("1001", 2, Action.CORRECT, 1, "更正启事", {"document.json": "e" * 64})
    shown = printed(issues.entries("2026-1"), SECTIONS)
    assert [(entry.item_id, entry.action, entry.section) for entry in shown] == [
        ("1001", Action.PUBLISH, "市政府文件"),
        ("1002", Action.PUBLISH, "市政府文件"),
    ]
    assert shown[0].parts == {"document.json": "e" * 64}


def test_what_was_withdrawn_before_printing_is_not_printed_and_neither_is_the_notice(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001", "1002")
    issues.add("1001", 1, Action.WITHDRAW, 1, "更正启事", PARTS)
    assert [entry.item_id for entry in printed(issues.entries("2026-1"), SECTIONS)] == ["1002"]


def test_what_was_printed_before_is_corrected_in_the_next_issue(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001")
    IssueOffice(issues.database).close(DAY)
    issues.open(2026)
    joined(issues, "1002")
    issues.add("1001", 2, Action.CORRECT, 1, "更正启事", PARTS)
    shown = printed(issues.entries("2026-2"), SECTIONS)
    assert [(entry.item_id, entry.action) for entry in shown] == [("1002", Action.PUBLISH), ("1001", Action.CORRECT)]


def shown(issues: Issues, issue_id: str) -> list[tuple[str, Action, int]]:
    return [(entry.item_id, entry.action, entry.round) for entry in printed(issues.entries(issue_id), SECTIONS)]


def withdrawn(issues: Issues, item: str, sequence: int = 1, round: int = 1) -> None:
    issues.add(item, sequence, Action.WITHDRAW, round, "更正启事", PARTS)


def again(issues: Issues, item: str, round: int = 2) -> None:
    issues.add(item, 1, Action.PUBLISH, round, "市政府文件", PARTS)


def test_what_goes_out_again_after_a_withdrawal_joins_anew(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001")
    withdrawn(issues, "1001")
    again(issues, "1001")
    again(issues, "1001")
    found = issues.find("1001", 1, Action.PUBLISH, 2)
    assert found is not None
    assert (found.position, found.round) == (3, 2)
    assert issues.find("1001", 1, Action.PUBLISH, 3) is None
    assert [entry.round for entry in issues.of_item("1001")] == [1, 1, 2]


def test_a_withdrawal_cancels_only_its_own_round_in_the_same_issue(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001")
    withdrawn(issues, "1001")
    again(issues, "1001")
    assert shown(issues, "2026-1") == [("1001", Action.PUBLISH, 2)]
    withdrawn(issues, "1001", round=2)
    assert shown(issues, "2026-1") == []
    again(issues, "1001", round=3)
    assert shown(issues, "2026-1") == [("1001", Action.PUBLISH, 3)]


def test_the_notice_of_a_printed_round_stands_beside_the_item_that_went_out_again(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001")
    IssueOffice(issues.database).close(DAY)
    issues.open(2026)
    withdrawn(issues, "1001")
    again(issues, "1001")
    issues.add("1001", 2, Action.CORRECT, 2, "更正启事", {"document.json": "e" * 64})
    assert shown(issues, "2026-2") == [("1001", Action.PUBLISH, 2), ("1001", Action.WITHDRAW, 1)]
    assert printed(issues.entries("2026-2"), SECTIONS)[0].parts == {"document.json": "e" * 64}


@pytest.mark.parametrize("first", ["correction", "withdrawal"])
def test_a_correction_that_was_withdrawn_before_printing_leaves_the_notice_alone(issues: Issues, first: str) -> None:
    issues.open(2026)
    joined(issues, "1001")
    IssueOffice(issues.database).close(DAY)
    issues.open(2026)
    if first == "withdrawal":
        withdrawn(issues, "1001", sequence=2)
    issues.add("1001", 2, Action.CORRECT, 1, "更正启事", {"document.json": "e" * 64})
    withdrawn(issues, "1001", sequence=2)
    assert shown(issues, "2026-2") == [("1001", Action.WITHDRAW, 1)]


def test_only_what_stands_in_the_issue_or_takes_it_out_is_in_print(issues: Issues) -> None:
    issues.open(2026)
    joined(issues, "1001", "1002")
    withdrawn(issues, "1001")
    again(issues, "1001")
    issues.add("1002", 2, Action.CORRECT, 1, "更正启事", PARTS)
    entries = issues.entries("2026-1")
    assert [(entry.item_id, entry.action, entry.round) for entry in entries if not in_print(entry, entries)] == [
        ("1001", Action.PUBLISH, 1)
    ]
