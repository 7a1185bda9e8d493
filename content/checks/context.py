"""What the checks know beside the revision itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from content.assets import Assets
from content.item import Fields


def _no_text(_reference: str) -> str | None:
    return None


def _no_fields(_reference: str) -> Fields | None:
    return None


@dataclass(frozen=True)
class Context:
    """What the checks of one revision rest on.

    *today* is the day in China. A host is allowed when it equals one of *allowed_hosts* or is a sub-domain of one.
    Empty *columns* or *organs* (the ids of the site's columns; the organs that publish here) mean: not checked.
    *known* says whether a reference (document number, index number, item id) exists as an item here, and
    *document_text* gives such an item's plain text, *fields_of* its fields; None where there is none.
    """

    today: date
    assets: Assets
    allowed_hosts: tuple[str, ...] = ()
    columns: frozenset[str] = field(default_factory=frozenset)
    organs: frozenset[str] = field(default_factory=frozenset)
    known: Callable[[str], bool] = lambda _reference: False
    document_text: Callable[[str], str | None] = _no_text
    fields_of: Callable[[str], Fields | None] = _no_fields
