"""The only place that builds outlets' channels from the settings."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from channels import channel_class
from channels.base import Channel, NoMirror, Refused, Unavailable, Workbench
from content.accounts import SharedAccount
from content.database import Database
from content.inbox import Inbox
from content.outlet import Outlet
from content.shelves import DatabaseShelf
from content.site_files import DatabaseSiteFiles
from flows.settings import SANDBOX, SettingsError, callback_secrets_of, secrets_of
from flows.workspace import Workspace

if TYPE_CHECKING:
    from ssl import SSLContext

    import httpx

    from channels.mirror import SiteMirror

PLATFORMS = ("weibo", "wechat")
SHOWING_ISSUES = ("gazette", "website")
"""The channels that know the print gazette's issues: the one fills them, the other has a page for each."""
PARTNERS = ("radio", "television", "newspaper")
"""Whose receipts come back as files in their folders."""
CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0


class NoSuchOutlet(LookupError):
    """An outlet that the settings do not name."""


@dataclass
class Wired:
    """A workspace with its channels, built when they are first asked for. One per order, so that settings, credentials
    and the sandbox's port are as they are now."""

    workspace: Workspace
    _channels: dict[str, Channel] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def database(self) -> Database:
        return self.workspace.database

    def outlet(self, outlet_id: str) -> Outlet:
        """Raises NoSuchOutlet."""
        found = self.workspace.settings.outlet(outlet_id)
        if found is None:
            settings = self.workspace.settings
            groups = sorted({name for outlet in settings.outlets for name in outlet.groups})
            known = ", ".join([*(outlet.id for outlet in settings.outlets), *groups])
            raise NoSuchOutlet(f"there is no outlet {outlet_id}: {known}")
        return found

    def outlets(self, names: Iterable[str]) -> tuple[str, ...]:
        """The ids of the outlets that are named, each by its id or by a group that it is in. Raises NoSuchOutlet."""
        return tuple(dict.fromkeys(outlet for name in names for outlet in self._named(name)))

    def _named(self, name: str) -> list[str]:
        members = [outlet.id for outlet in self.workspace.settings.active_outlets if name in outlet.groups]
        return members or [self.outlet(name).id]

    def channel(self, outlet_id: str) -> Channel:
        with self._lock:
            if outlet_id not in self._channels:
                self._channels[outlet_id] = self._build(self.outlet(outlet_id))
            return self._channels[outlet_id]

    def using(self, outlet_id: str, channel: Channel) -> "Wired":
        """The same, with this channel for the outlet."""
        return Wired(self.workspace, {**self._channels, outlet_id: channel})

    def channel_if_built(self, outlet_id: str) -> object:
        """The outlet's channel, for who asks whether it meets a further protocol; None for one that cannot be built,
        which is what ``doctor`` tells."""
        try:
            return self.channel(outlet_id)
        except (SettingsError, NoSuchOutlet, OSError):
            return None

    def _build(self, outlet: Outlet) -> Channel:
        resolved = self._with_sandbox_address(outlet)
        return channel_class(outlet.channel)(resolved, self.bench(resolved))  # type: ignore[call-arg]

    def _with_sandbox_address(self, outlet: Outlet) -> Outlet:
        if outlet.options.get("api") != SANDBOX:
            return outlet
        url = sandbox_url(self.workspace)
        options = {**outlet.options, "api": f"{url}/{outlet.channel}" if url else SANDBOX}
        return replace(outlet, options=options)

    def bench(self, outlet: Outlet) -> Workbench:
        """What the outlet's channel works with."""
        settings = self.workspace.settings
        place = str(outlet.options.get("site", outlet.id))
        return Workbench(
            office=settings.office,
            site=settings.site,
            assets=self.workspace.assets,
            shelf=DatabaseShelf(self.database, outlet.id),
            folder=self.workspace.outlet_folder(place),
            clock=self.workspace.clock,
            client=_client_factory(outlet),
            site_files=DatabaseSiteFiles(self.database, place, mirrored=self._mirrored(place)),
            secrets=secrets_of(self.workspace.home, outlet.id),
            issues=self._issues(outlet),
            account=self._account(outlet),
            inbox=self._inbox(outlet),
            mirror=self.mirror(place) or NoMirror(),
        )

    def mirror(self, outlet_id: str) -> "SiteMirror | None":
        """The mirror of the website *outlet_id*; None for a site that has none. Its feeds and app share it."""
        outlet = self.workspace.settings.outlet(outlet_id)
        if outlet is None or not self._mirrored(outlet_id):
            return None
        from channels.mirror import SiteMirror

        return SiteMirror(
            folder=self.workspace.outlet_folder(outlet_id),
            files=DatabaseSiteFiles(self.database, outlet_id, mirrored=True),
            outlet=outlet_id,
            identity=outlet.identity,
            rehearsal=self.workspace.settings.office.rehearsal,
            options=outlet.options,
            secrets=secrets_of(self.workspace.home, outlet_id),
        )

    def _mirrored(self, outlet_id: str) -> bool:
        outlet = self.workspace.settings.outlet(outlet_id)
        return outlet is not None and bool(outlet.options.get("mirror"))

    def _account(self, outlet: Outlet) -> SharedAccount | None:
        if outlet.channel not in PLATFORMS:
            return None
        return SharedAccount.of(self.database, outlet.channel, outlet.identity, self.workspace.sealing)

    def _inbox(self, outlet: Outlet) -> Inbox | None:
        """Where the account's callbacks arrive, whichever of its outlets has their token."""
        home = self.workspace.home
        same = (one.id for one in self.workspace.settings.outlets if _account_of(one) == _account_of(outlet))
        if outlet.channel != "wechat" or not any(callback_secrets_of(home, one) for one in same):
            return None
        return Inbox.of(home, outlet.channel, outlet.identity)

    def _issues(self, outlet: Outlet) -> "Issues | None":
        if outlet.channel not in SHOWING_ISSUES:
            return None
        from content.gazette.issues import Issues

        return Issues(self.database.engine, self.workspace.clock)


if TYPE_CHECKING:
    from content.gazette.issues import Issues


def _account_of(outlet: Outlet) -> tuple[str, str]:
    return outlet.channel, outlet.identity


def sandbox_url(workspace: Workspace) -> str | None:
    """Where the workspace's sandbox platforms answer, None while they do not run."""
    try:
        values = json.loads((workspace.sandbox_folder / "sandbox.json").read_text(encoding="utf-8"))
        return f"http://127.0.0.1:{int(values['port'])}"
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _client_factory(outlet: Outlet) -> "Callable[[], httpx.Client]":
    own = str(outlet.options.get("ca_file", "")) if outlet.channel == "app" else ""

    def make() -> "httpx.Client":
        import httpx

        if outlet.options.get("api") == SANDBOX:
            raise Unavailable("the sandbox platforms do not run: tongbu sandbox, or tongbu serve")
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        return httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False, verify=_authorities(own))

    return make


@cache
def _authorities(ca_file: str = "") -> "SSLContext":
    """Whom a platform's certificate must come from, or a city's own backend's. Read once in a process: it takes as long as
    ten calls on loopback. Raises Refused."""
    import ssl

    import httpx

    try:
        return ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context(trust_env=False)
    except OSError as problem:  # no such file, or no certificate in it
        raise Refused(f"设置 ca_file 指定的证书文件 {ca_file} 不能使用（{problem}），请核对路径和内容。") from problem
