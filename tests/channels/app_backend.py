"""The backend of an app, for tests: a real HTTP server that verifies as docs/app.md shows and drops repetitions."""

import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

DOCS = Path(__file__).parents[2] / "docs" / "app.md"
KEY = "whsec_" + "QUFB" * 10
OTHER_KEY = "whsec_" + "QkJC" * 10


def documented(language: str) -> str:
    [code] = re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    return str(code)


def documented_verification() -> Callable[..., bool]:
    """The code that the documentation gives to receivers."""
    names: dict[str, Any] = {}
    exec(documented("python"), names)  # our own documentation
    return names["verified"]  # type: ignore[no-any-return]


@dataclass
class Plan:
    """How the next requests are answered: *status* and *body*, whether the event is *taken* all the same, whether the answer is
    *cut* off or its body *drips*, and how many seconds it takes."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    taken: bool = False
    cut: bool = False
    drips: bool = False
    seconds: float = 0


class Backend:
    """*attempts* are the ids of all posts that verified, *events* what was taken, once each; *refused* counts what did not
    verify. *now* is the backend's clock, in seconds since 1970."""

    def __init__(self, now: Callable[[], float] = time.time, keys: tuple[str, ...] = (KEY,)) -> None:
        self.now, self.keys = now, keys
        self.attempts: list[str] = []
        self.events: dict[str, Any] = {}
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.refused = 0
        self.plans: list[Plan] = []
        self.verified = documented_verification()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"backend": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.02), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hooks"

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events.values()]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def took(self, headers: dict[str, str], body: bytes) -> Plan:
        with self._lock:
            self.requests.append((headers, body))
            if not self.verified(self.keys, headers, body, self.now):
                self.refused += 1
                return Plan(401, b'{"message": "bad signature"}')
            plan = self.plans.pop(0) if self.plans else Plan(204, taken=True)
            self.attempts.append(headers["webhook-id"])
            if plan.taken:
                self.events.setdefault(headers["webhook-id"], json.loads(body))
            return plan

    def told(self, headers: dict[str, str], event: str) -> Plan:
        if not self.verified(self.keys, headers, b"", self.now):
            return Plan(401)
        return Plan(200, json.dumps({"id": event, "received": event in self.events}).encode())


class _Handler(BaseHTTPRequestHandler):
    backend: ClassVar[Backend]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(self.backend.took(self._lower(), body))

    def do_GET(self) -> None:
        self._answer(self.backend.told(self._lower(), self.path.rpartition("/")[2]))

    def _lower(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _answer(self, plan: Plan) -> None:
        time.sleep(plan.seconds)
        if plan.cut:
            self.connection.close()
            return
        self.send_response(plan.status)
        for name, value in plan.headers.items():
            self.send_header(name, value)
        if plan.status not in (204, 304):
            self.send_header("Content-Length", str(len(plan.body)))
        self.end_headers()
        pieces = [plan.body[n : n + 1] for n in range(len(plan.body))] if plan.drips else [plan.body]
        with suppress(OSError):  # the sender does not wait for all of it
            for piece in pieces:
                self.wfile.write(piece)
                time.sleep(0.05 if plan.drips else 0)

    def log_message(self, *_said: Any) -> None:
        """Says nothing."""


def connect(office: Any, backend: Backend) -> None:
    """Lets an office's app tell this backend."""
    office.settings('options = { site = "portal" }\n\n[[outlets]]\nid = "radio"', _connected(backend))
    secrets = office.home / "secrets" / "app.toml"
    secrets.parent.mkdir(mode=0o700, exist_ok=True)
    secrets.touch(0o600)
    secrets.write_text(f'webhook_key = "{KEY}"\n', encoding="utf-8")
    office.reopen()


def _connected(backend: Backend) -> str:
    return f'options = {{ site = "portal", webhook = "{backend.url}" }}\n\n[[outlets]]\nid = "radio"'
