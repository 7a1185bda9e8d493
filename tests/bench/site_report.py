"""The tables and the aims of the site's bench."""

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table
from site_ours import More

OURS, OURS_TRADITIONAL = "tongbu", "tongbu, traditional pages too"
HUGO, HUGO_CATALOGUE = "Hugo", "Hugo, with the catalogue's lists"
PELICAN, LOOP, WRITES = "Pelican", "a bare Jinja2 loop", "bare writes"
BUILDERS = (OURS, OURS_TRADITIONAL, HUGO, HUGO_CATALOGUE, PELICAN, LOOP, WRITES)
FULL_AIM, MEMORY_AIM_MB = 0.4, 200
GROWTH_AIM, BY_HAND_AIM, REBUILD_AIM = 1.3, 5, 1 / 1000
SMALL, LARGE = 1_000, 100_000

TWIN = "hant/"
KINDS = (
    (r"(.+/)?page-\d+\.html", "archive page of a list", "a list's page was filled by this item and is closed"),
    (r"index\.html", "home page", "shows the newest items of the site and of each column"),
    (r"about\.html|404\.html|robots\.txt|static/.+|favicon\.ico", "standing file", "only when settings or templates change"),
    (r"sitemap\.html", "site map for people", "a column's first item"),
    (r"sitemap\.xml|sitemaps/lists\.xml", "index of the site maps", "a list's or a shard's first item"),
    (r"sitemaps/\d+\.xml", "site map shard", "500 addresses each; the item's is in the last"),
    (r"catalogue/index\.html", "catalogue", "its newest page"),
    (r"catalogue/.+/index\.html", "catalogue by theme, organ, year, genre, effect", "the newest page of each that fits"),
    (r"series/.+/index\.html", "document series", "the organ's year"),
    (r"openness/.+/index\.html", "view of the five kinds of openness", "its newest page"),
    (r"topic/.+/index\.html", "topic", "its newest page"),
    (r"(series|openness|topic)/index\.html", "overview", "counts or names its lists"),
    (r"c\d\d/index\.html", "column", "its newest page"),
    (r"feeds/.+", "feed", "of the site, the column, the topic, the organ"),
    (r".+/t\d{8}_\d+\.html", "page of a related item", "the other side of a link"),
)  # fmt: skip
OWN = ("the item's own page", "")

console = Console(width=118, highlight=False)


@dataclass(frozen=True)
class Build:
    seconds: float
    processor_seconds: float
    peak_bytes: int
    files: int
    size_bytes: int
    page_bytes: int


@dataclass(frozen=True)
class Growth:
    """One item more: the median in seconds; *items* in detail where they are ours."""

    seconds: float
    items: tuple[More, ...] = ()

    @property
    def by_hand_seconds(self) -> float:
        return statistics.median(item.by_hand_seconds for item in self.items)


@dataclass
class Figures:
    builds: dict[tuple[str, int], Build] = field(default_factory=dict)
    growths: dict[tuple[str, int], Growth] = field(default_factory=dict)


def is_item_page(path: str) -> bool:
    """An item's page, its traditional twin not counted."""
    return re.search(r"/t?\d{8}_\d+\.html$", path) is not None and f"/{TWIN}" not in path


def print_size(figures: Figures, size: int) -> None:
    _print_builds(figures, size)
    _print_growths(figures, size)


def _print_builds(figures: Figures, size: int) -> None:
    hugo = figures.builds.get((HUGO, size))
    table = _table(
        f"{size:,} items, built in full", "× Hugo", "(seconds)", "processor", "memory", "files", "an item's page"
    )
    for name in BUILDERS:
        build = figures.builds.get((name, size))
        if build:
            ratio = f"{build.seconds / hugo.seconds:.2f}" if hugo else "–"
            memory, page = f"{build.peak_bytes / 1e6:,.0f} MB", f"{build.page_bytes / 1000:.1f} kB"
            processor = f"({build.processor_seconds:.1f})"
            table.add_row(name, ratio, f"({build.seconds:.1f})", processor, memory, f"{build.files:,}", page)
    console.print(table)


def _print_growths(figures: Figures, size: int) -> None:
    table = _table(
        f"{size:,} items, and one more", "× by hand", "(milliseconds)", "slowest", "processor", "files", "bytes"
    )
    for name in (OURS, OURS_TRADITIONAL):
        growth = figures.growths[name, size]
        files = statistics.median(len(item.paths) for item in growth.items)
        weight = statistics.median(item.size_bytes for item in growth.items)
        counted = (f"{files:.0f}", f"{weight / 1000:,.0f} kB")
        slowest = max(item.seconds for item in growth.items)
        hand = growth.by_hand_seconds
        processor = statistics.median(item.processor_seconds for item in growth.items)
        table.add_row(name, f"{growth.seconds / hand:.1f}", _ms(growth.seconds), _ms(slowest), _ms(processor), *counted)
        worst = max(item.by_hand_seconds for item in growth.items)
        table.add_row("  the same files by hand", "1.0", _ms(hand), _ms(worst), "", *counted)
    for name in (HUGO, PELICAN):
        growth = figures.growths.get((name, size))
        if growth:
            hand = figures.growths[OURS, size].by_hand_seconds
            label = {HUGO: "Hugo, built again", PELICAN: "Pelican, built again with its cache"}[name]
            table.add_row(label, f"{growth.seconds / hand:,.0f}", _ms(growth.seconds), "", "", "", "")
    console.print(table)


def print_files(figures: Figures, sizes: Sequence[int]) -> None:
    """Which files an item touches: the median of the items measured, and the most where that is more."""
    counted = {size: _by_kind(figures.growths[OURS, size].items) for size in sizes}
    table = _table("files that one item more touches", *(f"{size:,}" for size in sizes), "why")
    for kind, why in [OWN, *((kind, why) for _, kind, why in KINDS)]:
        numbers = [_span(counted[size].get(kind, [])) for size in sizes]
        if any(numbers):
            table.add_row(kind, *(number or "0" for number in numbers), why)
    others = sorted({kind for found in counted.values() for kind in found} - {OWN[0], *(kind for _, kind, _ in KINDS)})
    for kind in others:
        table.add_row(kind, *(_span(counted[size].get(kind, [])) or "0" for size in sizes), "not explained")
    table.add_section()
    for name in (OURS, OURS_TRADITIONAL):
        totals = [_span([len(item.paths) for item in figures.growths[name, size].items]) for size in sizes]
        table.add_row("all" if name == OURS else "all, with a traditional twin of each page", *totals, "")
    console.print(table)


def _by_kind(items: Sequence[More]) -> dict[str, list[int]]:
    """For each kind, how many files of it each item touched."""
    counts = [Counter(kind_of(path, item.address) for path in item.paths) for item in items]
    return {kind: [count[kind] for count in counts] for kind in {kind for count in counts for kind in count}}


def kind_of(path: str, address: str) -> str:
    plain = path.removeprefix(TWIN)
    if plain == address:
        return OWN[0]
    return next((kind for pattern, kind, _ in KINDS if re.fullmatch(pattern, plain)), path)


def _span(numbers: Sequence[int]) -> str:
    if not any(numbers):
        return ""
    middle = f"{statistics.median(numbers):.0f}"
    return middle if len(set(numbers)) == 1 else f"{middle} ({min(numbers)}–{max(numbers)})"


def print_aims(figures: Figures, sizes: Sequence[int]) -> None:
    """Line by line; a line that this run has not measured says so."""
    console.print("aims")
    largest = max(sizes)
    for name in (OURS, OURS_TRADITIONAL):
        console.print(f"  {name}")
        _print_full(figures, name, largest)
        _print_one_more(figures, name, sizes)


def _print_full(figures: Figures, name: str, size: int) -> None:
    ours, hugo = figures.builds[name, size], figures.builds.get((HUGO, size))
    if hugo:
        ratio = ours.seconds / hugo.seconds
        _aim(f"full build of {size:,}: {ratio:.2f} of Hugo's time (aim {FULL_AIM} at {LARGE:,})", ratio <= FULL_AIM)
    memory = ours.peak_bytes / 1e6
    _aim(f"its memory at most: {memory:,.0f} MB (aim under {MEMORY_AIM_MB})", memory < MEMORY_AIM_MB)


def _print_one_more(figures: Figures, name: str, sizes: Sequence[int]) -> None:
    small, large = min(sizes), max(sizes)
    few, many, hugo = figures.growths[name, small], figures.growths[name, large], figures.growths.get((HUGO, large))
    if large > small:
        ratio = many.seconds / few.seconds
        said = f"one more at {large:,}: {ratio:.2f} times one more at {small:,} (aim {GROWTH_AIM})"
        _aim(said, ratio <= GROWTH_AIM)
        counts = [statistics.median(len(item.paths) for item in growth.items) for growth in (few, many)]
        _aim(
            f"files touched: {counts[0]:.0f} at {small:,}, {counts[1]:.0f} at {large:,} (aim: the same)",
            counts[0] == counts[1],
        )
    ratio = many.seconds / many.by_hand_seconds
    _aim(f"one more at {large:,}: {ratio:.1f} times the same files by hand (aim {BY_HAND_AIM})", ratio <= BY_HAND_AIM)
    if hugo:
        share = hugo.seconds / many.seconds
        _aim(
            f"one more at {large:,}: 1/{share:,.0f} of Hugo's building again (aim under 1/1,000 at {LARGE:,})",
            1 / share < REBUILD_AIM,
        )


def _aim(said: str, met: bool) -> None:
    console.print(f"    {'met   ' if met else 'MISSED'}  {said}")


def _ms(seconds: float) -> str:
    return f"({seconds * 1000:,.1f})"


def _table(title: str, *columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold", show_edge=False)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="left" if column == "why" else "right")
    return table
