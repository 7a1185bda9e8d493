"""Whether what is live is still there: its owner or the platform may have deleted it since (contracts: WeChat 6.2, 7.4)."""

from channels.outcomes import Failed, told
from channels.wechat.api import Api
from channels.wechat.mass import DELETED
from channels.wechat.outcomes import BAD_PUBLISH_ID
from channels.wechat.publication import FAILURES, absent, status_of
from channels.wechat.taking_down import Way, piece_of
from content.delivery import Receipt

_DELETED_BY_OWNER, _BANNED = 5, 6


def why_gone(api: Api, receipt: Receipt) -> str:
    """What the platform says of it, for an editor; empty while readers have it, and for what cannot be asked about."""
    piece = piece_of(receipt)
    if piece is None or piece.way is Way.DRAFT:
        return ""
    if piece.way is Way.MASS:
        with told():
            return f"群发的文章已被删除（{piece.id} {DELETED}）" if api.mass_status(piece.id) == DELETED else ""
    status = _status(api, receipt.evidence.get("publish_id", ""))
    if status in (_DELETED_BY_OWNER, _BANNED):
        return f"{FAILURES[status]}（publish_status {status}）"
    gone = (status is None or piece.together) and absent(api, piece.id, piece.index)
    return f"文章已不存在（{piece.name}）" if gone else ""


def _status(api: Api, publish_id: str) -> int | None:
    """The state of a publication; None when it is not known by that id."""
    if not publish_id:
        return None
    try:
        return status_of(api.publication(publish_id))
    except Failed as failed:
        if failed.code in BAD_PUBLISH_ID:
            return None
        raise failed.error from failed
