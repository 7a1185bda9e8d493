"""What partners do with our copy: they take it, somebody else takes its name, they send a receipt back."""

import json
import mailbox
import shutil
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from content import ledger, packages
from content.clock import CHINA
from content.vocabulary import State
from flows import examining, mail_receipts, proving, publishing, upkeep
from flows.editing import NotPossible
from tests.channels.mirror_places import SftpPlace, SftpServer


def handed_over(office: Any, outlet: str = "newspaper") -> Any:
    office.broadcast("1001", outlets=["portal", outlet])
    record = office.record(outlet)
    assert record.state is State.ACCEPTED
    return record


def returned(office: Any, record: Any, **changes: Any) -> None:
    day = (office.clock() + timedelta(hours=8)).date()
    values = {"reference": record.receipt.evidence["reference"], "date": f"{day}", "page": "第2版", **changes}
    (office.drop(record.outlet)[0] / "receipt.json").write_text(json.dumps(values, ensure_ascii=False))


def test_a_receipt_in_the_partners_folder_is_read_by_resolve_and_only_then_it_is_live(office: Any) -> None:
    record = handed_over(office)
    office.resolve()
    assert office.record("newspaper").state is State.ACCEPTED
    returned(office, record)
    office.resolve()
    live = office.record("newspaper")
    assert live.state is State.LIVE
    assert live.receipt.evidence["page"] == "第2版"
    assert live.live_at == record.since


def test_a_correction_speaks_of_the_day_and_page_that_the_receipt_states(
    office: Any, at_work: Any, tmp_path: Path
) -> None:
    returned(office, handed_over(office))
    office.resolve()
    path = tmp_path / "corrected.md"
    path.write_text(at_work.document(words="供水热线改为12345。"), encoding="utf-8")
    _, package = publishing.correct(office.wired, "1001", path, "热线号码有误", at_work.EDITOR, at_work.ask)
    parts = packages.part_bytes(office.wired.workspace.assets, package.line("newspaper"))
    day = office.clock().astimezone(CHINA)
    assert f"贵报{day.year}年{day.month}月{day.day}日第2版刊发的" in parts["item.ninjs.json"].decode()


def test_the_engine_looks_by_itself_every_few_minutes_at_first(office: Any) -> None:
    record = handed_over(office)
    upkeep.upkeep(office.wired.workspace)
    soon = office.record("newspaper").look_after
    assert timedelta(minutes=4) < soon - office.clock() <= timedelta(minutes=5)
    returned(office, record)
    upkeep.upkeep(office.wired.workspace)
    assert office.record("newspaper").state is State.ACCEPTED
    office.clock.forward(minutes=6)
    upkeep.upkeep(office.wired.workspace)
    assert office.record("newspaper").state is State.LIVE


def test_what_nobody_acknowledges_is_looked_for_once_a_day_in_the_end(office: Any) -> None:
    handed_over(office)
    office.clock.forward(days=30)
    upkeep.upkeep(office.wired.workspace)
    assert office.record("newspaper").look_after - office.clock() > timedelta(hours=23)


def test_a_forged_receipt_is_named_in_the_delivery_and_a_right_one_after_it_counts(office: Any) -> None:
    record = handed_over(office)
    returned(office, record, reference="TB-AAAA-BBBB-CCCC-DDDD")
    office.resolve()
    forged = office.record("newspaper")
    assert forged.state is State.ACCEPTED
    assert "回执号与本次交接的不符" in forged.problem
    returned(office, record)
    office.resolve()
    assert office.record("newspaper").state is State.LIVE
    assert office.record("newspaper").problem == ""


def test_copy_that_the_partner_has_taken_is_not_sent_again(office: Any) -> None:
    record = handed_over(office, "radio")
    shutil.rmtree(office.drop("radio")[0])
    office.broadcast("1001", outlets=["portal", "radio"])
    office.resolve()
    assert office.record("radio").state is State.ACCEPTED
    assert office.record("radio").token == record.token
    assert office.drop("radio") == []


def test_a_name_that_something_else_has_is_an_incident_and_is_left_alone(office: Any) -> None:
    office.broadcast("1001", outlets=["portal", "radio"], at=office.clock() + timedelta(hours=1))
    with office.wired.database.read() as connection:
        digest = packages.latest(connection, "1001").line("radio").rendition
    taken = office.home / "outlets" / "radio" / "drop" / f"1001-r1-publish-{digest[:8]}"
    taken.mkdir(parents=True)
    (taken / "theirs.txt").write_text("别人的")
    office.clock.forward(hours=1, seconds=1)
    office.resolve()
    refused = office.record("radio")
    assert refused.state is State.REFUSED
    assert "人工核对" in refused.problem
    assert [path.name for path in taken.iterdir()] == ["theirs.txt"]
    [incident] = office.events("incident.name_taken")
    assert incident["data"]["outlet"] == "radio"


def test_doctor_tries_a_place_that_the_settings_name_and_leaves_nothing_there(office: Any, tmp_path: Path) -> None:
    there = tmp_path / "报社"
    office.settings('identity = "drop/newspaper"', f'identity = "drop/newspaper"\noptions = {{ folder = "{there}" }}')
    office.reopen()
    [check] = examining.partner_checks(office.wired)
    assert (check.ok, "目录不存在" in check.detail) == (False, True)
    there.mkdir()
    [check] = examining.partner_checks(office.wired)
    assert check.ok
    assert list(there.iterdir()) == []


# Receipts by mail.


def answer(number: str, text: str, **heads: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "要闻部 <desk@paper.example>"
    message["In-Reply-To"] = f"<{number}@office.example>"
    for name, value in heads.items():
        del message[name.replace("_", "-")]
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def number_of(record: Any) -> str:
    return str(record.receipt.evidence["reference"])


def today(office: Any) -> str:
    return f"{office.clock().astimezone(CHINA):%Y年%m月%d日}"


def read_mails(office: Any, at_work: Any, *paths: Path) -> list[mail_receipts.Read]:
    return list(mail_receipts.record_mails(office.wired, paths, at_work.LAST, at_work.ask))


def test_a_reply_with_a_scan_makes_it_live_and_the_mail_is_kept(office: Any, at_work: Any, tmp_path: Path) -> None:
    record = handed_over(office)
    message = answer(
        number_of(record), f"已见报。\n> 刊发日期：{today(office)}　版面：第5版　标题：____\n", Subject="回复：稿件"
    )
    message.add_attachment(b"%PDF a scan", maintype="application", subtype="pdf", filename="见报.pdf")
    (tmp_path / "reply.eml").write_bytes(message.as_bytes())
    [read] = read_mails(office, at_work, tmp_path / "reply.eml")
    assert (read.problem, read.fresh) == ("", True)
    live = office.record("newspaper")
    assert live.state is State.LIVE
    evidence = live.receipt.evidence
    assert evidence["page"] == "第5版"
    assert evidence["by"] == at_work.LAST
    assert "desk@paper.example" in evidence["sender"]
    assert office.wired.workspace.assets.get(evidence["scan"]) == b"%PDF a scan"
    assert office.wired.workspace.assets.get(evidence["mail"]) == message.as_bytes()
    [again] = read_mails(office, at_work, tmp_path / "reply.eml")
    assert (again.problem, again.fresh) == ("", False)
    assert office.chain_holds()


@pytest.mark.parametrize("form", ["subject", "attachment", "html", "mbox", "maildir", "gb18030"])
def test_a_receipt_is_read_in_every_form_that_a_mail_has(office: Any, at_work: Any, tmp_path: Path, form: str) -> None:
    record = handed_over(office)
    number, line = number_of(record), f"刊发日期：{today(office)}　版面：第5版"
    message = answer(number, line)
    path = tmp_path / "one.eml"
    if form == "subject":
        message = answer(number, line, In_Reply_To="<other@x.example>", Subject=f"RE: 稿件〔回执号 {number.lower()}〕")
    elif form == "attachment":
        message = answer(number, "见附件")
        message.add_attachment(
            f"回执号：{number}\n{line}".encode(), maintype="text", subtype="plain", filename="回执.txt"
        )
    elif form == "html":
        message.set_content(f"<style>p{{}}</style><div>您好</div><p>{line}<br>谢谢</p>", subtype="html")
    elif form == "gb18030":
        message.set_content(line, charset="gb18030")
    elif form == "mbox":
        path = tmp_path / "box"
        box = mailbox.mbox(path)
        box.add(answer("TB-AAAA-BBBB-CCCC-DDDD", line))
        box.add(message)
        box.close()
    elif form == "maildir":
        path = tmp_path / "Maildir"
        folder = mailbox.Maildir(path)
        folder.add(message.as_bytes())
    if form not in ("mbox", "maildir"):
        path.write_bytes(message.as_bytes())
    reads = read_mails(office, at_work, path)
    assert [read.problem for read in reads if read.record is not None] == [""]
    assert office.record("newspaper").state is State.LIVE
    assert office.record("newspaper").receipt.evidence["page"] == "第5版"


@pytest.mark.parametrize(
    ("text", "heads", "said"),
    [
        ("收到，谢谢", {}, "没有写明播出、刊发或撤下的日期"),
        ("刊发日期：2020-01-01", {}, "before the hand-over"),
        ("刊发日期：2099-01-01", {}, "future"),
        ("我正在休假", {"Auto_Submitted": "auto-replied"}, "自动回复"),
        ("回执号：TB-AAAA-BBBB-CCCC-DDDD\n刊发日期：2026-11-24", {}, "不符"),
        ("刊发日期：2026-11-24", {"In_Reply_To": "<TB-AAAA-BBBB-CCCC-DDDD@office.example>"}, "none of ours"),
    ],
)
def test_a_mail_that_proves_nothing_is_named_and_changes_nothing(
    office: Any, at_work: Any, tmp_path: Path, text: str, heads: dict[str, str], said: str
) -> None:
    record = handed_over(office)
    (tmp_path / "one.eml").write_bytes(answer(number_of(record), text, **heads).as_bytes())
    [read] = read_mails(office, at_work, tmp_path / "one.eml")
    assert said in read.problem
    assert office.record("newspaper").state is State.ACCEPTED


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x00" * 4000, b"From: \xff\xff\nSubject: =?x?q?=\n\n", b"In-Reply-To: <" + b"<" * 60_000, b"\n" * 9000],
)
def test_a_mail_that_is_none_is_passed_over(office: Any, at_work: Any, tmp_path: Path, raw: bytes) -> None:
    handed_over(office)
    (tmp_path / "one.eml").write_bytes(raw)
    [read] = read_mails(office, at_work, tmp_path / "one.eml")
    assert (read.problem, read.record) == ("", None)


def test_a_mail_of_parts_within_parts_is_named(office: Any, at_work: Any, tmp_path: Path) -> None:
    record = handed_over(office)
    deep = "".join(f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n' for level in range(300))
    (tmp_path / "one.eml").write_text(f"In-Reply-To: <{number_of(record)}@x>\n{deep}")
    [read] = read_mails(office, at_work, tmp_path / "one.eml")
    assert "parts" in read.problem
    assert office.record("newspaper").state is State.ACCEPTED


def test_what_was_held_after_a_lost_answer_is_known_by_its_number_too(
    office: Any, at_work: Any, tmp_path: Path
) -> None:
    office.broadcast("1001", outlets=["portal", "radio"], at=office.clock() + timedelta(hours=1))
    record = office.record("radio")
    claimed = ledger.claim(office.wired.database, record, timedelta(seconds=1), "there/1", "d")
    load = proving.load(office.wired, claimed)
    office.wired.channel("radio").release(load.delivery, load.rendition, claimed.prepared)
    number = office.wired.channel("radio").reference(load.delivery, load.rendition)
    for mark in (office.home / "outlets" / "radio" / "sent").glob("*.delivered"):
        mark.unlink()
    shutil.rmtree(office.drop("radio")[0])
    office.clock.forward(seconds=5)
    office.resolve()
    assert office.record("radio").state is State.HELD
    (tmp_path / "one.eml").write_bytes(answer(number, f"播出时间：{today(office)}").as_bytes())
    [read] = read_mails(office, at_work, tmp_path / "one.eml")
    assert read.problem == ""
    assert office.record("radio").state is State.LIVE


def test_a_file_that_is_not_there_is_named(office: Any, at_work: Any, tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match=r"nowhere\.eml"):
        read_mails(office, at_work, tmp_path / "nowhere.eml")


# A partner behind a real SFTP server.


@pytest.fixture
def by_sftp(new_office: Any, tmp_path: Path) -> Iterator[tuple[Any, SftpPlace, SftpServer]]:
    """An office whose radio gets its copy by SFTP, with item 1001 signed for it."""
    (tmp_path / "server").mkdir()
    server = SftpServer(tmp_path / "server")
    place = SftpPlace("电台", server)
    office = new_office
    address, key = place.options["mirror"], place.options["host_key"]
    office.settings(
        'identity = "drop/radio"',
        f'identity = "{address}"\noptions = {{ folder = "{address}", host_key = "{key}", quiet_seconds = 0.4 }}',
    )
    secret = office.home / "secrets" / "radio.toml"
    secret.write_text(f'password = "{place.secrets["password"]}"\n')
    secret.chmod(0o600)
    office.reopen()
    assert office.approve() == "1001"
    yield office, place, server
    server.close()


def test_copy_goes_by_sftp_and_a_receipt_there_makes_it_live(by_sftp: Any) -> None:
    office, place, _ = by_sftp
    record = handed_over(office, "radio")
    name = record.receipt.remote_id
    assert {"script.txt", "manifest.json", "交接单.txt"} <= {path.rpartition("/")[2] for path in place.tree()}
    day = f"{office.clock().astimezone(CHINA):%Y-%m-%d}"
    place.put(f"{name}.receipt.txt", f"回执号：{number_of(record)}\n播出时间：{day}　栏目：早新闻".encode())
    office.resolve()
    live = office.record("radio")
    assert live.state is State.LIVE
    assert live.receipt.evidence["programme"] == "早新闻"


def test_a_partners_place_is_opened_once_for_all_that_is_looked_for_there(by_sftp: Any, at_work: Any) -> None:
    office, place, server = by_sftp
    items = ["1001", office.approve(at_work.document(32))]
    office.broadcast(*items, outlets=["portal", "radio"])
    day = f"{office.clock().astimezone(CHINA):%Y-%m-%d}"
    for record in (office.record("radio", item=item) for item in items):
        place.put(f"{record.receipt.remote_id}/receipt.txt", f"回执号：{number_of(record)}\n播出时间：{day}".encode())
    server.logins.clear()
    office.resolve()
    assert [office.record("radio", item=item).state for item in items] == [State.LIVE] * 2
    assert len(server.logins) == 1


def test_an_answer_lost_after_the_renaming_is_found_and_copy_is_there_once(by_sftp: Any) -> None:
    office, place, server = by_sftp
    renamed: list[str] = []

    def cut(act: str, path: str) -> None:
        renamed.append(path)
        server.drop_everybody()

    place.hears(cut)
    office.broadcast("1001", outlets=["portal", "radio"])
    place.hears(lambda act, path: None)
    office.resolve_until(lambda: office.record("radio").state is State.ACCEPTED)
    assert len(renamed) == 1
    assert office.record("radio").token == 1
    assert len([path for path in place.tree() if path.endswith("manifest.json")]) == 1


def test_an_answer_lost_and_the_copy_taken_is_held_and_not_resent(by_sftp: Any) -> None:
    office, place, server = by_sftp
    taken: list[Path] = []

    def grab(act: str, path: str) -> None:
        shutil.move(place.root / path.rpartition("/")[2], office.home.parent / "taken")
        taken.append(office.home.parent / "taken")
        server.drop_everybody()

    place.hears(grab)
    office.broadcast("1001", outlets=["portal", "radio"])
    office.resolve_until(lambda: office.record("radio").state is State.HELD)
    office.resolve()
    assert len(taken) == 1
    assert place.tree() == {}
    assert office.record("radio").token == 1
