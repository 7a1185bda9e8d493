"""Withdrawing a Weibo where the app may not delete (10014): by the follow-up that was signed, and never by both ways."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.base import Refused, Rendition, Unknown
from channels.weibo import Weibo
from channels.weibo.withdrawal import follow_up
from channels.weibo.wording import LIMIT, length, topics
from content.delivery import Delivery, Receipt
from content.vocabulary import Action, State
from tests.channels import revisions as made

DESTROY, SHARE = "2/statuses/destroy.json", "2/statuses/share.json"
Standing = tuple[Weibo, Delivery, Rendition, Receipt]


@pytest.fixture
def box(served: made.Rehearsal) -> made.Rehearsal:
    return served.cleared("weibos", "calls", "media")


def standing(box: made.Rehearsal, reason: str = "泄露隐私", **options: object) -> Standing:
    """A channel, the withdrawal of what it published, its rendition, and the receipt of what stands there."""
    channel = Weibo(box.weibo(**options), box.bench())
    delivery, rendition = box.delivery("weibo-main"), channel.render(made.ITEM, made.policy())
    receipt = channel.release(delivery, rendition, channel.prepare(delivery, rendition))
    withdrawal = replace(box.delivery("weibo-main", Action.WITHDRAW, receipt), id="d2")
    return channel, withdrawal, channel.render(made.ITEM, made.policy(), Action.WITHDRAW, reason), receipt


def withdrawn(channel: Weibo, delivery: Delivery, notice: Rendition) -> Receipt:
    return channel.release(delivery, notice, channel.prepare(delivery, notice))


def calls(box: made.Rehearsal, name: str) -> list[bool]:
    return [call.accepted for call in box.store.calls("weibo", made.UID, name)]


def texts(box: made.Rehearsal) -> list[str]:
    return [row["text"] for row in box.store.rows("SELECT text FROM weibos WHERE deleted IS NULL ORDER BY mid")]


def test_an_app_that_may_not_delete_posts_what_was_signed_and_says_what_is_still_shown(box: made.Rehearsal) -> None:
    channel, delivery, notice, published = standing(box)
    box.fault("weibo", "destroy-closed", count=None)
    taken = withdrawn(channel, delivery, notice)
    live = channel.follow(delivery, notice, taken)
    assert (taken.state, live.state) == (State.ACCEPTED, State.LIVE)
    assert live.remote_id not in ("", published.remote_id)
    assert (live.evidence["way"], live.evidence["still_shown"]) == ("follow-up", published.remote_id)
    assert texts(box)[1:] == [notice.text("text.txt").strip()]
    assert len(calls(box, SHARE)) == 2


def test_where_deleting_is_permitted_nothing_is_posted_and_the_evidence_says_so(box: made.Rehearsal) -> None:
    channel, delivery, notice, published = standing(box)
    live = channel.follow(delivery, notice, withdrawn(channel, delivery, notice))
    assert (live.state, live.evidence["way"], live.evidence["gone"]) == (State.LIVE, "deleted", published.remote_id)
    assert "still_shown" not in live.evidence
    assert texts(box) == []
    assert len(calls(box, SHARE)) == 1


def test_the_option_says_beforehand_that_deleting_is_not_worth_a_call(box: made.Rehearsal) -> None:
    channel, delivery, notice, _ = standing(box, destroy=False)
    assert channel.follow(delivery, notice, withdrawn(channel, delivery, notice)).evidence["way"] == "follow-up"
    assert calls(box, DESTROY) == []


def test_what_the_platform_said_is_remembered_and_an_option_goes_before(box: made.Rehearsal) -> None:
    box.fault("weibo", "destroy-closed")
    channel, delivery, notice, _ = standing(box)
    withdrawn(channel, delivery, notice)
    again = replace(delivery, id="d3")
    other = channel.render(made.ITEM, made.policy(), Action.WITHDRAW, "另一个原因")
    assert withdrawn(Weibo(box.weibo(), box.bench()), again, other).evidence["way"] == "follow-up"
    assert len(calls(box, DESTROY)) == 1
    assert withdrawn(Weibo(box.weibo(destroy=True), box.bench()), again, other).evidence["way"] == "deleted"


@pytest.mark.parametrize("wrong", ["no", 0, "false"])
def test_an_option_that_is_neither_true_nor_false_is_refused_before_anything_goes_out(
    box: made.Rehearsal, wrong: object
) -> None:
    channel = Weibo(box.weibo(destroy=wrong), box.bench())
    with pytest.raises(Refused, match="destroy"):
        channel.prepare(box.delivery("weibo-main"), channel.render(made.ITEM, made.policy()))


@pytest.mark.parametrize("fault", ["accept-then-drop", "500-after-accept"])
def test_a_follow_up_whose_answer_was_lost_is_found_and_not_posted_again(box: made.Rehearsal, fault: str) -> None:
    channel, delivery, notice, published = standing(box)
    box.fault("weibo", "destroy-closed", count=None)
    box.fault("weibo", fault)
    with pytest.raises(Unknown):
        withdrawn(channel, delivery, notice)
    found = Weibo(box.weibo(), box.bench()).find(delivery, notice)
    assert found is not None
    assert (found.state, found.evidence["still_shown"]) == (State.LIVE, published.remote_id)
    assert calls(box, SHARE) == [True, True]


def test_a_follow_up_that_is_not_there_is_absent_and_the_post_still_to_be_withdrawn(box: made.Rehearsal) -> None:
    channel, delivery, notice, _ = standing(box)
    box.fault("weibo", "destroy-closed", count=None)
    box.fault("weibo", "500-before", call=SHARE)
    with pytest.raises(Unknown):
        withdrawn(channel, delivery, notice)
    assert channel.find(delivery, notice) is None


def test_a_lost_deletion_is_no_follow_up(box: made.Rehearsal) -> None:
    channel, delivery, notice, _ = standing(box)
    box.fault("weibo", "accept-then-drop", call=DESTROY)
    with pytest.raises(Unknown):
        withdrawn(channel, delivery, notice)
    found = channel.find(delivery, notice)
    assert found is not None
    assert found.evidence["way"] == "deleted"
    assert len(calls(box, SHARE)) == 1


def test_a_follow_up_shown_late_is_accepted_and_then_found(box: made.Rehearsal) -> None:
    channel, delivery, notice, published = standing(box, destroy=False)
    box.fault("weibo", "delayed")
    taken = withdrawn(channel, delivery, notice)
    assert (taken.state, taken.remote_id, taken.evidence["code"]) == (State.ACCEPTED, "", "20032")
    box.now = timedelta(seconds=61)
    live = channel.follow(delivery, notice, taken)
    assert (live.state, live.evidence["still_shown"]) == (State.LIVE, published.remote_id)


def test_the_follow_up_of_an_earlier_withdrawal_is_not_taken_down(box: made.Rehearsal) -> None:
    channel, delivery, notice, published = standing(box, destroy=False)
    said = channel.follow(delivery, notice, withdrawn(channel, delivery, notice))
    later = replace(delivery, id="d3", earlier=(published, said))
    permitted = Weibo(box.weibo(destroy=True), box.bench())
    assert permitted.follow(later, notice, withdrawn(permitted, later, notice)).evidence["gone"] == published.remote_id
    assert texts(box) == [notice.text("text.txt").strip()]


def test_an_old_package_without_a_follow_up_is_refused_and_says_what_to_do(box: made.Rehearsal) -> None:
    channel, delivery, notice, _ = standing(box)
    box.fault("weibo", "destroy-closed", count=None)
    old = replace(notice, parts={"withdrawal.txt": notice.parts["withdrawal.txt"]})
    with pytest.raises(Refused, match="人工"):
        withdrawn(channel, delivery, old)
    assert len(calls(box, SHARE)) == 1


def test_readers_are_told_nothing_of_what_is_withdrawn(
    box: made.Rehearsal, golden: Callable[[str, bytes], None]
) -> None:
    _, _, notice, _ = standing(box)
    golden("weibo/withdrawal.txt", notice.parts["text.txt"].data)
    assert made.policy().fields.title not in notice.text("text.txt")
    assert made.ITEM.index_number in notice.text("text.txt")


@pytest.mark.parametrize("reason", ["长" * 200, "#话题#泄露", "见 http://www.example.com/a", "", "泄露" * 20])
def test_whatever_the_reason_the_follow_up_can_be_posted_and_is_not_cut(reason: str) -> None:
    said = follow_up(made.ITEM, reason, made.DOMAIN)
    assert length(said) <= LIMIT
    assert topics(said) == []
    assert "example" not in said
    assert ("原因" in said) == (reason == "泄露" * 20)
    assert said.endswith(f" {made.ITEM.url} ")
