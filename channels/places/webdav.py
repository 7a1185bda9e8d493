"""A folder over WebDAV: uploaded under a hidden name and moved over (RFC 4918, 9.9)."""

import errno
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import PurePosixPath
from threading import Lock
from typing import Any
from urllib.parse import quote

import httpx
from webdav4 import client as dav
from webdav4.fsspec import WebdavFileSystem
from webdav4.http import Client as DavHttp

from channels.base import Refused
from channels.places.target import ANSWER_SECONDS, CONNECT_SECONDS, Address, Described, Seen, aside, needed, own_file

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NO_LEAVE = (401, 403)
_FAILED = 500
_LOOKING = ("GET", "PROPFIND")
LOOKS = 3
PAUSE_SECONDS = 0.1


class _LooksAgain(DavHttp):  # type: ignore[misc] # it ships no types
    """Looking changes nothing, so a look that failed over there is repeated: servers answer 500 to a listing when a name in it
    is moved away at that moment. What may have changed something is asked for once."""

    def request(self, method: str, *given: Any, **named: Any) -> httpx.Response:
        for _ in range(LOOKS - 1 if method in _LOOKING else 0):
            with suppress(httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                answer: httpx.Response = super().request(method, *given, **named)
                if answer.status_code < _FAILED:
                    return answer
            time.sleep(PAUSE_SECONDS)
        last: httpx.Response = super().request(method, *given, **named)
        return last


class WebdavTarget:
    """Option: ``ca_file`` (the certificate of the city's own authority). Secrets: ``user`` where the address has none,
    ``password``."""

    proof = "size"
    at_once = 4

    def __init__(self, address: Address, options: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        user = address.user or needed(secrets, "user")[0]
        auth = (user, needed(secrets, "password")[0])
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        verify = own_file("ca_file", str(options.get("ca_file", ""))) or True
        self._folders: set[PurePosixPath] = {PurePosixPath()}
        self._making = Lock()  # servers answer 500 when two make one folder at once
        with _as_os_errors():
            base = _base(address)
            http = _LooksAgain(base_url=base, auth=auth, timeout=timeout, verify=verify, trust_env=False)
            client = dav.Client(base, http_client=http, retry=False)
            self._fs = WebdavFileSystem(base, client=client, skip_instance_cache=True)
            self._require_root(address)

    def read(self, path: str) -> bytes | None:
        with _as_os_errors():
            try:
                answer = self._fs.client.request("GET", quote(path))
            except dav.ResourceNotFound:
                return None
            return bytes(answer.content)

    def write(self, path: str, data: bytes, described: Described) -> None:
        beside, headers = quote(aside(path)), {"Content-Type": described.media_type}
        with _as_os_errors():
            with self._making:
                self._make_folder(PurePosixPath(path).parent)
            self._fs.client.upload_fileobj(BytesIO(data), beside, overwrite=True, size=len(data), headers=headers)
            self._fs.client.move(beside, quote(path), overwrite=True)

    def remove(self, path: str) -> None:
        for name in (path, aside(path)):
            with _as_os_errors():
                try:
                    self._fs.client.remove(quote(name))
                except dav.ResourceNotFound:
                    continue

    def size(self, path: str) -> int | None:
        found = self._info(path)
        return None if found is None or found["type"] == "directory" else int(found["content_length"] or 0)

    def exists(self, path: str) -> bool:
        return self._info(path) is not None

    def appear(self, folder: str, name: str) -> None:
        """MOVE with ``Overwrite: F`` (RFC 4918, 9.9.3). Servers may move a folder file by file, so whatever is no clear
        answer may have been done."""
        with _as_os_errors():
            try:
                self._fs.client.move(quote(folder), quote(name), overwrite=False)
            except dav.ResourceAlreadyExists as problem:
                raise FileExistsError(0, "名称已被占用", name) from problem
            except dav.HTTPError as problem:
                if problem.status_code < _FAILED:
                    raise
                raise ConnectionError(0, f"服务器应答 {problem.status_code}，是否已改名不明") from problem
            except (dav.BadGatewayError, dav.MultiStatusError) as problem:
                raise ConnectionError(0, f"是否已改名不明：{problem}") from problem

    def discard(self, folder: str) -> None:
        with _as_os_errors(), suppress(dav.ResourceNotFound):
            self._fs.client.remove(quote(folder))
        self._folders = {PurePosixPath()}

    def listing(self, folder: str = "") -> Iterator[Seen]:
        with _as_os_errors(), suppress(dav.ResourceNotFound):
            yield from self._walk(folder)

    def names(self, folder: str = "") -> frozenset[str]:
        with _as_os_errors():
            try:
                found = self._fs.client.ls(quote(folder), detail=False)
            except dav.ResourceNotFound:
                return frozenset()
            return frozenset(PurePosixPath(name).name for name in found)

    def close(self) -> None:
        self._fs.client.http.close()

    def _info(self, path: str) -> dict[str, Any] | None:
        with _as_os_errors():
            try:
                found: dict[str, Any] = self._fs.client.info(quote(path))
            except dav.ResourceNotFound:
                return None
            return found

    def _require_root(self, address: Address) -> None:
        try:
            self._fs.client.ls("", detail=False)
        except dav.ResourceNotFound:
            self.close()
            raise PermissionError(0, f"服务器上没有目录 {address.path}，请先建立", address.path) from None
        except BaseException:
            self.close()
            raise

    def _make_folder(self, folder: PurePosixPath) -> None:
        if folder in self._folders:
            return
        self._make_folder(folder.parent)
        with suppress(dav.ResourceAlreadyExists):
            self._fs.client.mkdir(quote(str(folder)))
        self._folders.add(folder)

    def _walk(self, folder: str) -> Iterator[Seen]:
        for entry in self._fs.client.ls(quote(folder), detail=True):
            name = str(entry["name"])
            if entry["type"] == "directory":
                yield from self._walk(name)
            else:
                yield Seen(name, int(entry["content_length"] or 0))


def _base(address: Address) -> str:
    """Raises Refused where the password would cross the network in the clear."""
    if address.scheme != "webdav+https" and address.host not in _LOOPBACK:
        raise Refused(f"地址 {address} 不加密，密码会在网络上明文传送。请改用 webdav+https://。")
    scheme = "https" if address.scheme == "webdav+https" else "http"
    host = f"[{address.host}]" if ":" in address.host else address.host
    return f"{scheme}://{host}{f':{address.port}' if address.port else ''}{quote(address.path)}"


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as problem:
        raise TimeoutError(errno.ETIMEDOUT, "服务器在时限内没有应答") from problem
    except httpx.TransportError as problem:
        raise ConnectionError(0, f"连接中断或无法建立：{problem or type(problem).__name__}") from problem
    except dav.InsufficientStorage as problem:
        raise OSError(errno.ENOSPC, "服务器的磁盘已满") from problem
    except dav.ForbiddenOperation as problem:
        raise PermissionError(errno.EACCES, f"服务器不允许：{problem}") from problem
    except dav.HTTPError as problem:
        kind = PermissionError if problem.status_code in _NO_LEAVE else OSError
        raise kind(0, f"服务器应答 {problem.status_code}") from problem
    except (dav.ClientError, httpx.HTTPError, ValueError) as problem:
        raise OSError(0, f"服务器的应答无法使用：{problem}") from problem
