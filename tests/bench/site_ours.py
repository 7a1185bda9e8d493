"""Our own site for the bench: a ledger in SQLite with a filled shelf, its rebuilding, and one item more.

    .venv/bin/python tests/bench/site_ours.py WORKSPACE OF NUMBER…

releases the items of these numbers one by one on a standing site of *OF*, and prints what each took as JSON.
"""

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import measured
from site_items import COLUMNS, Sample, column_id, sample, samples
from sqlalchemy import Connection, insert

from channels.base import Rendition
from channels.website import Website
from channels.website.entries import put_parts, shelved
from content.assets import Assets
from content.canonical import digest
from content.clock import stamp
from content.database import Database
from content.delivery import Delivery
from content.item import Fields, Item, Revision
from content.schema import shelf, shelf_list, shelf_reference
from content.shelf import Entry
from content.shelves import DatabaseShelf
from content.vocabulary import Action, Disclosure, Kind, Level, Openness, State
from flows.settings import SETTINGS_FILE
from flows.wiring import Wired
from flows.workspace import Workspace, make

PORTAL = "portal"
SITE_URL = "https://www.jingzhou.gov.cn"
PORTION = 500
CHECKED = 20
TONGBU = Path(sys.executable).parent / "tongbu"
COLUMN = '[[columns]]\nid = "{id}"\nname = "{name}"\ntype = "{name}"\ndescription = "{name}"\nkeywords = "{name}"\n\n'
OUTLET = (
    f'[[outlets]]\nid = "{PORTAL}"\nchannel = "website"\nname = "门户网站"\nidentity = "www.jingzhou.gov.cn"\n'
    "options = {{ traditional = {traditional} }}\n"
)


@dataclass(frozen=True)
class More:
    """One item more: seconds of preparing and releasing, of writing the same files by hand, and their paths."""

    seconds: float
    processor_seconds: float
    by_hand_seconds: float
    address: str
    paths: tuple[str, ...]
    size_bytes: int


class QuickAssets(Assets):
    """A store filled without fsync: filling is not what is measured."""

    def put(self, data: bytes) -> str:
        name = digest(data)
        target = self.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        return name


def website(home: Path) -> Website:
    """The outlet as a broadcast has it."""
    channel = Wired(Workspace.open(home)).channel(PORTAL)
    assert isinstance(channel, Website)
    return channel


def fill(home: Path, count: int) -> None:
    """A workspace whose shelf holds *count* items, as if each had been released; no page is written yet."""
    make(home).database.engine.dispose()
    settle(home, traditional=False)
    database = Workspace.open(home).database
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool, database.write() as connection:
        filling = _Filling(connection)
        portions = [range(first, min(first + PORTION, count)) for first in range(0, count, PORTION)]
        for entries in pool.map(partial(_entries, home, count), portions):
            filling.add(entries)
    _check(database, _entries(home, count, range(min(CHECKED, count))))
    database.engine.dispose()


def settle(home: Path, *, traditional: bool) -> None:
    """The settings: forty columns and the one outlet."""
    settings = home / SETTINGS_FILE
    kept = settings.read_text(encoding="utf-8").partition("[[columns]]")[0]
    columns = (COLUMN.format(id=column_id(column), name=name) for column, name in enumerate(COLUMNS))
    outlet = OUTLET.format(traditional=str(traditional).lower())
    settings.write_text(kept + "".join(columns) + outlet, encoding="utf-8")


def build(home: Path) -> measured.Run:
    """The whole command, its start included."""
    return measured.run([TONGBU, "rebuild", PORTAL, "--home", home])


def public(home: Path) -> Path:
    return home / "outlets" / PORTAL / "public"


@dataclass
class _Filling:
    """Rows straight into the shelf's tables. Items come in the order of their slots."""

    connection: Connection

    def __post_init__(self) -> None:
        self.extents: Counter[str] = Counter()

    def add(self, entries: list[Entry]) -> None:
        own = DatabaseShelf(None, PORTAL)  # type: ignore[arg-type]
        rows = [own._values(entry, stamp(entry.published_at)) for entry in entries]
        self.connection.execute(insert(shelf), rows)
        self.connection.execute(insert(shelf_list), [row for entry in entries for row in self._slots(entry)])
        references = [row for entry in entries for row in _references(entry)]
        self.connection.execute(insert(shelf_reference), references)

    def _slots(self, entry: Entry) -> Iterator[dict[str, Any]]:
        for name in entry.lists:
            key = {"outlet": PORTAL, "list": name, "slot": self.extents[name]}
            self.extents[name] += 1
            yield key | {"item": entry.item_id, "shown": True}


def _references(entry: Entry) -> Iterator[dict[str, Any]]:
    for role in ("numbers", "refers_to"):
        names = entry.data[role]
        assert isinstance(names, list)
        for name in names:
            yield {"outlet": PORTAL, "item": entry.item_id, "role": role, "reference": name}


def _check(database: Database, entries: list[Entry]) -> None:
    """The bulk filling has left what the shelf itself would have."""
    other = DatabaseShelf(database, "check")
    for entry in entries:
        other.put(entry)
    with database.write() as connection:
        for table in (shelf, shelf_list, shelf_reference):
            found = [
                {
                    tuple(row)[1:]
                    for row in connection.execute(
                        table.select().where(
                            table.c.outlet == outlet, table.c.item.in_([entry.item_id for entry in entries])
                        )
                    )
                }
                for outlet in (PORTAL, other.outlet)
            ]
            assert found[0] == found[1], f"{table.name} is filled differently"
            connection.execute(table.delete().where(table.c.outlet == other.outlet))


def _entries(home: Path, count: int, numbers: range) -> list[Entry]:
    """Renders items and keeps their parts, as freezing a package does, and gives their entries on the shelf."""
    channel = website(home)
    channel.bench = replace(channel.bench, assets=QuickAssets(channel.bench.assets.folder))
    made = []
    for item in samples(numbers.start, numbers.stop, count):
        delivery, rendition = _frozen(channel, item)
        made.append(shelved(None, delivery, rendition, [item.column_id]))
    return made


def _frozen(channel: Website, sample: Sample) -> tuple[Delivery, Rendition]:
    item = Item(sample.id, sample.index_number, sample.address, f"{SITE_URL}/{sample.address}", sample.published_at)
    rendition = channel.render(item, _revision(sample))
    put_parts(rendition, channel.bench.assets)
    at = sample.published_at
    return Delivery(sample.id, item, PORTAL, Action.PUBLISH, 1, 1, State.SENDING, at), rendition


def _revision(sample: Sample) -> Revision:
    fields = Fields(
        kind=Kind(sample.kind),
        title=sample.title,
        organ=sample.organ,
        document_number=sample.document_number,
        made_on=sample.made_on,
        theme=sample.theme,
        genre=sample.genre,
        disclosure=Disclosure.PROACTIVE,
        level=Level.CITY,
        openness=(Openness(sample.openness),),
        columns=(sample.column_id,),
        keywords=sample.keywords,
        summary=sample.summary,
        editor=sample.editor,
        interprets=(sample.interprets,) if sample.interprets else (),
    )
    return Revision(fields, sample.html)


def _more(home: Path, numbers: list[int], of: int) -> list[More]:
    """Releases items one by one on the standing site."""
    channel = website(home)
    before = _standing(channel.public)
    found = []
    for number in numbers:
        item = sample(number, of)
        seconds, processor_seconds = _release(channel, item)
        after = _standing(channel.public)
        paths = tuple(sorted(path for path, state in after.items() if before.get(path) != state))
        data = {path: (channel.public / path).read_bytes() for path in paths}
        by_hand = _by_hand(home / "by-hand", data)
        found.append(More(seconds, processor_seconds, by_hand, item.address, paths, sum(map(len, data.values()))))
        before = after
    return found


def _release(channel: Website, item: Sample) -> tuple[float, float]:
    """Seconds on the clock and on the processor."""
    delivery, rendition = _frozen(channel, item)
    os.sync()
    began, used = time.perf_counter(), time.process_time()
    channel.release(delivery, rendition, channel.prepare(delivery, rendition))
    return time.perf_counter() - began, time.process_time() - used


def _standing(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file by its path, with what changes when it is written anew."""
    found: dict[str, tuple[int, int]] = {}
    waiting = [str(folder.resolve())]
    start = len(waiting[0]) + 1
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)
                else:
                    state = entry.stat(follow_symlinks=False)
                    found[entry.path[start:]] = (state.st_ino, state.st_mtime_ns)
    return found


def _by_hand(folder: Path, files: dict[str, bytes]) -> float:
    """The same bytes under the same names, written aside, brought to the disk, renamed, and every folder after that."""
    for path in files:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    os.sync()
    began = time.perf_counter()
    for path, data in files.items():
        (folder / f"{path}.new").write_bytes(data)
    for path in files:
        _sync(folder / f"{path}.new")
    for path in files:
        (folder / f"{path}.new").rename(folder / path)
    for parent in {(folder / path).parent for path in files}:
        _sync(parent)
    return time.perf_counter() - began


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


if __name__ == "__main__":
    items = _more(Path(sys.argv[1]), [int(number) for number in sys.argv[3:]], int(sys.argv[2]))
    print(json.dumps([asdict(item) for item in items]))
