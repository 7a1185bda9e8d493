"""Our channels against the sandbox in each of the ways that the platforms have been seen to go."""

import pytest

from channels.base import Refused, Unavailable
from channels.wechat import Wechat
from channels.weibo import Weibo
from content.delivery import Receipt
from content.vocabulary import State
from tests.channels import revisions as made

WECHAT_SHAPES = ("text-plain", "dirty-bytes", "tidy", "publish-id-string", "links-stripped")
WEIBO_SHAPES = ("error-code-string", "errors-as-200")


@pytest.fixture
def box(served: made.Rehearsal) -> made.Rehearsal:
    return served.cleared("drafts", "publications", "weibos", "calls", "tokens", "media", "settings")


def published(box: made.Rehearsal, polls: int = 2) -> Receipt:
    """The article's receipt after it was sent and asked about."""
    channel, delivery = Wechat(box.wechat(), box.bench()), box.delivery("wechat-main")
    rendition = channel.render(made.ITEM, made.notice(box.assets))
    receipt = channel.release(delivery, rendition, channel.prepare(delivery, rendition))
    for _ in range(polls):
        receipt = channel.follow(delivery, rendition, receipt)
    return receipt


def shared(box: made.Rehearsal) -> Receipt:
    channel, delivery = Weibo(box.weibo(), box.bench()), box.delivery("weibo-main")
    rendition = channel.render(made.ITEM, made.policy())
    return channel.release(delivery, rendition, channel.prepare(delivery, rendition))


def submitted(box: made.Rehearsal) -> int:
    return len(box.store.published("wechat", made.APPID))


@pytest.mark.parametrize("shape", [*WECHAT_SHAPES, None])
def test_an_article_goes_out_once_whatever_shape_the_answers_have(box: made.Rehearsal, shape: str | None) -> None:
    for fault in [shape] if shape else WECHAT_SHAPES:
        box.fault("wechat", fault, count=None)
    receipt = published(box)
    assert receipt.state is State.LIVE
    assert receipt.evidence["publish_id"].isdigit()
    assert submitted(box) == 1


@pytest.mark.parametrize("script", [[1, 1, 1, 0], [0], [1, 0, 6]])
def test_an_article_is_live_when_its_review_says_so_and_not_before(box: made.Rehearsal, script: list[int]) -> None:
    box.fault("wechat", "review", script=script)
    polls = script.index(0)
    receipt = published(box, polls)
    assert receipt.state is State.ACCEPTED
    box.store.clear_faults()
    assert submitted(box) == 1


@pytest.mark.parametrize("state", [2, 3, 4])
def test_a_review_that_fails_is_refused_and_nothing_is_sent_again(box: made.Rehearsal, state: int) -> None:
    box.fault("wechat", "review", script=[1, state])
    with pytest.raises(Refused):
        published(box)
    assert submitted(box) == 1


@pytest.mark.parametrize("call", ["cgi-bin/draft/add", "cgi-bin/media/uploadimg", "cgi-bin/freepublish/submit"])
@pytest.mark.parametrize("fault", ["superseded-token", "expired-token"])
def test_a_token_that_is_over_is_replaced_once(box: made.Rehearsal, call: str, fault: str) -> None:
    box.fault("wechat", fault, call=call)
    assert published(box).state is State.LIVE
    assert submitted(box) == 1


def test_a_token_that_is_refused_again_and_again_is_not_fetched_for_ever(box: made.Rehearsal) -> None:
    box.fault("wechat", "superseded-token", count=None)
    with pytest.raises((Refused, Unavailable)):
        published(box)
    assert len(box.store.calls("wechat", made.APPID, "cgi-bin/stable_token")) <= 4
    assert submitted(box) == 0


def test_an_address_that_is_not_on_the_list_is_named(box: made.Rehearsal) -> None:
    box.fault("wechat", "ip-refused", count=None)
    with pytest.raises((Refused, Unavailable), match=r"127\.0\.0\.1"):
        published(box)


@pytest.mark.parametrize("number", [48001, 53500, 53503, 99999])
def test_a_code_refuses_the_article_and_is_named(box: made.Rehearsal, number: int) -> None:
    box.fault("wechat", "code", value=number)
    with pytest.raises(Refused, match=str(number)):
        published(box)
    assert submitted(box) == 0


@pytest.mark.parametrize("shape", [*WEIBO_SHAPES, None])
def test_a_refused_post_is_refused_whatever_shape_the_answer_has(box: made.Rehearsal, shape: str | None) -> None:
    for fault in [shape] if shape else WEIBO_SHAPES:
        box.fault("weibo", fault, count=None)
    box.fault("weibo", "refuse")
    with pytest.raises(Refused, match="20021"):
        shared(box)
    assert box.store.published("weibo", made.UID) == []


@pytest.mark.parametrize("shape", [*WEIBO_SHAPES, None])
@pytest.mark.parametrize("value", [0, 10022, 10024])
def test_a_limit_is_waited_for_whatever_its_code(box: made.Rehearsal, shape: str | None, value: int) -> None:
    if shape:
        box.fault("weibo", shape, count=None)
    box.fault("weibo", "rate", value=value)
    with pytest.raises(Unavailable) as told:
        shared(box)
    assert told.value.retry_after is not None
    assert box.store.published("weibo", made.UID) == []


@pytest.mark.parametrize("shape", [*WEIBO_SHAPES, None])
def test_posted_but_shown_later_is_accepted_whatever_shape_the_answer_has(
    box: made.Rehearsal, shape: str | None
) -> None:
    if shape:
        box.fault("weibo", shape, count=None)
    box.fault("weibo", "delayed")
    assert shared(box).state is State.ACCEPTED
    assert len(box.store.published("weibo", made.UID)) == 1


@pytest.mark.parametrize("strict", ["topics-refused", "encoded-twice-refused", "similar-refused"])
def test_our_posts_pass_where_the_platform_is_stricter(box: made.Rehearsal, strict: str) -> None:
    box.fault("weibo", strict, count=None)
    assert shared(box).remote_id
    text = box.store.rows("SELECT shown FROM weibos")[0]["shown"]
    assert "%" not in text
