"""Mass sends (群发) against the sandbox, over real HTTP (contracts: WeChat 7; engine.md part 5: 12, 13, 14)."""

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from channels.base import Refused, Unavailable, Unknown
from channels.wechat.budgets import Sends
from channels.wechat.sendings import clientmsgid
from content.clock import in_china
from content.vocabulary import Action, State
from tests.channels import revisions as made
from tests.channels.official_account import SENDALL, Outgoing, cleared, waits


@pytest.fixture
def out(served: made.Rehearsal) -> Outgoing:
    return Outgoing(cleared(served), mode="mass")


def test_a_mass_send_is_submitted_then_running_then_live(out: Outgoing) -> None:
    receipt = out.sent()
    assert (receipt.state, out.posts, out.drafts) == (State.ACCEPTED, 1, 0)
    assert receipt.remote_id.isdigit()
    assert receipt.evidence["msg_data_id"].isdigit()
    assert out.follow(receipt) == receipt, "the first look says SENDING"
    assert out.live(receipt).evidence["msg_status"] == "SEND_SUCCESS"


def test_the_id_is_32_hex_digits_and_the_same_in_every_process(out: Outgoing) -> None:
    identity = clientmsgid(made.APPID, out.delivery, out.rendition)
    assert len(identity) == 32
    assert set(identity) <= set("0123456789abcdef")
    assert identity == clientmsgid(made.APPID, replace(out.delivery, token=7, at=out.box.clock()), out.rendition)
    others = [
        clientmsgid("wx2", out.delivery, out.rendition),
        clientmsgid(made.APPID, replace(out.delivery, round=2), out.rendition),
        clientmsgid(made.APPID, replace(out.delivery, action=Action.CORRECT), out.rendition),
        clientmsgid(made.APPID, out.delivery, replace(out.rendition, slots=())),
    ]
    assert len({identity, *others}) == 5
    out.sent()
    assert out.box.store.row("SELECT clientmsgid FROM mass_sends")["clientmsgid"] == identity  # type: ignore[index]


@pytest.mark.parametrize("fault", ["accept-then-drop", "500-after-accept"])
def test_a_lost_answer_is_settled_by_asking_again_under_the_same_id(out: Outgoing, fault: str) -> None:
    out.prepare()
    out.box.fault("wechat", fault)
    with pytest.raises(Unknown):
        out.release()
    out.later(minutes=10)
    receipt = out.find()
    assert receipt is not None
    assert (receipt.state, out.posts) == (State.ACCEPTED, 1)
    assert receipt.remote_id == str(out.box.store.number("SELECT msg_id FROM mass_sends"))
    assert out.live(receipt).state is State.LIVE


def test_asked_again_too_fast_it_waits_a_minute(out: Outgoing) -> None:
    out.prepare()
    out.box.fault("wechat", "accept-then-drop")
    with pytest.raises(Unknown):
        out.release()
    problem = waits(out.find)
    assert "45066" in str(problem)
    assert problem.retry_after is not None
    assert problem.retry_after - out.box.clock() >= timedelta(seconds=60)
    out.later(seconds=66)
    assert out.find() is not None
    assert out.posts == 1


def test_what_was_submitted_before_is_no_failure_at_the_first_attempt_either(out: Outgoing) -> None:
    """A hidden repetition on the way makes the platform answer 45065 to what we believe is the first call."""
    out.prepare()
    draft = out.prepared.references["media_id"]
    api, identity = out.channel._account.api(out.delivery), clientmsgid(made.APPID, out.delivery, out.rendition)
    first = api.send(draft, identity)
    out.later(seconds=61)
    out.prepare()
    receipt = out.release()
    assert receipt.remote_id == str(first["msg_id"])
    assert out.posts == 1


def test_a_draft_still_in_the_box_proves_that_nothing_was_sent(out: Outgoing) -> None:
    out.prepare()
    out.box.fault("wechat", "500-before")
    with pytest.raises(Unknown):
        out.release()
    out.later(minutes=10)
    assert out.find() is None
    out.prepare()
    assert out.release().state is State.ACCEPTED
    assert (out.posts, out.asked(SENDALL)) == (1, 2)
    assert out.sends_left() == 0


def test_a_process_killed_before_it_kept_the_answer_finds_its_number_without_asking(out: Outgoing) -> None:
    receipt = out.sent()
    calls = len(out.box.store.calls("wechat", made.APPID))
    assert out.find() == receipt
    assert len(out.box.store.calls("wechat", made.APPID)) == calls


def test_after_the_platforms_24_hours_nothing_is_sent_and_people_decide(out: Outgoing) -> None:
    out.prepare()
    out.box.fault("wechat", "500-before")
    with pytest.raises(Unknown):
        out.release()
    out.later(hours=24)
    out.prepare()
    with pytest.raises(Unknown, match="24小时"):
        out.release()
    with pytest.raises(Unknown, match="人工"):
        out.find()
    assert (out.posts, out.asked(SENDALL)) == (0, 1)
    assert out.release().state is State.ACCEPTED, "only people bring what is held back to planned, and then it is sent"
    assert out.posts == 1


def test_a_draft_that_a_person_deleted_is_not_taken_for_sent(out: Outgoing) -> None:
    out.prepare()
    out.box.fault("wechat", "500-before")
    with pytest.raises(Unknown):
        out.release()
    out.box.store.run("DELETE FROM drafts")
    with pytest.raises(Unknown, match="人工"):
        out.find()
    assert out.posts == 0


def test_a_send_that_fails_is_refused_and_gives_its_send_back(out: Outgoing) -> None:
    out.prepare()
    out.box.fault("wechat", "delayed")
    receipt = out.release()
    assert out.sends_left() == 0
    assert out.follow(receipt) == receipt
    with pytest.raises(Refused, match="SEND_FAIL"):
        out.follow(receipt)
    assert out.sends_left() == 1


def test_a_send_deleted_by_somebody_else_is_no_publication(out: Outgoing) -> None:
    receipt = out.sent()
    out.box.store.run("UPDATE mass_sends SET outcome = 'DELETE'")
    with pytest.raises(Refused, match="已被删除"):
        out.follow(receipt)


def test_a_refused_send_is_refused_with_the_platforms_code_and_costs_no_send(out: Outgoing) -> None:
    out.prepare()
    out.box.fault("wechat", "refuse")
    with pytest.raises(Refused, match=r"48003.*rid"):
        out.release()
    assert (out.sends_left(), out.posts) == (1, 0)


def test_a_call_that_came_too_soon_costs_no_send(out: Outgoing) -> None:
    out.prepare()
    out.box.fault("wechat", "rate")
    assert "45011" in str(waits(out.release))
    assert (out.sends_left(), out.posts) == (1, 0)
    assert out.release().state is State.ACCEPTED


def test_the_second_item_of_a_day_waits_for_the_next_day_before_anything_is_made(out: Outgoing) -> None:
    out.live(out.sent())
    second = Outgoing(out.box, mode="mass")
    second.delivery = replace(second.delivery, id="43", item=replace(made.ITEM, id="i2"))
    problem = waits(second.prepare)
    assert problem.retry_after is not None
    assert (in_china(problem.retry_after).hour, in_china(problem.retry_after).minute) == (0, 0)
    assert (out.drafts, out.posts, out.sends_left()) == (0, 1, 0)


def test_what_is_promised_to_tomorrow_takes_nothing_from_today(out: Outgoing) -> None:
    tomorrow = out.box.clock() + timedelta(days=1)
    out.delivery = replace(out.delivery, at=tomorrow)
    out.prepare()
    assert out.sends_left() == 1
    rival = Outgoing(out.box, mode="mass")
    rival.delivery = replace(rival.delivery, id="44", at=tomorrow)
    assert waits(rival.prepare).retry_after is not None
    today = Outgoing(out.box, mode="mass")
    today.delivery = replace(today.delivery, id="45", item=replace(made.ITEM, id="i2"))
    assert today.sent().state is State.ACCEPTED


def test_sends_that_others_made_are_learnt_from_the_platform(out: Outgoing) -> None:
    out.prepare()
    out.box.store.run(
        "INSERT INTO mass_sends SELECT 1, appid, 'x', 'text', 'a', '[]', ?, 0, 0, 'SEND_SUCCESS', 0, 0 FROM drafts",
        out.box.store.clock(),
    )
    problem = waits(out.release)
    assert "45028" in str(problem)
    assert problem.retry_after is not None
    assert in_china(problem.retry_after).date() == in_china(out.box.clock()).date() + timedelta(days=1)
    assert out.sends_left() == 0
    assert out.drafts == 1


def test_a_service_account_counts_by_the_month(out: Outgoing) -> None:
    service = Outgoing(out.box, mode="mass", account="service")
    service.sent()
    [left] = [one for one in service.channel.allowances() if one.name == "sends"]
    assert (left.left, left.most, in_china(left.again_at).day) == (3, 4, 1)
    sends = Sends.of(service.channel.outlet)
    assert in_china(sends.again_at(out.box.clock())).day == 1


@pytest.mark.parametrize("wrong", [{"account": "其他"}, {"sends": 0}, {"sends": "2"}, {"account": ["service"]}])
def test_a_wrong_account_is_refused_with_its_name(out: Outgoing, wrong: dict[str, object]) -> None:
    odd = Outgoing(out.box, mode="mass", **wrong)
    with pytest.raises(Refused, match=next(iter(wrong))):
        odd.prepare()


def test_a_withdrawal_deletes_the_exact_article_by_its_index(out: Outgoing) -> None:
    live = out.live(out.sent())
    withdrawal = out.act(Action.WITHDRAW, live, reason="泄露隐私")
    assert withdrawal.find() is None
    taken = withdrawal.sent()
    assert withdrawal.follow(taken).state is State.LIVE
    assert out.box.store.number("SELECT count(*) FROM mass_sends WHERE outcome = 'DELETE'") == 1
    assert withdrawal.sent().remote_id == live.remote_id
    assert out.asked("message/mass/delete") == 1, "what is deleted is not deleted again: ten a day are allowed"
    with pytest.raises(Refused, match="序号"):
        out.channel._account.api(out.delivery).delete_mass(live.remote_id, 0)


def test_a_withdrawal_waits_until_the_send_has_ended(out: Outgoing) -> None:
    withdrawal = out.act(Action.WITHDRAW, out.sent())
    withdrawal.prepare()
    assert "尚未完成" in str(waits(withdrawal.release))
    assert withdrawal.release().state is State.ACCEPTED


def test_a_correction_on_the_same_day_is_refused_with_what_to_do(out: Outgoing) -> None:
    live = out.live(out.sent())
    with pytest.raises(Refused, match="到下一期再发布更正，或先撤稿"):
        out.act(Action.CORRECT, live).prepare()
    assert (out.drafts, out.posts) == (0, 1)


def test_a_correction_is_sent_anew_and_then_replaces_the_old_article(out: Outgoing) -> None:
    live = out.live(out.sent())
    out.later(days=1)
    correction = out.act(Action.CORRECT, live)
    taken = correction.sent()
    now = correction.live(taken)
    assert now.remote_id != live.remote_id
    standing = out.box.store.rows("SELECT msg_id FROM mass_sends WHERE outcome = 'SEND_SUCCESS'")
    assert [str(row["msg_id"]) for row in standing] == [now.remote_id]


def test_an_outlet_set_to_another_mode_since_still_follows_and_withdraws_what_it_sent(out: Outgoing) -> None:
    receipt = out.sent()
    out.options = {"mode": "freepublish"}
    live = out.live(receipt)
    withdrawal = out.act(Action.WITHDRAW, live)
    assert withdrawal.follow(withdrawal.sent()).state is State.LIVE


def test_readers_see_it_on_the_phone_and_the_list_of_publications_does_not(out: Outgoing) -> None:
    out.live(out.sent())
    page = httpx.get(f"{out.box.url}/phone/wechat/{made.APPID}", trust_env=False).text
    assert "春节期间市民卡服务中心不打烊" in page
    article = page.partition('href="/phone/wechat/article/')[2].partition('"')[0]
    assert httpx.get(f"{out.box.url}/phone/wechat/article/{article}", trust_env=False).status_code == 200
    assert not list(out.channel._account.api(out.delivery).published())


def test_an_unknown_number_is_asked_about_later(out: Outgoing) -> None:
    receipt = out.sent()
    with pytest.raises(Unavailable, match="40059"):
        out.follow(replace(receipt, evidence={**receipt.evidence, "msg_id": "7"}))


@pytest.mark.parametrize("code", [45067, 48001, 48004, 48021, 41040, 45083, 50002, 48999])
def test_a_code_that_says_no_is_refused_and_costs_no_send(out: Outgoing, code: int) -> None:
    out.prepare()
    out.box.fault("wechat", "code", value=code)
    with pytest.raises(Refused, match=str(code)):
        out.release()
    assert (out.sends_left(), out.posts) == (1, 0)


@pytest.mark.parametrize("code", [-1, 89504, 89505])
def test_a_code_that_proves_nothing_is_unknown_and_later_sent_under_the_same_id(out: Outgoing, code: int) -> None:
    out.prepare()
    out.box.fault("wechat", "code", value=code)
    with pytest.raises(Unknown, match=str(code)):
        out.release()
    assert out.sends_left() == 0, "it may have been sent"
    out.later(minutes=32)
    assert out.find() is None
    out.prepare()
    assert out.release().state is State.ACCEPTED
    assert (out.posts, out.sends_left()) == (1, 0)


def test_an_administrator_gets_half_an_hour_to_confirm(out: Outgoing) -> None:
    out.prepare()
    out.box.fault("wechat", "code", value=89504)
    with pytest.raises(Unknown):
        out.release()
    out.later(minutes=10)
    problem = waits(out.find)
    assert problem.retry_after is not None
    assert problem.retry_after > out.box.clock() + timedelta(minutes=20)


def test_a_lost_answer_while_asking_again_is_asked_once_more(out: Outgoing) -> None:
    out.prepare()
    out.box.fault("wechat", "accept-then-drop")
    with pytest.raises(Unknown):
        out.release()
    out.later(minutes=10)
    out.box.fault("wechat", "code", value=-1)
    waits(out.find)
    receipt = out.find()
    assert receipt is not None
    assert out.posts == 1


@pytest.mark.parametrize("wrong", [{"account": "x"}, {"calls_a_day": 5}, {"sends": 0}])
def test_a_setting_that_is_wrong_now_turns_nothing_down_that_was_accepted(
    out: Outgoing, wrong: dict[str, object]
) -> None:
    receipt = out.sent()
    good, out.options = out.options, {**out.options, **wrong}
    assert next(iter(wrong)) in str(waits(lambda: out.follow(receipt)))
    out.options = good
    assert out.live(receipt).state is State.LIVE


def test_a_caller_that_is_refused_now_turns_nothing_down_that_was_accepted(out: Outgoing) -> None:
    receipt = out.sent()
    out.box.fault("wechat", "ip-refused")
    assert "40164" in str(waits(lambda: out.follow(receipt)))
    assert out.live(receipt).state is State.LIVE


def test_a_correction_stays_open_while_the_old_article_cannot_be_deleted(out: Outgoing) -> None:
    live = out.live(out.sent())
    out.later(days=1)
    correction = out.act(Action.CORRECT, live)
    taken = correction.sent()
    out.box.fault("wechat", "code", call="cgi-bin/message/mass/delete", value=48001)
    assert correction.follow(taken) == taken
    assert "48001" in str(waits(lambda: correction.follow(taken)))
    assert correction.live(taken).state is State.LIVE
