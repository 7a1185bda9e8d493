"""The order of an open issue: an editor moves a document within its section, or into another one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from content.gazette.issue import IssueEntry, IssueError, printed


@dataclass(frozen=True)
class Move:
    """*item_id* goes before the document of the item *before*, or to the end of its section where that is empty; into
    *section*, where one is named."""

    item_id: str
    section: str = ""
    before: str = ""


def moved(entries: Sequence[IssueEntry], move: Move, sections: Sequence[str]) -> list[IssueEntry]:
    """The entries in their new order, their sections changed where the move says so; nothing else moves.

    Raises IssueError for a document or a section that is not there.
    """
    chosen = _printed_of(entries, move.item_id, sections)
    if move.section and move.section not in sections:
        raise IssueError(f"没有栏目“{move.section}”，现有：{'、'.join(sections)}。")
    target = move.section or chosen.section
    going = [entry for entry in entries if (entry.item_id, entry.round) == (chosen.item_id, chosen.round)]
    staying = [entry for entry in entries if entry not in going]
    place = _place(staying, move, target, sections)
    shifted = [replace(entry, section=target) if entry.position == chosen.position else entry for entry in going]
    return [*staying[:place], *shifted, *staying[place:]]


def _place(staying: Sequence[IssueEntry], move: Move, section: str, sections: Sequence[str]) -> int:
    if not move.before:
        return len(staying)
    if move.before == move.item_id:
        raise IssueError("不能排在自己之前，请写另一件稿件的编号。")
    following = _printed_of(staying, move.before, sections)
    if following.section != section:
        raise IssueError(f"稿件 {move.before} 在“{following.section}”，不在“{section}”，请另写一件，或同时写明栏目。")
    return staying.index(next(entry for entry in staying if entry.position == following.position))


def _printed_of(entries: Sequence[IssueEntry], item_id: str, sections: Sequence[str]) -> IssueEntry:
    found = [entry for entry in printed(entries, sections) if entry.item_id == item_id]
    if not found:
        raise IssueError(f"稿件 {item_id} 不在打开的公报期中，用 tongbu gazette show 查看。")
    return found[0]
