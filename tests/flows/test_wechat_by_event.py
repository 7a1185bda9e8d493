"""WeChat followed by event: the sandbox calls the address that the public process answers, the channel reads the inbox."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from channels.base import Refused, Rendition, Unknown
from channels.sandbox.accounts import AccountsUnreadable, accounts_in
from channels.sandbox.events import told
from channels.sandbox.faults import Fault, Switch
from channels.wechat import Wechat
from channels.wechat.callback_xml import JobEnd
from channels.wechat.events import PATIENCE
from channels.wechat.rendering import marker_in
from content.delivery import Delivery, Receipt
from content.inbox import Inbox
from content.vocabulary import State
from flows.public.callbacks import receivers_of
from tests.channels import revisions as made
from tests.flows import callbacks

URL = "http://mp.weixin.qq.com/s?__biz=another&mid=1&idx=1&sn=2"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[made.Rehearsal]:
    with made.rehearsal(tmp_path_factory.mktemp("wechat")) as given:
        yield given


@pytest.fixture
def box(served: made.Rehearsal) -> made.Rehearsal:
    return served.cleared("drafts", "publications", "mass_sends", "calls", "events")


class ByEvent:
    """A channel with an inbox that the sandbox's events arrive in."""

    def __init__(self, box: made.Rehearsal, inbox: Inbox, address: str) -> None:
        self.box, self.inbox, self.address = box, inbox, address
        self.channel = Wechat(box.wechat(), replace(box.bench(), inbox=inbox))
        self.delivery: Delivery = box.delivery("wechat-main")
        self.rendition: Rendition = self.channel.render(made.ITEM, made.notice(box.assets))

    def send(self) -> Receipt:
        prepared = self.channel.prepare(self.delivery, self.rendition)
        return self.channel.release(self.delivery, self.rendition, prepared)

    def follow(self, receipt: Receipt) -> Receipt:
        return self.channel.follow(self.delivery, self.rendition, receipt)

    def events(self, receipt: Receipt) -> list[Any]:
        return self.inbox.about("publication", receipt.evidence["publish_id"])

    def came(self, receipt: Receipt) -> None:
        callbacks.until(lambda: self.events(receipt))

    def put(self, job: str, status: str = "0", at: float | None = None, article: str = "other") -> None:
        """An event that arrived, as the public process keeps it."""
        end = JobEnd("publication", job, int(at or time.time()), "o1", status, article, {"1": URL})
        self.inbox.keep(end.kind, end.job, [end.status, str(end.at), job], end.values())

    def calls(self, name: str) -> int:
        return len(self.box.store.calls("wechat", made.APPID, f"cgi-bin/freepublish/{name}"))

    def ended(self, state: str) -> bool:
        return self.box.store.number("SELECT count(*) FROM events WHERE state = ?", state) > 0


@pytest.fixture(params=["secure"])
def by_event(request: pytest.FixtureRequest, box: made.Rehearsal, tmp_path: Path) -> Iterator[ByEvent]:
    known = callbacks.receiver(made.APPID, tmp_path, "" if request.param == "plain" else callbacks.AES_KEY)
    with callbacks.receiving({callbacks.OUTLET: known}) as client:
        address = f"{client.base_url}/callback/wechat/{callbacks.OUTLET}"
        callbacks.tell(box.store.folder, made.APPID, address, request.param)
        yield ByEvent(box, known.inbox, address)


@pytest.mark.parametrize("by_event", ["plain", "compatible", "secure"], indirect=True)
def test_an_article_is_live_by_event_and_the_platform_is_not_asked(by_event: ByEvent) -> None:
    receipt = by_event.send()
    by_event.came(receipt)
    live = by_event.follow(receipt)
    row = by_event.box.store.row("SELECT * FROM publications")
    assert row is not None
    assert (live.state, live.remote_id) == (State.LIVE, row["article_id"])
    assert live.url.startswith("http://mp.weixin.qq.com/s?__biz=sandbox")
    assert live.live_at is not None
    assert abs(live.live_at - datetime.now(UTC)) < timedelta(seconds=30)
    assert (live.evidence["publish_id"], live.evidence["index"]) == (str(row["publish_id"]), "1")
    assert by_event.calls("get") == 0


def test_an_event_that_comes_twice_is_kept_once(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "event-twice")
    receipt = by_event.send()
    callbacks.until(
        lambda: by_event.box.store.number("SELECT count(*) FROM events WHERE state = 'answered'") == 2, seconds=8
    )
    assert len(by_event.events(receipt)) == 1
    assert by_event.follow(receipt) == by_event.follow(receipt)
    assert (by_event.follow(receipt).state, by_event.calls("get")) == (State.LIVE, 0)


def test_an_event_that_comes_before_the_answer_waits_in_the_inbox(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "event-first")
    receipt = by_event.send()
    assert by_event.events(receipt), "it was there before the answer"
    assert (by_event.follow(receipt).state, by_event.calls("get")) == (State.LIVE, 0)


def test_while_an_event_may_still_come_the_platform_is_not_asked(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "event-delay", value=0.6)
    receipt = by_event.send()
    assert [by_event.follow(receipt) for _ in range(20)] == [receipt] * 20
    by_event.came(receipt)
    assert (by_event.follow(receipt).state, by_event.calls("get")) == (State.LIVE, 0)


def test_an_event_that_never_comes_is_replaced_by_asking(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "event-lost")
    receipt = by_event.send()
    assert by_event.follow(receipt) == receipt
    assert by_event.calls("get") == 0
    by_event.box.now = PATIENCE
    callbacks.until(lambda: by_event.follow(receipt).state is State.LIVE)
    assert (by_event.events(receipt), by_event.calls("get") > 0) == ([], True)
    assert by_event.ended("lost")


def test_a_review_that_fails_is_asked_about_at_once_and_refused(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "delayed")
    receipt = by_event.send()
    by_event.came(receipt)
    with pytest.raises(Refused, match="平台审核不通过"):
        by_event.follow(receipt)
    assert by_event.calls("get") == 1


def test_events_that_contradict_each_other_prove_nothing(by_event: ByEvent) -> None:
    receipt = by_event.send()
    by_event.came(receipt)
    by_event.put(receipt.evidence["publish_id"], status="4")
    live = by_event.follow(receipt)
    assert (live.state, by_event.calls("get")) == (State.LIVE, 1)
    assert live.remote_id == by_event.box.store.row("SELECT article_id FROM publications")["article_id"]


def test_an_event_of_another_publication_changes_nothing(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "event-lost")
    receipt = by_event.send()
    by_event.put("2247000001")
    by_event.put("2247000002", status="4")
    assert (by_event.follow(receipt), by_event.calls("get")) == (receipt, 0)


def test_events_out_of_order_reach_each_its_own(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "event-delay", value=0.9)
    other = ByEvent(by_event.box, by_event.inbox, by_event.address)
    other.delivery = replace(other.delivery, id="d2")
    item = replace(made.ITEM, id="i2", url=made.ITEM.url.replace("1001", "1002"))
    other.rendition = other.channel.render(item, made.notice(by_event.box.assets, title="另一则公告"))
    prepared = other.channel.prepare(other.delivery, other.rendition)
    first = by_event.send()
    second = other.channel.release(other.delivery, other.rendition, prepared)
    other.came(second)
    assert not by_event.events(first), "the second event came first"
    there = other.follow(second)
    by_event.came(first)
    assert there.remote_id != by_event.follow(first).remote_id
    assert by_event.calls("get") == 0


def test_a_lost_answer_is_found_by_the_event_before_the_list_shows_it(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "visibility-lag", call="cgi-bin/freepublish/batchget", value=600, count=None)
    by_event.box.fault("wechat", "accept-then-drop")
    with pytest.raises(Unknown):
        by_event.send()
    callbacks.until(lambda: by_event.inbox.newest("publication", 1))
    live = by_event.channel.find(by_event.delivery, by_event.rendition)
    assert live is not None
    assert (live.state, live.evidence["index"]) == (State.LIVE, "1")
    assert live.url.startswith("http://mp.weixin.qq.com/s?__biz=sandbox")
    assert (by_event.calls("batchget"), by_event.calls("getarticle")) == (0, 1)
    assert len(by_event.box.store.published("wechat", made.APPID)) == 1


def test_an_event_of_another_article_does_not_settle_a_lost_answer(by_event: ByEvent) -> None:
    """Its article bears another marker, or is none; and one from before the attempt is not even asked about."""
    by_event.box.fault("wechat", "event-lost")
    by_event.send()
    other = by_event.box.store.row("SELECT publish_id, article_id FROM publications")
    by_event.put("77", article="nothing-of-ours")
    by_event.put(str(other["publish_id"]), article=other["article_id"])
    by_event.put("78", at=time.time() - 3_600)
    stranger = ByEvent(by_event.box, by_event.inbox, by_event.address)
    item = replace(made.ITEM, id="i3", url=made.ITEM.url.replace("1001", "1003"))
    stranger.rendition = stranger.channel.render(item, made.notice(by_event.box.assets, title="第三则公告"))
    stranger.channel.prepare(stranger.delivery, stranger.rendition)
    assert stranger.channel.find(stranger.delivery, stranger.rendition) is None
    assert (by_event.calls("getarticle"), by_event.calls("batchget")) == (2, 1)


def test_a_forged_event_never_arrives(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "event-lost")
    receipt = by_event.send()
    forged = f"<xml><FromUserName>o</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>PUBLISHJOBFINISH</Event><PublishEventInfo><publish_id>{receipt.evidence['publish_id']}</publish_id><publish_status>0</publish_status><article_id>x</article_id></PublishEventInfo></xml>"
    for query in ({}, callbacks.signed("guess"), callbacks.signed(), callbacks.signed() | {"msg_signature": "0" * 40}):
        answer = httpx.post(by_event.address, params=query, content=forged.encode(), trust_env=False)
        assert answer.status_code == 403
    assert by_event.events(receipt) == []
    assert by_event.follow(receipt) == receipt


def test_a_server_that_does_not_answer_is_told_three_times_and_no_more(by_event: ByEvent) -> None:
    callbacks.tell(by_event.box.store.folder, made.APPID, "http://127.0.0.1:9/callback")
    receipt = by_event.send()
    callbacks.until(lambda: by_event.ended("unanswered"))
    by_event.box.now = PATIENCE
    callbacks.until(lambda: by_event.follow(receipt).state is State.LIVE)


def test_the_sandbox_says_what_it_told_and_what_came_of_it(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "event-twice")
    receipt = by_event.send()
    by_event.came(receipt)
    callbacks.until(
        lambda: (
            [one["state"] for one in httpx.get(f"{by_event.box.url}/admin/events", trust_env=False).json()["events"]]
            == ["answered", "answered"]
        )
    )


def test_the_sandbox_checks_an_address_as_the_console_does(by_event: ByEvent) -> None:
    def check(appid: str = made.APPID) -> str:
        answer = httpx.post(f"{by_event.box.url}/admin/check", json={"appid": appid}, trust_env=False)
        return str(answer.json()["problem"])

    assert check() == ""
    assert "names no callback" in check("wxother")
    for url in (by_event.address.replace("wechat-main", "other"), "http://127.0.0.1:9/"):
        callbacks.tell(by_event.box.store.folder, made.APPID, url)
        assert check() != ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mode": "open"}, "mode"),
        ({"url": "ftp://x"}, "url"),
        ({"token": ""}, "token"),
        ({"aes_key": "short"}, "aes_key"),
        (None, "callback"),
    ],
)
def test_a_server_that_is_set_wrongly_is_said(tmp_path: Path, changes: Any, words: str) -> None:
    entry = made.ACCOUNTS["wechat"][0] | {"callback": "http://x"}
    if changes is not None:
        known = {"url": "http://127.0.0.1:1/", "token": "t", "aes_key": callbacks.AES_KEY, "mode": "secure"}
        entry |= {"callback": known | changes}
    (tmp_path / "accounts.json").write_text(json.dumps({"wechat": [entry]}), encoding="utf-8")
    with pytest.raises(AccountsUnreadable, match=words) as caught:
        accounts_in(tmp_path)
    assert callbacks.AES_KEY not in str(caught.value)


def mass(by_event: ByEvent) -> ByEvent:
    """The same account, its outlet set to send to all followers."""
    by_event.channel = Wechat(by_event.box.wechat(mode="mass"), replace(by_event.box.bench(), inbox=by_event.inbox))
    by_event.rendition = by_event.channel.render(made.ITEM, made.notice(by_event.box.assets))
    return by_event


def mass_came(by_event: ByEvent, receipt: Receipt) -> None:
    callbacks.until(lambda: by_event.inbox.about("mass", receipt.evidence["msg_id"]))


@pytest.mark.parametrize("by_event", ["plain", "compatible", "secure"], indirect=True)
def test_a_mass_send_is_live_by_event_which_alone_has_its_address(by_event: ByEvent) -> None:
    receipt = mass(by_event).send()
    mass_came(by_event, receipt)
    live = by_event.follow(receipt)
    assert live.state is State.LIVE
    assert live.url.startswith("http://mp.weixin.qq.com/s?")
    assert live.live_at is not None
    assert by_event.box.store.calls("wechat", made.APPID, "cgi-bin/message/mass/get") == []


def test_what_a_person_published_in_the_console_is_found_by_its_event(by_event: ByEvent) -> None:
    by_event.channel = Wechat(by_event.box.wechat(mode="draft"), replace(by_event.box.bench(), inbox=by_event.inbox))
    by_event.rendition = by_event.channel.render(made.ITEM, made.notice(by_event.box.assets))
    receipt = by_event.send()
    assert (receipt.state, by_event.inbox.last()) == (State.ACCEPTED, None)
    api = by_event.channel._account.api(replace(by_event.delivery, id="console"))
    api.submit(receipt.evidence["media_id"])
    callbacks.until(lambda: by_event.inbox.newest("publication", 1))
    live = by_event.follow(receipt)
    assert (live.state, "event_at" in live.evidence) == (State.LIVE, True)
    assert by_event.calls("batchget") == 0


def test_an_article_that_the_ledger_knew_before_settles_nothing(by_event: ByEvent) -> None:
    receipt = by_event.send()
    by_event.came(receipt)
    live = by_event.follow(receipt)
    later = replace(by_event.delivery, id="d9", earlier=(live,))
    events, marker = by_event.channel._account.events, marker_in(by_event.rendition)
    api = by_event.channel._account.api(later)
    assert events.found(api, marker, by_event.rendition, by_event.delivery) is not None
    assert events.found(api, marker, by_event.rendition, later) is None


def test_a_mass_send_whose_event_never_comes_is_asked_about(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "event-lost")
    receipt = mass(by_event).send()
    assert by_event.follow(receipt) == receipt
    assert by_event.box.store.calls("wechat", made.APPID, "cgi-bin/message/mass/get") == []
    by_event.box.now = PATIENCE
    callbacks.until(lambda: by_event.follow(receipt).state is State.LIVE)


def test_a_mass_send_that_failed_is_refused_once_the_event_says_so(by_event: ByEvent) -> None:
    by_event.box.fault("wechat", "delayed")
    receipt = mass(by_event).send()
    mass_came(by_event, receipt)
    with pytest.raises(Refused, match="群发失败"):
        by_event.follow(receipt)
    assert len(by_event.box.store.calls("wechat", made.APPID, "cgi-bin/message/mass/get")) == 1


def test_without_an_inbox_the_platform_is_asked_at_once(box: made.Rehearsal) -> None:
    channel = Wechat(box.wechat(), box.bench())
    delivery, rendition = box.delivery("wechat-main"), channel.render(made.ITEM, made.notice(box.assets))
    receipt = channel.release(delivery, rendition, channel.prepare(delivery, rendition))
    channel.follow(delivery, rendition, receipt)
    assert len(box.store.calls("wechat", made.APPID, "cgi-bin/freepublish/get")) == 1


@pytest.fixture
def office_with_callbacks(office: Any) -> Iterator[Any]:
    secrets = office.home / "secrets" / "wechat-main.toml"
    secrets.write_text(
        f'{secrets.read_text()}callback_token = "{callbacks.TOKEN}"\ncallback_aes_key = "{callbacks.AES_KEY}"\n'
    )
    known = receivers_of(office.home, office.wired.workspace.settings)
    assert list(known) == ["wechat-main"]
    with callbacks.receiving(known) as client:
        callbacks.tell(
            office.home / "sandbox",
            known["wechat-main"].callback.keys.appid,
            f"{client.base_url}/callback/wechat/wechat-main",
        )
        yield office


def test_a_broadcast_becomes_live_by_event_and_nobody_asked(office_with_callbacks: Any) -> None:
    office = office_with_callbacks
    office.broadcast("1001", wait=True)
    assert office.record("wechat-main").state is State.LIVE
    assert "event_at" in office.record("wechat-main").receipt.evidence
    assert len(office.submitted()) == 1
    assert office.calls("wechat", "cgi-bin/freepublish/get") == []
    assert list((office.home / "inbox").iterdir())


def test_a_broadcast_that_waits_hears_an_event_before_it_is_the_outlets_turn(
    office_with_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = office_with_callbacks
    monkeypatch.setattr("flows.delivery.FOLLOW_PAUSES", (300,))
    office.settings("follow_seconds = 2", "follow_seconds = 20")
    office.reopen().fault("wechat", Fault.EVENT_DELAY, value=1.2)
    office.broadcast("1001", outlets=("portal", "wechat-main"))
    record = office.record("wechat-main")
    assert record.state is State.LIVE
    assert office.calls("wechat", "cgi-bin/freepublish/get") == []


@pytest.mark.parametrize(("status", "words"), [(2, "原创"), (3, "发布失败"), (4, "审核不通过")])
def test_a_review_that_is_long_and_fails_is_refused_with_its_reason(
    office_with_callbacks: Any, status: int, words: str
) -> None:
    """engine.md 5, test 14: accepted until it is known; the same by event, twice, as by asking."""
    office = office_with_callbacks
    store = office.platforms()
    store.set_fault(Switch("wechat", "*", Fault.REVIEW, count=1, script=(1, 1, 1, status)))
    store.close()
    office.fault("wechat", Fault.EVENT_TWICE if status < 4 else Fault.EVENT_LOST)
    office.fault("wechat", Fault.EVENT_DELAY, value=0.7)
    office.broadcast("1001", outlets=("portal", "wechat-main"))
    callbacks.until(lambda: {row["state"] for row in told_by(office)} <= {"answered", "lost"})
    office.clock.forward(seconds=PATIENCE.total_seconds() if status == 4 else 1)
    office.resolve_until(lambda: office.record("wechat-main").state is State.REFUSED, seconds=300)
    assert words in office.record("wechat-main").problem
    moves = [
        one["data"]
        for one in office.events("delivery.moved")
        if one["subject"] == f"delivery/{office.record('wechat-main').id}"
    ]
    assert [move["to"] for move in moves][-2:] == ["accepted", "refused"]
    assert len(office.submitted()) == 1


def told_by(office: Any) -> list[dict[str, Any]]:
    store = office.platforms()
    found = told(store)
    store.close()
    return found


def test_a_broadcast_whose_event_is_lost_becomes_live_by_asking(office_with_callbacks: Any) -> None:
    office = office_with_callbacks
    office.fault("wechat", Fault.EVENT_LOST)
    office.broadcast("1001", wait=True)
    assert office.record("wechat-main").state is State.ACCEPTED
    office.clock.forward(seconds=PATIENCE.total_seconds())
    office.resolve_until(lambda: office.record("wechat-main").state is State.LIVE)
    assert office.calls("wechat", "cgi-bin/freepublish/get")
    assert len(office.submitted()) == 1


def test_a_late_event_is_followed_at_once_and_not_when_it_is_the_deliverys_turn(office_with_callbacks: Any) -> None:
    office = office_with_callbacks
    store = office.platforms()
    store.set_fault(Switch("wechat", "*", Fault.REVIEW, count=1, script=(1,)))
    office.fault("wechat", Fault.EVENT_LOST)
    office.broadcast("1001", outlets=("portal", "wechat-main"))
    office.clock.forward(minutes=4)
    office.resolve()
    asked = len(office.calls("wechat", "cgi-bin/freepublish/get"))
    record = office.record("wechat-main")
    assert (record.state, record.look_after > office.clock() + timedelta(seconds=50)) == (State.ACCEPTED, True)
    office.resolve()
    assert office.record("wechat-main").look_after == record.look_after, "nothing has come"
    row = store.row("SELECT * FROM publications")
    store.close()
    at, job = int(office.clock().timestamp()), str(row["publish_id"])
    end = JobEnd("publication", job, at, "o1", "0", row["article_id"], {"1": URL})
    Inbox.of(office.home, "wechat", row["appid"]).keep(end.kind, end.job, ["k"], end.values())
    office.resolve()
    assert office.record("wechat-main").state is State.LIVE
    assert len(office.calls("wechat", "cgi-bin/freepublish/get")) == asked


def test_a_broadcast_whose_answer_was_lost_is_settled_by_the_event(office_with_callbacks: Any) -> None:
    office = office_with_callbacks
    office.fault("wechat", Fault.ACCEPT_THEN_DROP)
    office.fault("wechat", Fault.VISIBILITY_LAG, count=None, call="cgi-bin/freepublish/batchget", value=600)
    office.broadcast("1001", wait=True)
    office.resolve_until(lambda: office.record("wechat-main").state is State.LIVE)
    assert len(office.submitted()) == 1
    assert office.record("wechat-main").receipt.evidence["event_at"]
