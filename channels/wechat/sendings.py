"""What is remembered of each mass send from before it leaves until its answer is in the ledger, by every process.

The platform knows a mass send by its ``clientmsgid`` for 24 hours and names it then (45065). So the moment of the first
attempt decides whether an attempt may be repeated, and it must outlive the process that made it.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from channels.base import Rendition
from content.account_facts import Facts
from content.canonical import digest_of
from content.clock import stamp, unstamp
from content.delivery import Delivery

# Contracts: WeChat 7.2 says 24 hours; ten minutes are for the difference between the clocks.
WINDOW = timedelta(hours=24) - timedelta(minutes=10)
_KEPT = timedelta(days=60)


@dataclass(frozen=True)
class Sending:
    """The first attempt at a mass send: when, of which draft; *msg_id* once the platform named it; *confirming* while
    the platform may be asking the account's administrator."""

    at: datetime
    media_id: str
    msg_id: str = ""
    msg_data_id: str = ""
    confirming: bool = False


def clientmsgid(appid: str, delivery: Delivery, rendition: Rendition) -> str:
    """32 hex digits, the same for every attempt and process at this delivery, or at all that go out with it, and for no
    other (contracts: WeChat 7.2)."""
    if delivery.push:
        return digest_of(["mass", appid, delivery.push.digest])[:32]
    act = [delivery.action.value, delivery.round]
    return digest_of(["mass", appid, delivery.item.id, delivery.item.url, rendition.digest, *act])[:32]


@dataclass(frozen=True)
class Sendings:
    """The mass sends of one account."""

    facts: Facts

    def get(self, identity: str) -> Sending | None:
        kept = self.facts.get(_name(identity))
        if not kept:
            return None
        values = json.loads(kept)
        return Sending(**{**values, "at": unstamp(values["at"])})

    def keep(self, identity: str, sending: Sending) -> None:
        value = json.dumps({**asdict(sending), "at": stamp(sending.at)}, sort_keys=True)
        self.facts.keep(_name(identity), value, sending.at + _KEPT)

    def forget(self, identity: str) -> bool:
        """It was provably not made, or people settle it now. Whether it was remembered until now."""
        return self.facts.forget(_name(identity))


def _name(identity: str) -> str:
    return f"mass/{identity}"
