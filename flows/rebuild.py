"""Rebuilding a site with several processes: the units of ``channels.website.rebuild``, handed out."""

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from channels.files import PATIENCE_SECONDS, folder_lock
from channels.website import Website
from channels.website.rebuild import Done, Rebuilt, Run, Unit, do_unit
from channels.website.rebuild import rebuild as rebuild_site
from channels.website.searching import index_path
from content import events
from content.search import SearchIndex
from flows.wiring import NoSuchOutlet, Wired
from flows.workspace import Workspace


def site_of(wired: Wired, outlet_id: str) -> Website:
    """The website of that outlet; the only or first one when *outlet_id* is empty. Raises NoSuchOutlet."""
    named = outlet_id or next(o.id for o in wired.workspace.settings.active_outlets if o.channel == "website")
    channel = wired.channel(named)
    if not isinstance(channel, Website):
        raise NoSuchOutlet(f"{named} is no website")
    return channel


def rebuild(wired: Wired, outlet_id: str = "", processes: int = 0) -> Rebuilt:
    """Makes every page of a site anew with *processes* (0: one per core) and switches over at once.

    Raises NoSuchOutlet, and Refused or Unavailable as the website says.
    """
    site = site_of(wired, outlet_id)
    with _side_by_side(wired.workspace.home, site.outlet.id, processes or os.cpu_count() or 1) as run:
        done = rebuild_site(site, run)
    with wired.database.write() as connection:
        said = {"generation": done.generation, "files": done.files}
        events.append(connection, wired.database, "site.rebuilt", f"outlet/{site.outlet.id}", said)
    return done


def rebuild_search(wired: Wired, outlet_id: str = "") -> None:
    """Makes the index of a site's search anew from what the site shows; until it is whole the old one answers.

    Raises NoSuchOutlet, SearchUnusable, SearchBusy, AssetMissing or AssetAltered.
    """
    site = site_of(wired, outlet_id)
    with folder_lock(site.bench.folder, patience=10 * PATIENCE_SECONDS):
        SearchIndex(index_path(site.bench.folder)).rebuild(site.searchable())


@contextmanager
def _side_by_side(home: Path, outlet_id: str, processes: int) -> Iterator[Run]:
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _open, (home, outlet_id))
    try:
        yield lambda generation, units: pool.map(partial(_do, generation), units)
    finally:
        pool.shutdown(cancel_futures=True)


class _Here:
    """What a process of the pool works with, opened once."""

    site: Website


def _open(home: Path, outlet_id: str) -> None:
    _Here.site = site_of(Wired(Workspace.open(home)), outlet_id)


def _do(generation: int, unit: Unit) -> Done:
    return do_unit(_Here.site, generation, unit)
