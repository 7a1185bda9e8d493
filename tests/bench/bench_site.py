"""How long a site takes: built in full, and with one item more; against Hugo, Pelican, a Jinja2 loop and bare writes.

    .venv/bin/python tests/bench/bench_site.py [--sizes 1000,10000,100000] [--without hugo,pelican] [--keep FOLDER]

Items of 1,500 Chinese characters in 40 columns. Ratios within one run first, what was measured beside them in brackets;
then which files one item touches, and the aims. 100,000 items take about half an hour and 12 GB of disk.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import measured
import site_ours
import site_report
import site_rivals
from site_items import sample
from site_report import Build, Figures, Growth

SIZES = (1_000, 10_000, 100_000)
LARGEST_FOR_PELICAN = 10_000
REBUILDS = 3
DISK_BYTES_AN_ITEM = 120_000
MORE = (0, 1, 2, 5, 9, 10, 11, 12)
"""Places behind the last item of those that are added: policy documents, which stand in the most lists. The first only
warms up."""
NO_DISKS = ("tmpfs", "ramfs")


def main(sizes: list[int], without: set[str], folder: Path) -> None:
    site_rivals.require(*({"hugo", "pelican"} - without))
    _require_room(folder, max(sizes))
    figures = Figures()
    for size in sizes:
        place = folder / str(size)
        place.mkdir()
        _ours(figures, place / "tongbu", size)
        _loops(figures, place, size)
        if "hugo" not in without:
            _hugo(figures, place, size)
        if "pelican" not in without and size <= LARGEST_FOR_PELICAN:
            _pelican(figures, place / "pelican", size)
        site_report.print_size(figures, size)
    site_report.print_files(figures, sizes)
    site_report.print_aims(figures, sizes)


def _ours(figures: Figures, folder: Path, size: int) -> None:
    """Without the traditional pages first, since nobody else makes them; then with them."""
    _say(f"{size}: filling our shelf")
    site_ours.fill(folder, size)
    for traditional in (False, True):
        name = site_report.OURS_TRADITIONAL if traditional else site_report.OURS
        site_ours.settle(folder, traditional=traditional)
        _say(f"{size}: {name}")
        run = site_ours.build(folder)
        figures.builds[name, size] = _seen(run, site_ours.public(folder))
        first = size + 20 * traditional
        figures.growths[name, size] = _one_more(folder, [first + place for place in MORE], size)


def _one_more(folder: Path, numbers: list[int], size: int) -> Growth:
    argv = [sys.executable, site_ours.__file__, folder, str(size), *map(str, numbers)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"one item more failed:\n{done.stderr.strip()[-2000:]}")
    items = tuple(site_ours.More(**one) for one in json.loads(done.stdout)[1:])
    return Growth(statistics.median(item.seconds for item in items), items)


def _loops(figures: Figures, folder: Path, size: int) -> None:
    """As many files as our site has without the traditional pages; for the bare writes each of the same mean size."""
    ours = figures.builds[site_report.OURS, size]
    _say(f"{size}: Jinja2 loop and bare writes")
    site_rivals.fill_loop(folder / "items.jsonl", size)
    run = site_rivals.run_loop(folder / "items.jsonl", folder / "loop", ours.files)
    figures.builds[site_report.LOOP, size] = _seen(run, folder / "loop")
    others = max(1, ours.files - size)
    rest = (ours.size_bytes - size * ours.page_bytes) // others
    run = site_rivals.run_writes(folder / "writes", (size, ours.page_bytes), (others, rest))
    figures.builds[site_report.WRITES, size] = _seen(run, folder / "writes")
    for name in ("loop", "writes"):
        shutil.rmtree(folder / name)


def _hugo(figures: Figures, folder: Path, size: int) -> None:
    for name, catalogue in ((site_report.HUGO, False), (site_report.HUGO_CATALOGUE, True)):
        hugo = site_rivals.Hugo(folder / "hugo", catalogue)
        _say(f"{size}: {name}")
        hugo.fill(size)
        figures.builds[name, size] = _seen(hugo.build(), hugo.output)
        if not catalogue:
            figures.growths[name, size] = _rebuilds(hugo, size, REBUILDS if size < max(SIZES) else 1)
        shutil.rmtree(hugo.folder)


def _pelican(figures: Figures, folder: Path, size: int) -> None:
    _say(f"{size}: {site_report.PELICAN}")
    pelican = site_rivals.Pelican(folder)
    pelican.fill(size)
    figures.builds[site_report.PELICAN, size] = _seen(pelican.build(), pelican.output)
    pelican.build(cached=True)
    figures.growths[site_report.PELICAN, size] = _rebuilds(pelican, size, REBUILDS)
    shutil.rmtree(folder)


def _rebuilds(rival: site_rivals.Hugo | site_rivals.Pelican, size: int, times: int) -> Growth:
    taken = []
    for place in MORE[1 : times + 1]:
        rival.add(sample(size + place, size))
        taken.append(rival.build_again().seconds)
    return Growth(statistics.median(taken))


def _seen(run: measured.Run, output: Path) -> Build:
    """What a build left: the number of files, their bytes, and the mean size of an item's page."""
    files = {path: path.stat().st_size for path in _files(output)}
    pages = [size for path, size in files.items() if site_report.is_item_page(str(path))]
    mean = sum(pages) // max(1, len(pages))
    return Build(run.seconds, run.processor_seconds, run.peak_bytes, len(files), sum(files.values()), mean)


def _files(folder: Path) -> Iterator[Path]:
    for parent, _, names in os.walk(folder.resolve()):
        yield from (Path(parent) / name for name in names)


def _require_room(folder: Path, size: int) -> None:
    needed, free = size * DISK_BYTES_AN_ITEM, shutil.disk_usage(folder).free
    if free < needed:
        sys.exit(
            f"{folder} has {free / 1e9:.1f} GB free, {size} items need {needed / 1e9:.1f} GB: name another place by --keep or TMPDIR"
        )
    kind = subprocess.run(["stat", "-f", "-c", "%T", folder], capture_output=True, text=True, check=True).stdout.strip()
    print(
        f"in {folder} ({kind}), {free / 1e9:.0f} GB free, up to {needed / 1e9:.1f} GB used, {os.cpu_count()} processors"
    )
    if kind in NO_DISKS:
        print("  this is memory, no disk: an fsync costs nothing here, so that one item more says little")


def _say(what: str) -> None:
    print(f"  {what} …", file=sys.stderr)


@contextmanager
def _place(kept: Path | None) -> Iterator[Path]:
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="bench-site-") as folder:
            yield Path(folder)
    elif kept.exists() and any(kept.iterdir()):
        sys.exit(f"{kept} is not empty")
    else:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of items, comma-separated")
    parser.add_argument("--without", default="", help="hugo, pelican, or both comma-separated")
    parser.add_argument("--keep", type=Path, help="an empty folder to work in, left as it is at the end")
    given = parser.parse_args()
    given.sizes = [int(size) for size in given.sizes.split(",") if size.strip().isdigit()]
    given.without = {name.strip() for name in given.without.split(",") if name.strip()}
    if not given.sizes or min(given.sizes) < 100:
        parser.error("--sizes needs numbers from 100")
    if given.without - {"hugo", "pelican"}:
        parser.error("--without knows hugo and pelican")
    return given


if __name__ == "__main__":
    arguments = _arguments()
    with _place(arguments.keep) as chosen:
        try:
            main(arguments.sizes, arguments.without, chosen)
        except site_rivals.Missing as problem:
            sys.exit(str(problem))
