"""Reading what WeChat says about a publication: running, published, refused; there or gone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.base import Unavailable
from channels.calls import field, number, text
from channels.outcomes import Failed, Verdict
from channels.wechat.api import Api
from channels.wechat.outcomes import BAD_ARTICLE
from content.delivery import Delivery, Receipt
from content.vocabulary import State

# publish_status (contracts: WeChat 6.2); 0 is success and 1 is running, which several public notes have wrong way round.
PUBLISHED = 0
RUNNING = 1
FAILURES = {
    2: "原创声明失败",
    3: "发布失败",
    4: "平台审核不通过",
    5: "发布后文章已被全部删除",
    6: "发布后文章被平台封禁",
}
INDEX = "index"
"""What a receipt's evidence calls the article's place."""
TOGETHER = "together"
"""How many articles went out in one act; only where they are several."""
# The platform's clock against ours.
TOLERANCE = timedelta(seconds=5)


def status_of(reply: Any) -> int:
    """0 to 6; RUNNING where the reply says nothing, because no status is no proof."""
    status = number(field(reply, "publish_status"))
    return RUNNING if status is None else status


def refusal(status: int, reply: Any) -> Verdict:
    meaning = FAILURES.get(status, f"未知的发布状态 {status}")
    failed = field(reply, "fail_idx")
    at = f"，出错序号 {failed}" if isinstance(failed, list) and failed else ""
    return Verdict(f"微信文章未能发布：{meaning}（publish_status {status}{at}），请到公众平台查看原因")


def published(reply: Any, receipt: Receipt) -> Receipt:
    """The live receipt that a finished publication proves; its article id may hold white space (contracts: 6.4)."""
    detail, place = field(field(reply, "article_detail"), "item"), place_of(receipt)
    own = (
        next((entry for entry in detail if number(field(entry, "idx")) == place), None)
        if isinstance(detail, list)
        else None
    )
    article_id = "".join(text(reply, "article_id").split())
    facts = {**receipt.evidence, "article_id": article_id, "index": str(place), "publish_status": "0"}
    return Receipt(State.LIVE, article_id, text(own, "article_url"), None, receipt.digest, facts)


def as_member(receipt: Receipt, delivery: Delivery) -> Receipt:
    """The receipt of an article that went out together with others; of one that is alone as it is."""
    push = delivery.push
    if push is None:
        return receipt
    facts = {INDEX: str(push.place), TOGETHER: str(len(push.members))}
    return replace(receipt, evidence={**facts, **receipt.evidence})


def place_of(receipt: Receipt) -> int:
    """The index from 1 among what went out in one act; 0 would mean all of them (contracts: WeChat 6.3, 7.4)."""
    stated = receipt.evidence.get(INDEX, "")
    return int(stated) if stated.isascii() and stated.isdigit() and int(stated) > 0 else 1


def listed(api: Api, marker: str, since: datetime) -> list[tuple[str, int, Mapping[str, Any], datetime | None]]:
    """The published articles that bear our marker and are no older than the attempt: id, index, article, moment.

    Raises Unavailable for one without an id: by it alone it can be withdrawn.
    """
    found = []
    for article_id, index, article, entry in api.published():
        moment = _moment(entry)
        recent = moment is None or moment >= since - TOLERANCE
        if text(article, "content_source_url").strip() == marker and recent and not gone(article):
            if not article_id.strip():
                raise Unavailable("查询已发布的微信文章：平台的回答中没有文章编号，稍后自动重试")
            found.append(("".join(article_id.split()), index, article, moment))
    return found


def gone(article: Mapping[str, Any]) -> bool:
    return field(article, "is_deleted") in (True, 1, "true", "1")


def absent(api: Api, article_id: str, index: int) -> bool:
    """Whether the platform no longer has this article, of those that were published under one id."""
    try:
        return gone(api.article(article_id, index))
    except Failed as failed:
        if failed.code == BAD_ARTICLE:
            return True
        raise failed.error from failed


def removed(api: Api, article_id: str, index: int) -> None:
    """Deletes one article; one that is gone already is done."""
    try:
        api.delete_article(article_id, index)
    except Failed as failed:
        if failed.code != BAD_ARTICLE:
            raise failed.error from failed


def _moment(entry: Any) -> datetime | None:
    content = field(entry, "content")
    seconds = number(field(content, "create_time")) or number(field(entry, "update_time"))
    return datetime.fromtimestamp(seconds, UTC) if seconds and 0 < seconds < 4_102_444_800 else None
