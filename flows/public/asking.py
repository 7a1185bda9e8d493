"""From an address to a question; whatever stands in it."""

import re
from collections.abc import Mapping

from content.search import Query
from content.search.document import FILTERS, LONGEST_QUERY, cleaned

_PAGE = re.compile(r"[0-9]{1,4}")
_LONGEST_ADDRESS_TEXT = 400


def query_of(values: Mapping[str, str], *, newest: bool = False) -> Query:
    """A question for ``SearchReader``. The text keeps a little more than is searched for, so that the reader can be told."""
    text = cleaned(values.get("q", "")[:_LONGEST_ADDRESS_TEXT])
    filters = {name: cleaned(values.get(name, "")[:LONGEST_QUERY]).strip() for name in FILTERS}
    page = values.get("page", "")
    return Query(
        text=" ".join(text.split()),
        filters={name: value for name, value in filters.items() if value},
        page=int(page) if page.isascii() and _PAGE.fullmatch(page) else 1,
        newest=newest,
    )
