"""SQLite's log on the disk: several threads that have committed wait for one turn of the disk instead of one each."""

import os
from pathlib import Path
from threading import Lock

_sync = getattr(os, "fdatasync", os.fsync)


class WriteAheadLog:
    """The log of one database file, whose connections do not sync it themselves (``synchronous=NORMAL``).

    *turn* lets this process's threads write one after the other: SQLite's own waiting sleeps ever longer, and eighteen
    threads that answer at the same moment would otherwise finish a second apart.
    """

    def __init__(self, database: Path) -> None:
        self.turn = Lock()
        self._path = database.with_name(f"{database.name}-wal")
        self._counting = Lock()
        self._disk = Lock()
        self._committed = 0
        self._kept = 0

    def keep(self) -> None:
        """Returns when everything that was committed before this call is on the disk: whoever comes while the disk works is
        served, with all others who came meanwhile, by its next turn. Raises OSError when the disk does not take it."""
        with self._counting:
            self._committed += 1
            mine = self._committed
        with self._disk:
            if self._kept >= mine:
                return
            with self._counting:
                everything = self._committed
            self._sync()
            self._kept = everything

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
