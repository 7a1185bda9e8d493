"""The three ways in which an account's drafts reach readers, behind one interface."""

from collections.abc import Mapping
from typing import ClassVar, Protocol

from channels.base import Rendition
from channels.wechat import audience
from channels.wechat.account import OfficialAccount
from channels.wechat.console import Console
from channels.wechat.mass import Mass
from channels.wechat.publishing import Publishing
from content.delivery import Delivery, Receipt


class Mode(Protocol):
    """What becomes of a draft that is up and proved to be what was signed."""

    needed: ClassVar[Mapping[str, int]]
    """Calls by path that one publication takes, the looking after a lost answer included (engine.md S5b)."""
    shown: ClassVar[tuple[str, ...]]
    """The narrow calls, which an office wants to see."""

    def reserve(self, delivery: Delivery, rendition: Rendition) -> None:
        """What the mode needs beside calls. Raises Unavailable and Refused."""

    def send(self, delivery: Delivery, rendition: Rendition, media_id: str) -> Receipt:
        """The one public act. Raises Refused, Unavailable (provably not sent) or Unknown."""

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        """See ``Follows``."""

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """See ``Channel``."""


MODES: Mapping[str, type[Publishing] | type[Mass] | type[Console]] = {
    audience.FREEPUBLISH: Publishing,
    audience.MASS: Mass,
    audience.DRAFT: Console,
}


def mode_of(account: OfficialAccount) -> Mode:
    """As the outlet is set. Raises Refused for a mode that is none."""
    return MODES[audience.audience_of(account.outlet).mode](account)


def mode_of_receipt(account: OfficialAccount, receipt: Receipt) -> Mode:
    """The mode that the receipt comes from: the outlet may have been set to another one since."""
    for name, made in (("msg_id", Mass), ("console", Console), ("publish_id", Publishing)):
        if receipt.evidence.get(name):
            return made(account)
    return mode_of(account)
