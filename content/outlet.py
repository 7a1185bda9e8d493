"""An outlet: one concrete place that carries items, as the settings describe it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from content.item import Fields
from content.vocabulary import Kind


@dataclass(frozen=True)
class Outlet:
    """One concrete place. *identity* is the account's own (uid, appid, domain, drop address): it is signed.

    An empty *kinds*, *columns* or *languages* means all. *required* outlets hold the broadcast when they are missing.
    *groups* name sets of outlets (荆州矩阵) that an order may name instead of each of them. *lead* is how long before the hour a partner gets its copy, under an embargo line. *options* are the channel's own.
    """

    id: str
    channel: str
    name: str
    identity: str
    required: bool = True
    active: bool = True
    kinds: frozenset[Kind] = frozenset()
    columns: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    lead: timedelta = timedelta()
    options: Mapping[str, Any] = field(default_factory=dict)

    def carries(self, fields: Fields) -> bool:
        """Whether this outlet takes an item with these fields; what it does not carry is no failure."""
        return (
            (not self.kinds or fields.kind in self.kinds)
            and (not self.columns or bool(self.columns & set(fields.columns)))
            and (not self.languages or fields.language in self.languages)
        )
