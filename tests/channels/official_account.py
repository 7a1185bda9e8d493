"""What the tests of WeChat's mass sends and of drafts for the console share: one rehearsed account."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from channels.base import Rendition, Unavailable
from channels.wechat import Wechat
from content.delivery import Delivery, Receipt
from content.vocabulary import Action, State
from tests.channels import revisions as made

SENDALL = "message/mass/sendall"


class Outgoing:
    """One item on its way out at one account, with what the platform's own log says of it."""

    def __init__(self, box: made.Rehearsal, **options: object) -> None:
        self.box = box
        self.options = options
        self.delivery = replace(box.delivery("wechat-main"), id="41")
        self.rendition = self.channel.render(made.ITEM, made.notice(box.assets))

    @property
    def channel(self) -> Wechat:
        """As another process builds it."""
        return Wechat(self.box.wechat(**self.options), self.box.bench())

    def act(self, action: Action, *earlier: Receipt, reason: str = "时间有误", **values: object) -> "Outgoing":
        """A correction or withdrawal of it."""
        made_one = Outgoing(self.box, **self.options)
        delivery = replace(self.box.delivery("wechat-main", action, *earlier), id="42")
        made_one.delivery = replace(delivery, **values)  # type: ignore[arg-type]
        made_one.rendition = self.channel.render(made.ITEM, made.notice(self.box.assets), action, reason)
        return made_one

    def later(self, **span: float) -> None:
        """Time passes for us and for the platform."""
        passed = timedelta(**span)
        self.box.now += passed
        for column in ("submitted", "asked"):
            self.box.store.run(f"UPDATE mass_sends SET {column} = {column} - ?", passed.total_seconds())
        self.box.store.run("UPDATE calls SET at = at - ?", passed.total_seconds())

    def prepare(self) -> None:
        self.prepared = self.channel.prepare(self.delivery, self.rendition)

    def release(self) -> Receipt:
        return self.channel.release(self.delivery, self.rendition, self.prepared)

    def sent(self) -> Receipt:
        self.prepare()
        return self.release()

    def find(self) -> Receipt | None:
        return self.channel.find(self.delivery, self.rendition)

    def follow(self, receipt: Receipt) -> Receipt:
        return self.channel.follow(self.delivery, self.rendition, receipt)

    def live(self, receipt: Receipt) -> Receipt:
        for _ in range(3):
            receipt = self.follow(receipt)
            if receipt.state is State.LIVE:
                return receipt
        raise AssertionError(f"never live: {receipt}")

    @property
    def drafts(self) -> int:
        return self.box.store.number("SELECT count(*) FROM drafts")

    @property
    def posts(self) -> int:
        """How many mass sends the platform made."""
        return self.box.store.number("SELECT count(*) FROM mass_sends")

    def asked(self, name: str) -> int:
        return len(self.box.store.calls("wechat", made.APPID, f"cgi-bin/{name}"))

    def sends_left(self) -> int:
        return next(one.left for one in self.channel.allowances() if one.name == "sends")


def waits(act: Callable[[], object]) -> Unavailable:
    """The Unavailable that an act raises."""
    try:
        act()
    except Unavailable as problem:
        return problem
    raise AssertionError("it did not wait")


def cleared(box: made.Rehearsal) -> made.Rehearsal:
    """As if nobody had used the platform yet."""
    return box.cleared("drafts", "publications", "mass_sends", "calls")


__all__ = ["SENDALL", "Delivery", "Outgoing", "Rendition", "cleared", "waits"]
