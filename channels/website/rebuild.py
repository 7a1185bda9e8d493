"""A site made anew: every page around its frozen rendition, in a generation of its own that readers see all at once.

The work falls into units that any number of processes may do side by side; ``flows.rebuild`` hands them out.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from channels.files import PATIENCE_SECONDS, folder_lock, inside
from channels.public_folder import GENERATIONS
from channels.website import lists, sitemaps
from channels.website.channel import Website
from channels.website.entries import recalling, relisted
from channels.website.layout import static_files
from channels.website.plan import Plan
from channels.website.site import require_complete
from content.canonical import digest

ITEMS, PAGES = 250, 50
"""How many items, and how many pages of a list, are one unit."""
_MARGIN = timedelta(minutes=10)
"""A delivery's moment is that of its claim, which may be a little before it is shelved."""
_KEPT_FOLDERS = ("feeds", "app")

Digests = dict[str, str]
Run = Callable[[int, Sequence["Unit"]], Iterable[Digests]]
"""Does units, in whatever order, and gives the digests of the files of each."""


@dataclass(frozen=True)
class Unit:
    """A piece of the work: *kind* is items, list, overview, shard or standing; *name* and *first* say which."""

    kind: str
    name: str = ""
    first: int = 0


@dataclass(frozen=True)
class Rebuilt:
    """What came out: the new generation's number and how many files of ours stand in it."""

    generation: int
    files: int


def rebuild(site: Website, run: Run) -> Rebuilt:
    """Builds the site's next generation and shows it. What is published meanwhile is in it; a kill leaves the old site.

    Raises Refused for incomplete settings, Unavailable when another rebuild is at work, and what a unit raises.
    """
    require_complete(site.view(), site.outlet.id)
    with folder_lock(site.bench.folder / GENERATIONS, patience=0):
        began = site.bench.clock() - _MARGIN
        _relist(site)
        generation = _next_generation(site)
        try:
            _fill(site, generation, run(generation, units(site)))
            with folder_lock(site.bench.folder, patience=10 * PATIENCE_SECONDS):
                for entry in site.bench.shelf.changed_since(began):
                    plan = _plan(site, generation)
                    _fill(site, generation, [_written(plan, (*plan.own(entry), *plan.frame(entry)))])
                return _show(site, generation)
        except BaseException:
            if site.folder.generation != generation:
                _remove(site, generation)
            raise


def units(site: Website) -> list[Unit]:
    """All the work, the largest pieces first."""
    shelf = site.bench.shelf
    before = ["", *shelf.item_ids()]
    made = [Unit("items", before[first]) for first in range(0, len(before) - 1, ITEMS)]
    for name in _listed(site):
        last = lists.archived(shelf.extent(name), lists.SIZE)
        made += [Unit("list", name, first) for first in range(0, last + 1, PAGES)]
    made += [Unit("overview", kind) for kind in lists.OVERVIEWS if shelf.names(f"{kind}/")]
    extent = shelf.extent(lists.EVERYTHING)
    made += [Unit("shard", first=first) for first in range(1, sitemaps.shard_of(extent - 1) + 1 if extent else 1)]
    return [*made, Unit("standing")]


def do_unit(site: Website, generation: int, unit: Unit) -> Digests:
    """Writes the files of one unit into the generation's folder, without waiting for the disk."""
    plan = _plan(site, generation)
    return _written(plan, _files(plan, unit))


def _files(plan: Plan, unit: Unit) -> Iterator[tuple[str, bytes]]:
    if unit.kind == "items":
        entries = plan.shelf.after(unit.name, ITEMS)
        plan = replace(plan, shelf=recalling(plan.shelf, entries))
        for entry in entries:
            yield from plan.brought(entry)
            yield from plan.page(entry)
    elif unit.kind == "list":
        yield from _list_files(plan, unit)
    elif unit.kind == "overview":
        yield from plan.overview(unit.name)
    elif unit.kind == "shard":
        yield from plan.shard(unit.first)
    else:
        yield from static_files().items()
        yield from plan.standing()


def _list_files(plan: Plan, unit: Unit) -> Iterator[tuple[str, bytes]]:
    """Pages *first* to *first + PAGES - 1* of a list; page 0 is its index."""
    last = lists.archived(plan.shelf.extent(unit.name), lists.SIZE)
    if unit.first == 0:
        yield from plan.list_index(unit.name)
    for number in range(max(1, unit.first), min(last, unit.first + PAGES - 1) + 1):
        yield from plan.list_archive(unit.name, number)


def _written(plan: Plan, files: Iterable[tuple[str, bytes]]) -> Digests:
    made: set[Path] = set()
    digests: Digests = {}
    for path, data in files:
        target = inside(plan.public, path)
        if target.parent not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(target.parent)
        target.write_bytes(data)
        digests[path] = digest(data)
    return digests


def _listed(site: Website) -> list[str]:
    """Every list that has pages: those of columns that the site has no more are left out."""
    known = {f"{lists.COLUMN}{column.id}" for column in site.view().columns}
    named = [name for name in site.bench.shelf.names("") if name != lists.EVERYTHING]
    return [name for name in named if name in known or not name.startswith(lists.COLUMN)]


def _relist(site: Website) -> None:
    """Gives every entry the lists of today's rules, in the order in which the items were published."""
    view, moved = site.view(), []
    for unit in (unit for unit in units(site) if unit.kind == "items"):
        for entry in site.bench.shelf.after(unit.name, ITEMS):
            if not entry.withdrawn and relisted(entry, view).lists != entry.lists:
                moved.append((entry.published_at, entry.item_id))
    for _, item_id in sorted(moved):
        with folder_lock(site.bench.folder):
            known = site.bench.shelf.get(item_id)
            if known is not None and not known.withdrawn:
                site.bench.shelf.put(relisted(known, view))


def _next_generation(site: Website) -> int:
    """A number that was not used yet. What an earlier rebuild left half done is removed."""
    there = [int(path.name) for path in (site.bench.folder / GENERATIONS).iterdir() if path.name.isdigit()]
    current = site.folder.generation
    for number in there:
        if number not in (current, current - 1):
            _remove(site, number)
    generation = max([*there, current]) + 1
    site.bench.site_files.drop(generation)
    site.folder.generation_path(generation).mkdir()
    return generation


def _fill(site: Website, generation: int, done: Iterable[Mapping[str, str]]) -> None:
    for digests in done:
        site.bench.site_files.fill(generation, digests, site.outlet.id)


def _show(site: Website, generation: int) -> Rebuilt:
    """Takes over what other outlets wrote, brings all to the disk and switches."""
    old = site.folder.generation
    _take_over(site, old, generation)
    os.sync()
    site.folder.switch(generation)
    files = site.bench.site_files
    files.queue_changes(old, generation)
    for number in {int(path.name) for path in (site.bench.folder / GENERATIONS).iterdir() if path.name.isdigit()}:
        if number not in (old, generation):
            _remove(site, number)
    ours = sum(1 for _ in files.all(generation)) - sum(1 for _ in files.of_writers_but(generation, site.outlet.id))
    return Rebuilt(generation, ours)


def _take_over(site: Website, old: int, generation: int) -> None:
    """The files of feeds and app. A plain folder of an earlier version has no manifest: there their folders are taken."""
    source, files = site.public, site.bench.site_files
    known = {path: (said, writer) for path, said, writer in files.of_writers_but(old, site.outlet.id)}
    if old == 0:
        known = _kept_without_manifest(source) | known
    for path, (said, writer) in known.items():
        target = inside(site.folder.generation_path(generation), path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if inside(source, path).exists():
            shutil.copyfile(inside(source, path), target)
        files.fill(generation, {path: said}, writer)


def _kept_without_manifest(source: Path) -> dict[str, tuple[str, str]]:
    found = [path for name in _KEPT_FOLDERS for path in (source / name).rglob("*") if path.is_file()]
    places = {str(path.relative_to(source)): path for path in found}
    return {place: (digest(path.read_bytes()), place.partition("/")[0]) for place, path in places.items()}


def _remove(site: Website, generation: int) -> None:
    shutil.rmtree(site.folder.generation_path(generation), ignore_errors=True)
    site.bench.site_files.drop(generation)


def _plan(site: Website, generation: int) -> Plan:
    return Plan(site.view(), site.bench.shelf, site.bench.assets, site.folder.generation_path(generation))
