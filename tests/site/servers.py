"""The real nginx and Caddy with the configurations of ``docs/server``, each on a free port of the loopback.

Only what an office sets as well is replaced: the root, the address, the search's port; and what keeps a test's server
away from the machine's own: its user, its process file, its temporary folders, its administration port.
"""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx

CONFIGURATIONS = Path(__file__).parent.parent.parent / "docs" / "server"
PATIENCE_SECONDS = 20.0
_ROOT = "/srv/tongbu/outlets/portal/public"
_SEARCH = "127.0.0.1:8090"
_NGINX_MAIN = """
{user}daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
_CADDY_OPTIONS = "{\n\tadmin off\n\tauto_https off\n}\n"


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@contextmanager
def nginx(public: Path, folder: Path, search_port: int = 0) -> Iterator[str]:
    """Serves *public* with ``docs/server/nginx.conf`` and gives the site's address."""
    port = free_port()
    changes = {
        "    listen 80;\n    listen [::]:80;\n": f"    listen 127.0.0.1:{port};\n",
        _ROOT: str(public),
        _SEARCH: f"127.0.0.1:{search_port or free_port()}",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.conf").write_text(_changed("nginx.conf", changes), encoding="utf-8")
    user = f"user {pwd.getpwuid(os.getuid()).pw_name};\n" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(_NGINX_MAIN.format(user=user, folder=folder), encoding="utf-8")
    command = [_program("nginx"), "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    with _running(command, port, folder, {}) as address:
        yield address


@contextmanager
def caddy(public: Path, folder: Path, search_port: int = 0) -> Iterator[str]:
    """Serves *public* with ``docs/server/Caddyfile`` and gives the site's address."""
    port = free_port()
    changes = {
        "www.jingzhou.gov.cn {\n": f"http://127.0.0.1:{port} {{\n\tbind 127.0.0.1\n",
        _ROOT: str(public),
        _SEARCH: f"127.0.0.1:{search_port or free_port()}",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Caddyfile").write_text(_CADDY_OPTIONS + _changed("Caddyfile", changes), encoding="utf-8")
    command = [_program("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    home = {name: str(folder) for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    with _running(command, port, folder, home) as address:
        yield address


SERVERS: Mapping[str, Callable[..., AbstractContextManager[str]]] = {"nginx": nginx, "caddy": caddy}


def _program(name: str) -> str:
    """Where it is; Debian keeps servers where an ordinary user's path does not lead."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, f"{name} is not installed: make test installs it"
    return found


def _changed(name: str, changes: Mapping[str, str]) -> str:
    text = (CONFIGURATIONS / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, f"docs/server/{name} has {old!r} {text.count(old)} times"
        text = text.replace(old, new)
    return text


@contextmanager
def _running(command: Sequence[str], port: int, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The process from the moment that it answers until the end of the block; what it said stays in the folder."""
    address, said = f"http://127.0.0.1:{port}", folder / "said.log"
    with said.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment}, cwd=folder)
    try:
        _await_answer(process, address, said)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _await_answer(process: "subprocess.Popen[bytes]", address: str, said: Path) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, said.read_text(errors="replace")
        try:
            httpx.get(address, trust_env=False, timeout=5)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"no answer from {address}: {said.read_text(errors='replace')}")
