"""Freezing several items of one run: where an account carries several items in one act (多图文), they form one push."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from channels import channel_class
from content.finding import Finding
from content.packages import Package
from content.push import Member, Push, pushes_of
from content.records import of_turn
from content.vocabulary import BEGUN, Action
from flows.editing import Blocked, Composed, NotPossible, close, compose
from flows.wiring import Wired


def freeze_together(wired: Wired, item_ids: Sequence[str]) -> list[tuple[Package, bool]]:
    """Freezes the items in the order in which accounts shall carry them, the headline first; all or none.

    Freezing again without a change gives the same packages. Raises Blocked with the findings of all items, and NotPossible
    when one account would have to carry more than it can in one act.
    """
    made = _composed(wired, list(dict.fromkeys(item_ids)))
    pushes = {outlet: members for outlet in _pushing_outlets(made) if len(members := _members(wired, made, outlet)) > 1}
    for outlet, members in pushes.items():
        _require_room(wired, outlet, members)
    return [close(wired, _with_pushes(one, pushes)) for one in made]


def _composed(wired: Wired, item_ids: Sequence[str]) -> list[Composed]:
    made: list[Composed] = []
    standing: list[Finding] = []
    blocked = []
    for item_id in item_ids:
        try:
            made.append(compose(wired, item_id))
        except Blocked as problem:
            blocked.append(item_id)
            standing += _of_item(item_id, problem.findings) if len(item_ids) > 1 else problem.findings
    if blocked:
        raise Blocked(blocked, standing)
    return made


def _of_item(item_id: str, found: Sequence[Finding]) -> list[Finding]:
    """The findings with their item before their place: which one a person has to mend."""
    return [replace(finding, place=f"稿件{item_id} · {finding.place}") for finding in found]


def _pushing_outlets(made: Sequence[Composed]) -> list[str]:
    lines = [line for one in made for line in one.lines]
    return list(dict.fromkeys(line.outlet for line in lines if _most(line.channel) > 1))


def _most(channel: str) -> int:
    """How many items the channel carries in one act."""
    return int(getattr(channel_class(channel), "most_in_push", 1))


def _members(wired: Wired, made: Sequence[Composed], outlet: str) -> list[Member]:
    """Who goes out there together: not those that are out already while others are not."""
    found = [
        (Member(one.stored.item_id, one.stored.digest, one.number, line.rendition), _begun(wired, one, outlet))
        for one in made
        for line in one.lines
        if line.outlet == outlet
    ]
    fresh = [member for member, begun in found if not begun]
    return fresh or [member for member, _ in found]


def _begun(wired: Wired, one: Composed, outlet: str) -> bool:
    with wired.database.read() as connection:
        records = of_turn(connection, one.stored.item_id, one.stored.digest, Action.PUBLISH, one.number)
    return any(record.outlet == outlet and record.state in BEGUN for record in records)


def _require_room(wired: Wired, outlet: str, members: Sequence[Member]) -> None:
    most = _most(wired.outlet(outlet).channel)
    if len(members) > most:
        raise NotPossible(
            f"{outlet} carries at most {most} items in one push, and these are {len(members)}: package them in groups"
        )


def _with_pushes(one: Composed, pushes: Mapping[str, Sequence[Member]]) -> Composed:
    lines = tuple(replace(line, push=_own(one, pushes.get(line.outlet, ()))) for line in one.lines)
    return replace(one, lines=lines)


def _own(one: Composed, members: Sequence[Member]) -> Push | None:
    return next((push for push in pushes_of(members) if push.own.item == one.stored.item_id), None)
