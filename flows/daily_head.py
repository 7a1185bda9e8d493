"""The ledger's head, exported once a day whatever else happens (engine.md 4.2 L3)."""

import logging
from pathlib import Path

from content import heads
from content.clock import in_china
from flows.workspace import Workspace

FOLDER = "heads"
_log = logging.getLogger("tongbu.heads")
_told: dict[Path, str] = {}


def keep_daily_head(workspace: Workspace) -> Path | None:
    """Exports the head unless today's file is there, and returns the new file's path. The database is asked only then.

    It never raises, because it runs beside broadcasts: what keeps the file from being written is logged, the same
    problem once a day.
    """
    folder = workspace.home / FOLDER
    path = folder / f"{in_china(workspace.clock()):%Y-%m-%d}.json"
    try:
        return None if path.exists() else heads.export(workspace.database, folder)
    except Exception as problem:  # noqa: BLE001 # publishing matters more than its bookkeeping
        _tell(path, problem)
        return None


def _tell(path: Path, problem: Exception) -> None:
    told = f"{type(problem).__name__}: {problem}"
    if _told.get(path.parent) != f"{path.name} {told}":
        _log.warning("the ledger's head was not exported to %s (%s): make the folder writable", path, told)
        _told[path.parent] = f"{path.name} {told}"
