"""Draft only: we put the draft up, a person publishes it in the platform's console, and it is found by its marker.

Nobody but that person knows what happens to the draft: it waits in the box as long as it likes; once it has left it, the
list of what is published must show it, word for word as it was signed.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from channels.base import Rendition, Unknown
from channels.outcomes import told
from channels.wechat.account import OfficialAccount
from channels.wechat.drafting import Sheet, as_kept, still_drafted
from channels.wechat.normal import differences
from channels.wechat.publishing import in_the_box, published_here
from channels.wechat.rendering import marker_in
from content.clock import stamp, unstamp
from content.delivery import Delivery, Receipt
from content.vocabulary import State

# How long a draft may have left the box and not be found: the platform reviews what a person publishes, too.
PATIENCE = timedelta(hours=24)
_GONE = "gone_since"
_EVER = datetime(2012, 1, 1, tzinfo=UTC)


class Console:
    """``mode = "draft"``."""

    needed: ClassVar[Mapping[str, int]] = {"draft/get": 3, "freepublish/batchget": 2, "freepublish/getarticle": 1}
    shown: ClassVar[tuple[str, ...]] = ("draft/add", "freepublish/batchget", "freepublish/delete")

    def __init__(self, account: OfficialAccount) -> None:
        self._account = account

    def reserve(self, delivery: Delivery, rendition: Rendition) -> None:
        """Calls are all that it needs."""

    def send(self, delivery: Delivery, rendition: Rendition, media_id: str) -> Receipt:
        """Nothing: the draft is up, and a person goes on."""
        return _waiting(rendition, media_id)

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        if self._still_there(delivery, receipt.evidence.get("media_id", "")):
            return replace(receipt, evidence={k: v for k, v in receipt.evidence.items() if k != _GONE})
        found = self._published(delivery, rendition)
        if found:
            return replace(found, evidence={**receipt.evidence, **found.evidence})
        gone_since, now = receipt.evidence.get(_GONE), self._account.now()
        if gone_since and now - unstamp(gone_since) > PATIENCE:
            raise Unknown(
                "微信草稿离开草稿箱已超过一天，已发布列表中没有：可能被删除、改过“阅读原文”，或用了群发，"
                "请人工到公众平台核实"
            )
        return receipt if gone_since else replace(receipt, evidence={**receipt.evidence, _GONE: stamp(now)})

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """The draft in the box is all that was to be done. One that is nowhere is waited for like one that left later."""
        media_id = in_the_box(self._account, delivery, rendition)
        if media_id:
            return _waiting(rendition, media_id)
        since = {_GONE: stamp(delivery.since or delivery.at)}
        waiting = _waiting(rendition, "")
        return self.follow(delivery, rendition, replace(waiting, evidence={**waiting.evidence, **since}))

    def _still_there(self, delivery: Delivery, media_id: str) -> bool:
        if not media_id:
            return False
        with told():
            return still_drafted(self._account.api(delivery), media_id)

    def _published(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """What a person published of ours, and when, unless the platform gives the moment at which the draft was made. Raises
        Unknown when it is not what was signed."""
        marker, api = marker_in(rendition), self._account.api(delivery)
        heard = self._account.events.found(api, marker, rendition, delivery)
        found = heard or published_here(self._account, delivery, rendition, _EVER)
        if found is None:
            return None
        index = int(found.evidence["index"])
        with told():
            shown = api.article(found.remote_id, index)
        sheet = Sheet.of(delivery, rendition)
        wanted = as_kept(self._account.shared.uploads, sheet)
        differs = differences([wanted], [shown if sheet.alone else {**shown, "digest": ""}])
        if differs:
            raise Unknown(f"人工发布的文章（{found.url}）与定稿不一致：{differs}，请人工核实")
        early = found.live_at is not None and found.live_at < (delivery.since or delivery.at)
        return replace(found, live_at=None) if early else found


def _waiting(rendition: Rendition, media_id: str) -> Receipt:
    facts = {"console": "waits for a person", "media_id": media_id, "marker": marker_in(rendition)}
    evidence = {name: value for name, value in facts.items() if value}
    return Receipt(State.ACCEPTED, digest=rendition.digest, evidence=evidence)
