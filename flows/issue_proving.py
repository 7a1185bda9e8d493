"""Whether what joined an issue is what was signed with each item: looked at before an issue is frozen."""

from collections.abc import Container, Sequence

from channels.base import ChannelError
from content.canonical import digest
from content.gazette.issue import IssueEntry
from content.records import Record, of_item
from flows import proving
from flows.consignment import Tampered
from flows.wiring import Wired


def problems(wired: Wired, outlets: Container[str], entries: Sequence[IssueEntry]) -> list[str]:
    """What stands in the issue without being the signed document of its item's delivery to the gazette, one of *outlets*;
    each with the item. Sign-offs were proved when it went out."""
    said = []
    for item_id in dict.fromkeys(entry.item_id for entry in entries):
        with wired.database.read() as connection:
            records = [record for record in of_item(connection, item_id) if record.outlet in outlets]
        signed = dict(_signed(wired, record) for record in records)
        mine = [entry for entry in entries if entry.item_id == item_id]
        said += [f"稿件 {item_id}（{entry.action}）不是审签过的内容" for entry in mine if _differs(entry, signed)]
    return said


Key = tuple[int, str, int]


def _signed(wired: Wired, record: Record) -> tuple[Key, dict[str, str]]:
    """The parts of what was signed, by sequence, action and round; none where it was altered."""
    try:
        load = proving.load(wired, record, signed=False)
    except (Tampered, ChannelError):
        return (0, record.action, record.round), {}
    parts = {name: digest(part.data) for name, part in load.rendition.parts.items()}
    return (load.delivery.sequence, record.action, record.round), parts


def _differs(entry: IssueEntry, signed: dict[Key, dict[str, str]]) -> bool:
    return signed.get((entry.sequence, entry.action, entry.round)) != dict(entry.parts)
