"""What is live and then deleted or banned is noticed, against the sandbox over real HTTP (contracts: WeChat 6.2, 7.4)."""

import pytest

from channels.base import Unavailable, Watches
from content.delivery import Receipt
from tests.channels import revisions as made
from tests.channels.official_account import Outgoing, cleared


@pytest.fixture
def box(served: made.Rehearsal) -> made.Rehearsal:
    return cleared(served)


def live(out: Outgoing) -> Receipt:
    assert isinstance(out.channel, Watches)
    receipt = out.live(out.sent())
    assert out.channel.vanished(receipt) == ""
    return receipt


@pytest.mark.parametrize(("outcome", "words"), [(5, "删除"), (6, "封禁")])
def test_a_publication_that_was_deleted_or_banned_is_noticed(box: made.Rehearsal, outcome: int, words: str) -> None:
    out = Outgoing(box)
    receipt = live(out)
    box.store.run("UPDATE publications SET outcome = ?", outcome)
    assert words in out.channel.vanished(receipt)


def test_a_publication_without_its_number_is_asked_for_by_its_article(box: made.Rehearsal) -> None:
    out = Outgoing(box, mode="draft")
    receipt = out.sent()
    api = out.channel._account.api_without_reserve()
    publish_id = str(api.submit(receipt.evidence["media_id"])["publish_id"])
    for _ in range(2):
        api.publication(publish_id)
    shown = out.follow(receipt)
    assert out.channel.vanished(shown) == ""
    box.store.run("UPDATE publications SET outcome = 5")
    assert "不存在" in out.channel.vanished(shown)


def test_a_mass_send_that_was_deleted_is_noticed(box: made.Rehearsal) -> None:
    out = Outgoing(box, mode="mass")
    receipt = live(out)
    box.store.run("UPDATE mass_sends SET outcome = 'DELETE'")
    assert "删除" in out.channel.vanished(receipt)


def test_an_account_that_has_used_half_its_calls_is_not_asked(box: made.Rehearsal) -> None:
    out = Outgoing(box, calls_a_day={"freepublish/get": 4})
    receipt = out.sent()
    for _ in range(3):
        receipt = out.follow(receipt)
    with pytest.raises(Unavailable, match="一半"):
        out.channel.vanished(receipt)
