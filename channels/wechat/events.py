"""Events as evidence: what the inbox of callbacks says of our own jobs (contracts: WeChat 6.4, 7.4).

An event counts only when it names our publish_id or msg_id, and only for success: whatever else it says is a reason to
ask the platform. Events that contradict each other prove nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.base import Rendition, Unavailable
from channels.calls import text
from channels.outcomes import Failed
from channels.wechat.api import Api
from channels.wechat.callback_xml import JobEnd
from channels.wechat.publication import TOLERANCE, gone, place_of, published
from content.delivery import Delivery, Receipt
from content.inbox import Inbox
from content.vocabulary import State

PATIENCE = timedelta(seconds=25)
"""How long after the hand-over an account with callbacks is not asked: freepublish/get may be called 100 times a day."""
MOST_CANDIDATES = 5
_SENT = "send success"
# What the event gives as the reason for a mass send that failed; there are others (contracts: WeChat 7.4).
REASONS = {
    "err(10001)": "涉嫌广告",
    "err(20001)": "涉嫌政治内容",
    "err(20002)": "涉嫌色情",
    "err(20004)": "涉嫌社会问题",
    "err(20006)": "涉嫌违法犯罪",
    "err(20008)": "涉嫌欺诈",
    "err(20013)": "涉嫌版权问题",
    "err(21000)": "涉嫌其他问题",
    "err(22000)": "涉嫌互推",
    "err(30001)": "原创声明：判为转载，且设置了遇转载即停止",
    "err(30002)": "原创声明：判为转载，原文不允许转载",
    "err(30003)": "原创声明：判定出错",
    "err(40001)": "管理员拒绝了群发",
    "err(40002)": "管理员在30分钟内没有确认",
}


@dataclass(frozen=True)
class Events:
    """The events of one account; without an *inbox* there are none, and nothing is waited for."""

    inbox: Inbox | None

    def followed(self, delivery: Delivery, receipt: Receipt, now: datetime) -> Receipt | None:
        """The live receipt of a publication that an event proves; the receipt as it stands while an event may still come;
        None when the platform is to be asked."""
        publish_id = receipt.evidence.get("publish_id", "")
        end = self._published(publish_id, place_of(receipt))
        if end is not None:
            return _dated(published(_as_reply(end), receipt), end)
        return None if self.worth_asking("publication", publish_id, delivery, now) else receipt

    def found(self, api: Api, marker: str, rendition: Rendition, delivery: Delivery) -> Receipt | None:
        """The publication under our marker, among those that events tell of: each costs one call, where the list of all
        that is published costs one for every twenty."""
        known = {receipt.remote_id for receipt in delivery.earlier}
        ended = self._ended_since(delivery.since or delivery.at)
        for end in (one for one in ended if one.article_id not in known):
            index, article = _ours(api, end.article_id, marker)
            if article is not None:
                facts = {"article_id": end.article_id, "index": str(index), "publish_id": end.job}
                address = end.addresses.get(str(index)) or text(article, "url")
                live = Receipt(State.LIVE, end.article_id, address, None, rendition.digest, facts)
                return _dated(live, end)
        return None

    def proves(self, receipt: Receipt) -> bool:
        """Whether an event says that what was accepted ended well."""
        publish_id, msg_id = receipt.evidence.get("publish_id", ""), receipt.evidence.get("msg_id", "")
        return self._published(publish_id, place_of(receipt)) is not None or self.mass_send(msg_id) is not None

    def mass_send(self, msg_id: str) -> JobEnd | None:
        """The end of a mass send that was sent; None when no event says so. Its addresses stand nowhere else."""
        told = self._agreed("mass", msg_id)
        return told if told is not None and told.status == _SENT else None

    def why_failed(self, msg_id: str) -> str:
        """What the events say of a mass send that failed, for an editor; empty where none says why."""
        told = self._agreed("mass", msg_id)
        reason = told.status if told is not None and told.status.startswith("err") else ""
        return f"，平台说明：{REASONS.get(reason, '其他原因')} {reason}" if reason else ""

    def worth_asking(self, kind: str, job: str, delivery: Delivery, now: datetime) -> bool:
        """Whether the platform is to be asked now: nothing tells us of events, one has come that proves nothing yet, or
        none came in time."""
        if self.inbox is None or self._told(kind, job):
            return True
        return now - (delivery.since or delivery.at) >= PATIENCE

    def _published(self, publish_id: str, place: int) -> JobEnd | None:
        end = self._agreed("publication", publish_id)
        whole = end is not None and end.status == "0" and end.article_id and end.addresses.get(str(place))
        return end if whole else None

    def _ended_since(self, since: datetime) -> list[JobEnd]:
        """Publications that ended well since a moment, the newest first, at most 5: candidates, no evidence."""
        values = self.inbox.newest("publication", MOST_CANDIDATES) if self.inbox else []
        ends = [end for end in map(JobEnd.from_values, values) if end and end.status == "0" and end.article_id]
        return [end for end in ends if end.at >= int((since - TOLERANCE).timestamp())]

    def _told(self, kind: str, job: str) -> list[JobEnd]:
        values = self.inbox.about(kind, job) if self.inbox and job else []
        return [end for end in map(JobEnd.from_values, values) if end and (end.kind, end.job) == (kind, job)]

    def _agreed(self, kind: str, job: str) -> JobEnd | None:
        told = self._told(kind, job)
        same = len({(end.status, end.article_id) for end in told}) == 1
        return max(told, key=lambda end: (len(end.addresses), -end.at)) if same else None


def _as_reply(end: JobEnd) -> Mapping[str, Any]:
    """What ``freepublish/get`` would say of it."""
    items = [{"idx": int(index), "article_url": url} for index, url in sorted(end.addresses.items())]
    return {"publish_status": 0, "article_id": end.article_id, "article_detail": {"count": len(items), "item": items}}


def _dated(receipt: Receipt, end: JobEnd) -> Receipt:
    """The receipt with the moment that the platform states in its event."""
    moment = datetime.fromtimestamp(end.at, UTC)
    return replace(receipt, live_at=moment, evidence={**receipt.evidence, "event_at": moment.isoformat()})


def _ours(api: Api, article_id: str, marker: str) -> tuple[int, Mapping[str, Any] | None]:
    """Index from 1 and article with our marker among those published together; None when none is, or none can be read."""
    try:
        articles = api.articles(article_id)
    except (Failed, Unavailable):
        return 0, None
    for index, article in enumerate(articles, 1):
        if text(article, "content_source_url").strip() == marker and not gone(article):
            return index, article
    return 0, None
