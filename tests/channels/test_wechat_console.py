"""Drafts that a person publishes in the platform's console, against the sandbox over real HTTP."""

from dataclasses import replace

import pytest

from channels.base import Refused, Unavailable, Unknown
from content.delivery import Receipt
from content.vocabulary import Action, State
from tests.channels import revisions as made
from tests.channels.official_account import Outgoing, cleared, waits


@pytest.fixture
def out(served: made.Rehearsal) -> Outgoing:
    return Outgoing(cleared(served), mode="draft")


def published_by_hand(out: Outgoing, receipt: Receipt) -> None:
    """What a person does in the console."""
    api = out.channel._account.api(replace(out.delivery, id="console"))
    publish_id = str(api.submit(receipt.evidence["media_id"])["publish_id"])
    for _ in range(2):
        api.publication(publish_id)


def test_the_draft_waits_for_a_person_and_nothing_is_published(out: Outgoing) -> None:
    receipt = out.sent()
    assert (receipt.state, out.drafts) == (State.ACCEPTED, 1)
    out.later(days=9)
    assert out.follow(receipt) == receipt
    assert out.box.store.published("wechat", made.APPID) == []


def test_what_a_person_publishes_is_found_and_live(out: Outgoing) -> None:
    receipt = out.sent()
    published_by_hand(out, receipt)
    live = out.follow(receipt)
    assert live.state is State.LIVE
    assert live.url.startswith("http://mp.weixin.qq.com/s?")
    assert live.remote_id == out.box.store.row("SELECT article_id FROM publications")["article_id"]  # type: ignore[index]


def test_waiting_costs_one_read_of_the_draft_and_none_of_the_narrow_list(out: Outgoing) -> None:
    receipt = out.sent()
    before = (out.asked("draft/get"), out.asked("freepublish/batchget"))
    out.follow(receipt)
    assert (out.asked("draft/get"), out.asked("freepublish/batchget")) == (before[0] + 1, before[1])


def test_what_a_person_changed_is_no_proof_of_what_was_signed(out: Outgoing) -> None:
    receipt = out.sent()
    row = out.box.store.row("SELECT * FROM drafts")
    assert row is not None
    out.box.store.run("UPDATE drafts SET articles = ?", row["articles"].replace("照常办理业务", "暂停办理业务"))
    published_by_hand(out, receipt)
    with pytest.raises(Unknown, match="与定稿不一致"):
        out.follow(receipt)


def test_a_draft_that_is_nowhere_becomes_unknown_after_a_day(out: Outgoing) -> None:
    receipt = out.sent()
    out.box.store.run("DELETE FROM drafts")
    waiting = out.follow(receipt)
    assert waiting.state is State.ACCEPTED
    out.later(hours=23)
    assert out.follow(waiting) == waiting
    out.later(hours=2)
    with pytest.raises(Unknown, match="人工"):
        out.follow(waiting)


def test_a_process_killed_before_it_kept_the_answer_finds_the_draft(out: Outgoing) -> None:
    receipt = out.sent()
    assert out.find() == receipt
    published_by_hand(out, receipt)
    found = out.find()
    assert found is not None
    assert found.state is State.LIVE


def test_a_person_may_be_early(out: Outgoing) -> None:
    out.prepare()
    published_by_hand(out, Receipt(State.ACCEPTED, evidence=dict(out.prepared.references)))
    with pytest.raises(Unknown):
        out.release()
    found = out.find()
    assert found is not None
    assert found.state is State.LIVE


def test_a_withdrawal_takes_the_draft_out_of_the_box(out: Outgoing) -> None:
    receipt = out.sent()
    withdrawal = out.act(Action.WITHDRAW, receipt)
    assert withdrawal.find() is None
    taken = withdrawal.sent()
    assert out.drafts == 0
    assert withdrawal.follow(taken).state is State.LIVE


def test_a_withdrawal_of_what_was_published_meanwhile_waits_for_its_exact_number(out: Outgoing) -> None:
    receipt = out.sent()
    published_by_hand(out, receipt)
    withdrawal = out.act(Action.WITHDRAW, receipt)
    withdrawal.prepare()
    assert "人工发布" in str(waits(withdrawal.release))
    assert withdrawal.find() is None
    known = out.act(Action.WITHDRAW, out.follow(receipt))
    assert known.follow(known.sent()).state is State.LIVE
    assert out.box.store.number("SELECT count(*) FROM publications WHERE outcome = 0") == 0


def test_a_correction_takes_the_old_draft_away_before_anybody_publishes_it(out: Outgoing) -> None:
    receipt = out.sent()
    correction = out.act(Action.CORRECT, receipt)
    taken = correction.sent()
    assert out.drafts == 1
    published_by_hand(correction, taken)
    assert correction.live(taken).state is State.LIVE


def test_a_correction_of_what_is_published_replaces_it_once_it_is_published_too(out: Outgoing) -> None:
    receipt = out.sent()
    published_by_hand(out, receipt)
    live = out.follow(receipt)
    correction = out.act(Action.CORRECT, live)
    taken = correction.sent()
    published_by_hand(correction, taken)
    now = correction.live(taken)
    standing = out.box.store.rows("SELECT article_id FROM publications WHERE outcome = 0")
    assert [row["article_id"] for row in standing] == [now.remote_id]


def test_a_withdrawal_waits_for_a_publication_that_is_under_review(out: Outgoing) -> None:
    out = Outgoing(out.box)
    receipt = out.sent()
    with pytest.raises(Unavailable, match="还没有发布完成"):
        out.act(Action.WITHDRAW, receipt).prepare()
    with pytest.raises(Refused, match="台账中没有"):
        out.act(Action.WITHDRAW).prepare()
