"""An outlet's account at a platform, whichever platform it is."""

import threading
from datetime import datetime
from typing import TYPE_CHECKING

from channels.base import Refused, Workbench
from content.accounts import SharedAccount
from content.delivery import Delivery
from content.outlet import Outlet

if TYPE_CHECKING:
    import httpx


class PlatformAccount:
    """The account that *outlet* names. Used from several threads. Each platform has its own below this."""

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self._bench = bench
        self._lock = threading.Lock()
        self._made: httpx.Client | None = None

    def now(self) -> datetime:
        return self._bench.clock()

    @property
    def shared(self) -> SharedAccount:
        """What all processes share about it. Raises Refused."""
        if self._bench.account is None:
            raise Refused(f"发布点 {self.outlet.id} 没有接入台账数据库，无法共用令牌、素材和调用次数")
        return self._bench.account

    def client(self) -> "httpx.Client":
        """The one that all its calls share, made when the first of them needs it."""
        with self._lock:
            if self._made is None:
                self._made = self._bench.client()
            return self._made

    def base(self, official: str) -> str:
        """The address before the interfaces' paths: the option ``api``, else the platform's own."""
        return str(self.outlet.options.get("api") or official)

    def secret(self, name: str, what: str) -> str:
        """A credential; *what* it is stands in the message. Raises Refused where there is none."""
        value = self._bench.secrets.get(name, "")
        if not value:
            raise Refused(f"发布点 {self.outlet.id} 没有{what}（{name}），请先取得并写入凭据")
        return value


def holder_of(delivery: Delivery) -> str:
    """Whose calls those of a delivery are."""
    return f"delivery/{delivery.id}"
