"""How one step of the run is carried out for several deliveries at once."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")
Report = Callable[[dict[str, object]], None]
"""Hears of every step of a delivery, as JSON values."""


AT_ONCE = 16


class Runner(Protocol):
    """Runs one step for several deliveries at once."""

    def each(self, step: str, work: Callable[[str], T], keys: Sequence[str]) -> list[T]:
        """The results in the order of the keys. *work* does not raise."""


class InlineRunner:
    """Plain threads in this process."""

    def each(self, step: str, work: Callable[[str], T], keys: Sequence[str]) -> list[T]:
        if not keys:
            return []
        with ThreadPoolExecutor(max_workers=min(len(keys), AT_ONCE), thread_name_prefix=step) as pool:
            return list(pool.map(work, keys))
