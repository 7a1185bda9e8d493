"""Taking down what went out: exactly what the ledger's receipts name, each by the way in which it went out.

Nothing is ever found by searching for it: deleting is for good, and an index of 0 deletes the neighbours too
(contracts: WeChat 6.3, 7.4; engine.md S6).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from channels.base import Refused, Unavailable
from channels.calls import text
from channels.outcomes import Failed, told
from channels.wechat.api import Api
from channels.wechat.drafting import still_drafted
from channels.wechat.mass import DELETED, FAILED, RUNNING
from channels.wechat.outcomes import BAD_MEDIA
from channels.wechat.publication import TOGETHER, absent, gone, place_of, removed
from content.account_facts import Facts
from content.clock import stamp
from content.delivery import Delivery, Receipt
from content.vocabulary import State

_REMEMBERED = timedelta(days=365)


class Way(StrEnum):
    """How something went out."""

    PUBLISHED = "published"
    MASS = "mass"
    DRAFT = "draft"


@dataclass(frozen=True)
class Piece:
    """One article at the platform: an article id, a mass send's number, or the media id of a draft that a person has not
    published yet (then with its *marker*). *index* counts from 1; *together* when others went out with it."""

    way: Way
    id: str
    index: int = 1
    marker: str = ""
    together: bool = False

    @property
    def name(self) -> str:
        """What people and receipts call it."""
        return f"{self.id}#{self.index}" if self.together else self.id


def piece_of(receipt: Receipt) -> Piece | None:
    """What a receipt names; None for one that names nothing yet."""
    facts, place, together = receipt.evidence, place_of(receipt), TOGETHER in receipt.evidence
    if facts.get("msg_id"):
        return Piece(Way.MASS, facts["msg_id"], place, together=together)
    if receipt.remote_id:
        return Piece(Way.PUBLISHED, receipt.remote_id, place, together=together)
    if facts.get("console") and facts.get("media_id"):
        return Piece(Way.DRAFT, facts["media_id"], place, facts.get("marker", ""), together)
    return None


def pieces_of(delivery: Delivery) -> list[Piece]:
    """What is to be taken down, oldest first. Raises Unavailable while an earlier delivery has no id yet, and Refused when
    the ledger knows of nothing."""
    pieces = earlier_pieces(delivery)
    if not pieces:
        raise Refused("台账中没有该稿件在此公众号的文章编号，无法撤回，请人工到公众平台核实")
    return pieces


def earlier_pieces(delivery: Delivery) -> list[Piece]:
    """The same for a correction, which may follow nothing that is known. Raises Unavailable."""
    ours = [receipt for receipt in delivery.earlier if not {"gone", "deleted"} & set(receipt.evidence)]
    found = [(receipt, piece_of(receipt)) for receipt in ours]
    if any(piece is None and receipt.state is State.ACCEPTED for receipt, piece in found):
        raise Unavailable("该稿件在此公众号还没有发布完成，平台没有给出文章编号，等有结果后再处理")
    return list(dict.fromkeys(piece for _, piece in found if piece))


def corrected_pieces(delivery: Delivery) -> list[Piece]:
    """What a correction takes the place of. Raises Refused where that would take down others' articles, and Unavailable."""
    pieces = earlier_pieces(delivery)
    if any(piece.way is Way.DRAFT and piece.together for piece in pieces):
        raise Refused(
            "该稿件与其他稿件同在一份尚未发布的多图文草稿中，不能单独更换："
            "请由人工发布该草稿后再更正，或撤回其中全部稿件后重新定稿"
        )
    return pieces


def needed(pieces: Sequence[Piece]) -> Mapping[str, int]:
    """The calls by path that taking them down takes, the looking included."""
    of_way = Counter(piece.way for piece in pieces)
    return {
        "freepublish/delete": of_way[Way.PUBLISHED],
        "freepublish/getarticle": 2 * of_way[Way.PUBLISHED],
        "message/mass/delete": of_way[Way.MASS],
        "draft/delete": of_way[Way.DRAFT],
        "draft/get": 2 * of_way[Way.DRAFT],
    }


def take_down(api: Api, facts: Facts, piece: Piece) -> None:
    """May be repeated. Raises Refused, Unavailable and Unknown."""
    if piece.way is Way.PUBLISHED:
        removed(api, piece.id, piece.index)
    elif piece.way is Way.MASS:
        _take_down_mass(api, facts, piece)
    else:
        _take_down_draft(api, piece)


def is_down(api: Api, facts: Facts, piece: Piece) -> bool:
    """Whether readers no longer have it, as far as the platform says. Of several that were sent together it tells only
    whether all are deleted: there its word when one was deleted is what is known."""
    if piece.way is Way.PUBLISHED:
        return absent(api, piece.id, piece.index)
    with told():
        if piece.way is Way.MASS:
            return bool(facts.get(_deletion(piece))) or api.mass_status(piece.id) in (DELETED, FAILED)
        return not still_drafted(api, piece.id) and not _published_since(api, piece.marker)


def _take_down_mass(api: Api, facts: Facts, piece: Piece) -> None:
    """Only what was sent successfully can be deleted (contracts: WeChat 7.4)."""
    with told():
        status = api.mass_status(piece.id)
        if status in (DELETED, FAILED):
            return
        if status == RUNNING:
            raise Unavailable("微信群发尚未完成，平台只允许删除已发出的内容，稍后自动重试")
        api.delete_mass(piece.id, piece.index)
    if piece.together:
        now = facts.database.clock()
        facts.keep(_deletion(piece), stamp(now), now + _REMEMBERED)


def _deletion(piece: Piece) -> str:
    return f"deleted/{piece.name}"


def _take_down_draft(api: Api, piece: Piece) -> None:
    try:
        api.delete_draft(piece.id)
    except Failed as failed:
        if failed.code != BAD_MEDIA:
            raise failed.error from failed
        with told():
            if _published_since(api, piece.marker):
                raise Unavailable("草稿已由人工发布，等台账核实到文章编号后再删除") from failed


def _published_since(api: Api, marker: str) -> bool:
    shown = (head for _, _, head, _ in api.published() if not gone(head))
    return any(text(head, "content_source_url").strip() == marker for head in shown)
