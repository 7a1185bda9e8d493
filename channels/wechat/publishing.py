"""发布 (freepublish): the draft becomes an article with a lasting address; no follower is notified (contracts: WeChat 6)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from channels.base import Rendition, Unavailable, Unknown
from channels.calls import text
from channels.outcomes import Failed, told
from channels.wechat.account import OfficialAccount
from channels.wechat.outcomes import BAD_PUBLISH_ID
from channels.wechat.publication import PUBLISHED, RUNNING, listed, published, refusal, status_of
from channels.wechat.rendering import marker_in
from content.delivery import Delivery, Receipt
from content.vocabulary import State

# How long a submitted draft may be neither in the box nor among what is published: the platform is still reviewing.
REVIEW = timedelta(hours=1)


class Publishing:
    """``mode = "freepublish"``."""

    needed: ClassVar[Mapping[str, int]] = {
        "freepublish/submit": 1,
        "freepublish/get": 2,
        "freepublish/batchget": 2,
        "draft/get": 2,
    }
    shown: ClassVar[tuple[str, ...]] = (
        "freepublish/submit",
        "freepublish/get",
        "freepublish/batchget",
        "freepublish/delete",
    )

    def __init__(self, account: OfficialAccount) -> None:
        self._account = account

    def reserve(self, delivery: Delivery, rendition: Rendition) -> None:
        """Calls are all that it needs."""

    def send(self, delivery: Delivery, rendition: Rendition, media_id: str) -> Receipt:
        with told():
            reply = self._account.api(delivery).submit(media_id)
        publish_id = text(reply, "publish_id").strip()
        if not publish_id:
            raise Unknown("发布微信文章：平台的回答中没有发布任务编号，结果未知，须先核实")
        facts = {"publish_id": publish_id, "media_id": media_id, "msg_data_id": text(reply, "msg_data_id")}
        evidence = {name: value for name, value in facts.items() if value}
        return Receipt(State.ACCEPTED, digest=rendition.digest, evidence=evidence)

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        publish_id = receipt.evidence.get("publish_id", "")
        if not publish_id:
            return self._listed(delivery, rendition) or receipt
        heard = self._account.events.followed(delivery, receipt, self._account.now())
        if heard is not None:
            return heard
        try:
            reply = self._asked(delivery, publish_id)
        except Failed as failed:
            if failed.code in BAD_PUBLISH_ID:
                return self._listed(delivery, rendition) or receipt
            raise failed.error from failed
        status = status_of(reply)
        if status == RUNNING:
            return receipt
        if status != PUBLISHED:
            raise refusal(status, reply)
        found = published(reply, receipt)
        return found if found.remote_id else receipt

    def _asked(self, delivery: Delivery, publish_id: str) -> Any:
        """One answer serves all that went out together: the account may ask 100 times a day (contracts: WeChat 3)."""
        api = self._account.api(delivery)
        if delivery.push is None:
            return api.publication(publish_id)
        return self._account.answers.of(publish_id, lambda: api.publication(publish_id))

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """A draft that still lies in the box proves that it is not published."""
        since = delivery.since or delivery.at
        heard = self._account.events.found(self._account.api(delivery), marker_in(rendition), rendition, delivery)
        found = heard or self._listed(delivery, rendition)
        if found is not None or in_the_box(self._account, delivery, rendition):
            return found
        if self._account.now() - since <= REVIEW:
            raise Unavailable("微信草稿已离开草稿箱，已发布列表中还没有，平台可能正在审核，稍后再核实")
        raise Unknown("微信草稿已离开草稿箱，已发布列表中也没有，请人工到公众平台核实是否发布过")

    def _listed(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        return published_here(self._account, delivery, rendition, delivery.since or delivery.at)


def published_here(
    account: OfficialAccount, delivery: Delivery, rendition: Rendition, since: datetime
) -> Receipt | None:
    """What is published under our marker since a moment, except what the ledger knew before. Raises Unavailable and
    Unknown."""
    known = {receipt.remote_id for receipt in delivery.earlier}
    with told():
        every = listed(account.api(delivery), marker_in(rendition), since)
    found = [entry for entry in every if entry[0] not in known]
    if not found:
        return None
    article_id, index, article, moment = found[0]
    copies = {"copies": " ".join(entry[0] for entry in found)} if len(found) > 1 else {}
    facts = {"article_id": article_id, "index": str(index), **copies}
    return Receipt(State.LIVE, article_id, text(article, "url"), moment, rendition.digest, facts)


def in_the_box(account: OfficialAccount, delivery: Delivery, rendition: Rendition) -> str:
    """The media id of the draft with our marker; empty when there is none. Raises Unavailable and Unknown."""
    marker = marker_in(rendition)
    with told():
        for media_id, head in account.api(delivery).drafts():
            if text(head, "content_source_url").strip() == marker:
                return media_id
    return ""
