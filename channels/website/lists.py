"""The lists of a site: their names, their pages, and which of them one item touches.

Archive pages are numbered from the oldest slot and each holds exactly ``size`` of them, so a new item leaves them as
they are; the index holds the newest ``size`` to ``2 * size - 1`` slots.
"""

EVERYTHING = "site"
"""Every item, for the site map; it has no pages."""
CATALOGUE = "catalogue"
ENGLISH = "en"
GAZETTE = "gazette"
"""The folder of the print gazette's issues, which are no list of items."""
COLUMN = "column/"
OVERVIEWS = ("topic", "openness", "series")
"""Kinds of lists that have a page naming them all."""
RESERVED = frozenset(
    {"topic", "openness", "series", CATALOGUE, ENGLISH, GAZETTE, "hant", "feeds", "app", "static", "sitemaps", "search"}
)
"""Folders of the site that no column may have as its id."""

SIZE = 20
"""How many slots a page holds: an index then has 39 items at most, and with style and scripts under 60 KB."""


def folder_of(name: str) -> str:
    """Where a list's pages stand: a column under its own id, the others under their names."""
    return name.removeprefix(COLUMN)


def index_path(name: str) -> str:
    return f"{folder_of(name)}/index.html"


def archive_path(name: str, number: int) -> str:
    return f"{folder_of(name)}/page-{number}.html"


def archived(extent: int, size: int) -> int:
    """How many archive pages a list of *extent* slots has; their numbers are 1 to this."""
    return max(0, extent // size - 1)


def index_span(extent: int, size: int) -> tuple[int, int]:
    """First slot, and number, of the slots on the index."""
    first = archived(extent, size) * size
    return first, extent - first


def archive_span(number: int, size: int) -> tuple[int, int]:
    """First slot, and number, of the slots on archive page *number* (from 1)."""
    return (number - 1) * size, size


def touched(slot: int, extent: int, size: int) -> list[int]:
    """Archive pages that change when the item in *slot* comes, goes or changes: its own; and for the item that filled a
    page of slots, the archive page that it made and the one before that, whose link to the newer page changes."""
    made = (slot + 1) // size - 1 if (slot + 1) % size == 0 else 0
    numbers = sorted({slot // size + 1, made - 1, made})
    return [number for number in numbers if 1 <= number <= archived(extent, size)]
