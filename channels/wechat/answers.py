"""Answers of the platform that serve several askers at the same moment."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

# Shorter than the shortest pause between two questions about the same.
FRESH = timedelta(seconds=0.5)


class Answers:
    """What was answered within the last half second, by what was asked about. Used from several threads: who asks about the
    same while the platform is being asked waits for that answer."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[datetime, Any]] = {}

    def of(self, what: str, ask: Callable[[], Any]) -> Any:
        """The answer; errors are raised to each asker and kept for none."""
        with self._lock:
            now = self._clock()
            self._kept = {key: kept for key, kept in self._kept.items() if abs(now - kept[0]) < FRESH}
            if what not in self._kept:
                self._kept[what] = (self._clock(), ask())
            return self._kept[what][1]
