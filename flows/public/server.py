"""The public process: which site it serves, and how it begins and ends."""

import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from uvicorn import Config

from channels.ending_server import EndingServer
from channels.website.site import SiteView, site_of
from content.outlet import Outlet
from flows.public.app import make_app
from flows.settings import Settings

if TYPE_CHECKING:
    from flows.public.callbacks import Receiver

KEEP_ALIVE_SECONDS = 5
ENDING_SECONDS = 5
MOST_CONNECTIONS = 1_000
LONGEST_HEAD_BYTES = 16 * 1024
# SQLite gives Python's lock away at every row; with the usual 5 ms a thread would wait that long to go on.
SWITCH_SECONDS = 0.0005


class PublicError(Exception):
    """The public process cannot serve what was asked for; the message says what to do."""


def website_of(settings: Settings, outlet_id: str = "") -> Outlet:
    """The website with this id, or the first one that has a search, or the first one. Raises PublicError."""
    sites = [outlet for outlet in settings.active_outlets if outlet.channel == "website"]
    if not outlet_id:
        return next((outlet for outlet in sites if view_of(settings, outlet)), sites[0])
    found = next((outlet for outlet in sites if outlet.id == outlet_id), None)
    if found is None:
        raise PublicError(f"{outlet_id} is no website of this workspace: {', '.join(outlet.id for outlet in sites)}")
    return found


def view_of(settings: Settings, outlet: Outlet) -> SiteView | None:
    """The site as its pages name it, from the settings alone; None for one that is to have no search."""
    view = site_of(outlet, settings)
    return view if view.search else None


def serve(
    settings: Settings,
    outlet: Outlet,
    folder: Path,
    host: str,
    port: int,
    *,
    files: bool,
    ready: Callable[[str], None],
    receivers: "Mapping[str, Receiver] | None" = None,
) -> None:
    """Serves one site until SIGTERM or SIGINT; *folder* is the outlet's own, *ready* is told the address, *receivers* are
    the outlets whose platform calls back. A site without search has its files and callbacks alone.

    Raises PublicError, and OSError when the address is taken.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    index, public = folder / "search" / "index.sqlite", folder / "public" if files else None
    view = view_of(settings, outlet)
    if view is None and not files and not receivers:
        raise PublicError(
            f"there is nothing to serve: {outlet.id} has the option search = false, and no WeChat outlet has a callback_token"
        )
    app = make_app(view, index, public, receivers=receivers)
    config = Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_CONNECTIONS,
        h11_max_incomplete_event_size=LONGEST_HEAD_BYTES,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=ENDING_SECONDS,
    )
    with _listening(host, port) as listener:
        address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
        _Server(config, lambda: ready(address)).run(sockets=[listener])


class _Server(EndingServer):
    def __init__(self, config: Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._ready()


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With proto 0 asyncio leaves Nagle's algorithm on, and every answer waits 40 ms for an acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        yield listener
    finally:
        listener.close()
