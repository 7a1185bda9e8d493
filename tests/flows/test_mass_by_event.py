"""A mass send followed by event (contracts: WeChat 7.4): only the event knows the article's address."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from channels.base import Refused
from channels.wechat import Wechat
from channels.wechat.callback_xml import JobEnd
from content.delivery import Receipt
from content.inbox import Inbox
from content.vocabulary import State
from tests.channels import revisions as made
from tests.channels.official_account import Outgoing, cleared
from tests.flows import callbacks


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[made.Rehearsal]:
    with made.rehearsal(tmp_path_factory.mktemp("mass-events")) as given:
        yield given


class ByEvent(Outgoing):
    """A mass send of an account whose events arrive in an inbox."""

    inbox: Inbox

    @property
    def channel(self) -> Wechat:
        return Wechat(self.box.wechat(**self.options), replace(self.box.bench(), inbox=self.inbox))

    def events(self, receipt: Receipt) -> list[object]:
        return list(self.inbox.about("mass", receipt.evidence["msg_id"]))


@pytest.fixture
def out(served: made.Rehearsal, tmp_path: Path) -> Iterator[ByEvent]:
    known = callbacks.receiver(made.APPID, tmp_path)
    ByEvent.inbox = known.inbox
    with callbacks.receiving({callbacks.OUTLET: known}) as client:
        callbacks.tell(served.store.folder, made.APPID, f"{client.base_url}/callback/wechat/{callbacks.OUTLET}")
        yield ByEvent(cleared(served), mode="mass")


def test_it_is_live_by_event_with_its_address_and_the_platform_is_not_asked(out: ByEvent) -> None:
    receipt = out.sent()
    callbacks.until(lambda: out.events(receipt))
    live = out.follow(receipt)
    assert live.state is State.LIVE
    assert live.url.startswith("http://mp.weixin.qq.com/s?__biz=sandbox")
    assert f"mid={receipt.evidence['msg_data_id']}" in live.url
    assert live.live_at is not None
    assert abs(live.live_at - datetime.now(UTC)) < timedelta(seconds=30)
    assert out.asked("message/mass/get") == 0


def test_an_event_that_never_comes_is_waited_for_and_then_the_platform_is_asked(out: ByEvent) -> None:
    out.prepare()
    out.box.fault("wechat", "event-lost", call="cgi-bin/message/mass/sendall")
    receipt = out.release()
    assert (out.follow(receipt), out.asked("message/mass/get")) == (receipt, 0)
    out.later(minutes=1)
    assert out.live(receipt).url == ""


def test_an_event_of_a_failure_is_a_reason_to_ask(out: ByEvent) -> None:
    out.prepare()
    out.box.fault("wechat", "delayed")
    receipt = out.release()
    callbacks.until(lambda: out.events(receipt))
    with pytest.raises(Refused, match="SEND_FAIL"):
        out.live(receipt)


@pytest.mark.parametrize(("reason", "words"), [(20006, "涉嫌违法犯罪"), (40002, "30分钟"), (20431, "其他原因")])
def test_the_reason_of_a_failure_is_passed_on(out: ByEvent, reason: int, words: str) -> None:
    out.prepare()
    out.box.fault("wechat", "delayed", value=reason)
    receipt = out.release()
    callbacks.until(lambda: out.events(receipt))
    with pytest.raises(Refused, match=rf"SEND_FAIL.*{words}.*err\({reason}\)"):
        out.live(receipt)


def test_an_event_of_another_job_proves_nothing(out: ByEvent) -> None:
    out.prepare()
    out.box.fault("wechat", "event-lost", call="cgi-bin/message/mass/sendall")
    receipt = out.release()
    end = JobEnd("mass", "7", int(datetime.now(UTC).timestamp()), "o1", "send success", addresses={"1": "http://a.cn"})
    out.inbox.keep(end.kind, end.job, ["7"], end.values())
    assert out.follow(receipt) == receipt
