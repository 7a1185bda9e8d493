"""The Weibo channel against the sandbox, over real HTTP."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from channels.base import CannotRender, Channel, Follows, Refused, Rendition, Unavailable, Unknown, Watches
from channels.weibo import Weibo
from content.assets import Assets
from content.clock import in_china
from content.delivery import Delivery, Receipt
from content.quotas import Span, next_period
from content.vocabulary import Action, Row, State
from tests.channels import revisions as made

Prepared = tuple[Weibo, Delivery, Rendition]


@pytest.fixture
def box(served: made.Rehearsal) -> made.Rehearsal:
    return served.cleared("weibos", "calls", "media")


def ready(box: made.Rehearsal, **options: object) -> Prepared:
    channel = Weibo(box.weibo(**options), box.bench())
    return channel, box.delivery("weibo-main"), channel.render(made.ITEM, made.policy())


def accepted(box: made.Rehearsal) -> int:
    return len(box.store.published("weibo", made.UID))


def sent(box: made.Rehearsal) -> tuple[Weibo, Delivery, Rendition, Receipt]:
    channel, delivery, rendition = ready(box)
    return channel, delivery, rendition, channel.release(delivery, rendition, channel.prepare(delivery, rendition))


def test_the_channel_is_what_the_delivery_drives(box: made.Rehearsal) -> None:
    channel, _, _ = ready(box)
    assert isinstance(channel, Channel)
    assert isinstance(channel, Follows)
    assert (Weibo.row, Weibo.direct) == (Row.WEIBO, True)


def test_a_policy_goes_out_once_and_is_live_when_read_back(box: made.Rehearsal) -> None:
    channel, delivery, rendition, receipt = sent(box)
    assert (receipt.state, receipt.digest) == (State.ACCEPTED, rendition.digest)
    live = channel.follow(delivery, rendition, receipt)
    assert (live.state, live.remote_id) == (State.LIVE, receipt.remote_id)
    assert live.url.startswith(f"https://weibo.com/{made.UID}/")
    assert live.live_at is not None
    assert abs(live.live_at - delivery.at) < timedelta(seconds=10)
    assert [line.marker for line in box.store.published("weibo", made.UID)] == [rendition.text("text.txt").strip()]


def test_the_id_is_the_one_that_has_lost_no_digits(box: made.Rehearsal) -> None:
    *_, receipt = sent(box)
    row = box.store.row("SELECT mid FROM weibos")
    assert row is not None
    assert receipt.remote_id == str(row["mid"])


def test_what_the_platform_shows_with_other_words_is_for_a_person_to_look_at(box: made.Rehearsal) -> None:
    channel, delivery, rendition, receipt = sent(box)
    whole = box.store.row("SELECT shown FROM weibos")
    assert whole is not None
    box.store.run("UPDATE weibos SET shown = replace(shown, '政务公开', '')")
    with pytest.raises(Unknown, match="与定稿不同"):
        channel.follow(delivery, rendition, receipt)
    box.store.run("UPDATE weibos SET shown = ?", whole["shown"])
    assert channel.follow(delivery, rendition, receipt).state is State.LIVE


def test_preparing_publishes_nothing_and_tells_when_the_token_ends(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    assert prepared.expires_at is not None
    assert prepared.expires_at > delivery.at + timedelta(days=29)
    assert prepared.references["uid"] == made.UID
    assert accepted(box) == 0


@pytest.mark.parametrize("fault", ["accept-then-drop", "500-after-accept"])
def test_a_lost_answer_is_unknown_and_found_by_its_text(box: made.Rehearsal, fault: str) -> None:
    channel, delivery, rendition = ready(box)
    box.fault("weibo", fault)
    with pytest.raises(Unknown):
        channel.release(delivery, rendition, channel.prepare(delivery, rendition))
    found = channel.find(delivery, rendition)
    assert found is not None
    assert (found.state, accepted(box)) == (State.LIVE, 1)


def test_an_error_page_before_acceptance_is_unknown_and_then_proved_absent(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    box.fault("weibo", "500-before")
    with pytest.raises(Unknown):
        channel.release(delivery, rendition, channel.prepare(delivery, rendition))
    assert channel.find(delivery, rendition) is None
    assert accepted(box) == 0


def test_a_slow_answer_is_unknown(box: made.Rehearsal) -> None:
    bench = replace(box.bench(), client=lambda: httpx.Client(timeout=0.3, trust_env=False))
    channel, delivery, rendition = Weibo(box.weibo(), bench), box.delivery("weibo-main"), ready(box)[2]
    prepared = channel.prepare(delivery, rendition)
    box.fault("weibo", "slow", value=1)
    with pytest.raises(Unknown):
        channel.release(delivery, rendition, prepared)
    assert channel.find(delivery, rendition) is not None


def test_a_closed_port_sends_nothing(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box, api="http://127.0.0.1:9/weibo")
    with pytest.raises(Unavailable):
        channel.prepare(delivery, rendition)


def test_a_rate_limit_says_when_to_come_back(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.fault("weibo", "rate")
    with pytest.raises(Unavailable) as caught:
        channel.release(delivery, rendition, prepared)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > delivery.at + timedelta(minutes=30)
    assert accepted(box) == 0


@pytest.mark.parametrize(("fault", "code"), [("refuse", "20021"), ("expired-token", "21327")])
def test_a_refusal_names_the_platforms_code_and_no_secret(box: made.Rehearsal, fault: str, code: str) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.fault("weibo", fault)
    with pytest.raises(Refused, match=code) as caught:
        channel.release(delivery, rendition, prepared)
    assert made.TOKEN not in str(caught.value)


def test_posted_but_shown_later_is_accepted_without_an_id_and_found_afterwards(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.fault("weibo", "delayed")
    box.fault("weibo", "visibility-lag", count=None, value=0.6)
    receipt = channel.release(delivery, rendition, prepared)
    assert (receipt.state, receipt.remote_id) == (State.ACCEPTED, "")
    with pytest.raises(Unavailable) as told:
        channel.follow(delivery, rendition, receipt)
    assert told.value.retry_after == delivery.at + timedelta(seconds=60)
    assert box.store.calls("weibo", made.UID, "2/statuses/user_timeline.json") == [], (
        "a look too early is a call wasted"
    )
    box.now = timedelta(seconds=60)
    assert channel.follow(delivery, rendition, receipt) == receipt
    time.sleep(0.7)
    assert channel.follow(delivery, rendition, receipt).state is State.LIVE


@pytest.mark.parametrize("fault", ["expired-token", "ip-refused"])
def test_what_says_nothing_of_the_post_does_not_turn_down_what_was_accepted(box: made.Rehearsal, fault: str) -> None:
    channel, delivery, rendition, receipt = sent(box)
    box.fault("weibo", fault)
    with pytest.raises(Unavailable):
        channel.follow(delivery, rendition, receipt)
    assert channel.follow(delivery, rendition, receipt).state is State.LIVE


def test_a_repetition_that_the_platform_knows_is_unknown_not_refused(box: made.Rehearsal) -> None:
    channel, delivery, rendition, _ = sent(box)
    with pytest.raises(Unknown, match="20019"):
        channel.release(delivery, rendition, channel.prepare(delivery, rendition))
    assert accepted(box) == 1


def test_five_newer_posts_hide_the_evidence(box: made.Rehearsal) -> None:
    channel, delivery, rendition, _ = sent(box)
    status = rendition.text("text.txt")
    for number in range(5):
        channel._account.api(delivery).share(
            f"第{number}条 {status[-60:]}", "121.62.0.1", rendition.parts["picture.jpg"].data
        )
    with pytest.raises(Unknown, match="最近5条"):
        channel.find(delivery, rendition)


def test_an_older_post_with_the_same_words_is_not_this_delivery(box: made.Rehearsal) -> None:
    channel, delivery, rendition, _ = sent(box)
    later = replace(delivery, since=delivery.at + timedelta(minutes=5))
    assert channel.find(later, rendition) is None


def test_a_token_of_another_account_is_refused(box: made.Rehearsal) -> None:
    channel = Weibo(replace(box.weibo(), identity="42"), box.bench())
    with pytest.raises(Refused, match="不是本发布点的账号"):
        channel.prepare(box.delivery("weibo-main"), ready(box)[2])


@pytest.mark.parametrize(
    ("options", "secrets", "words"), [({"rip": ""}, {}, "rip"), ({}, {"access_token": ""}, "access_token")]
)
def test_what_is_not_set_up_is_refused_before_the_hour(
    box: made.Rehearsal, options: dict[str, str], secrets: dict[str, str], words: str
) -> None:
    channel = Weibo(box.weibo(**options), box.bench(**secrets))
    with pytest.raises(Refused, match=words):
        channel.prepare(box.delivery("weibo-main"), ready(box)[2])


def test_a_token_that_ends_before_the_hour_is_refused(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    with pytest.raises(Refused, match="到期"):
        channel.prepare(replace(delivery, at=delivery.at + timedelta(days=60)), rendition)


def test_a_withdrawal_deletes_by_id_and_is_live_when_gone(box: made.Rehearsal) -> None:
    channel, _, rendition, receipt = sent(box)
    delivery = box.delivery("weibo-main", Action.WITHDRAW, receipt)
    notice = channel.render(made.ITEM, made.policy(), Action.WITHDRAW, "泄露隐私")
    assert channel.find(delivery, notice) is None
    taken = channel.release(delivery, notice, channel.prepare(delivery, notice))
    assert taken.state is State.ACCEPTED
    assert channel.follow(delivery, notice, taken).state is State.LIVE
    again = channel.release(delivery, notice, channel.prepare(delivery, notice))
    assert again.remote_id == receipt.remote_id
    assert channel.find(box.delivery("weibo-main"), rendition) is None


def test_a_post_that_was_deleted_since_is_noticed_while_there_are_calls_to_spare(box: made.Rehearsal) -> None:
    channel, delivery, rendition, receipt = sent(box)
    assert isinstance(channel, Watches)
    live = channel.follow(delivery, rendition, receipt)
    assert channel.vanished(live) == ""
    assert channel.vanished(replace(live, remote_id="")) == ""
    box.store.run("UPDATE weibos SET deleted = 1")
    assert live.remote_id in channel.vanished(live)
    with pytest.raises(Unavailable, match="留给发布"):
        Weibo(box.weibo(calls_left_for_publishing=100), box.bench()).vanished(live)


def test_a_withdrawal_without_a_receipt_is_refused(box: made.Rehearsal) -> None:
    channel, _, rendition = ready(box)
    with pytest.raises(Refused, match="没有该稿件"):
        channel.find(box.delivery("weibo-main", Action.WITHDRAW), rendition)


def test_a_correction_is_a_further_post(box: made.Rehearsal) -> None:
    channel, _, _, receipt = sent(box)
    delivery = box.delivery("weibo-main", Action.CORRECT, receipt)
    rendition = channel.render(made.ITEM, made.policy(summary="改"), Action.CORRECT, "数字有误")
    taken = channel.release(delivery, rendition, channel.prepare(delivery, rendition))
    assert taken.remote_id != receipt.remote_id
    assert rendition.text("text.txt").startswith("更正：")
    assert accepted(box) == 2


def test_what_is_too_long_is_said_and_never_cut(box: made.Rehearsal) -> None:
    channel = ready(box)[0]
    revision = made.policy(summary="长" * 120)
    assert [(finding.code, finding.blocks) for finding in channel.check(revision)] == [("weibo-too-long", True)]
    assert "words.weibo.text" in channel.check(revision)[0].mend
    with pytest.raises(CannotRender, match="超过140字"):
        channel.render(made.ITEM, revision)


def test_topics_and_foreign_addresses_are_found(box: made.Rehearsal) -> None:
    words = {"weibo.text": "#荆州# 见 http://www.example.com/a"}
    assert [finding.code for finding in ready(box)[0].check(made.policy(words=words))] == [
        "weibo-topic",
        "weibo-foreign-link",
    ]
    assert ready(box)[0].check(made.policy()) == []


def test_the_same_revision_gives_the_same_bytes(
    box: made.Rehearsal, golden: Callable[[str, bytes], None], tmp_path: Path
) -> None:
    channel, _, rendition = ready(box)
    assert channel.render(made.ITEM, made.policy()).digest == rendition.digest
    golden("weibo/policy.txt", rendition.parts["text.txt"].data)
    pictured = channel.render(made.ITEM, made.notice(box.assets))
    golden("weibo/notice.txt", pictured.parts["text.txt"].data)
    assert pictured.parts["picture.jpg"].data.startswith(b"\xff\xd8\xff")
    correction = channel.render(made.ITEM, made.policy(), Action.CORRECT, "数字有误")
    golden("weibo/correction.txt", correction.parts["text.txt"].data)


def test_a_stored_picture_that_was_altered_is_not_sent(box: made.Rehearsal, tmp_path: Path) -> None:
    assets = Assets(tmp_path)
    revision = made.notice(assets)
    assets.path(revision.pictures[0].digest).write_bytes(made.drawing())
    with pytest.raises(ValueError, match="altered"):
        Weibo(box.weibo(), replace(box.bench(), assets=assets)).render(made.ITEM, revision)


def test_the_authorisation_is_asked_about_once_a_day_since_every_call_counts(box: made.Rehearsal) -> None:
    for _ in range(3):
        channel, delivery, rendition = ready(box)
        channel.prepare(delivery, rendition)
    assert len(box.store.calls("weibo", made.UID, "oauth2/get_token_info")) == 1
    box.now = timedelta(days=1, minutes=1)
    channel, delivery, rendition = ready(box)
    channel.prepare(delivery, rendition)
    assert len(box.store.calls("weibo", made.UID, "oauth2/get_token_info")) == 2


def test_a_new_token_is_asked_about_at_once(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    channel.prepare(delivery, rendition)
    with pytest.raises(Refused, match="21332"):
        Weibo(box.weibo(), box.bench(access_token="another")).prepare(delivery, rendition)


def test_when_the_days_calls_are_used_the_post_waits_for_midnight_in_china(box: made.Rehearsal) -> None:
    """Two for the authorisation, and four are reserved: nothing is sent that could not be looked for."""
    channel, delivery, rendition = ready(box, calls_a_day=5)
    with pytest.raises(Unavailable, match="调用次数") as told:
        channel.prepare(delivery, rendition)
    assert told.value.retry_after is not None
    assert (in_china(told.value.retry_after).hour, in_china(told.value.retry_after).minute) == (0, 0)
    assert accepted(box) == 0
    box.now = told.value.retry_after - box.clock()
    channel.prepare(delivery, rendition)


def test_what_is_reserved_for_one_delivery_no_other_can_spend(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box, calls_a_day=9)
    channel.prepare(delivery, rendition)
    other = replace(delivery, id="d2")
    with pytest.raises(Unavailable):
        channel.prepare(other, rendition)
    receipt = channel.follow(
        delivery, rendition, channel.release(delivery, rendition, channel.prepare(delivery, rendition))
    )
    assert receipt.state is State.LIVE
    channel.prepare(other, rendition)


def test_the_thirty_first_post_of_an_hour_waits_for_the_next(box: made.Rehearsal) -> None:
    box.now = next_period(Span.HOUR, box.clock()) - box.clock()
    channel, delivery, rendition = ready(box, posts_an_hour=1)
    channel.follow(delivery, rendition, channel.release(delivery, rendition, channel.prepare(delivery, rendition)))
    with pytest.raises(Unavailable, match="发博") as told:
        channel.prepare(replace(delivery, id="d2"), rendition)
    assert told.value.retry_after is not None
    assert told.value.retry_after - box.clock() <= timedelta(hours=1)


@pytest.mark.parametrize("wrong", [0, -1, True, "30", 1.5])
def test_a_limit_that_is_no_number_is_refused_with_its_name(box: made.Rehearsal, wrong: object) -> None:
    channel, delivery, rendition = ready(box, calls_a_day=wrong)
    with pytest.raises(Refused, match="calls_a_day"):
        channel.prepare(delivery, rendition)
