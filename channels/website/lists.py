"""How a column's items fall into list pages.

Archive pages are numbered from the oldest item and each holds exactly ``SIZE``, so a new item leaves them as they
are; the index holds the newest ``SIZE`` to ``2 * SIZE - 1``.
"""

SIZE = 20


def archived(count: int) -> int:
    """How many archive pages a column of *count* items has; their numbers are 1 to this."""
    return max(0, count // SIZE - 1)


def index_span(count: int) -> tuple[int, int]:
    """Offset from the oldest, and number, of the items on the index."""
    offset = archived(count) * SIZE
    return offset, count - offset


def archive_span(number: int) -> tuple[int, int]:
    """Offset from the oldest, and number, of the items on archive page *number* (from 1)."""
    return (number - 1) * SIZE, SIZE


def touched(position: int, count: int) -> range:
    """Archive pages that change when the item at *position* (items older than it) comes or goes.

    The last but one is among them: its link to the newer page changes when the last is made.
    """
    last = archived(count)
    return range(max(1, min(position // SIZE + 1, last - 1)), last + 1)
