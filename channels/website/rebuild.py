"""A site made anew: every page around its frozen rendition, in a generation of its own that readers see all at once.

The work falls into units that any number of processes may do side by side; ``flows.rebuild`` hands them out.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from channels.files import PATIENCE_SECONDS, folder_lock, inside
from channels.public_folder import GENERATIONS
from channels.website import lists, sitemaps
from channels.website.channel import Website
from channels.website.entries import recalling, relisted
from channels.website.gazette import NONE, Shown, to_show
from channels.website.layout import static_files
from channels.website.lines import row_of
from channels.website.plan import Plan
from channels.website.ready import ReadyRows
from channels.website.site import require_complete
from content.canonical import digest
from content.clock import stamp
from content.shelf import Entry

ITEMS, PAGES = 250, 50
"""How many items, and how many pages of a list, are one unit."""
_MARGIN = timedelta(minutes=10)
"""A delivery's moment is that of its claim, which may be a little before it is shelved."""
_KEPT_FOLDERS = ("feeds", "app")

_PORTION = 10_000
"""Files that come into the manifest, and to the disk, together."""

Run = Callable[[int, Sequence["Unit"]], Iterable["Done"]]
"""Does units, in whatever order, and gives what each did."""


@dataclass(frozen=True)
class Unit:
    """A piece of the work: *kind* is items, list, overview, shard, issues (of a year) or standing; *name* and *first* say which."""

    kind: str
    name: str = ""
    first: int = 0


@dataclass(frozen=True)
class Done:
    """What a unit did: the digest of every file by its path, and the items whose lists are no longer those of today's
    rules, with their publication."""

    files: Mapping[str, str]
    moved: Mapping[str, str] = field(default_factory=dict)


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
        generation = _next_generation(site)
        try:
            _relist(site, _fill(site, generation, run(generation, item_units(site))))
            _fill(site, generation, run(generation, list_units(site)))
            with folder_lock(site.bench.folder, patience=10 * PATIENCE_SECONDS):
                for entry in site.bench.shelf.changed_since(began):
                    plan = _plan(site, generation)
                    _fill(site, generation, [Done(_written(plan, (*plan.own(entry), *plan.frame(entry))))])
                _fill(site, generation, _late_issues(site, generation, began))
                return _show(site, generation)
        except BaseException:
            if site.folder.generation != generation:
                _remove(site, generation)
            raise
        finally:
            _ready_path(site, generation).unlink(missing_ok=True)


def _late_issues(site: Website, generation: int, began: datetime) -> Iterator[Done]:
    """The issues of the gazette that were closed while others rendered."""
    plan = _plan(site, generation)
    for issue in plan.gazette.issues:
        if issue.closed_at is not None and issue.closed_at >= began:
            yield Done(_written(plan, chain(plan.issue(issue), plan.issues_around(issue))))


def item_units(site: Website) -> list[Unit]:
    """The pages of the items."""
    before = ["", *site.bench.shelf.item_ids()]
    return [Unit("items", before[first]) for first in range(0, len(before) - 1, ITEMS)]


def list_units(site: Website) -> list[Unit]:
    """All that names items, once every item is in its lists; the largest pieces first."""
    shelf = site.bench.shelf
    made = []
    for name in site.view().with_pages(shelf.names("")):
        last = lists.archived(shelf.extent(name), lists.SIZE)
        made += [Unit("list", name, first) for first in range(0, last + 1, PAGES)]
    made += [Unit("overview", kind) for kind in lists.OVERVIEWS if shelf.names(f"{kind}/")]
    extent = shelf.extent(lists.EVERYTHING)
    made += [Unit("shard", first=first) for first in range(1, sitemaps.shard_of(extent - 1) + 1 if extent else 1)]
    made += [Unit("issues", str(year)) for year in _gazette(site).years]
    return [*made, Unit("standing")]


def do_unit(site: Website, generation: int, unit: Unit) -> Done:
    """Writes the files of one unit into the generation's folder, without waiting for the disk."""
    with site.bench.shelf.reading() as shelf, ReadyRows.at(_ready_path(site, generation)) as ready:
        plan = replace(_plan(site, generation), shelf=shelf, ready=ready)
        return _do_items(plan, unit) if unit.kind == "items" else Done(_written(plan, _files(plan, unit)))


def _do_items(plan: Plan, unit: Unit) -> Done:
    """Every item as it will be once it is in the lists of today's rules."""
    known = plan.shelf.after(unit.name, ITEMS)
    entries = [entry if entry.withdrawn else relisted(entry, plan.view) for entry in known]
    plan = replace(plan, shelf=recalling(plan.shelf, entries))
    files = _written(plan, (file for entry in entries for file in chain(plan.brought(entry), plan.page(entry))))
    if plan.ready:
        plan.ready.add({entry.item_id: row_of(entry) for entry in entries if not entry.withdrawn})
    moved = {new.item_id: stamp(new.published_at) for old, new in zip(known, entries, strict=True) if _moves(old, new)}
    return Done(files, moved)


def _moves(old: Entry, new: Entry) -> bool:
    return (old.lists, old.columns) != (new.lists, new.columns)


def _files(plan: Plan, unit: Unit) -> Iterator[tuple[str, bytes]]:
    if unit.kind == "list":
        yield from _list_files(plan, unit)
    elif unit.kind == "overview":
        yield from plan.overview(unit.name)
    elif unit.kind == "shard":
        yield from plan.shard(unit.first)
    elif unit.kind == "issues":
        yield from _of_year(plan, int(unit.name))
    else:
        yield from static_files().items()
        yield from plan.standing()
        if plan.gazette.issues:
            yield from plan.all_issues()


def _of_year(plan: Plan, year: int) -> Iterator[tuple[str, bytes]]:
    for issue in plan.gazette.of_year(year):
        yield from plan.issue(issue)
    yield from plan.issue_year(year)


def _list_files(plan: Plan, unit: Unit) -> Iterator[tuple[str, bytes]]:
    """Pages *first* to *first + PAGES - 1* of a list; page 0 is its index."""
    last = lists.archived(plan.shelf.extent(unit.name), lists.SIZE)
    if unit.first == 0:
        yield from plan.list_index(unit.name)
    for number in range(max(1, unit.first), min(last, unit.first + PAGES - 1) + 1):
        yield from plan.list_archive(unit.name, number)


def _written(plan: Plan, files: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    made: set[str] = set()
    digests: dict[str, str] = {}
    for path, data in files:
        target, folder = inside(plan.public, path), path.rpartition("/")[0]
        if folder not in made:
            target.parent.mkdir(parents=True, exist_ok=True)
            made.add(folder)
        target.write_bytes(data)
        digests[path] = digest(data)
    return digests


def _relist(site: Website, moved: Mapping[str, str]) -> None:
    """Gives these entries the lists of today's rules, in the order in which they were published."""
    view = site.view()
    for item_id in sorted(moved, key=lambda name: (moved[name], name)):
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


def _fill(site: Website, generation: int, done: Iterable[Done]) -> dict[str, str]:
    """Notes the files in the manifest and gives the items that move. The disk gets on with it while others render."""
    files, moved = dict[str, str](), dict[str, str]()
    for one in done:
        files |= one.files
        moved |= one.moved
        if len(files) >= _PORTION:
            site.bench.site_files.fill(generation, files, site.outlet.id)
            os.sync()
            files = {}
    site.bench.site_files.fill(generation, files, site.outlet.id)
    return moved


def _show(site: Website, generation: int) -> Rebuilt:
    """Takes over what other outlets wrote, brings all to the disk and switches."""
    old = site.folder.generation
    others = _take_over(site, old, generation)
    os.sync()
    site.folder.switch(generation)
    files = site.bench.site_files
    files.queue_changes(old, generation)
    for number in {int(path.name) for path in (site.bench.folder / GENERATIONS).iterdir() if path.name.isdigit()}:
        if number not in (old, generation):
            _remove(site, number)
    return Rebuilt(generation, sum(1 for _ in files.all(generation)) - others)


def _take_over(site: Website, old: int, generation: int) -> int:
    """The files of feeds and app; gives their number. A plain folder of an earlier version has no manifest: there their folders are taken."""
    source, files = site.public, site.bench.site_files
    known = {path: (said, writer) for path, said, writer in files.of_writers_but(old, site.outlet.id)}
    if old == 0:
        known = _kept_without_manifest(source) | known
    for path in known:
        target = inside(site.folder.generation_path(generation), path)
        target.parent.mkdir(parents=True, exist_ok=True)
        if inside(source, path).exists():
            shutil.copyfile(inside(source, path), target)
    for writer in {writer for _, writer in known.values()}:
        files.fill(generation, {path: said for path, (said, whose) in known.items() if whose == writer}, writer)
    return len(known)


def _kept_without_manifest(source: Path) -> dict[str, tuple[str, str]]:
    found = [path for name in _KEPT_FOLDERS for path in (source / name).rglob("*") if path.is_file()]
    places = {str(path.relative_to(source)): path for path in found}
    return {place: (digest(path.read_bytes()), place.partition("/")[0]) for place, path in places.items()}


def _remove(site: Website, generation: int) -> None:
    shutil.rmtree(site.folder.generation_path(generation), ignore_errors=True)
    _ready_path(site, generation).unlink(missing_ok=True)
    site.bench.site_files.drop(generation)


def _ready_path(site: Website, generation: int) -> Path:
    return site.bench.folder / GENERATIONS / f"{generation}.rows"


def _plan(site: Website, generation: int) -> Plan:
    public = site.folder.generation_path(generation)
    return Plan(site.view(), site.bench.shelf, site.bench.assets, public, gazette=_gazette(site))


def _gazette(site: Website) -> Shown:
    return to_show(site.bench.issues, site.bench.shelf) if site.view().gazette else NONE
