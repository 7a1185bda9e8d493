"""Paying for calls to a platform before they are made, out of what all processes share (engine.md S5b)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from channels.base import Unavailable
from content.quotas import Budget, Quotas, Spent

Costs = Mapping[Budget, int]
# Longer than anything is looked for by itself; then a person has the delivery.
RESERVED_FOR = timedelta(days=2)


@dataclass(frozen=True)
class Purse:
    """Pays first out of what is reserved for *holder*, a delivery or empty for nobody's. *words* tell an editor what there
    is too little of."""

    quotas: Quotas
    holder: str
    words: Callable[[Spent], str]

    def pay(self, costs: Costs, leaving: int = 0) -> None:
        """For calls that come now; so many of each kind must be left for others. Raises Unavailable with when there are
        more."""
        self._do(lambda: self.quotas.use(_counted(costs), self.holder, leaving))

    def reserve(self, costs: Costs, now: datetime) -> None:
        """Before anything is sent: all that it takes to publish and to find out what became of it. Raises Unavailable."""
        self._do(lambda: self.quotas.hold(_counted(costs), self.holder, now + RESERVED_FOR))

    def settle(self) -> None:
        """Gives back what is reserved: there is nothing more to ask."""
        self.quotas.settle(self.holder)

    def _do(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Spent as spent:
            raise Unavailable(self.words(spent), spent.again_at) from None


def _counted(costs: Costs) -> dict[Budget, int]:
    return {budget: calls for budget, calls in costs.items() if calls}
