"""A push (多图文): several items that reach one account in one act, in a chosen order, the first of them the headline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from content.canonical import digest_of


@dataclass(frozen=True)
class Member:
    """One item of a push: the revision in its round, and the digest of what the outlet will carry of it."""

    item: str
    revision: str
    round: int
    rendition: str

    def as_json(self) -> dict[str, Any]:
        return {"item": self.item, "revision": self.revision, "round": self.round, "rendition": self.rendition}


@dataclass(frozen=True)
class Push:
    """*members* in their order, and the *place* from 1 that one of them has among them. It stands in the manifest of each
    member's package, so that everybody who signs one of them signs the order and the headline."""

    members: tuple[Member, ...]
    place: int

    def as_json(self) -> dict[str, Any]:
        return {"place": self.place, "members": [member.as_json() for member in self.members]}

    @property
    def digest(self) -> str:
        """The same for every member."""
        return digest_of([member.as_json() for member in self.members])

    @property
    def own(self) -> Member:
        return self.members[self.place - 1]

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(member.item for member in self.members)


def push_from(values: Mapping[str, Any]) -> Push:
    """The push that ``as_json`` wrote. Raises ValueError for values that are none."""
    try:
        members = tuple(Member(**member) for member in values["members"])
        place = values["place"]
    except (KeyError, TypeError) as problem:
        raise ValueError(f"these are not the values of a push: {problem}") from problem
    if not 1 <= place <= len(members) or len(members) < 2:
        raise ValueError("a push has two members or more, and a place among them")
    return Push(members, place)


def pushes_of(members: Sequence[Member]) -> list[Push]:
    """The same push as each of its members sees it, in their order."""
    return [Push(tuple(members), place) for place in range(1, len(members) + 1)]
