"""Whom an article reaches is signed with it: what is set otherwise afterwards is refused before anything goes out."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from channels.base import CannotRender, Refused
from channels.wechat.audience import audience_in
from content.vocabulary import Action, State
from tests.channels import revisions as made
from tests.channels.official_account import SENDALL, Outgoing, cleared, waits


@pytest.fixture
def box(served: made.Rehearsal) -> made.Rehearsal:
    return cleared(served)


@pytest.fixture
def service(box: made.Rehearsal) -> Iterator[made.Rehearsal]:
    """The platform has it for a service account."""
    with made.changed(box, box.store.account("wechat", made.APPID), quotas={"sends a month": 4}):
        yield box


def to_a_group(box: made.Rehearsal, tag_id: object = 101, **options: object) -> Outgoing:
    return Outgoing(box, mode="mass", tag_id=tag_id, **options)


def reached(box: made.Rehearsal) -> list[int]:
    """The groups that the platform sent to, 0 for all followers."""
    return [row["tag"] for row in box.store.rows("SELECT tag FROM mass_sends ORDER BY msg_id")]


def test_a_group_alone_is_sent_to_and_what_is_signed_says_so(box: made.Rehearsal) -> None:
    out = to_a_group(box)
    signed = json.loads(out.rendition.text("audience.json"))
    assert (signed["mode"], signed["tag_id"]) == ("mass", 101)
    assert "标签 101" in signed["reaches"]
    assert out.live(out.sent()).state is State.LIVE
    assert reached(box) == [101]


def test_every_audience_has_a_digest_of_its_own(box: made.Rehearsal) -> None:
    every = [
        to_a_group(box),
        to_a_group(box, 102),
        to_a_group(box, None),
        Outgoing(box, mode="freepublish"),
        Outgoing(box, mode="draft"),
    ]
    assert len({one.rendition.digest for one in every}) == 5
    assert Outgoing(box).rendition.digest == Outgoing(box, mode="freepublish").rendition.digest


@pytest.mark.parametrize(
    "changed", [{"mode": "mass"}, {"mode": "mass", "tag_id": 102}, {"mode": "freepublish"}, {"mode": "draft"}]
)
def test_another_audience_than_the_signed_one_is_refused_and_nothing_goes_out(
    box: made.Rehearsal, changed: dict[str, object]
) -> None:
    out = to_a_group(box)
    out.prepare()
    out.options = changed
    with pytest.raises(Refused, match="标签 101"):
        out.release()
    with pytest.raises(Refused, match="重新定稿"):
        out.prepare()
    assert (reached(box), out.asked(SENDALL), out.asked("freepublish/submit")) == ([], 0, 0)
    out.options = {"mode": "mass", "tag_id": 101}
    assert out.sent().state is State.ACCEPTED


def test_a_correction_goes_to_the_audience_that_was_signed_for_it(service: made.Rehearsal) -> None:
    out = to_a_group(service, account="service")
    live = out.live(out.sent())
    correction = out.act(Action.CORRECT, live)
    correction.options = {"mode": "mass", "account": "service"}
    with pytest.raises(Refused, match="标签 101"):
        correction.prepare()
    correction.options = out.options
    correction.sent()
    assert reached(service) == [101, 101]


def test_a_withdrawal_asks_nobody_whom_it_reached(box: made.Rehearsal) -> None:
    out = to_a_group(box)
    live = out.live(out.sent())
    out.options = {"mode": "mass"}
    withdrawal = out.act(Action.WITHDRAW, live)
    assert withdrawal.follow(withdrawal.sent()).state is State.LIVE


def test_a_package_from_before_goes_where_it_always_went(box: made.Rehearsal) -> None:
    out = to_a_group(box, None)
    out.rendition.parts.pop("audience.json")  # type: ignore[attr-defined]
    assert audience_in(out.rendition) is None
    out.prepare()
    out.options = {"mode": "mass", "tag_id": 101}
    with pytest.raises(Refused, match="没有写明"):
        out.release()
    out.options = {"mode": "mass"}
    out.release()
    assert reached(box) == [0]


def test_a_lost_answer_is_asked_about_for_the_same_group(box: made.Rehearsal) -> None:
    out = to_a_group(box)
    out.prepare()
    box.fault("wechat", "accept-then-drop")
    with pytest.raises(Exception, match="结果未知"):
        out.release()
    out.options = {"mode": "mass"}
    out.later(seconds=700)
    assert out.find() is not None
    assert reached(box) == [101]


@pytest.mark.parametrize("wrong", [0, -1, "101", True, 1.5])
def test_a_group_that_is_no_number_is_found_before_the_sign_off(box: made.Rehearsal, wrong: object) -> None:
    with pytest.raises(CannotRender, match="tag_id"):
        to_a_group(box, wrong)


@pytest.mark.parametrize("mode", ["freepublish", "draft"])
def test_a_group_is_for_mass_sends_only(box: made.Rehearsal, mode: str) -> None:
    with pytest.raises(CannotRender, match="mode = mass"):
        Outgoing(box, mode=mode, tag_id=101)


def test_a_group_that_the_account_does_not_have_is_refused_with_the_platforms_code(box: made.Rehearsal) -> None:
    with made.changed(box, box.store.account("wechat", made.APPID), tags=(101,)):
        out = to_a_group(box, 102)
        with pytest.raises(Refused, match="40152"):
            out.sent()
        assert (reached(box), out.drafts) == ([], 1)
        assert [one.left for one in out.channel.allowances() if one.name == "sends"] == [1]


def test_a_subscription_accounts_day_has_one_send_to_whomever(box: made.Rehearsal) -> None:
    to_a_group(box).sent()
    waits(to_a_group(box, None).prepare)
    waits(to_a_group(box, 102).prepare)
    assert reached(box) == [101]


def test_a_service_accounts_followers_get_four_a_month_whatever_group_they_are_in(
    service: made.Rehearsal,
) -> None:
    def left(tag_id: object) -> int:
        shown = to_a_group(service, tag_id, account="service").channel.allowances()
        return next(one.left for one in shown if one.name.startswith("sends"))

    for number, tag_id in enumerate((None, 101, 101)):
        out = to_a_group(service, tag_id, account="service")
        out.delivery = replace(out.delivery, id=f"5{number}", round=number + 1)
        out.sent()
    assert (left(101), left(102), left(None)) == (1, 3, 3)
    assert reached(service) == [0, 101, 101]
