"""Weibo: a short text with the item's page on our own domain, and one picture."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, ClassVar

from channels.allowances import allowance
from channels.base import Allowance, Figure, Measurable, Refused, Rendition, Unavailable, Unknown, Workbench
from channels.calls import field, number
from channels.weibo import authorisation, evidence, withdrawal
from channels.weibo.api import OFFICIAL, Api, Failed, Pay
from channels.weibo.budgets import Budgets, Purse
from channels.weibo.checks import findings
from channels.weibo.measuring import Spare, measured
from channels.weibo.outcomes import GONE, NO_PERMISSION, SHOWN_LATER
from channels.weibo.rendering import render
from channels.weibo.wording import own_words
from content.accounts import SharedAccount
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding
from content.item import Item, Revision
from content.outlet import Outlet
from content.vocabulary import Action, Row, State

if TYPE_CHECKING:
    import httpx

# Accepted yet invisible: the platform shows a post within minutes; a day later it is gone for good.
PATIENCE = timedelta(days=1)
# 20032: published, and shown in one or two minutes (contracts: Weibo 8).
SHOWN_AFTER = timedelta(seconds=60)


class Weibo:
    """One Weibo account. ``identity`` is its uid; options: ``api`` (base address), ``rip`` (the operator's public IP
    address, contracts: Weibo 3) and ``destroy`` (false: the app may not delete); secrets: ``access_token`` and, when not an option, ``rip``."""

    row: ClassVar[Row | None] = Row.WEIBO
    direct: ClassVar[bool] = True

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self._bench = bench
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    def check(self, revision: Revision) -> Sequence[Finding]:
        words = own_words(revision, Action.PUBLISH, "")
        return findings(words, revision.fields, self.outlet, self._bench.site)

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        bench = self._bench
        return render(item, revision, action, reason, self.outlet, bench.office, bench.site, bench.assets)

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        """Nothing is uploaded: the token must be this account's and outlive the release, and calls must be left."""
        self._rip()
        expires_at = self._authorised_until(delivery)
        self._purse(delivery).reserve(self._bench.clock(), posts=self._posts(delivery))
        left = self._account.quotas.left(Budgets.of(self.outlet).calls)
        references = {"uid": self.outlet.identity, "calls_left": str(left)}
        return Prepared(references, rendition.digest, expires_at)

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        if delivery.action is Action.WITHDRAW:
            return self._withdraw(delivery, rendition)
        return self._share(delivery, rendition, rendition.parts["picture.jpg"].data)

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        if delivery.action is Action.WITHDRAW and not withdrawal.by_follow_up(receipt):
            return self._all_gone(delivery, rendition) or receipt
        if not receipt.remote_id:
            self._not_yet(delivery)
            return self._in_the_timeline(delivery, rendition, **withdrawal.told(receipt)) or receipt
        post = self._shown(self._api(delivery), receipt.remote_id)
        if post is None:
            return self._still_invisible(delivery, receipt)
        self._purse(delivery).settle()
        return evidence.receipt(post, self.outlet.identity, rendition.digest, State.LIVE, **withdrawal.told(receipt))

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        if delivery.action is not Action.WITHDRAW:
            return self._in_the_timeline(delivery, rendition)
        gone = self._all_gone(delivery, rendition)
        if gone or not withdrawal.may_have_followed_up(self.outlet, self._account.facts):
            return gone
        return self._in_the_timeline(delivery, rendition, **withdrawal.follow_up_facts(delivery))

    def _in_the_timeline(self, delivery: Delivery, rendition: Rendition, **facts: str) -> Receipt | None:
        """What the account's newest posts show of this delivery. Raises Unknown where they prove nothing."""
        since = delivery.since or delivery.at
        with _told():
            posts = self._api(delivery).own_timeline()
        found = evidence.ours(posts, rendition.text("text.txt"), since)
        if found:
            self._purse(delivery).settle()
            return self._found(found, rendition, facts)
        if evidence.hidden(posts, since):
            raise Unknown("该账号之后又发了多条微博，平台只显示最近5条，无法证明是否已发，请人工到账号主页核实")
        return None

    def allowances(self) -> Sequence[Allowance]:
        budgets, quotas = Budgets.of(self.outlet), self._account.quotas
        return [allowance(budget, quotas, self._bench.clock()) for budget in (budgets.calls, budgets.posts)]

    def authorised_until(self) -> datetime | None:
        return authorisation.known(self._account.facts, self._token)

    def measure(self, live: Sequence[Measurable]) -> Iterator[Figure]:
        api = self._paid_by(Spare.of(self.outlet, self._account.quotas).pay)
        with _told():
            yield from measured(api, live, self._bench.clock())

    def vanished(self, receipt: Receipt) -> str:
        api = self._paid_by(Spare.of(self.outlet, self._account.quotas).pay)
        gone = receipt.remote_id and self._shown(api, receipt.remote_id) is None
        return f"微博已不存在，可能被删除（{receipt.remote_id}）" if gone else ""

    def _api(self, delivery: Delivery) -> Api:
        return self._paid_by(self._purse(delivery).pay)

    def _paid_by(self, pay: Pay) -> Api:
        base = str(self.outlet.options.get("api") or OFFICIAL)
        return Api(self._client, base, self._token, self._bench.clock, pay)

    def _purse(self, delivery: Delivery) -> Purse:
        return Purse(self._account.quotas, Budgets.of(self.outlet), f"delivery/{delivery.id}")

    @property
    def _token(self) -> str:
        token = self._bench.secrets.get("access_token", "")
        if not token:
            raise Refused(f"发布点 {self.outlet.id} 没有微博授权（access_token），请先授权并写入凭据")
        return token

    @property
    def _account(self) -> SharedAccount:
        if self._bench.account is None:
            raise Refused(f"发布点 {self.outlet.id} 没有接入台账数据库，无法计算调用次数")
        return self._bench.account

    def _client(self) -> "httpx.Client":
        with self._lock:
            if self._made is None:
                self._made = self._bench.client()
            return self._made

    def _rip(self) -> str:
        rip = str(self.outlet.options.get("rip") or self._bench.secrets.get("rip", ""))
        try:
            return str(ip_address(rip))
        except ValueError:
            message = f"发布点 {self.outlet.id} 没有填写操作者的公网 IP（rip），微博分享接口必需，请在设置中补上"
            raise Refused(message) from None

    def _authorised_until(self, delivery: Delivery) -> datetime:
        """When the authorisation ends. The platform is asked once a day: every call counts (contracts: Weibo 7)."""
        known = authorisation.known(self._account.facts, self._token)
        if known is None:
            known = self._asked(delivery)
        if known <= max(delivery.at, self._bench.clock()):
            raise Refused("微博授权在发布之前就会到期，请重新授权后再发")
        return known

    def _asked(self, delivery: Delivery) -> datetime:
        api = self._api(delivery)
        with _told():
            info = api.token_info()
        ends_at = authorisation.ends_at(info, self.outlet.identity, self._bench.clock())
        authorisation.keep(self._account.facts, self._token, ends_at, self._bench.clock())
        self._ask_what_is_left(api)
        return ends_at

    def _ask_what_is_left(self, api: Api) -> None:
        """What this app may still do for the account; an app that may not ask relies on our own count."""
        try:
            left = number(field(api.rate_limit(), "remaining_user_hits"))
        except Failed as failed:
            if isinstance(failed.error, Unavailable):
                raise failed.error from failed
            return
        if left is not None:
            self._account.quotas.told(Budgets.of(self.outlet).calls, left)

    def _share(self, delivery: Delivery, rendition: Rendition, picture: bytes, **facts: str) -> Receipt:
        try:
            post = self._api(delivery).share(rendition.text("text.txt"), self._rip(), picture)
        except Failed as failed:
            if failed.code == SHOWN_LATER:
                return Receipt(State.ACCEPTED, digest=rendition.digest, evidence={"code": str(SHOWN_LATER), **facts})
            raise failed.error from failed
        if not evidence.mid(post):
            raise Unknown("发布微博：平台的回答中没有微博编号，结果未知，须先核实")
        return evidence.receipt(post, self.outlet.identity, rendition.digest, State.ACCEPTED, **facts)

    def _posts(self, delivery: Delivery) -> bool:
        """Whether it takes one of the hour's posts; of a withdrawal only where it is known that it will."""
        may_delete = withdrawal.may_delete(self.outlet, self._account.facts)
        return delivery.action is not Action.WITHDRAW or not may_delete

    def _withdraw(self, delivery: Delivery, rendition: Rendition) -> Receipt:
        """By one way or the other, never by both: the follow-up goes out only where nothing may be deleted."""
        if withdrawal.may_delete(self.outlet, self._account.facts):
            try:
                return self._destroy(delivery, rendition)
            except Failed as failed:
                if failed.code != NO_PERMISSION:
                    raise failed.error from failed
            withdrawal.remember(self._account.facts, self._bench.clock())
        if withdrawal.FOLLOW_UP_PART not in rendition.parts:
            raise Refused("应用没有删除微博的权限，这份撤稿定稿中也没有撤稿说明，请人工到账号主页删除")
        return self._share(delivery, rendition, b"", **withdrawal.follow_up_facts(delivery))

    def _destroy(self, delivery: Delivery, rendition: Rendition) -> Receipt:
        numbers, api = withdrawal.earlier(delivery), self._api(delivery)
        for published in numbers:
            try:
                api.destroy(published)
            except Failed as failed:
                if failed.code != GONE:
                    raise
        facts = {withdrawal.WAY: withdrawal.DELETED, "deleted": " ".join(numbers)}
        return Receipt(State.ACCEPTED, numbers[-1], digest=rendition.digest, evidence=facts)

    def _all_gone(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        numbers = withdrawal.earlier(delivery)
        if any(self._shown(self._api(delivery), published) is not None for published in numbers):
            return None
        self._purse(delivery).settle()
        facts = {withdrawal.WAY: withdrawal.DELETED, "gone": " ".join(numbers)}
        return Receipt(State.LIVE, numbers[-1], digest=rendition.digest, evidence=facts)

    def _shown(self, api: Api, published: str) -> Any:
        """The post as the platform shows it, None when it has none."""
        try:
            post = api.show(published)
        except Failed as failed:
            if failed.code == GONE:
                return None
            raise failed.error from failed
        if evidence.mid(post) != published:
            raise Unavailable(f"读取微博：平台对 {published} 的回答不是这条微博，稍后自动重试")
        return None if evidence.deleted(post) else post

    def _not_yet(self, delivery: Delivery) -> None:
        """A post that the platform shows later is not looked for before: every look is a call (contracts: Weibo 8)."""
        shown_from = (delivery.since or delivery.at) + SHOWN_AFTER
        if self._bench.clock() < shown_from:
            raise Unavailable("微博已发布，平台一至两分钟后才会显示，届时再核实", shown_from)

    def _still_invisible(self, delivery: Delivery, receipt: Receipt) -> Receipt:
        if self._bench.clock() - (delivery.since or delivery.at) > PATIENCE:
            raise Refused(f"微博 {receipt.remote_id} 曾被受理，但一天后仍读不到，请到账号主页核实是否被删除")
        return receipt

    def _found(self, found: list[Any], rendition: Rendition, facts: Mapping[str, str]) -> Receipt:
        copies = {"copies": " ".join(evidence.mid(post) for post in found)} if len(found) > 1 else {}
        return evidence.receipt(found[0], self.outlet.identity, rendition.digest, State.LIVE, **copies, **facts)


@contextmanager
def _told() -> Iterator[None]:
    """Turns a platform's code into what it means for the delivery."""
    try:
        yield
    except Failed as failed:
        raise failed.error from failed
