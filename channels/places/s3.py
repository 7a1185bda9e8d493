"""An S3 bucket: every put is whole or not at all by itself, and nothing can be renamed."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import botocore.exceptions
import s3fs
from aiobotocore.session import AioSession

from channels.places.target import ANSWER_SECONDS, CONNECT_SECONDS, Address, Described, Seen, needed, own_file

_TRIES = 2
_MD5 = re.compile(r"^[0-9a-f]{32}$")


class S3Target:
    """Options: ``endpoint`` (of a store that is not Amazon's), ``region``, ``addressing`` (``path`` or ``virtual``),
    ``ca_file``. Secrets: ``access_key``, ``secret_key``, and ``session_token`` where the store gives one."""

    proof = "md5"
    at_once = 8

    def __init__(self, address: Address, options: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        key, secret = needed(secrets, "access_key", "secret_key")
        self._root = f"{address.host}{address.path.rstrip('/')}"
        with _as_os_errors():
            self._fs = s3fs.S3FileSystem(
                key=key,
                secret=secret,
                token=secrets.get("session_token"),
                endpoint_url=options.get("endpoint"),
                client_kwargs=_client(options),
                config_kwargs=_config(options),
                use_listings_cache=False,
                session=_session(),
                skip_instance_cache=True,
            )
            self._fs.retries = _TRIES

    def read(self, path: str) -> bytes | None:
        with _as_os_errors():
            try:
                found: bytes = self._fs.cat_file(self._at(path))
            except FileNotFoundError as problem:
                _require_bucket(problem)
                return None
            return found

    def write(self, path: str, data: bytes, described: Described) -> None:
        said = {"ContentType": described.media_type}
        said |= {"CacheControl": described.caching} if described.caching else {}
        said |= {"ContentDisposition": described.disposition} if described.disposition else {}
        with _as_os_errors():
            self._fs.pipe_file(self._at(path), data, **said)

    def remove(self, path: str) -> None:
        with _as_os_errors(), suppress(FileNotFoundError):
            self._fs.rm_file(self._at(path))

    def size(self, path: str) -> int | None:
        with _as_os_errors():
            try:
                found = self._fs.info(self._at(path))
            except FileNotFoundError:
                return None
            return int(found["size"]) if found["type"] == "file" else None

    def exists(self, path: str) -> bool:
        with _as_os_errors():
            return bool(self._fs.exists(self._at(path)))

    def put_new(self, path: str, data: bytes) -> None:
        """A store that does not know conditional writes would replace it: who calls looks first."""
        with _as_os_errors():
            try:
                self._fs.pipe_file(self._at(path), data, mode="create")
            except (PermissionError, FileExistsError):
                raise
            except OSError as problem:
                if _code(problem) == "PreconditionFailed":
                    raise FileExistsError(0, "名称已被占用", path) from problem
                raise ConnectionError(0, f"服务器的应答不明：{_code(problem) or problem}") from problem

    def discard(self, folder: str) -> None:
        for entry in list(self.listing(folder)):
            self.remove(entry.path)

    def listing(self, folder: str = "") -> Iterator[Seen]:
        under = self._at(folder) if folder else self._root
        with _as_os_errors():
            for path, entry in self._fs.find(under, detail=True).items():
                tag = str(entry.get("ETag", "")).strip('"')
                yield Seen(path.removeprefix(f"{self._root}/"), entry["size"], tag if _MD5.match(tag) else "")

    def names(self, folder: str = "") -> frozenset[str]:
        under = self._at(folder).rstrip("/")
        with _as_os_errors():
            try:
                found = self._fs.ls(under, detail=False)
            except FileNotFoundError as problem:
                _require_bucket(problem)
                return frozenset()
            return frozenset(path.removeprefix(f"{under}/").partition("/")[0] for path in found if path != under)

    def close(self) -> None:
        """The connections belong to the library's own thread, which closes them when they are idle."""

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


@cache
def _session() -> AioSession:
    """One for all: it reads the description of the protocol, megabytes of JSON, only once."""
    return AioSession()


def _client(options: Mapping[str, Any]) -> dict[str, Any]:
    named = {"region_name": options.get("region"), "verify": own_file("ca_file", str(options.get("ca_file", "")))}
    return {name: str(value) for name, value in named.items() if value}


def _config(options: Mapping[str, Any]) -> dict[str, Any]:
    """Checksums only where a request needs them: stores that are not Amazon's refuse the newer ones."""
    return {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": ANSWER_SECONDS,
        "retries": {"total_max_attempts": 1},
        "s3": {"addressing_style": str(options.get("addressing", "auto"))},
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
    }


def _require_bucket(problem: FileNotFoundError) -> None:
    if _code(problem) == "NoSuchBucket":
        raise PermissionError(0, "存储桶不存在，请核对地址中的桶名") from problem


def _code(problem: BaseException) -> str:
    answer = getattr(problem.__cause__, "response", None) or {}
    return str(answer.get("Error", {}).get("Code", ""))


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except (botocore.exceptions.ConnectTimeoutError, botocore.exceptions.ReadTimeoutError) as problem:
        raise TimeoutError(0, "服务器在时限内没有应答") from problem
    except (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError) as problem:
        raise ConnectionError(0, "连接中断或无法建立") from problem
    except botocore.exceptions.BotoCoreError as problem:
        raise OSError(0, f"请求无法完成：{type(problem).__name__}") from problem
