"""One Weibo account, and what talking to it for a delivery takes."""

from datetime import datetime
from functools import partial
from ipaddress import ip_address

from channels.base import Refused, Unavailable
from channels.calls import field, number
from channels.outcomes import Failed, told
from channels.platform_account import PlatformAccount, holder_of
from channels.purse import Purse
from channels.weibo import authorisation
from channels.weibo.api import OFFICIAL, Api, Pay
from channels.weibo.budgets import RESERVED_CALLS, Budgets
from content.account_facts import FactBusy
from content.delivery import Delivery


class WeiboAccount(PlatformAccount):
    """The account that *outlet* names."""

    @property
    def budgets(self) -> Budgets:
        """Raises Refused for options that are none."""
        return Budgets.of(self.outlet)

    def api(self, delivery: Delivery) -> Api:
        """Its interfaces, paid for out of what is reserved for the delivery. Raises Refused."""
        budgets, purse = self.budgets, self._purse(delivery)
        return self._api(lambda *, posts: purse.pay(budgets.cost(posts=posts)))

    def api_to_spare(self) -> Api:
        """Its interfaces for reading, out of what publishing can spare. Raises Refused."""
        budgets = self.budgets
        purse = Purse(self.shared.quotas, "", budgets.none_to_spare)
        return self._api(lambda *, posts: purse.pay(budgets.cost(posts=posts), budgets.leaving))

    def reserve(self, delivery: Delivery, *, posts: bool) -> None:
        """What it takes to publish and to find out what became of it. Raises Unavailable with when there is more."""
        self._purse(delivery).reserve(self.budgets.cost(posts=posts, calls=RESERVED_CALLS), self.now())

    def settle(self, delivery: Delivery) -> None:
        """Nothing more is to be asked for it."""
        self._purse(delivery).settle()

    def rip(self) -> str:
        """The operator's public IP address (contracts: Weibo 3). Raises Refused."""
        rip = str(self.outlet.options.get("rip") or self._bench.secrets.get("rip", ""))
        try:
            return str(ip_address(rip))
        except ValueError:
            message = f"发布点 {self.outlet.id} 没有填写操作者的公网 IP（rip），微博分享接口必需，请在设置中补上"
            raise Refused(message) from None

    def known_authorisation(self) -> datetime | None:
        """When the authorisation ends, as far as the platform said within the last day."""
        return authorisation.known(self.shared.facts, self._token)

    def authorised_until(self, delivery: Delivery) -> datetime:
        """The same, the platform being asked once a day, however many prepare at once: every call counts (contracts: Weibo
        7). Raises Refused where the authorisation is another account's or ends before the delivery is due."""
        learnt = partial(self.shared.facts.learnt, authorisation.NAME, self.known_authorisation)
        try:
            ends_at = learnt(lambda: self._asked(delivery))
        except FactBusy:
            raise Unavailable("检查微博授权：另一个进程正在查询，一直没有结果，稍后自动重试") from None
        if ends_at <= max(delivery.at, self.now()):
            raise Refused("微博授权在发布之前就会到期，请重新授权后再发")
        return ends_at

    def _asked(self, delivery: Delivery) -> datetime:
        api = self.api(delivery)
        with told():
            info = api.token_info()
        ends_at = authorisation.ends_at(info, self.outlet.identity, self.now())
        authorisation.keep(self.shared.facts, self._token, ends_at, self.now())
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
            self.shared.quotas.told(self.budgets.calls, left)

    def _purse(self, delivery: Delivery) -> Purse:
        return Purse(self.shared.quotas, holder_of(delivery), self.budgets.too_few)

    def _api(self, pay: Pay) -> Api:
        return Api(self.client, self.base(OFFICIAL), self._token, self.now, pay)

    @property
    def _token(self) -> str:
        return self.secret("access_token", "微博授权")
