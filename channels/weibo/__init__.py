"""Weibo: a short text with the item's page on our own domain, and one picture."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from channels.allowances import allowance
from channels.base import Allowance, Figure, Measurable, Refused, Rendition, Unavailable, Unknown, Workbench
from channels.outcomes import Failed, Verdict, told, verdicts_alone
from channels.weibo import evidence, withdrawal
from channels.weibo.account import WeiboAccount
from channels.weibo.api import Api
from channels.weibo.checks import findings
from channels.weibo.measuring import measured
from channels.weibo.outcomes import GONE, NO_PERMISSION, SHOWN_LATER
from channels.weibo.rendering import render
from channels.weibo.wording import own_words
from content.clock import in_china
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding
from content.item import Item, Revision
from content.outlet import Outlet
from content.vocabulary import Action, Row, State

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
        self._account = WeiboAccount(outlet, bench)

    def check(self, revision: Revision) -> Sequence[Finding]:
        words = own_words(revision, Action.PUBLISH, "")
        return findings(words, revision.fields, self.outlet, self._bench.site)

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        bench = self._bench
        return render(item, revision, action, reason, self.outlet, bench.office, bench.site, bench.assets)

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        """Nothing is uploaded: the token must be this account's and outlive the release, and calls must be left."""
        account = self._account
        account.rip()
        expires_at = account.authorised_until(delivery)
        account.reserve(delivery, posts=self._posts(delivery))
        left = account.shared.quotas.left(account.budgets.calls)
        return Prepared({"uid": self.outlet.identity, "calls_left": str(left)}, rendition.digest, expires_at)

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        if delivery.action is Action.WITHDRAW:
            return self._withdraw(delivery, rendition)
        return self._share(delivery, rendition, rendition.parts["picture.jpg"].data)

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        with verdicts_alone():
            return self._followed(delivery, rendition, receipt)

    def _followed(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        if delivery.action is Action.WITHDRAW and not withdrawal.by_follow_up(receipt):
            return self._all_gone(delivery, rendition) or receipt
        if not receipt.remote_id:
            self._not_yet(delivery)
            return self._in_the_timeline(delivery, rendition, **withdrawal.told(receipt)) or receipt
        post = self._shown(self._account.api(delivery), receipt.remote_id)
        if post is None:
            return self._still_invisible(delivery, receipt)
        if evidence.altered(post, rendition.text("text.txt")):
            raise Unknown(f"微博 {receipt.remote_id} 已发布，但平台显示的文字与定稿不同，请人工到账号主页核实")
        self._account.settle(delivery)
        return evidence.receipt(post, self.outlet.identity, rendition.digest, State.LIVE, **withdrawal.told(receipt))

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        if delivery.action is not Action.WITHDRAW:
            return self._in_the_timeline(delivery, rendition)
        gone = self._all_gone(delivery, rendition)
        if gone or not withdrawal.may_have_followed_up(self.outlet, self._account.shared.facts):
            return gone
        return self._in_the_timeline(delivery, rendition, **withdrawal.follow_up_facts(delivery))

    def _in_the_timeline(self, delivery: Delivery, rendition: Rendition, **facts: str) -> Receipt | None:
        """What the account's newest posts show of this delivery. Raises Unknown where they prove nothing."""
        since = delivery.since or delivery.at
        with told():
            posts = self._account.api(delivery).own_timeline()
        found = evidence.ours(posts, rendition.text("text.txt"), since)
        if found:
            self._account.settle(delivery)
            return self._found(found, rendition, facts)
        if evidence.hidden(posts, since):
            raise Unknown("该账号之后又发了多条微博，平台只显示最近5条，无法证明是否已发，请人工到账号主页核实")
        return None

    def allowances(self) -> Sequence[Allowance]:
        budgets, quotas = self._account.budgets, self._account.shared.quotas
        return [allowance(budget, quotas, self._bench.clock()) for budget in (budgets.calls, budgets.posts)]

    def authorised_until(self) -> datetime | None:
        return self._account.known_authorisation()

    def problem_at(self, moment: datetime) -> str:
        """The authorisation may have ended by then."""
        ends_at = self._account.known_authorisation()
        if ends_at is None or ends_at > moment:
            return ""
        return f"微博授权将于{in_china(ends_at):%Y年%m月%d日%H:%M}到期，早于计划发布的时间，请先重新授权"

    def measure(self, live: Sequence[Measurable]) -> Iterator[Figure]:
        with told():
            yield from measured(self._account.api_to_spare(), live, self._bench.clock())

    def vanished(self, receipt: Receipt) -> str:
        gone = receipt.remote_id and self._shown(self._account.api_to_spare(), receipt.remote_id) is None
        return f"微博已不存在，可能被删除（{receipt.remote_id}）" if gone else ""

    def _share(self, delivery: Delivery, rendition: Rendition, picture: bytes, **facts: str) -> Receipt:
        try:
            post = self._account.api(delivery).share(rendition.text("text.txt"), self._account.rip(), picture)
        except Failed as failed:
            if failed.code == SHOWN_LATER:
                return Receipt(State.ACCEPTED, digest=rendition.digest, evidence={"code": str(SHOWN_LATER), **facts})
            raise failed.error from failed
        if not evidence.mid(post):
            raise Unknown("发布微博：平台的回答中没有微博编号，结果未知，须先核实")
        return evidence.receipt(post, self.outlet.identity, rendition.digest, State.ACCEPTED, **facts)

    def _posts(self, delivery: Delivery) -> bool:
        """Whether it takes one of the hour's posts; of a withdrawal only where it is known that it will."""
        may_delete = withdrawal.may_delete(self.outlet, self._account.shared.facts)
        return delivery.action is not Action.WITHDRAW or not may_delete

    def _withdraw(self, delivery: Delivery, rendition: Rendition) -> Receipt:
        """By one way or the other, never by both: the follow-up goes out only where nothing may be deleted."""
        if withdrawal.may_delete(self.outlet, self._account.shared.facts):
            try:
                return self._destroy(delivery, rendition)
            except Failed as failed:
                if failed.code != NO_PERMISSION:
                    raise failed.error from failed
            withdrawal.remember(self._account.shared.facts, self._bench.clock())
        if withdrawal.FOLLOW_UP_PART not in rendition.parts:
            raise Refused("应用没有删除微博的权限，这份撤稿定稿中也没有撤稿说明，请人工到账号主页删除")
        return self._share(delivery, rendition, b"", **withdrawal.follow_up_facts(delivery))

    def _destroy(self, delivery: Delivery, rendition: Rendition) -> Receipt:
        numbers, api = withdrawal.earlier(delivery), self._account.api(delivery)
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
        if any(self._shown(self._account.api(delivery), published) is not None for published in numbers):
            return None
        self._account.settle(delivery)
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
            raise Verdict(f"微博 {receipt.remote_id} 曾被受理，但一天后仍读不到，请到账号主页核实是否被删除")
        return receipt

    def _found(self, found: list[Any], rendition: Rendition, facts: Mapping[str, str]) -> Receipt:
        copies = {"copies": " ".join(evidence.mid(post) for post in found)} if len(found) > 1 else {}
        return evidence.receipt(found[0], self.outlet.identity, rendition.digest, State.LIVE, **copies, **facts)
