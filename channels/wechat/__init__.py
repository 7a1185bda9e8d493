"""WeChat: an article on an official account, drafted ahead of the hour and published (发布) at it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from channels.allowances import allowance
from channels.base import Allowance, Figure, Measurable, Refused, Rendition, Unavailable, Unknown, Workbench
from channels.calls import text
from channels.wechat.api import OFFICIAL, Api, Failed
from channels.wechat.article import content_of
from channels.wechat.budgets import SHOWN, Purse, budgets_of
from channels.wechat.checks import findings
from channels.wechat.drafting import MEDIA_ID, drafted, filled_article, uploaded
from channels.wechat.events import Events
from channels.wechat.measuring import measured, shape_of
from channels.wechat.normal import difference, normal_digest
from channels.wechat.outcomes import BAD_PUBLISH_ID
from channels.wechat.publication import PUBLISHED, RUNNING, absent, listed, published, refusal, removed, status_of
from channels.wechat.rendering import article_in, render
from content.accounts import SharedAccount
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding
from content.item import Item, Revision
from content.outlet import Outlet
from content.vocabulary import Action, Row, State

if TYPE_CHECKING:
    import httpx

# How long a submitted draft may be neither in the box nor among what is published: the platform is still reviewing.
REVIEW = timedelta(hours=1)


class Wechat:
    """One official account. ``identity`` is its appid; options: ``api`` (base address) and ``mode`` (``freepublish``);
    secrets: ``secret``."""

    row: ClassVar[Row | None] = Row.WECHAT
    direct: ClassVar[bool] = True

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self._bench = bench
        self._events = Events(bench.inbox)
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    def check(self, revision: Revision) -> Sequence[Finding]:
        content = content_of(revision, Action.PUBLISH, "", self._bench.office)
        return findings(revision, content, self.outlet)

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        return render(item, revision, action, reason, self.outlet, self._bench.office, self._bench.assets)

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        """Puts pictures and draft up and reads the draft back; nothing of it is public, and repeating it adds nothing."""
        self._mode()
        self._purse(delivery).reserve(delivery.action, self._bench.clock())
        if delivery.action is Action.WITHDRAW:
            return Prepared({"articles": " ".join(_articles_of(delivery))}, rendition.digest)
        with _told():
            references = uploaded(self._api(delivery), self._account.uploads, rendition)
            media_id = drafted(self._api(delivery), self._account.uploads, rendition, references)
        article = filled_article(rendition, references)
        return Prepared({**references, MEDIA_ID: media_id}, normal_digest(article))

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        if delivery.action is Action.WITHDRAW:
            return self._delete(delivery, rendition)
        media_id = prepared.references[MEDIA_ID]
        self._unaltered(delivery, media_id, rendition, prepared)
        with _told():
            reply = self._api(delivery).submit(media_id)
        publish_id = text(reply, "publish_id").strip()
        if not publish_id:
            raise Unknown("发布微信文章：平台的回答中没有发布任务编号，结果未知，须先核实")
        facts = {"publish_id": publish_id, "media_id": media_id, "msg_data_id": text(reply, "msg_data_id")}
        evidence = {name: value for name, value in facts.items() if value}
        return Receipt(State.ACCEPTED, digest=rendition.digest, evidence=evidence)

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        if delivery.action is Action.WITHDRAW:
            return self._all_gone(delivery, rendition) or receipt
        found = self._followed(delivery, rendition, receipt)
        if found.state is State.LIVE:
            if delivery.action is Action.CORRECT:
                self._replace(delivery, found)
            self._purse(delivery).settle()
        return found

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """A correction that is found stays ACCEPTED: following it removes the article that it replaces."""
        if delivery.action is Action.WITHDRAW:
            return self._all_gone(delivery, rendition)
        marker = str(article_in(rendition)["content_source_url"])
        told = self._events.found(self._api(delivery), marker, rendition, delivery.since or delivery.at)
        found = told or self._listed(delivery, rendition)
        if found is None:
            self._in_the_box(delivery, rendition)
            return None
        if delivery.action is not Action.CORRECT:
            self._purse(delivery).settle()
            return found
        return Receipt(State.ACCEPTED, found.remote_id, found.url, found.live_at, found.digest, found.evidence)

    def allowances(self) -> Sequence[Allowance]:
        quotas, now = self._account.quotas, self._bench.clock()
        return [allowance(budget, quotas, now) for path, budget in budgets_of(self.outlet).items() if path in SHOWN]

    def authorised_until(self) -> datetime | None:
        """An appid's secret does not end."""
        return None

    def measure(self, live: Sequence[Measurable]) -> Iterator[Figure]:
        api, facts = self._paid_by(lambda _path: None), self._account.facts
        yield from measured(api.statistics, shape_of(self.outlet), live, facts, self._bench.clock())

    def _api(self, delivery: Delivery) -> Api:
        return self._paid_by(self._purse(delivery).pay)

    def _paid_by(self, pay: Callable[[str], None]) -> Api:
        base = str(self.outlet.options.get("api") or OFFICIAL)
        secret = self._bench.secrets.get("secret", "")
        if not secret:
            raise Refused(f"发布点 {self.outlet.id} 没有公众号密钥（secret），请写入凭据")
        return Api(
            self._client,
            base,
            self.outlet.identity,
            secret,
            self._account.tokens,
            self._bench.clock,
            pay,
        )

    def _purse(self, delivery: Delivery) -> Purse:
        return Purse(self._account.quotas, budgets_of(self.outlet), f"delivery/{delivery.id}")

    @property
    def _account(self) -> SharedAccount:
        if self._bench.account is None:
            raise Refused(f"发布点 {self.outlet.id} 没有接入台账数据库，无法共用令牌和素材")
        return self._bench.account

    def _client(self) -> "httpx.Client":
        with self._lock:
            if self._made is None:
                self._made = self._bench.client()
            return self._made

    def _mode(self) -> None:
        mode = str(self.outlet.options.get("mode") or "freepublish")
        if mode != "freepublish":
            raise Refused(f"发布点 {self.outlet.id} 的 mode 是“{mode}”，目前只支持 freepublish（发布），请修改设置")

    def _unaltered(self, delivery: Delivery, media_id: str, rendition: Rendition, prepared: Prepared) -> None:
        """The draft is still what was signed. Raises Unknown when it is gone: it may have been published."""
        article = filled_article(rendition, prepared.references)
        try:
            kept = self._api(delivery).draft(media_id)
        except Failed as failed:
            if isinstance(failed.error, Unavailable) and failed.code == 40007:
                raise Unknown("微信草稿已不在草稿箱，可能已经发布，须先核实") from failed
            raise failed.error from failed
        found = difference(article, kept)
        if found or normal_digest(article) != prepared.digest:
            raise Unavailable(f"微信草稿在准备之后被改动（{found or '与准备时不同'}），没有发布，将重新准备")

    def _followed(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        publish_id = receipt.evidence.get("publish_id", "")
        if not publish_id:
            return self._listed(delivery, rendition) or receipt
        told = self._events.followed(delivery, receipt, self._bench.clock())
        if told is not None:
            return told
        try:
            reply = self._api(delivery).publication(publish_id)
        except Failed as failed:
            if failed.code in BAD_PUBLISH_ID:
                return self._listed(delivery, rendition) or receipt
            raise failed.error from failed
        status = status_of(reply)
        if status == RUNNING:
            return receipt
        if status != PUBLISHED:
            raise refusal(status, reply)
        return self._proved(reply, receipt)

    def _proved(self, reply: object, receipt: Receipt) -> Receipt:
        found = published(reply, receipt)
        return found if found.remote_id else receipt

    def _listed(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        """What is published under our marker since the attempt."""
        marker = str(article_in(rendition)["content_source_url"])
        with _told():
            found = listed(self._api(delivery), marker, delivery.since or delivery.at)
        if not found:
            return None
        article_id, index, article, moment = found[0]
        copies = {"copies": " ".join(entry[0] for entry in found)} if len(found) > 1 else {}
        facts = {"article_id": article_id, "index": str(index), **copies}
        return Receipt(State.LIVE, article_id, text(article, "url"), moment, rendition.digest, facts)

    def _in_the_box(self, delivery: Delivery, rendition: Rendition) -> None:
        """Returns when our draft still lies there: proof that it is not published. Raises Unavailable or Unknown."""
        marker = str(article_in(rendition)["content_source_url"])
        with _told():
            if any(text(head, "content_source_url").strip() == marker for _, head in self._api(delivery).drafts()):
                return
        if self._bench.clock() - (delivery.since or delivery.at) <= REVIEW:
            raise Unavailable("微信草稿已离开草稿箱，已发布列表中还没有，平台可能正在审核，稍后再核实")
        raise Unknown("微信草稿已离开草稿箱，已发布列表中也没有，请人工到公众平台核实是否发布过")

    def _replace(self, delivery: Delivery, corrected: Receipt) -> None:
        """Takes down what the corrected article replaces; may be repeated."""
        for receipt in delivery.earlier:
            if receipt.remote_id and receipt.remote_id != corrected.remote_id:
                removed(self._api(delivery), receipt.remote_id, _index(receipt))

    def _delete(self, delivery: Delivery, rendition: Rendition) -> Receipt:
        articles = _articles_of(delivery)
        for article_id, index in articles.items():
            removed(self._api(delivery), article_id, index)
        facts = {"deleted": " ".join(articles)}
        return Receipt(State.ACCEPTED, list(articles)[-1], digest=rendition.digest, evidence=facts)

    def _all_gone(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        articles = _articles_of(delivery)
        if not all(absent(self._api(delivery), article_id) for article_id in articles):
            return None
        self._purse(delivery).settle()
        facts = {"gone": " ".join(articles)}
        return Receipt(State.LIVE, list(articles)[-1], digest=rendition.digest, evidence=facts)


def _articles_of(delivery: Delivery) -> dict[str, int]:
    """The exact articles to delete with their 1-based index, from the ledger's receipts and never by search."""
    articles = {receipt.remote_id: _index(receipt) for receipt in delivery.earlier if receipt.remote_id}
    if not articles:
        raise Refused("台账中没有该稿件在此公众号的文章编号，无法撤回，请人工到公众平台核实")
    return articles


def _index(receipt: Receipt) -> int:
    stated = receipt.evidence.get("index", "")
    return int(stated) if stated.isascii() and stated.isdigit() and int(stated) > 0 else 1


@contextmanager
def _told() -> Iterator[None]:
    """Turns a platform's code into what it means for the delivery."""
    try:
        yield
    except Failed as failed:
        raise failed.error from failed
