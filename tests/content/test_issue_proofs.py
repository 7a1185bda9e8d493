"""Closing an issue: frozen, signed by others than who put it together, closed in one step, and never changed afterwards."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from content.assets import Assets
from content.database import Database
from content.events import of_subject, verify_chain
from content.gazette import proofs
from content.gazette.contents import READING
from content.gazette.issue import IssueState
from content.gazette.issues import IssueError, Issues, NoOpenIssue
from content.gazette.order import Move
from content.gazette.proofs import IssueNotSigned
from content.gazette.verifying import verify
from content.signing import Level, SignOffRefused
from content.vocabulary import Action
from tests.issue_office import FIRST, LAST, MAKER, IssueOffice

PARTS = {"document.pdf": "a" * 64, "document.json": "b" * 64}
DAY = date(2026, 11, 30)


@pytest.fixture
def office(database: Database) -> IssueOffice:
    """An open issue with two documents."""
    made = IssueOffice(database)
    made.issues.open(2026, 11, 131)
    add(made.issues, "1001", "1002")
    return made


def add(issues: Issues, *items: str, action: Action = Action.PUBLISH) -> None:
    for item in items:
        issues.add(item, 1, action, 1, "市政府文件", PARTS)


def test_a_signed_issue_is_closed_with_its_numbers_pages_copies_and_digests(office: IssueOffice) -> None:
    closed = office.close(DAY, copies=5000)
    assert (closed.state, closed.issued_on, closed.copies, closed.pdf_digest) == (
        IssueState.CLOSED,
        DAY,
        5000,
        "c" * 64,
    )
    kept = office.issues.contents("2026-11")
    assert kept is not None
    assert kept.digest == closed.proof
    assert (kept.year, kept.number, kept.total_number) == (2026, 11, 131)
    assert [(one.item, one.page) for one in kept.documents] == [("1001", 1), ("1002", 2)]
    assert office.issues.current() is None


def test_an_issue_that_nobody_signed_stays_open_and_all_that_is_missing_is_said(office: IssueOffice) -> None:
    proof = office.freeze(DAY)
    with pytest.raises(IssueNotSigned, match=r"初审 is not signed.*终审 is not signed"):
        office.close_as(proof)
    office.sign(proof, "初审", FIRST)
    with pytest.raises(IssueNotSigned, match="终审 is not signed"):
        office.close_as(proof)
    assert office.issues.current() is not None


def test_who_froze_the_issue_does_not_sign_it(office: IssueOffice) -> None:
    proof = office.freeze(DAY)
    with pytest.raises(SignOffRefused, match="put this issue together"):
        office.sign(proof, "初审", MAKER)


def test_who_ordered_a_document_does_not_sign_the_issue(office: IssueOffice) -> None:
    act = office.act(FIRST, {"act": "order-issue"})
    office.issues.move(Move("1002", before="1001"), ("市政府文件",), act)
    proof = office.freeze(DAY)
    with pytest.raises(SignOffRefused, match="put this issue together"):
        office.sign(proof, "初审", FIRST)


def test_levels_go_in_order_by_different_people_with_the_role_and_once(office: IssueOffice) -> None:
    proof = office.freeze(DAY, by=LAST)
    with pytest.raises(SignOffRefused, match="终审 comes after 初审"):
        office.sign(proof, "终审", MAKER)
    with pytest.raises(SignOffRefused, match="no level 三审"):
        office.sign(proof, "三审", FIRST)
    office.sign(proof, "初审", MAKER)
    with pytest.raises(SignOffRefused, match="signed already"):
        office.sign(proof, "初审", FIRST)
    with pytest.raises(SignOffRefused, match="another level"):
        office.sign(proof, "终审", MAKER)
    with pytest.raises(SignOffRefused, match="does not have the role"):
        office.sign(proof, "终审", FIRST)


def test_an_office_of_one_level_still_needs_two_persons(office: IssueOffice) -> None:
    proof = office.freeze(DAY, levels=(("终审", "终审"),))
    with pytest.raises(SignOffRefused):
        office.sign(proof, "终审", MAKER)
    office.sign(proof, "终审", LAST)
    act = office.act(MAKER, proofs.close_statement(proof, MAKER))
    assert proofs.close(office.database, proof, [Level("终审", "终审")], act).state is IssueState.CLOSED


@pytest.mark.parametrize("change", ["joined", "ordered"])
def test_what_changed_after_freezing_is_neither_signed_nor_closed(office: IssueOffice, change: str) -> None:
    signed, half = office.signed(DAY), None
    if change == "joined":
        add(office.issues, "1003")
    else:
        office.issues.move(Move("1002", before="1001"), ("市政府文件",), office.act(MAKER, {}))
    for act in (lambda: office.close_as(signed), lambda: office.sign(signed, "初审", FIRST)):
        with pytest.raises(IssueError, match="有变动"):
            act()
    half = office.freeze(DAY)
    with pytest.raises(IssueError, match="已重新生成"):
        office.close_as(signed)
    with pytest.raises(IssueNotSigned):
        office.close_as(half)
    assert office.issues.current() is not None


def test_other_levels_than_when_it_was_frozen_hold_the_closing(office: IssueOffice) -> None:
    proof = office.signed(DAY)
    act = office.act(MAKER, proofs.close_statement(proof, MAKER))
    with pytest.raises(IssueError, match="审签级次"):
        proofs.close(office.database, proof, [Level("终审", "终审")], act)


def test_a_date_before_the_opening_and_an_issue_that_is_not_open_are_refused(office: IssueOffice) -> None:
    with pytest.raises(IssueError, match="早于"):
        office.freeze(date(2020, 1, 1))
    stale = office.contents(DAY)
    office.close(DAY)
    with pytest.raises(NoOpenIssue):
        proofs.freeze(office.database, stale, office.act(MAKER, {}))
    office.issues.open(2026)
    with pytest.raises(IssueError, match="不是 2026-11"):
        proofs.freeze(office.database, stale, office.act(MAKER, {}))


def test_a_date_before_the_issue_before_or_more_than_a_year_ahead_is_refused(office: IssueOffice) -> None:
    with pytest.raises(IssueError, match="一年以后"):
        office.freeze(DAY.replace(year=DAY.year + 2))
    office.close(DAY + timedelta(days=20))
    office.issues.open(2026)
    add(office.issues, "1002")
    with pytest.raises(IssueError, match=r"早于已出版的前一期（2026-"):
        office.freeze(DAY)
    assert office.freeze(DAY + timedelta(days=20)).contents.number == 12


def test_numbers_and_pages_stay_when_a_document_is_withdrawn_afterwards(office: IssueOffice) -> None:
    closed = office.close(DAY)
    before = office.issues.contents("2026-11")
    following = office.issues.open(2026)
    add(office.issues, "1001", action=Action.WITHDRAW)
    office.close(DAY)
    third = office.issues.open(2026)
    assert (following.id, following.total_number, third.id, third.total_number) == ("2026-12", 132, "2026-13", 133)
    assert office.issues.contents("2026-11") == before
    assert office.issues.get("2026-11") == replace(closed, published_at=office.issues.all()[0].published_at)


def test_of_several_who_close_at_once_one_does_and_no_document_is_lost(office: IssueOffice) -> None:
    proof = office.signed(DAY)
    closed: list[str] = []
    refused: list[Exception] = []

    def work(act: Callable[[], object], name: str) -> None:
        try:
            act()
            closed.append(name)
        except IssueError as problem:
            refused.append(problem)

    acts: list[tuple[Callable[[], object], str]] = [(lambda: office.close_as(proof), "close")] * 3
    acts.append((lambda: add(office.issues, "1009"), "add"))
    workers = [threading.Thread(target=work, args=one) for one in acts]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    issue = office.issues.get("2026-11")
    assert issue is not None
    if "add" in closed and "close" not in closed:  # it joined first: the proof is no longer true
        assert (issue.state, len(office.issues.entries("2026-11"))) == (IssueState.OPEN, 3)
    else:
        assert sorted(closed) == ["close"]
        assert (issue.state, len(office.issues.entries("2026-11"))) == (IssueState.CLOSED, 2)


def test_every_step_stands_in_the_event_log(office: IssueOffice) -> None:
    office.close(DAY)
    with office.database.read() as connection:
        kinds = [event["kind"] for event in of_subject(connection, "issue/2026-11")]
    assert kinds == ["issue.opened", "issue.frozen", "issue.signed", "issue.signed", "issue.closed", "issue.published"]
    assert verify_chain(office.database) is None


def test_publishing_again_keeps_the_first_moment_and_address(office: IssueOffice) -> None:
    office.close(DAY, published=False)
    for url in ("https://a.example/1", "https://a.example/2"):
        proofs.published(office.database, "2026-11", url)
    issue = office.issues.get("2026-11")
    assert issue is not None
    assert (issue.url, issue.published_at is not None) == ("https://a.example/1", True)


@pytest.fixture
def assets(tmp_path_factory: pytest.TempPathFactory) -> Assets:
    return Assets(tmp_path_factory.mktemp("assets"))


def closed_with_pdf(office: IssueOffice, assets: Assets) -> str:
    digest = assets.put(b"%PDF-1.7 made up")
    office.close(DAY, pdfs={READING: digest})
    return digest


def test_a_sound_issue_verifies(office: IssueOffice, assets: Assets) -> None:
    closed_with_pdf(office, assets)
    assert verify(office.database, assets) == (1, [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE issue SET number = 10", "numbers, date or copies"),
        ("UPDATE issue SET total_number = 1", "numbers, date or copies"),
        ("UPDATE issue SET copies = 9", "numbers, date or copies"),
        ("UPDATE issue SET proof = NULL", "event log knows other contents"),
        ("UPDATE issue SET state = 'open'", "no longer there as a closed issue"),
        ("UPDATE issue_proof SET contents = replace(contents, '第1件', '第9件')", "altered"),
        ("UPDATE issue_proof SET contents = '{}'", "cannot be read"),
        ("UPDATE issue_signoff SET person = '李文' WHERE level = '初审'", "put the issue together and signed it"),
        ("UPDATE issue_signoff SET signature = 'AAAA' WHERE level = '初审'", "event log knows nothing of the sign-off"),
        ("UPDATE issue_signoff SET signature = 'AAAA' WHERE level = '终审'", "does not hold"),
        ("DELETE FROM issue_signoff WHERE level = '终审'", "终审 is not signed"),
    ],
)
def test_what_was_altered_in_the_database_is_found(office: IssueOffice, assets: Assets, change: str, said: str) -> None:
    closed_with_pdf(office, assets)
    with office.database.write() as connection:
        connection.execute(text(change))
    _, found = verify(office.database, assets)
    assert any(said in problem and problem.startswith("issue 2026-11") for problem in found), found


def test_a_pdf_that_was_altered_or_lost_is_found(office: IssueOffice, assets: Assets) -> None:
    digest = closed_with_pdf(office, assets)
    assets.path(digest).write_bytes(b"%PDF-1.7 other")
    assert "reading PDF" in verify(office.database, assets)[1][0]
    assets.path(digest).unlink()
    assert "holds no file" in verify(office.database, assets)[1][0]
