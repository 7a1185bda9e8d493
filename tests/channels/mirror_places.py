"""Places that a site is mirrored to, each behind a real server on loopback: SFTP, S3, WebDAV, and a folder."""

import asyncio
import errno
import os
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import asyncssh
import httpx
from cheroot.wsgi import Server
from lxml import etree
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from wsgidav.fs_dav_provider import FilesystemProvider
from wsgidav.wsgidav_app import WsgiDAVApp

from channels.mirror.marker import MARKER
from channels.places.target import aside

USER, PASSWORD = "tongbu", "镜像 pass-word 7f3a"
LOCAL = "127.0.0.1"
Failure = Callable[[str], str]
"""For a path: ``full``, ``denied`` or nothing."""


Done = Callable[[str, str], None]
"""Told of an act that was carried out, and its path, before anybody is answered."""


def fine(path: str) -> str:
    return ""


def unheard(act: str, path: str) -> None:
    """Nobody listens."""


class Place(ABC):
    """A place for one test: what stands there, and what was written to it."""

    kind = ""

    def __init__(self, name: str) -> None:
        self.name = name
        self.secrets: dict[str, str] = {}
        self.options: dict[str, Any] = {}

    @abstractmethod
    def tree(self) -> dict[str, bytes]:
        """What readers could get, by path."""

    @abstractmethod
    def hidden(self) -> list[str]:
        """The paths of what stands there hidden."""

    def get(self, path: str) -> bytes | None:
        return self.tree().get(path)

    @abstractmethod
    def put(self, path: str, data: bytes) -> None:
        """Puts a file there, past whatever we send."""

    @abstractmethod
    def written(self) -> list[str]:
        """The paths that were uploaded since ``forget``, with repetitions."""

    @abstractmethod
    def forget(self) -> None:
        """Begins a new log."""


class Networked(ABC):
    """A place behind a server that is made to fail."""

    @property
    @abstractmethod
    def port(self) -> int:
        """The server's own."""

    @abstractmethod
    def through(self, port: int) -> dict[str, Any]:
        """The options that reach the server through another port."""

    @abstractmethod
    def fails(self, failure: Failure) -> None:
        """Refuses uploads from now on."""

    @abstractmethod
    def hears(self, done: Done) -> None:
        """Tells of every act from now on."""


class FolderPlace(Place):
    """Shows a folder of this machine, whatever serves it."""

    root: Path

    def tree(self) -> dict[str, bytes]:
        return {path: (self.root / path).read_bytes() for path in self._paths() if not _is_hidden(path)}

    def hidden(self) -> list[str]:
        return [path for path in self._paths() if _is_hidden(path)]

    def get(self, path: str) -> bytes | None:
        try:
            return (self.root / path).read_bytes()
        except FileNotFoundError:
            return None

    def put(self, path: str, data: bytes) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data)

    def _paths(self) -> list[str]:
        return [str(path.relative_to(self.root)) for path in sorted(self.root.rglob("*")) if path.is_file()]


class LocalPlace(FolderPlace):
    kind = "local"

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name)
        self.root = folder / name
        self.root.mkdir(parents=True)
        self.options = {"mirror": f"file://{self.root}"}
        self._known: dict[str, int] = {}

    def written(self) -> list[str]:
        return [path for path, moment in self._moments().items() if self._known.get(path) != moment]

    def forget(self) -> None:
        self._known = self._moments()

    def _moments(self) -> dict[str, int]:
        return {path: (self.root / path).stat().st_mtime_ns for path in self._paths() if not _is_hidden(path)}


class SftpServer:
    """asyncssh in a thread of its own: real SSH with a host key, a password and a chroot."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log: list[str] = []
        self.logins: list[str] = []
        self.failure: Failure = fine
        self.done: Done = unheard
        self._connections: list[Any] = []
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(20)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def fingerprint(self) -> str:
        return str(self.host_key.get_fingerprint())

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def drop_everybody(self) -> None:
        """Cuts every connection before what was asked for is answered."""
        for connection in self._connections:
            connection.abort()
        self._connections.clear()

    async def _listen(self) -> Any:
        outer = self

        class Login(asyncssh.SSHServer):
            def connection_made(self, conn: Any) -> None:
                outer._connections.append(conn)

            def begin_auth(self, username: str) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                outer.logins.append(password)
                return (username, password) == (USER, PASSWORD)

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: Any) -> bool:
                return bool(key.get_fingerprint() == outer.user_key.get_fingerprint())

        class Files(asyncssh.SFTPServer):
            def __init__(self, chan: Any) -> None:
                super().__init__(chan, chroot=str(outer.folder).encode())

            def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
                if pflags & asyncssh.FXF_WRITE:
                    told = outer.failure(path.decode())
                    if told == "denied":
                        raise asyncssh.SFTPPermissionDenied("not yours")
                    if told == "full":
                        raise asyncssh.SFTPFailure("No space left on device")
                return super().open(path, pflags, attrs)

            def rename(self, oldpath: bytes, newpath: bytes) -> None:
                super().rename(oldpath, newpath)
                outer.done("rename", newpath.decode())

            def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
                outer.log.append(newpath.decode())
                super().posix_rename(oldpath, newpath)

        return await asyncssh.listen(
            LOCAL, 0, server_host_keys=[self.host_key], server_factory=Login, sftp_factory=Files
        )


class SftpPlace(FolderPlace, Networked):
    kind = "sftp"

    def __init__(self, name: str, server: SftpServer) -> None:
        super().__init__(name)
        self._server = server
        self.root = server.folder / name
        self.root.mkdir()
        self.options = self.through(server.port)
        self.secrets = {"password": PASSWORD}
        self.forget()
        server.failure, server.done = fine, unheard

    @property
    def port(self) -> int:
        return self._server.port

    def through(self, port: int) -> dict[str, Any]:
        address = f"sftp://{USER}@{LOCAL}:{port}/{self.name}"
        return {"mirror": address, "host_key": self._server.fingerprint}

    def written(self) -> list[str]:
        return _below(self.name, self._server.log)

    def forget(self) -> None:
        self._server.log.clear()

    def hears(self, done: Done) -> None:
        self._server.done = done

    def fails(self, failure: Failure) -> None:
        self._server.failure = lambda path: failure(path.partition(f"/{self.name}/")[2])


class Watched:
    """Any WSGI application, with a log of what was asked of it, and failures on demand."""

    STATUS: ClassVar[dict[str, str]] = {"denied": "403 Forbidden", "full": "507 Insufficient Storage"}

    def __init__(self, application: Any, body: bytes = b"") -> None:
        self._application, self._body = application, body
        self.log: list[tuple[str, str]] = []
        self.types: dict[str, str] = {}
        self.failure: Failure = fine
        self.done: Done = unheard
        self.broken: dict[str, int] = {}
        """How many of the next requests of a method fail: every second one is answered 500, the others are cut off."""

    def __call__(self, environ: dict[str, Any], start: Any) -> Any:
        path = environ["PATH_INFO"].encode("latin-1").decode()
        method = environ["REQUEST_METHOD"]
        self.log.append((method, path))
        if self.broken.get(method, 0):
            self.broken[method] -= 1
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            if self.broken[method] % 2:
                raise ConnectionResetError(errno.ECONNRESET, "cut off")
            start("500 Internal Server Error", [("Content-Length", "0")])
            return [b""]
        if method == "PUT":
            self.types[path] = environ.get("CONTENT_TYPE", "")
            told = self.failure(path)
            if told:
                environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
                start(
                    self.STATUS[told], [("Content-Type", "application/xml"), ("Content-Length", str(len(self._body)))]
                )
                return [self._body]
        answer = self._application(environ, start)
        if self.done is unheard:
            return answer
        whole = list(answer)
        self.done(method, path)
        return whole


class DavServer:
    """wsgidav over cheroot, with Basic authentication."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        config = {
            "provider_mapping": {"/": FilesystemProvider(str(folder))},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
            "verbose": 0,
            "logging": {"enable": False},
        }
        self.watched = Watched(WsgiDAVApp(config))
        self._server = Server((LOCAL, 0), self.watched, numthreads=4)
        self._server.prepare()
        self.port = self._server.bind_addr[1]
        threading.Thread(target=self._server.serve, daemon=True).start()

    def close(self) -> None:
        self._server.stop()


class DavPlace(FolderPlace, Networked):
    kind = "webdav"

    def __init__(self, name: str, server: DavServer) -> None:
        super().__init__(name)
        self._server = server
        self.root = server.folder / name
        self.root.mkdir()
        self.options = self.through(server.port)
        self.secrets = {"password": PASSWORD}
        self.forget()
        server.watched.failure, server.watched.done = fine, unheard
        server.watched.broken.clear()

    @property
    def port(self) -> int:
        return self._server.port

    def breaks(self, method: str, times: int) -> None:
        """Fails the next so many requests of this method, whatever stands there; the last of them is cut off."""
        self._server.watched.broken = {method: times}

    def asked(self, method: str) -> int:
        """How often it was asked by this method since ``forget``."""
        return [asked for asked, _ in self._server.watched.log].count(method)

    def through(self, port: int) -> dict[str, Any]:
        return {"mirror": f"webdav://{USER}@{LOCAL}:{port}/{self.name}"}

    def written(self) -> list[str]:
        """Every upload is a PUT of a hidden name that is moved over."""
        uploads = _below(self.name, [path for method, path in self._server.watched.log if method == "PUT"])
        known = {aside(path): path for path in self._paths()}
        return [known[path] for path in uploads if known[path] != MARKER]

    def forget(self) -> None:
        self._server.watched.log.clear()

    def media_type(self, path: str) -> str:
        return self._server.watched.types[f"/{self.name}/{aside(path)}"]

    def hears(self, done: Done) -> None:
        self._server.watched.done = done

    def fails(self, failure: Failure) -> None:
        self._server.watched.failure = lambda path: failure(path.partition(f"/{self.name}/")[2])


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the tests look at the log of ``Watched``."""


class S3Server:
    """moto's S3 over HTTP."""

    BODY = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>not yours</Message></Error>"

    def __init__(self) -> None:
        self.watched = Watched(DomainDispatcherApplication(create_backend_app), self.BODY)
        self._server = make_server(LOCAL, 0, self.watched, threaded=True, request_handler=_Quiet)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        assert httpx.put(f"http://{LOCAL}:{self.port}/site", headers=_AS_S3).status_code == 200

    def close(self) -> None:
        self._server.shutdown()


_AS_S3 = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, Signature=b"}


class S3Place(Place, Networked):
    kind = "s3"

    def __init__(self, name: str, server: S3Server) -> None:
        super().__init__(name)
        self._server = server
        self.options = self.through(server.port)
        self.secrets = {"access_key": "AKIDEXAMPLE", "secret_key": PASSWORD}
        self._client = httpx.Client(
            base_url=f"http://{LOCAL}:{server.port}/site", headers=_AS_S3, trust_env=False, verify=False
        )
        self.forget()
        server.watched.failure, server.watched.done = fine, unheard

    @property
    def port(self) -> int:
        return self._server.port

    def through(self, port: int) -> dict[str, Any]:
        endpoint = f"http://{LOCAL}:{port}"
        return {"mirror": f"s3://site/{self.name}", "endpoint": endpoint, "region": "us-east-1", "addressing": "path"}

    def tree(self) -> dict[str, bytes]:
        return {path: self.get(path) or b"" for path in self._paths() if not _is_hidden(path)}

    def hidden(self) -> list[str]:
        return [path for path in self._paths() if _is_hidden(path)]

    def get(self, path: str) -> bytes | None:
        answer = self._client.get(f"/{self.name}/{_quoted(path)}")
        return answer.content if answer.status_code == 200 else None

    def put(self, path: str, data: bytes) -> None:
        assert self._client.put(f"/{self.name}/{_quoted(path)}", content=data).status_code == 200

    def written(self) -> list[str]:
        return _below(f"site/{self.name}", [path for method, path in self._server.watched.log if method == "PUT"])

    def forget(self) -> None:
        self._server.watched.log.clear()

    def headers(self, path: str) -> httpx.Headers:
        return self._client.head(f"/{self.name}/{_quoted(path)}").headers

    def media_type(self, path: str) -> str:
        return self.headers(path)["content-type"]

    def hears(self, done: Done) -> None:
        self._server.watched.done = done

    def fails(self, failure: Failure) -> None:
        self._server.watched.failure = lambda path: failure(path.partition(f"/{self.name}/")[2])

    def _paths(self) -> list[str]:
        found: list[str] = []
        asked = {"list-type": "2", "prefix": f"{self.name}/", "max-keys": "1000"}
        while True:
            answer = etree.fromstring(self._client.get("", params=asked).content)
            found += [element.text for element in answer.iterfind("{*}Contents/{*}Key")]
            token = answer.findtext("{*}NextContinuationToken")
            if not token:
                return [path.removeprefix(f"{self.name}/") for path in found]
            asked["continuation-token"] = token


@contextmanager
def running_places(folder: Path) -> Iterator[Callable[[str, str], Place]]:
    """Makes a place of a kind; every server is started once, when it is first asked for."""
    running: dict[str, Any] = {}
    makers: dict[str, Callable[[], Any]] = {
        "sftp": lambda: SftpServer(_in(folder / "sftp")),
        "webdav": lambda: DavServer(_in(folder / "dav")),
        "s3": S3Server,
    }
    kinds: dict[str, Any] = {"sftp": SftpPlace, "webdav": DavPlace, "s3": S3Place}

    def make(kind: str, name: str) -> Place:
        if kind == "local":
            return LocalPlace(name, folder)
        if kind not in running:
            running[kind] = makers[kind]()
        made: Place = kinds[kind](name, running[kind])
        return made

    yield make
    for server in running.values():
        server.close()


def _in(folder: Path) -> Path:
    folder.mkdir()
    return folder


class Cutter:
    """A TCP proxy that lets so many bytes to the server, then cuts everything and answers nobody any more."""

    def __init__(self, port: int, after: int) -> None:
        self._port, self._left = port, after
        self._listener = socket.create_server((LOCAL, 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._lock, self._closed = threading.Lock(), False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for one in [self._listener, *self._open]:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self._open.clear()

    def _serves(self, *pair: socket.socket) -> bool:
        """Whether it goes on for them; who comes just when everything is cut is cut as well."""
        with self._lock:
            for one in pair if self._closed else ():
                one.close()
            self._open += [] if self._closed else pair
            return not self._closed

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection((LOCAL, self._port))
                if not self._serves(client, server):
                    return
                threading.Thread(target=self._pump, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(16384):
                if counted:
                    self._left -= len(data)
                    if self._left < 0:
                        self.close()
                        return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)


@contextmanager
def cutting(port: int, after: int) -> Iterator[int]:
    cutter = Cutter(port, after)
    try:
        yield cutter.port
    finally:
        cutter.close()


def free_port() -> int:
    with socket.create_server((LOCAL, 0)) as listener:
        return int(listener.getsockname()[1])


def _below(root: str, paths: list[str]) -> list[str]:
    cut = [path.partition(f"/{root}/")[2] for path in paths if f"/{root}/" in path]
    return [path for path in cut if path and path != MARKER]


def _is_hidden(path: str) -> bool:
    return any(part.startswith(".") for part in path.split(os.sep))


def _quoted(path: str) -> str:
    return quote(path)
