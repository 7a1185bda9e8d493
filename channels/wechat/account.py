"""One official account, and what talking to it for a delivery takes."""

from collections.abc import Callable

from channels.base import Workbench
from channels.platform_account import PlatformAccount, holder_of
from channels.wechat.answers import Answers
from channels.wechat.api import OFFICIAL, Api
from channels.wechat.budgets import CallPurse, budgets_of
from channels.wechat.events import Events
from content.delivery import Delivery
from content.outlet import Outlet


class OfficialAccount(PlatformAccount):
    """The account that *outlet* names."""

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        super().__init__(outlet, bench)
        self.events = Events(bench.inbox)
        self.answers = Answers(bench.clock)

    def api(self, delivery: Delivery) -> Api:
        """Its interfaces, paid for out of what is reserved for the delivery. Raises Refused."""
        return self._api(self.purse(delivery).pay_call)

    def api_without_reserve(self) -> Api:
        """Its interfaces for what no delivery needs. Raises Refused."""
        return self._api(self._purse("").pay_call)

    def api_to_spare(self) -> Api:
        """The same while more than half of an interface's calls is left: publishing and proving go before."""
        return self._api(self._purse("").pay_spare_call)

    def purse(self, delivery: Delivery) -> CallPurse:
        return self._purse(holder_of(delivery))

    def _purse(self, holder: str) -> CallPurse:
        return CallPurse.of(self.shared.quotas, holder, budgets_of(self.outlet))

    def _api(self, pay: Callable[[str], None]) -> Api:
        secret, tokens, used_up = self.secret("secret", "公众号密钥"), self.shared.tokens, self._purse("").used_up
        base, appid = self.base(OFFICIAL), self.outlet.identity
        return Api(self.client, base, appid, secret, tokens, self.now, pay, used_up)
