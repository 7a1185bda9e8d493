"""SQLite's log on the disk: several threads that have committed wait for one turn of the disk instead of one each."""

import os
from pathlib import Path
from threading import Condition, Lock

_sync = getattr(os, "fdatasync", os.fsync)


class WriteAheadLog:
    """The log of one database file, whose connections do not sync it themselves (``synchronous=NORMAL``).

    *turn* lets this process's threads write one after the other: SQLite's own waiting sleeps ever longer, and eighteen
    threads that answer at the same moment would otherwise finish a second apart.
    """

    def __init__(self, database: Path) -> None:
        self.turn = Lock()
        self._path = database.with_name(f"{database.name}-wal")
        self._changed = Condition()
        self._committed = 0
        self._kept = 0
        self._at_work = False

    def keep(self) -> None:
        """Returns when everything that was committed before this call is on the disk: whoever comes while the disk works is
        served, with all others who came meanwhile, by its next turn. Raises OSError when the disk does not take it."""
        with self._changed:
            self._committed += 1
            mine = self._committed
            self._changed.wait_for(lambda: self._kept >= mine or not self._at_work)
            if self._kept >= mine:
                return
            self._at_work, everything = True, self._committed
        kept = 0
        try:
            self._sync()
            kept = everything
        finally:
            with self._changed:
                self._at_work, self._kept = False, max(self._kept, kept)
                self._changed.notify_all()

    def _sync(self) -> None:
        """A log that is gone was written back to the database and synced with it, as SQLite does before it drops one."""
        try:
            log = os.open(self._path, os.O_RDWR)
        except FileNotFoundError:
            return
        try:
            _sync(log)
        finally:
            os.close(log)
