"""One official account, and what talking to it for a delivery takes."""

import threading
from datetime import datetime
from typing import TYPE_CHECKING

from channels.base import Refused, Workbench
from channels.wechat.api import OFFICIAL, Api
from channels.wechat.budgets import Purse, budgets_of
from channels.wechat.events import Events
from content.accounts import SharedAccount
from content.delivery import Delivery
from content.outlet import Outlet

if TYPE_CHECKING:
    import httpx


class OfficialAccount:
    """The account that *outlet* names. Used from several threads."""

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self.events = Events(bench.inbox)
        self._bench = bench
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    def now(self) -> datetime:
        return self._bench.clock()

    @property
    def shared(self) -> SharedAccount:
        """What all processes share about it. Raises Refused."""
        if self._bench.account is None:
            raise Refused(f"发布点 {self.outlet.id} 没有接入台账数据库，无法共用令牌和素材")
        return self._bench.account

    def api(self, delivery: Delivery) -> Api:
        """Its interfaces, paid for out of what is reserved for the delivery. Raises Refused."""
        return self._api(self.purse(delivery))

    def api_without_reserve(self) -> Api:
        """Its interfaces for what no delivery needs. Raises Refused."""
        return self._api(Purse(self.shared.quotas, budgets_of(self.outlet), ""))

    def purse(self, delivery: Delivery) -> Purse:
        return Purse(self.shared.quotas, budgets_of(self.outlet), f"delivery/{delivery.id}")

    def _api(self, purse: Purse) -> Api:
        base = str(self.outlet.options.get("api") or OFFICIAL)
        secret = self._bench.secrets.get("secret", "")
        if not secret:
            raise Refused(f"发布点 {self.outlet.id} 没有公众号密钥（secret），请写入凭据")
        return Api(self._client, base, self.outlet.identity, secret, self.shared.tokens, self._bench.clock, purse.pay)

    def _client(self) -> "httpx.Client":
        with self._lock:
            if self._made is None:
                self._made = self._bench.client()
            return self._made
