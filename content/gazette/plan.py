"""What the office decided about its gazette: its name, its sections and how its copies are given out (``[gazette]`` of the settings)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from content.item import Fields
from content.kinds import data, genres
from content.vocabulary import Action, Kind

MOST_COPIES = 10_000_000


class PlanWrong(ValueError):
    """A part of ``[gazette]`` that cannot be; the message names the key and the mend."""


@dataclass(frozen=True)
class Section:
    """A part of the contents, and which documents it takes; an empty rule takes all.

    *number* and *organ* are patterns to be found in the document's number and its organ's name.
    """

    name: str
    actions: frozenset[str] = frozenset({Action.PUBLISH})
    kinds: frozenset[str] = frozenset()
    genres: frozenset[str] = frozenset()
    number: str = ""
    organ: str = ""

    def takes(self, fields: Fields, action: Action) -> bool:
        return (
            action in self.actions
            and (not self.kinds or fields.kind in self.kinds)
            and (not self.genres or fields.genre in self.genres)
            and bool(re.search(self.number, fields.document_number))
            and bool(re.search(self.organ, fields.organ))
        )


@dataclass(frozen=True)
class Group:
    """Who gets copies (人大代表、政协委员、各级单位、公共场所), and how many of each issue all of them together."""

    name: str
    copies: int


@lru_cache(maxsize=1)
def usual_sections() -> tuple[Section, ...]:
    """The sections of ``data/gazette.toml``: what a city's gazette usually has (domain.md 5.2)."""
    return _sections(data("gazette.toml")["sections"])


@dataclass(frozen=True)
class GazettePlan:
    """The sections in print order; the groups that copies go to, none where the office does not say. *name* is empty
    where the gazette has the organ's name (``Office.gazette_name``)."""

    sections: tuple[Section, ...] = field(default_factory=usual_sections)
    groups: tuple[Group, ...] = ()
    name: str = ""

    @property
    def section_names(self) -> tuple[str, ...]:
        return tuple(section.name for section in self.sections)

    @property
    def copies(self) -> int | None:
        """印数: what all groups get together; None where the office does not say."""
        return sum(group.copies for group in self.groups) if self.groups else None

    def section_of(self, fields: Fields, action: Action) -> str | None:
        """The first section that takes a document; None when the gazette does not carry it."""
        return next((section.name for section in self.sections if section.takes(fields, action)), None)


def plan_of(values: Mapping[str, Any]) -> GazettePlan:
    """The table ``[gazette]`` of the settings, checked. Raises PlanWrong."""
    _only(values, "gazette", ("name", "sections", "groups"))
    sections = _sections(values["sections"]) if values.get("sections") else usual_sections()
    for action in (Action.PUBLISH, Action.CORRECT, Action.WITHDRAW):
        if not any(action in section.actions for section in sections):
            raise PlanWrong(f'gazette.sections: none takes what is to {action}: add actions = ["{action}"] to one')
    name = _name(values, "gazette", "name") if "name" in values else ""
    return GazettePlan(sections, _groups(values.get("groups", [])), name)


def _sections(entries: Any) -> tuple[Section, ...]:
    found = tuple(_section(f"gazette.sections[{n}]", entry) for n, entry in _numbered(entries, "gazette.sections"))
    _once([section.name for section in found], "gazette.sections")
    return found


def _section(place: str, entry: Mapping[str, Any]) -> Section:
    _only(entry, place, [one.name for one in fields(Section)])
    words = {
        "actions": tuple(action for action in Action if action is not Action.MARK),
        "kinds": tuple(Kind),
        "genres": genres(),
    }
    lists = {key: _words(entry, place, key, known) for key, known in words.items() if key in entry}
    patterns = {key: _pattern(entry, place, key) for key in ("number", "organ") if key in entry}
    return Section(name=_name(entry, place, "name"), **lists, **patterns)  # type: ignore[arg-type]


def _groups(entries: Any) -> tuple[Group, ...]:
    found = tuple(_group(f"gazette.groups[{n}]", entry) for n, entry in _numbered(entries, "gazette.groups"))
    _once([group.name for group in found], "gazette.groups")
    return found


def _group(place: str, entry: Mapping[str, Any]) -> Group:
    _only(entry, place, ("name", "copies"))
    copies = entry.get("copies")
    if isinstance(copies, bool) or not isinstance(copies, int) or not 0 < copies <= MOST_COPIES:
        raise PlanWrong(f"{place}.copies must be a whole number from 1 to {MOST_COPIES}")
    return Group(_name(entry, place, "name"), copies)


def _numbered(entries: Any, place: str) -> "list[tuple[int, Mapping[str, Any]]]":
    if not isinstance(entries, Sequence) or not all(isinstance(entry, Mapping) for entry in entries):
        raise PlanWrong(f"{place} must be written as [[{place}]]")
    return list(enumerate(entries, 1))


def _name(entry: Mapping[str, Any], place: str, key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or len(value) > 30:
        raise PlanWrong(f"{place}.{key} must be a text of 1 to 30 characters on one line")
    return value.strip()


def _words(entry: Mapping[str, Any], place: str, key: str, known: Sequence[str]) -> frozenset[str]:
    value = entry[key]
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise PlanWrong(f"{place}.{key} must be a list of texts")
    unknown = sorted(set(value) - set(known))
    if unknown:
        raise PlanWrong(f"{place}.{key} {unknown[0]!r} is not known: {', '.join(known)}")
    return frozenset(value)


def _pattern(entry: Mapping[str, Any], place: str, key: str) -> str:
    value = entry[key]
    if not isinstance(value, str):
        raise PlanWrong(f"{place}.{key} must be a text")
    try:
        re.compile(value)
    except re.error as problem:
        raise PlanWrong(f"{place}.{key} is not a pattern: {problem}") from None
    return value


def _only(values: Any, place: str, keys: Sequence[str]) -> None:
    if not isinstance(values, Mapping):
        raise PlanWrong(f"{place} must be a table")
    unknown = sorted(set(values) - set(keys))
    if unknown:
        raise PlanWrong(f"{place}.{unknown[0]} is not known: {place} has {', '.join(keys)}")


def _once(names: Sequence[str], place: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PlanWrong(f"{place}: {twice[0]} stands there twice")
