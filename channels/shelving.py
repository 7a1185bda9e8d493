"""What an outlet's shelf holds after a delivery: the rules of order and time that website, feeds and app share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from channels.base import Refused
from content.delivery import Delivery
from content.shelf import Entry
from content.vocabulary import Action


@dataclass(frozen=True)
class Showing:
    """What a rendition says about itself, before times and order are known. *data* are JSON values."""

    title: str
    kind: str
    organ: str
    columns: tuple[str, ...]
    data: Mapping[str, object]
    lists: tuple[str, ...] = ()


def next_entry(known: Entry | None, delivery: Delivery, showing: Showing) -> Entry:
    """The entry that this delivery makes of what is *known*: the same again when the delivery runs again.

    Raises Refused when a newer revision is shown, or when the item was withdrawn in this round: an older revision
    never overwrites a newer one, and nothing withdrawn comes back by a late worker.
    """
    _refuse_late(known, delivery)
    withdrawn = delivery.action is Action.WITHDRAW
    data = {**showing.data, "act": act(delivery), "round": delivery.round, "effect": str(delivery.item.effect)}
    return Entry(
        item_id=delivery.item.id,
        sequence=delivery.sequence,
        address=delivery.item.address,
        title=showing.title,
        kind=showing.kind,
        organ=showing.organ,
        columns=showing.columns,
        published_at=known.published_at if known else delivery.at,
        updated_at=known.updated_at if known and repeated(known, delivery) else delivery.at,
        withdrawn=withdrawn,
        data=data | {"lists_ever": collected(known, "lists_ever", showing.lists)},
        lists=showing.lists,
    )


def act(delivery: Delivery) -> str:
    """Names what a delivery does, the same in every attempt."""
    return f"{delivery.round}/{delivery.sequence}/{delivery.action}/{delivery.item.effect}"


def repeated(known: Entry, delivery: Delivery) -> bool:
    """Whether the entry already is what this delivery makes: an earlier attempt got that far."""
    return known.data.get("act") == act(delivery)


def superseded(known: Entry | None, delivery: Delivery) -> bool:
    return known is not None and known.sequence > delivery.sequence


def collected(known: Entry | None, name: str, values: Iterable[str]) -> list[str]:
    """All values that *name* ever had, so that what was left can still be put right by a later attempt."""
    before = texts(known.data.get(name)) if known else []
    return sorted({*before, *values})


def texts(value: object) -> list[str]:
    """A list of texts from an entry's data; whatever else stands there is none."""
    return [str(inner) for inner in value] if isinstance(value, list | tuple) else []


def mapping(value: object) -> dict[str, object]:
    """A JSON object from an entry's data; whatever else stands there is an empty one."""
    return dict(value) if isinstance(value, Mapping) else {}


def whole_number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _refuse_late(known: Entry | None, delivery: Delivery) -> None:
    if known is None:
        return
    if superseded(known, delivery):
        raise Refused(f"发布点已有第 {known.sequence} 版，较早的第 {delivery.sequence} 版不再发布。")
    same_round = whole_number(known.data.get("round")) >= delivery.round
    if known.withdrawn and same_round and delivery.action is not Action.WITHDRAW:
        raise Refused("稿件已从该发布点撤回。如需重新发布，请在撤回确认后另行送审并重新发布。")
