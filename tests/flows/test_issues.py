"""The office's work on an issue, from the first document to the closed and published one, and what comes after."""

import json
import os
import shutil
from datetime import timedelta
from itertools import count
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest
from typer.testing import CliRunner

from content.assets import Assets
from content.clock import in_china
from content.database import open_database
from content.gazette import proofs
from content.gazette.contents import READING
from content.gazette.issue import IssueState
from content.gazette.issues import IssueError, Issues
from content.gazette.order import Move
from content.gazette.verifying import verify
from content.vocabulary import Action
from flows import issue_papers, issues, publishing
from flows.cli import app
from flows.editing import Blocked, NotPossible
from flows.examining import gazette_checks
from flows.inspection import inspect
from flows.rebuild import rebuild
from flows.sheet import gather

ONLY = ["portal", "gazette"]


def closed(office: Any, at_work: Any) -> Any:
    _, proof, _ = issues.freeze(office.wired, at_work.today(), None, at_work.EDITOR, at_work.ask)
    for level, name in (("初审", at_work.FIRST), ("终审", at_work.LAST)):
        issues.sign(office.wired, name, level, proof.digest, at_work.ask)
    return issues.close(office.wired, at_work.EDITOR, at_work.ask)


@pytest.fixture
def joined(quiet_office: Any) -> Any:
    """An office whose item 1001 is on the website and in the open issue."""
    quiet_office.broadcast("1001", outlets=ONLY)
    assert quiet_office.states()["gazette"] == "accepted"
    return quiet_office


def state_of(office: Any, action: Action, outlet: str = "gazette") -> str:
    (record,) = [r for r in office.records() if r.outlet == outlet and r.action is action]
    return str(record.state.value)


def test_a_document_is_live_when_its_issue_was_signed_and_closed(joined: Any, at_work: Any) -> None:
    issue, path, _ = closed(joined, at_work)
    assert joined.states()["gazette"] == "live"
    assert path.read_bytes() == joined.wired.workspace.assets.get(issue.pdf_digest)
    assert (issue.state, issue.copies) == (IssueState.CLOSED, 5000)
    assert joined.chain_holds()
    assert verify(joined.wired.database, joined.wired.workspace.assets) == (1, [])


def test_freezing_again_without_a_change_keeps_the_proof_and_its_sign_offs(joined: Any, at_work: Any) -> None:
    freeze = lambda: issues.freeze(joined.wired, at_work.today(), None, at_work.EDITOR, at_work.ask)[1]  # noqa: E731 # one use
    proof = freeze()
    issues.sign(joined.wired, at_work.FIRST, "初审", proof.digest, at_work.ask)
    assert freeze() == proof
    _, missing = issues.sign(joined.wired, at_work.LAST, "终审", proof.digest[:12], at_work.ask)
    assert missing == []


def test_a_proof_is_signed_by_its_own_digest_only(joined: Any, at_work: Any) -> None:
    with pytest.raises(NotPossible, match="not frozen yet"):
        issues.sign(joined.wired, at_work.FIRST, "初审", "0" * 64, at_work.ask)
    issues.freeze(joined.wired, at_work.today(), None, at_work.EDITOR, at_work.ask)
    with pytest.raises(NotPossible, match="look at what you sign"):
        issues.sign(joined.wired, at_work.FIRST, "初审", "0" * 64, at_work.ask)


def test_what_is_ordered_is_printed_in_that_order_and_shown(joined: Any, at_work: Any) -> None:
    joined.submit(joined.document(serial=32))
    joined.sign(joined.freeze("1002"))
    joined.broadcast("1002", outlets=ONLY)
    issues.order(joined.wired, Move("1002", before="1001"), at_work.EDITOR, at_work.ask)
    _, proof, _ = issues.freeze(joined.wired, at_work.today(), None, at_work.EDITOR, at_work.ask)
    assert [(one.item, one.page) for one in proof.contents.documents] == [("1002", 1), ("1001", 2)]


def test_an_item_that_joins_after_freezing_must_be_signed_anew(joined: Any, at_work: Any) -> None:
    _, proof, _ = issues.freeze(joined.wired, at_work.today(), None, at_work.EDITOR, at_work.ask)
    joined.submit(joined.document(serial=32))
    joined.sign(joined.freeze("1002"))
    joined.broadcast("1002", outlets=ONLY)
    with pytest.raises(IssueError, match="有变动"):
        issues.sign(joined.wired, at_work.FIRST, "初审", proof.digest, at_work.ask)
    issue, _, records = closed(joined, at_work)
    assert {record.item_id for record in records} == {"1001", "1002"}
    kept = issues.store(joined.wired).contents(issue.id)
    assert kept is not None
    assert (len(kept.documents), kept.proof) == (2, 2)


def test_once_an_issue_is_closed_its_labels_are_made_without_naming_it(
    joined: Any, at_work: Any, tmp_path: Path
) -> None:
    issue, *_ = closed(joined, at_work)
    file = tmp_path / "名单.csv"
    copies = "人大代表,甲,乙,500\n政协委员,甲,乙,450\n各级单位,甲,乙,3300\n公共场所,甲,乙,750\n"
    file.write_text(f"分组,收件人,地址,份数\n{copies}", encoding="utf-8")
    labelled, _ = issue_papers.write_labels(joined.wired, None, file, tmp_path / "标签.xlsx")
    assert labelled.id == issue.id


def test_an_erratum_and_a_withdrawal_of_printed_items_are_tracked_until_the_next_issue_is_closed(
    joined: Any, at_work: Any, tmp_path: Path
) -> None:
    first, _, _ = closed(joined, at_work)
    before = issues.store(joined.wired).contents(first.id)
    issues.open_issue(joined.wired, at_work.today().year, None, None)
    path = tmp_path / "corrected.md"
    path.write_text(joined.document(words="供水热线改为12345。"), encoding="utf-8")
    _, package = publishing.correct(joined.wired, "1001", path, "热线号码有误", at_work.EDITOR, at_work.ask)
    joined.sign(package)
    joined.broadcast("1001", outlets=ONLY)
    assert state_of(joined, Action.CORRECT) == "accepted"
    second, _, _ = closed(joined, at_work)
    assert state_of(joined, Action.CORRECT) == "live"
    issues.open_issue(joined.wired, at_work.today().year, None, None)
    joined.withdraw("1001")
    assert state_of(joined, Action.WITHDRAW) == "accepted"
    third, _, _ = closed(joined, at_work)
    assert state_of(joined, Action.WITHDRAW) == "live"
    assert [issue.number for issue in (first, second, third)] == [11, 12, 13]
    assert issues.store(joined.wired).contents(first.id) == before
    sections = [issues.store(joined.wired).contents(issue.id).sections for issue in (second, third)]  # type: ignore[union-attr]
    assert [[section.name for section in one] for one in sections] == [["更正启事"], ["更正启事"]]
    shown = gather(joined.wired, "1001")
    places = {record.action: shown.printed[record.id] for record in shown.deliveries if record.outlet == "gazette"}
    assert places == {
        Action.PUBLISH: ("市政府办公室文件", 1),
        Action.CORRECT: ("更正启事", 1),
        Action.WITHDRAW: ("更正启事", 1),
    }


@pytest.mark.parametrize("fields", [{"level": "国务院"}, {"source": "湖北省人民政府网"}])
def test_a_reprint_of_a_higher_authority_is_refused_with_the_rule(
    new_office: Any, at_work: Any, fields: dict[str, str]
) -> None:
    issues.open_issue(new_office.wired, at_work.today().year, 1, 1)
    text = new_office.document().replace("level: 市\n", f"level: {fields.get('level', '市')}\n")
    if "source" in fields:
        text = text.replace("level: 市\n", f"level: 市\nsource: {fields['source']}\n")
    item = new_office.submit(text)
    with pytest.raises(Blocked) as refused:
        issues.join(new_office.wired, item)
    assert "国办发〔2018〕22号" in refused.value.findings[0].message
    assert new_office.gazette_entries() == []


def test_what_was_not_published_when_the_issue_closed_is_published_later(joined: Any, at_work: Any) -> None:
    _, proof, _ = issues.freeze(joined.wired, at_work.today(), None, at_work.EDITOR, at_work.ask)
    for level, name in (("初审", at_work.FIRST), ("终审", at_work.LAST)):
        issues.sign(joined.wired, name, level, proof.digest, at_work.ask)
    act = issues.act_of(joined.wired, at_work.EDITOR, at_work.ask, proofs.close_statement(proof, at_work.EDITOR))
    proofs.close(joined.wired.database, proof, joined.wired.workspace.settings.levels, act)  # and then killed
    assert joined.states()["gazette"] == "accepted"
    issues.catch_up(joined.wired)
    assert joined.states()["gazette"] == "live"
    assert issues.publish_due(joined.wired) == []


def test_a_document_is_live_once_its_issues_page_is_up_and_read_back(joined: Any, at_work: Any) -> None:
    issue, _, _ = closed(joined, at_work)
    public = joined.wired.workspace.outlet_folder("portal") / "public"
    page = f"gazette/{issue.year}/{issue.number}.html"
    assert issue.url == f"{joined.wired.workspace.settings.site.url}/{page}"
    assert joined.record("gazette").receipt.evidence["issue_page"] == issue.url
    assert joined.wired.workspace.assets.get(issue.pdf_digest) == (public / page.replace(".html", ".pdf")).read_bytes()
    assert page in (public / "index.html").read_text(encoding="utf-8")
    before = codes(joined)
    (public / page).write_text((public / page).read_text(encoding="utf-8").replace("总第", "共第"), encoding="utf-8")
    (public / page.replace(".html", ".pdf")).write_bytes(b"%PDF-1.7 another")
    assert codes(joined) - before == {"file-altered"}


def test_a_site_that_shows_the_gazette_later_is_named_until_it_is_rebuilt(joined: Any, at_work: Any) -> None:
    closed(joined, at_work)
    assert (issues.lacking(joined.wired), gazette_checks(joined.wired)) == ({}, [])
    joined.settings("feeds = false }", "feeds = false, gazette = true }")
    joined.reopen()
    (issue,) = issues.store(joined.wired).all()
    assert issues.lacking(joined.wired) == {"nyj-site": [issue.id]}
    [check] = gazette_checks(joined.wired)
    assert (check.ok, check.mend) == (False, "tongbu rebuild nyj-site --search")
    told = CliRunner().invoke(app, ["--home", str(joined.home), "gazette", "list"]).stdout
    assert f"nyj-site has no page for {issue.id}: tongbu rebuild nyj-site --search" in told
    rebuild(joined.wired, "nyj-site", processes=1)
    assert issues.lacking(joined.wired) == {}


def codes(office: Any) -> set[str]:
    (seen,) = inspect(office.wired, "portal").as_json()["sites"]
    return {finding["code"] for finding in seen["findings"]}


def test_a_document_is_not_live_while_the_website_cannot_show_its_issue(joined: Any, at_work: Any) -> None:
    in_the_way = joined.wired.workspace.outlet_folder("portal") / "public" / "gazette"
    in_the_way.write_bytes(b"")
    issue, _, _ = closed(joined, at_work)
    assert (issue.state, issue.published_at, joined.states()["gazette"]) == (IssueState.CLOSED, None, "accepted")
    in_the_way.unlink()
    joined.resolve()
    assert joined.states()["gazette"] == "live"
    assert issues.named(joined.wired, issue.id).url.endswith(f"/gazette/{issue.year}/{issue.number}.html")


def test_what_was_closed_for_a_later_date_is_live_by_itself_on_that_day(joined: Any, at_work: Any) -> None:
    issues.freeze(joined.wired, at_work.today() + timedelta(days=3), None, at_work.EDITOR, at_work.ask)
    proof = issues.proof_of(joined.wired)
    for level, name in (("初审", at_work.FIRST), ("终审", at_work.LAST)):
        issues.sign(joined.wired, name, level, proof.digest, at_work.ask)
    issues.close(joined.wired, at_work.EDITOR, at_work.ask)
    joined.resolve()
    assert joined.states()["gazette"] == "accepted"
    joined.clock.forward(days=3)
    told = joined.resolve()
    assert [(one["outlet"], one["state"]) for one in told["settled"]] == [("gazette", "live")]
    assert joined.resolve()["settled"] == []
    live_at = joined.record("gazette").live_at
    assert live_at is not None
    assert in_china(live_at).date() == at_work.today() + timedelta(days=3)


def test_what_is_not_the_signed_document_of_its_item_is_not_frozen(joined: Any, at_work: Any) -> None:
    forged = joined.wired.workspace.assets.put(b'{"title": "forged"}')
    joined.alter("UPDATE issue_entry SET parts = json_set(parts, '$.\"document.json\"', :forged)", forged=forged)
    with pytest.raises(IssueError, match="稿件 1001（publish）不是审签过的内容"):
        issues.freeze(joined.wired, at_work.today(), None, at_work.EDITOR, at_work.ask)


def test_what_nobody_sent_out_is_not_frozen(joined: Any, at_work: Any) -> None:
    issues.store(joined.wired).add("1009", 1, Action.PUBLISH, 1, "市政府文件", {"document.json": "b" * 64})
    with pytest.raises(IssueError, match="稿件 1009"):
        issues.freeze(joined.wired, at_work.today(), None, at_work.EDITOR, at_work.ask)


def test_of_two_who_close_at_once_one_does(joined: Any, nursery: Any) -> None:
    joined.close()
    ended = nursery.together([{"act": "issue", "home": str(joined.home)}] * 2)
    assert any("result" in one for one in ended)
    joined.reopen()
    assert joined.states()["gazette"] == "live"
    assert len(joined.events("issue.closed")) == 1
    assert verify(joined.wired.database, joined.wired.workspace.assets) == (1, [])
    assert joined.chain_holds()


def test_the_commands_take_an_issue_the_whole_way(joined: Any, at_work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in at_work.PEOPLE:
        monkeypatch.setenv(f"TONGBU_PASSPHRASE_{name}", at_work.PASSPHRASE)
    joined.close()

    def gazette(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, ["--home", str(joined.home), *words, "--json"])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    assert gazette("gazette", "show")["note"] == "not frozen yet"
    moved = gazette("gazette", "order", "1001", "--section", "市政府文件", "--as", "李文")
    assert [section["name"] for section in moved["sections"]] == ["市政府文件"]
    (move,) = moved["moves"]
    assert (move["person"], move["item"], move["section"]) == ("李文", "1001", "市政府文件")
    frozen = gazette("gazette", "freeze", "--copies", "5000", "--as", "李文")
    assert (frozen["copies"], frozen["groups"]["人大代表"]) == (5000, 500)
    early = gazette("gazette", "close", "--as", "李文", code=1)
    assert "初审 is not signed" in early["error"]
    refused = gazette("gazette", "sign", "--level", "初审", "--digest", frozen["proof"], "--as", "李文", code=1)
    assert "role" in refused["error"]
    for level, name in (("初审", "周岚"), ("终审", "陈国平")):
        signed = gazette("gazette", "sign", "--level", level, "--digest", frozen["proof"][:12], "--as", name)
    assert signed["missing"] == []
    done = gazette("gazette", "close", "--as", "陈国平")
    assert (done["state"], done["published"], done["live"]) == ("closed", True, 1)
    shown = gazette("gazette", "show", done["issue"])
    assert [one["person"] for one in shown["signed"]] == ["周岚", "陈国平"]
    assert shown["sections"][0]["documents"][0]["page"] == 1
    assert gazette("gazette", "build", done["issue"])["digest"] == frozen_pdf(joined, done["issue"])
    assert gazette("gazette", "list")["missing"] == [f"{done['year']}-{n}" for n in range(1, 11)]
    assert (gazette("verify")["issues"], gazette("verify")["issue_problems"]) == (1, [])
    joined.reopen()
    joined.alter("UPDATE issue SET total_number = 7")
    joined.close()
    assert "numbers, date or copies" in gazette("verify", code=1)["issue_problems"][0]


def frozen_pdf(office: Any, issue_id: str) -> str:
    contents = issues.store(office.reopen().wired).contents(issue_id)
    office.close()
    assert contents is not None
    return contents.pdfs[READING]


@pytest.mark.kill
def test_killed_at_any_step_an_issue_is_open_or_closed_and_can_be_closed_then(
    joined: Any, nursery: Any, tmp_path: Path
) -> None:
    """At every fifth one: most of them are renames of the electronic issue's files, of which
    ``tests/channels/test_website_gazette.py`` kills at every single one."""
    joined.close()
    killed, states = 0, set()
    for step in count(1, 5):
        home = tmp_path / f"at-{step}"
        shutil.copytree(joined.home, home, symlinks=True)
        child = nursery.run(act="issue", kill_at=step, home=str(home))
        assert "error" not in child, child["trace"]
        states.add(state_when_whole(home))
        if child["signal"] != SIGKILL:
            break
        killed += 1
        after = nursery.run(act="issue", home=str(home))
        assert "result" in after, after
        assert after["result"]["states"]["gazette"] == "live"
        assert after["result"]["broken"] is None
        assert state_when_whole(home) == "closed"
        shutil.rmtree(home)
    assert killed > 12
    assert states == {"open", "closed"}


def state_when_whole(home: Path) -> str:
    """The issue's state; it is sound whatever it is, and nothing says that an open one is closed."""
    database = open_database(f"sqlite:///{home / 'ledger.sqlite'}")
    looked_at, wrong = verify(database, Assets(home / "assets"))
    (issue,) = Issues(database.engine, database.clock).all()
    database.engine.dispose()
    assert wrong == []
    assert looked_at == (issue.state is IssueState.CLOSED)
    return issue.state.value


@pytest.fixture
def typed(quiet_office: Any, at_work: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Types a command, and gives its JSON document."""
    for name in at_work.PEOPLE:
        monkeypatch.setenv(f"TONGBU_PASSPHRASE_{name}", at_work.PASSPHRASE)
    quiet_office.close()

    def run(*words: str, code: int = 0) -> Any:
        done = CliRunner().invoke(app, ["--home", str(quiet_office.home), *words, "--json"])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    return run


YEARS = "年,期,总期号,出版日期,栏目,标题,文号,PDF\n2016,{number},121,2016-01-20,市政府文件,政府工作报告,,{pdf}\n"


def test_earlier_years_are_entered_with_their_pdfs_and_verified(typed: Any, tmp_path: Path) -> None:
    (tmp_path / "旧刊").mkdir()
    (tmp_path / "旧刊" / "1.pdf").write_bytes(b"%PDF-1.4 as it was")
    file = tmp_path / "各期.csv"
    file.write_text(YEARS.format(number=2, pdf="旧刊/1.pdf"), encoding="utf-8")
    entered = typed("gazette", "record", str(file), "--as", "李文")
    assert [(one["issue"], one["recorded"], one["on"]) for one in entered["issues"]] == [("2016-2", True, "2016-01-20")]
    assert "2016-1" in entered["missing"]
    assert typed("gazette", "show", "2016-2")["sections"][0]["documents"][0]["title"] == "政府工作报告"
    assert Path(typed("gazette", "build", "2016-2")["pdf"]).read_bytes() == b"%PDF-1.4 as it was"
    assert typed("verify")["issues"] == 1
    again = typed("gazette", "record", str(file), "--as", "李文", code=1)
    assert "已经补录过" in again["findings"][0]["message"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--year", "1800"], "年份 1800"),
        (["--year", "9" * 30], "不是今年"),
        (["--number", "0"], "期号 0 不是 1 到 999"),
        (["--number", "9" * 30], "期号"),
        (["--total", "-3"], "总期号 -3"),
        ([], "--number 11 --total 131"),
        (["--total", "131"], "写明它是"),
    ],
)
def test_a_slip_of_the_hand_opens_no_issue(new_office: Any, words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["--home", str(new_office.home), "gazette", "open", *words, "--json"])
    assert (done.exit_code, said in json.loads(done.stdout)["error"]) == (1, True)
    assert issues.store(new_office.wired).all() == []


@pytest.mark.parametrize("pdf", ["nowhere.pdf", ".", "各期.csv", "large.pdf"])
def test_a_pdf_that_is_none_or_too_large_keeps_everything_of_the_file_out(typed: Any, tmp_path: Path, pdf: str) -> None:
    (tmp_path / "large.pdf").write_bytes(b"%PDF-1.4")
    os.truncate(tmp_path / "large.pdf", 600_000_000)
    file = tmp_path / "各期.csv"
    file.write_text(YEARS.format(number=1, pdf=pdf), encoding="utf-8")
    refused = typed("gazette", "record", str(file), "--as", "李文", code=1)
    assert refused["findings"][0]["place"] == "第2行"
    assert [one["recorded"] for one in typed("gazette", "list")["issues"]] == [False]


def test_labels_are_written_for_exactly_the_copies_that_are_printed(typed: Any, tmp_path: Path) -> None:
    file, target = tmp_path / "名单.csv", tmp_path / "标签.xlsx"
    groups = {"人大代表": 500, "政协委员": 450, "各级单位": 3300, "公共场所": 750}
    lines = [f"{name},{name}联络处,沙市区江津西路262号,{copies}" for name, copies in groups.items()]
    file.write_text("\n".join(["分组,收件人,地址,份数", *lines]), encoding="utf-8")
    done = typed("gazette", "labels", str(file), str(target))
    assert (done["copies"], done["groups"], done["labels"]) == (5000, groups, 4)
    assert target.read_bytes().startswith(b"PK")
    file.write_text("\n".join(["分组,收件人,地址,份数", *lines[:-1]]), encoding="utf-8")
    refused = typed("gazette", "labels", str(file), str(tmp_path / "b.xlsx"), code=1)
    assert "名单共0份，设置为750份" in refused["findings"][0]["message"]
    assert not (tmp_path / "b.xlsx").exists()
