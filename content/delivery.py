"""A delivery: one package at one outlet, as the ledger holds it and a channel is given it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from content.item import Item
from content.push import Push
from content.vocabulary import Action, State


@dataclass(frozen=True)
class Receipt:
    """The proof of a delivery, as far as it goes.

    *state* is ACCEPTED (the outlet took it) or LIVE (*evidence* proves it public). *live_at* is the moment that the
    evidence states; None means: when it was seen. *digest* is that of the bytes sent, slots filled.
    """

    state: State
    remote_id: str = ""
    url: str = ""
    live_at: datetime | None = None
    digest: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Prepared:
    """What preparing left at the outlet. *expires_at* None means never; *digest* covers what must not change before release."""

    references: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Delivery:
    """One package at one outlet.

    *sequence* is the revision's number within its item (1, 2, …): an older one never overwrites a newer. *at* is the
    publication time, the server's, set by the claim; *since* the moment of the first attempt, None before it.
    *earlier* are the receipts of this item's live deliveries at the outlet, oldest first: what a correction or
    withdrawal acts on. *push* is there where the outlet carries the item together with others, in one act.
    """

    id: str
    item: Item
    outlet: str
    action: Action
    round: int
    sequence: int
    state: State
    at: datetime
    token: int = 0
    since: datetime | None = None
    reason: str = ""
    earlier: tuple[Receipt, ...] = ()
    push: Push | None = None
