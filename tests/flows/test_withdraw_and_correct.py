"""Withdrawing and correcting from the receipts: to everybody who received the item, each tracked until confirmed."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from channels.sandbox.faults import Fault
from content import packages
from content.people import PersonError
from content.vocabulary import Action, State
from flows import publishing
from flows.cli import app
from flows.editing import Blocked, NotPossible, latest, override, submit

DIRECT = {"portal", "feeds", "app", "weibo-main", "wechat-main"}
PARTNERS = {"radio", "television", "newspaper", "gazette"}


def withdrawals(office: Any) -> dict[str, str]:
    return {r.outlet: r.state.value for r in office.records() if r.action is Action.WITHDRAW}


def shown_on_weibo(office: Any) -> list[str]:
    store = office.platforms()
    rows = store.rows("SELECT text FROM weibos WHERE deleted IS NULL")
    store.close()
    return [row["text"] for row in rows]


def problems_of(document: dict[str, Any]) -> str:
    return "\n".join(document.get("problems", []))


def corrected(office: Any, at_work: Any, tmp_path: Path, words: str = "供水热线改为12345。") -> Any:
    path = tmp_path / "corrected.md"
    path.write_text(office.document(words=words), encoding="utf-8")
    _, package = publishing.correct(office.wired, "1001", path, "热线号码有误", at_work.EDITOR, at_work.ask)
    return package


def test_a_withdrawal_reaches_everybody_who_received_the_item(office: Any) -> None:
    office.broadcast("1001")
    document = office.withdraw("1001")
    office.resolve_until(lambda: all(withdrawals(office)[name] == "live" for name in DIRECT))
    states = withdrawals(office)
    assert set(states) == DIRECT | PARTNERS
    assert {states[name] for name in PARTNERS} == {"accepted"}
    assert document["exit"] in (0, 3)
    assert shown_on_weibo(office) == []
    assert "及时抢修" not in office.pages("1001")[0].read_text(encoding="utf-8")
    assert len(office.drop("radio")) == 2
    assert len(office.shared()) == len(office.submitted()) == 1


def test_a_withdrawal_reaches_only_who_received_it_and_cancels_the_rest(office: Any) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    at = office.clock() + timedelta(hours=1)
    waiting = office.order("1001", outlets=["portal", "radio", "app"], at=at)
    office.carry_out(waiting)
    office.withdraw("1001")
    assert set(withdrawals(office)) == {"portal", "weibo-main"}
    assert office.states()["radio"] == office.states()["app"] == "cancelled"
    office.clock.forward(hours=2)
    office.resolve()
    assert office.drop("radio") == []
    assert len(office.shared()) == 1


def test_a_withdrawal_reaches_an_outlet_that_was_switched_off_since(office: Any) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    office.settings('channel = "weibo"\n', 'channel = "weibo"\nactive = false\n')
    office.reopen().withdraw("1001")
    office.resolve_until(lambda: withdrawals(office)["weibo-main"] == "live")
    assert shown_on_weibo(office) == []


def test_a_withdrawal_waits_for_no_outlet_that_is_down(office: Any) -> None:
    office.broadcast("1001")
    port = office.platforms_port()
    office.stop_platforms()
    document = office.reopen().withdraw("1001")
    assert document["state"] == "partial"
    states = withdrawals(office)
    assert states["portal"] == states["feeds"] == states["app"] == "live"
    assert states["radio"] == "accepted"
    assert "及时抢修" not in office.pages("1001")[0].read_text(encoding="utf-8")
    office.start_platforms(port)
    office.resolve_until(lambda: withdrawals(office)["weibo-main"] == withdrawals(office)["wechat-main"] == "live")
    assert shown_on_weibo(office) == []


def test_a_website_that_cannot_be_written_does_not_keep_the_posts_up(office: Any) -> None:
    office.broadcast("1001")
    public = office.public
    public.rename(public.with_name("aside"))
    public.write_text("no folder")
    office.withdraw("1001")
    assert withdrawals(office)["portal"] != "live"
    assert shown_on_weibo(office) == []


def test_a_changed_account_does_not_keep_the_item_up_elsewhere(office: Any) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main", "wechat-main"])
    office.settings('identity = "wx3ea1d5b2c4f60718"', 'identity = "wx0000000000000000"')
    office.reopen().withdraw("1001")
    office.resolve_until(lambda: withdrawals(office)["weibo-main"] == "live")
    assert withdrawals(office)["portal"] == "live"
    assert shown_on_weibo(office) == []


def test_an_answer_lost_while_deleting_is_settled_by_looking(office: Any) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    office.fault("weibo", Fault.ACCEPT_THEN_DROP, call="2/statuses/destroy.json")
    office.withdraw("1001")
    office.resolve_until(lambda: withdrawals(office)["weibo-main"] == "live")
    assert len(office.calls("weibo", "2/statuses/destroy.json")) == 1
    assert shown_on_weibo(office) == []


def test_a_withdrawal_that_may_not_delete_is_confirmed_by_its_notice_and_shown_until_somebody_acts(office: Any) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    published = office.record("weibo-main").receipt.remote_id
    office.fault("weibo", Fault.DESTROY_CLOSED, count=None)
    office.withdraw("1001", "内容有误")
    office.resolve_until(lambda: withdrawals(office)["weibo-main"] == "live")
    assert office.record("weibo-main").receipt.evidence["still_shown"] == published
    assert "原因：内容有误" in shown_on_weibo(office)[1]
    assert len(office.shared()) == 2
    office.resolve()
    assert len(office.shared()) == 2
    for arguments in (["status"], ["status", "1001"]):
        told = CliRunner().invoke(app, ["--home", str(office.home), *arguments])
        assert (
            f"still to be seen there: it could not be deleted, a notice was posted instead ({published})" in told.output
        )
    document = json.loads(CliRunner().invoke(app, ["--home", str(office.home), "status", "--json"]).stdout)
    assert [entry["still_shown"] for entry in document["still_shown"]] == [published]


def test_a_withdrawal_without_the_right_passphrase_does_nothing(office: Any, at_work: Any) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    office.order("1001", outlets=["portal", "radio"])
    before = office.states()
    with pytest.raises(PersonError):
        publishing.withdraw(office.wired, "1001", "内容有误", at_work.WITHDRAWER, lambda _name: "a guess at it")
    assert office.states() == before
    office.withdraw("1001")
    office.resolve_until(lambda: withdrawals(office).get("weibo-main") == "live")
    assert shown_on_weibo(office) == []


def test_nothing_is_cancelled_by_somebody_without_the_passphrase(quiet_office: Any, at_work: Any) -> None:
    at = quiet_office.clock() + timedelta(hours=1)
    quiet_office.broadcast("1001", outlets=["portal", "radio"], at=at)
    with pytest.raises(PersonError):
        publishing.withdraw(quiet_office.wired, "1001", "内容有误", at_work.WITHDRAWER, lambda _name: "a guess at it")
    assert set(quiet_office.states().values()) == {"prepared"}


def test_a_withdrawal_interrupted_before_its_signature_can_be_made_again(office: Any, at_work: Any) -> None:
    from flows import editing

    office.broadcast("1001", outlets=["portal", "weibo-main"])
    editing.freeze(office.wired, "1001", Action.WITHDRAW, "另一个原因", ["portal", "weibo-main"])
    assert office.freeze("1001").round == 1
    office.withdraw("1001")
    office.resolve_until(lambda: withdrawals(office).get("weibo-main") == "live")
    assert shown_on_weibo(office) == []


def test_only_who_has_the_role_withdraws_and_only_with_a_reason(quiet_office: Any, at_work: Any) -> None:
    for name, reason, said in ((at_work.EDITOR, "有误", "role"), (at_work.WITHDRAWER, "  ", "reason")):
        with pytest.raises(NotPossible, match=said):
            publishing.withdraw(quiet_office.wired, "1001", reason, name, at_work.ask)


def test_an_item_withdrawn_before_it_went_out_does_not_go_out(quiet_office: Any, at_work: Any) -> None:
    at = quiet_office.clock() + timedelta(hours=1)
    quiet_office.broadcast("1001", outlets=["portal", "radio"], at=at)
    with pytest.raises(NotPossible, match="2 planned deliveries were cancelled"):
        quiet_office.withdraw("1001")
    document = quiet_office.broadcast("1001", outlets=["portal", "radio"])
    assert document["state"] == "refused"
    assert "hand in a new revision" in problems_of(document)
    quiet_office.clock.forward(hours=2)
    quiet_office.resolve()
    assert quiet_office.nothing_public()


def test_after_a_confirmed_withdrawal_the_old_package_cannot_go_out_and_a_new_one_can(office: Any) -> None:
    old = office.freeze("1001")
    office.broadcast("1001")
    office.withdraw("1001")
    office.resolve_until(lambda: all(withdrawals(office)[name] == "live" for name in DIRECT))
    document = publishing_again(office, old.digest)
    assert document["state"] == "refused"
    assert "withdrawn since" in problems_of(document)
    assert office.events("incident.tampered")
    assert len(office.shared()) == 1
    new = office.freeze("1001")
    assert new.digest != old.digest
    assert new.round == 2
    office.sign(new)
    office.broadcast("1001")
    office.resolve_until(lambda: office.record("weibo-main").state is State.LIVE)
    assert office.record("weibo-main").round == 2
    assert len(shown_on_weibo(office)) == 1
    assert "及时抢修" in office.pages("1001")[0].read_text(encoding="utf-8")


def test_while_a_withdrawal_is_not_confirmed_no_new_round_begins(office: Any) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    office.stop_platforms()
    office.reopen().withdraw("1001")
    assert withdrawals(office)["portal"] == "live"
    with pytest.raises(NotPossible, match="not confirmed at weibo-main"):
        office.freeze("1001")


def test_a_correction_goes_to_everybody_who_received_the_item(office: Any, at_work: Any, tmp_path: Path) -> None:
    office.broadcast("1001", outlets=["portal", "feeds", "weibo-main", "wechat-main", "radio"])
    package = corrected(office, at_work, tmp_path)
    assert {line.outlet for line in package.lines} == {"portal", "feeds", "weibo-main", "wechat-main", "radio"}
    refused = office.broadcast("1001")
    assert "is not signed" in problems_of(refused)
    office.sign(package)
    document = office.broadcast("1001")
    assert document["state"] == "synchronised", problems_of(document)
    assert "12345" in office.pages("1001")[0].read_text(encoding="utf-8")
    assert len(office.pages("1001")) == 1
    assert len(office.drop("radio")) == 2
    assert len(office.shared()) == 2
    assert "app" not in {r.outlet for r in office.records() if r.action is Action.CORRECT}


def test_a_second_broadcast_of_a_correction_posts_nothing(office: Any, at_work: Any, tmp_path: Path) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    office.sign(corrected(office, at_work, tmp_path))
    office.broadcast("1001")
    office.broadcast("1001")
    assert len(office.shared()) == 2


def test_a_withdrawal_after_a_correction_takes_both_away(office: Any, at_work: Any, tmp_path: Path) -> None:
    office.broadcast("1001", outlets=["portal", "weibo-main", "wechat-main"])
    office.sign(corrected(office, at_work, tmp_path))
    office.broadcast("1001")
    office.withdraw("1001")
    office.resolve_until(lambda: set(withdrawals(office).values()) == {"live"})
    assert shown_on_weibo(office) == []
    store = office.platforms()
    assert store.number("SELECT count(*) FROM publications WHERE outcome = 0") == 0
    store.close()


def test_a_correction_that_changes_nothing_or_has_no_reason_is_refused(
    quiet_office: Any, at_work: Any, tmp_path: Path
) -> None:
    quiet_office.broadcast("1001", outlets=["portal"])
    path = tmp_path / "same.md"
    path.write_text(quiet_office.document(), encoding="utf-8")
    for reason, said in (("有误", "nothing to correct"), (" ", "reason")):
        with pytest.raises(NotPossible, match=said):
            publishing.correct(quiet_office.wired, "1001", path, reason, at_work.EDITOR, at_work.ask)


def test_a_correction_that_a_warning_stopped_goes_on_once_it_is_set_aside(
    quiet_office: Any, at_work: Any, tmp_path: Path
) -> None:
    quiet_office.broadcast("1001", outlets=["portal"])
    with pytest.raises(Blocked):
        corrected(quiet_office, at_work, tmp_path, "供水热线有变,请周知。")
    override(quiet_office.wired, "1001", "half-width", at_work.EDITOR, "原文如此", at_work.ask)
    package = corrected(quiet_office, at_work, tmp_path, "供水热线有变,请周知。")
    assert (package.action, package.revision) == (Action.CORRECT, latest(quiet_office.wired, "1001").digest)


def test_a_revision_that_another_came_after_is_not_handed_in_again_as_if_it_were_the_newest(
    quiet_office: Any, at_work: Any, tmp_path: Path
) -> None:
    quiet_office.broadcast("1001", outlets=["portal"])
    corrected(quiet_office, at_work, tmp_path)
    first = tmp_path / "first.md"
    first.write_text(quiet_office.document(), encoding="utf-8")
    with pytest.raises(NotPossible, match="revision 2 came after it"):
        publishing.correct(quiet_office.wired, "1001", first, "改回", at_work.EDITOR, at_work.ask)
    with pytest.raises(NotPossible, match="revision 2 came after it"):
        submit(quiet_office.wired, first, {}, at_work.EDITOR, at_work.ask, "1001")


def test_an_item_that_nobody_received_cannot_be_corrected(quiet_office: Any, at_work: Any, tmp_path: Path) -> None:
    with pytest.raises(NotPossible, match="no outlet has received"):
        corrected(quiet_office, at_work, tmp_path)


def publishing_again(office: Any, digest: str) -> dict[str, Any]:
    """Orders the old package by its digest, as somebody who kept it would."""
    from content import broadcasts
    from content.broadcasts import Order
    from content.people import SignedAct

    with office.wired.database.read() as connection:
        assert packages.by_digest(connection, digest).round == 1
    ordered = broadcasts.keep(office.wired.database, Order((digest,)), office.clock(), SignedAct("陈国平", {}, "x"))
    document: dict[str, Any] = office.carry_out(ordered)
    return document
