"""One process that serves the sandbox on loopback until it is told to end."""

import asyncio
import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

from channels.ending_server import EndingServer
from channels.sandbox.app import DROP, make_app
from channels.sandbox.store import SandboxStore
from content.assets import write_whole

STATE = "sandbox.json"
LOCK = "sandbox.lock"
KEEP_ALIVE_SECONDS = 60
ENDING_SECONDS = 2


class SandboxRunning(RuntimeError):
    """Another sandbox serves this folder."""


class Droppable(H11Protocol):
    """HTTP/1.1 that lets the application cut the connection: ``scope["extensions"][DROP]()``."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        application = self.app

        async def offering(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[DROP] = self.transport.abort
            await application(scope, receive, send)

        self.app = offering


def serve(
    folder: Path,
    port: int = 0,
    on_ready: Callable[[int], None] | None = None,
    stop: Event | None = None,
    clock: Callable[[], float] = time.time,
) -> None:
    """Serves *folder* on 127.0.0.1 in the foreground until SIGTERM, SIGINT or *stop*; *port* 0 is any free one, *clock*
    gives the platforms' Unix seconds.

    Once it accepts, ``sandbox.json`` holds ``port``, ``pid`` and ``url``; it goes on the way out. Raises
    SandboxRunning when a live one has the folder, AccountsUnreadable, and OSError when the port is taken.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder), _listening(port) as listener:
        store = SandboxStore(folder, clock)
        try:
            _Server(store, listener.getsockname()[1], on_ready, stop or Event()).run(sockets=[listener])
        finally:
            (folder / STATE).unlink(missing_ok=True)
            store.close()


def running(folder: Path) -> dict[str, Any] | None:
    """What the folder's live sandbox says of itself; None when none is live."""
    try:
        with _alone(folder):
            return None
    except SandboxRunning:
        return _state(folder)
    except FileNotFoundError:
        return None


class _Server(EndingServer):
    def __init__(self, store: SandboxStore, port: int, on_ready: Callable[[int], None] | None, stop: Event) -> None:
        config = Config(
            make_app(store),
            http=Droppable,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_level="error",
            access_log=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=ENDING_SECONDS,
        )
        super().__init__(config)
        self._store = store
        self._port = port
        self._on_ready = on_ready
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            return
        values = {"port": self._port, "pid": os.getpid(), "url": f"http://127.0.0.1:{self._port}"}
        await asyncio.to_thread(write_whole, self._store.folder / STATE, json.dumps(values).encode())
        if self._on_ready:
            self._on_ready(self._port)

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._stop.is_set()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Holds the folder's lock, which the kernel gives up with the process, however that ends."""
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            at = (_state(folder) or {}).get("url", "")
            message = f"{folder} 已有一个沙箱在运行{f'（{at}）' if at else ''}，请直接使用它，或先结束它再启动"
            raise SandboxRunning(message) from None
        yield


@contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    # With proto 0 asyncio leaves Nagle's algorithm on, and every answer waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        yield listener
    finally:
        listener.close()


def _state(folder: Path) -> dict[str, Any] | None:
    try:
        values = json.loads((folder / STATE).read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return values if isinstance(values, dict) else None
