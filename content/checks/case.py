"""A case: one revision before the checks, with everything they need to judge it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from lxml import etree

from content import body
from content.checks.context import Context
from content.checks.reading import Reading, places, read
from content.item import Fields, Revision
from content.vocabulary import Kind

OFFICIAL = frozenset({Kind.POLICY_DOCUMENT, Kind.APPOINTMENT})
"""The kinds that are official documents (公文), whose titles follow the rules for them."""


@dataclass(frozen=True)
class Case:
    """One revision and its context. Texts are read once for all checks."""

    revision: Revision
    context: Context

    @property
    def fields(self) -> Fields:
        return self.revision.fields

    @cached_property
    def reading(self) -> Reading:
        return read(self.revision)

    @cached_property
    def tree(self) -> etree._Element | None:
        """The body's elements; None when it is not well-formed."""
        try:
            return body.tree(self.revision.body)
        except ValueError:
            return None

    @property
    def chinese(self) -> bool:
        """Whether the item is in Chinese: only then do rules about Chinese writing hold."""
        return self.fields.language.lower().startswith("zh")

    @property
    def written_on(self) -> date:
        """The day whose law and names hold for the text."""
        return self.fields.made_on or self.context.today


def by_subject(hits: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Hits (subject, place) as one line of places for each subject, in order of first sight."""
    found: dict[str, list[str]] = {}
    for subject, place in hits:
        found.setdefault(subject, []).append(place)
    return {subject: places(where) for subject, where in found.items()}
