"""The WeChat channel against the sandbox, over real HTTP."""

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from channels.base import CannotRender, Channel, Follows, Refused, Rendition, Unavailable, Unknown
from channels.wechat import Wechat
from content.clock import in_china
from content.delivery import Delivery, Prepared, Receipt
from content.vocabulary import Action, Row, State
from tests.channels import revisions as made


@pytest.fixture
def box(served: made.Rehearsal) -> made.Rehearsal:
    return served.cleared("drafts", "publications", "calls")


def ready(box: made.Rehearsal, **options: object) -> tuple[Wechat, Delivery, Rendition]:
    channel = Wechat(box.wechat(**options), box.bench())
    return channel, box.delivery("wechat-main"), channel.render(made.ITEM, made.notice(box.assets))


def sent(box: made.Rehearsal) -> tuple[Wechat, Delivery, Rendition, Receipt]:
    channel, delivery, rendition = ready(box)
    return channel, delivery, rendition, channel.release(delivery, rendition, channel.prepare(delivery, rendition))


def followed(channel: Wechat, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
    for _ in range(30):
        receipt = channel.follow(delivery, rendition, receipt)
        if receipt.state is State.LIVE:
            return receipt
        time.sleep(0.1)
    raise AssertionError("never live")


def found(channel: Wechat, delivery: Delivery, rendition: Rendition) -> Receipt:
    for _ in range(30):
        try:
            receipt = channel.find(delivery, rendition)
        except Unavailable:
            receipt = None
        if receipt is not None:
            return receipt
        time.sleep(0.1)
    raise AssertionError("never found")


def accepted(box: made.Rehearsal) -> int:
    return len(box.store.published("wechat", made.APPID))


def drafts(box: made.Rehearsal) -> int:
    return box.store.number("SELECT count(*) FROM drafts")


def calls(box: made.Rehearsal, name: str) -> int:
    return len(box.store.calls("wechat", made.APPID, f"cgi-bin/{name}"))


def test_the_channel_is_what_the_delivery_drives(box: made.Rehearsal) -> None:
    channel, _, _ = ready(box)
    assert isinstance(channel, Channel)
    assert isinstance(channel, Follows)
    assert (Wechat.row, Wechat.direct) == (Row.WECHAT, True)


def test_an_article_is_accepted_then_running_then_live(box: made.Rehearsal) -> None:
    channel, delivery, rendition, receipt = sent(box)
    assert receipt.state is State.ACCEPTED
    assert receipt.evidence["publish_id"].isdigit()
    live = followed(channel, delivery, rendition, receipt)
    assert live.url.startswith("http://mp.weixin.qq.com/s?")
    assert live.remote_id
    assert accepted(box) == 1
    assert box.store.published("wechat", made.APPID)[0].marker.startswith(f"{made.ITEM.url}?w=")


def test_the_first_poll_says_running_and_is_not_taken_for_failure(box: made.Rehearsal) -> None:
    channel, delivery, rendition, receipt = sent(box)
    assert channel.follow(delivery, rendition, receipt) == receipt


def test_release_is_two_round_trips(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    before = len(box.store.calls("wechat", made.APPID))
    channel.release(delivery, rendition, prepared)
    assert len(box.store.calls("wechat", made.APPID)) - before == 2


def test_preparing_twice_makes_one_draft_and_uploads_once(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    first = channel.prepare(delivery, rendition)
    uploads = calls(box, "media/uploadimg") + calls(box, "material/add_material")
    again = Wechat(box.wechat(), box.bench()).prepare(delivery, rendition)
    assert first == again
    assert drafts(box) == 1
    assert calls(box, "media/uploadimg") + calls(box, "material/add_material") == uploads
    assert accepted(box) == 0


def test_a_draft_whose_answer_was_lost_is_found_and_used(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    box.fault("wechat", "accept-then-drop", call="cgi-bin/draft/add")
    with pytest.raises(Unavailable):
        channel.prepare(delivery, rendition)
    assert drafts(box) == 1
    channel.prepare(delivery, rendition)
    assert (drafts(box), calls(box, "draft/add")) == (1, 1)


def test_a_draft_altered_by_hand_is_not_published_and_is_made_again(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    row = box.store.row("SELECT * FROM drafts")
    assert row is not None
    box.store.run("UPDATE drafts SET articles = ?", row["articles"].replace("照常办理业务", "暂停办理业务"))
    with pytest.raises(Unavailable, match="被改动"):
        channel.release(delivery, rendition, prepared)
    assert accepted(box) == 0
    fresh = channel.prepare(delivery, rendition)
    assert drafts(box) == 1
    assert fresh.references["media_id"] != prepared.references["media_id"]
    assert channel.release(delivery, rendition, fresh).state is State.ACCEPTED


@pytest.mark.parametrize("fault", ["accept-then-drop", "500-after-accept"])
def test_a_lost_answer_is_unknown_and_found_by_the_marker(box: made.Rehearsal, fault: str) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.fault("wechat", fault)
    with pytest.raises(Unknown):
        channel.release(delivery, rendition, prepared)
    receipt = found(channel, delivery, rendition)
    assert (receipt.state, accepted(box)) == (State.LIVE, 1)
    assert receipt.url.startswith("http://mp.weixin.qq.com/")


def test_a_draft_still_in_the_box_proves_that_nothing_went_out(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.fault("wechat", "500-before")
    with pytest.raises(Unknown):
        channel.release(delivery, rendition, prepared)
    assert channel.find(delivery, rendition) is None
    assert channel.release(delivery, rendition, prepared).state is State.ACCEPTED
    assert accepted(box) == 1


def test_a_draft_that_left_the_box_unpublished_needs_a_person_in_the_end(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.store.run("DELETE FROM drafts")
    with pytest.raises(Unknown, match="草稿箱"):
        channel.release(delivery, rendition, prepared)
    with pytest.raises(Unavailable):
        channel.find(delivery, rendition)
    box.now = timedelta(hours=2)
    with pytest.raises(Unknown, match="人工"):
        channel.find(delivery, rendition)


def test_a_second_release_of_a_published_draft_publishes_nothing(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    channel.release(delivery, rendition, prepared)
    with pytest.raises(Unknown):
        channel.release(delivery, rendition, prepared)
    assert accepted(box) == 1


def test_an_expired_token_is_renewed_once_and_the_call_made_again(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.fault("wechat", "expired-token")
    assert channel.release(delivery, rendition, prepared).state is State.ACCEPTED
    assert accepted(box) == 1


def test_a_token_that_is_always_refused_is_not_renewed_for_ever(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.fault("wechat", "expired-token", count=None)
    before = len(box.store.calls("wechat", made.APPID))
    with pytest.raises(Unavailable, match="42001"):
        channel.release(delivery, rendition, prepared)
    assert len(box.store.calls("wechat", made.APPID)) - before <= 4


def test_the_minutes_limit_says_when_to_come_back(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.fault("wechat", "rate")
    with pytest.raises(Unavailable, match="45011") as caught:
        channel.release(delivery, rendition, prepared)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after >= delivery.at + timedelta(seconds=50)


def test_a_refused_draft_is_refused_with_the_platforms_code(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.fault("wechat", "refuse")
    with pytest.raises(Refused, match=r"53503.*rid"):
        channel.release(delivery, rendition, prepared)


def test_a_review_that_fails_later_is_refused(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    prepared = channel.prepare(delivery, rendition)
    box.fault("wechat", "delayed")
    receipt = channel.release(delivery, rendition, prepared)
    assert channel.follow(delivery, rendition, receipt) == receipt
    with pytest.raises(Refused, match="平台审核不通过"):
        channel.follow(delivery, rendition, receipt)


@pytest.mark.parametrize(("secret", "words"), [("wrong", "40125"), ("", "没有公众号密钥")])
def test_a_wrong_secret_is_refused_and_never_shown(box: made.Rehearsal, secret: str, words: str) -> None:
    channel = Wechat(box.wechat(), box.bench(secret=secret))
    _, delivery, rendition = ready(box)
    with pytest.raises(Refused, match=words) as caught:
        channel.prepare(delivery, rendition)
    assert "wrong" not in str(caught.value)


def test_no_log_line_holds_a_token(box: made.Rehearsal, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        sent(box)
    tokens = [row["token"] for row in box.store.rows("SELECT token FROM tokens")]
    assert any("access_token=***" in record.getMessage() for record in caplog.records)
    assert not [record for record in caplog.records for token in tokens if token in record.getMessage()]


def test_a_withdrawal_deletes_the_exact_article_and_is_live_when_gone(box: made.Rehearsal) -> None:
    channel, delivery, rendition, receipt = sent(box)
    live = followed(channel, delivery, rendition, receipt)
    withdrawal = box.delivery("wechat-main", Action.WITHDRAW, live)
    notice = channel.render(made.ITEM, made.notice(box.assets), Action.WITHDRAW, "泄露隐私")
    assert channel.find(withdrawal, notice) is None
    taken = channel.release(withdrawal, notice, channel.prepare(withdrawal, notice))
    assert taken.state is State.ACCEPTED
    assert channel.follow(withdrawal, notice, taken).state is State.LIVE
    again = channel.release(withdrawal, notice, channel.prepare(withdrawal, notice))
    assert again.remote_id == live.remote_id


def test_a_withdrawal_never_asks_to_delete_every_article(box: made.Rehearsal) -> None:
    channel, delivery, rendition, receipt = sent(box)
    live = followed(channel, delivery, rendition, receipt)
    with pytest.raises(Refused, match="序号"):
        channel._account.api(delivery).delete_article(live.remote_id, 0)
    withdrawal = box.delivery("wechat-main", Action.WITHDRAW, replace(live, evidence={"index": "0"}))
    channel.release(withdrawal, rendition, Prepared())
    assert calls(box, "freepublish/delete") == 1


def test_a_correction_goes_live_first_and_then_replaces_the_old_article(box: made.Rehearsal) -> None:
    channel, delivery, rendition, receipt = sent(box)
    live = followed(channel, delivery, rendition, receipt)
    correction = box.delivery("wechat-main", Action.CORRECT, live)
    corrected = channel.render(made.ITEM, made.notice(box.assets), Action.CORRECT, "时间有误")
    assert "时间有误" in json.loads(corrected.text("article.json"))["content"]
    taken = channel.release(correction, corrected, channel.prepare(correction, corrected))
    now = followed(channel, correction, corrected, taken)
    assert now.remote_id != live.remote_id
    shown = box.store.rows("SELECT article_id FROM publications WHERE outcome = 0")
    assert [row["article_id"] for row in shown] == [now.remote_id]
    assert channel.follow(correction, corrected, taken).state is State.LIVE


def test_a_correction_whose_answer_was_lost_still_replaces_the_old_article(box: made.Rehearsal) -> None:
    channel, delivery, rendition, receipt = sent(box)
    live = followed(channel, delivery, rendition, receipt)
    correction = box.delivery("wechat-main", Action.CORRECT, live)
    corrected = channel.render(made.ITEM, made.notice(box.assets), Action.CORRECT, "时间有误")
    prepared = channel.prepare(correction, corrected)
    box.fault("wechat", "accept-then-drop")
    with pytest.raises(Unknown):
        channel.release(correction, corrected, prepared)
    receipt = found(channel, correction, corrected)
    assert receipt.state is State.ACCEPTED
    now = channel.follow(correction, corrected, receipt)
    assert (now.state, now.remote_id) == (State.LIVE, receipt.remote_id)
    assert box.store.number("SELECT count(*) FROM publications WHERE outcome = 0") == 1


def test_a_gateway_page_is_never_success(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box)
    for call in ("cgi-bin/stable_token", "cgi-bin/draft/add", "cgi-bin/draft/batchget"):
        box.fault("wechat", "500-before", call=call)
        with pytest.raises(Unavailable):
            channel.prepare(delivery, rendition)
    channel.prepare(delivery, rendition)


def test_a_closed_port_sends_nothing(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box, api="http://127.0.0.1:9/wechat")
    with pytest.raises(Unavailable, match="连接不上"):
        channel.prepare(delivery, rendition)


def test_a_mode_that_is_not_there_is_refused_before_the_hour(box: made.Rehearsal) -> None:
    with pytest.raises(CannotRender, match="freepublish"):
        ready(box, mode="sendall")
    _, delivery, rendition = ready(box)
    channel = Wechat(box.wechat(mode="sendall"), box.bench())
    assert [one.code for one in channel.check(made.policy())] == ["wechat-audience"]
    with pytest.raises(Refused, match="freepublish"):
        channel.prepare(delivery, rendition)


def test_a_slow_answer_is_unknown(box: made.Rehearsal) -> None:
    hasty = replace(box.bench(), client=lambda: httpx.Client(timeout=0.4, trust_env=False))
    _, delivery, rendition = ready(box)
    channel = Wechat(box.wechat(), hasty)
    prepared = channel.prepare(delivery, rendition)
    box.fault("wechat", "slow", value=1.2)
    with pytest.raises(Unknown):
        channel.release(delivery, rendition, prepared)
    assert found(channel, delivery, rendition).state is State.LIVE


def test_looking_is_paid_for_before_anything_is_sent(box: made.Rehearsal) -> None:
    channel, delivery, rendition = ready(box, calls_a_day={"freepublish/get": 1})
    with pytest.raises(Unavailable, match="freepublish/get") as told:
        channel.prepare(delivery, rendition)
    assert told.value.retry_after is not None
    assert (in_china(told.value.retry_after).hour, in_china(told.value.retry_after).minute) == (0, 0)
    assert (drafts(box), accepted(box)) == (0, 0)


def test_a_publication_gives_back_what_it_did_not_need(box: made.Rehearsal) -> None:
    limits = {"freepublish/get": 4, "freepublish/batchget": 2}
    channel, delivery, rendition = ready(box, calls_a_day=limits)
    receipt = channel.release(delivery, rendition, channel.prepare(delivery, rendition))
    with pytest.raises(Unavailable, match="freepublish/batchget"):
        channel.prepare(replace(delivery, id="d2"), rendition)
    followed(channel, delivery, rendition, receipt)
    channel.prepare(replace(delivery, id="d2"), rendition)


def test_one_token_serves_all_workers(box: made.Rehearsal) -> None:
    for number in range(3):
        channel, delivery, rendition = ready(box)
        channel.prepare(replace(delivery, id=f"d{number}"), rendition)
    assert calls(box, "stable_token") == 1


@pytest.mark.parametrize("wrong", [5, {"freepublish/get": 0}, {"freepublish/get": "100"}, {"freepublish/sumbit": 3}])
def test_a_limit_that_is_none_is_refused_with_its_name(box: made.Rehearsal, wrong: object) -> None:
    channel, delivery, rendition = ready(box, calls_a_day=wrong)
    with pytest.raises(Refused, match="calls_a_day"):
        channel.prepare(delivery, rendition)


def test_what_the_platform_says_is_used_up_is_used_up_for_all_processes(box: made.Rehearsal) -> None:
    """Others call with the same account, too."""
    channel, delivery, rendition = ready(box)
    box.fault("wechat", "code", value=45009, call="cgi-bin/draft/add")
    with pytest.raises(Unavailable, match="45009"):
        channel.prepare(delivery, rendition)
    asked = calls(box, "draft/add")
    with pytest.raises(Unavailable, match="draft/add 的调用次数"):
        channel.prepare(delivery, rendition)
    assert calls(box, "draft/add") == asked, "nobody asks again today"


def test_a_draft_that_nobody_tried_to_make_is_looked_for_nowhere(box: made.Rehearsal) -> None:
    """The box may hold hundreds of drafts; each twenty of them cost a call."""
    channel, delivery, rendition = ready(box)
    channel.prepare(delivery, rendition)
    assert calls(box, "draft/batchget") == 0
    channel.prepare(delivery, rendition)
    assert (calls(box, "draft/batchget"), calls(box, "draft/add"), drafts(box)) == (1, 1, 1)


def test_workers_that_prepare_at_once_make_one_draft(box: made.Rehearsal) -> None:
    """A second one would lie in the box as if the article had not been published."""
    channel, delivery, rendition = ready(box)
    with ThreadPoolExecutor(4) as pool:
        prepared = list(pool.map(lambda _: channel.prepare(delivery, rendition), range(4)))
    assert len({one.references["media_id"] for one in prepared}) == 1
    assert (calls(box, "draft/add"), drafts(box)) == (1, 1)
