"""Where a place is: the address that an option gives, and what each kind of target can do."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol, runtime_checkable
from urllib.parse import unquote, urlsplit

from channels.base import Refused

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
_SCHEMES = ("file", "sftp", "s3", "webdav", "webdav+http", "webdav+https")
_EXAMPLES = "sftp://user@host/path、s3://bucket/prefix、webdav+https://host/path、file:///path"


@dataclass(frozen=True)
class Address:
    """A place's address in its parts. It never holds a password, so it may stand in messages."""

    scheme: str
    host: str
    port: int | None
    user: str
    path: str

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{user}{self.host}{port}{self.path}"


@dataclass(frozen=True)
class Seen:
    """A file at the target: its size in bytes, and its digest where the target tells one."""

    path: str
    size: int
    digest: str = ""


@dataclass(frozen=True)
class Described:
    """What a server says of a file: its media type, how long it may be kept, whether it is for download only."""

    media_type: str
    caching: str = ""
    disposition: str = ""


class Target(Protocol):
    """One connection to a place. Paths are relative to its root.

    Problems are OSErrors: PermissionError for what a person must mend, ConnectionError and TimeoutError for a cut.
    """

    proof: str
    """What ``listing`` tells beside the size: ``sha256``, ``md5``, or ``size`` for nothing."""

    at_once: int
    """How many files may be written or removed at the same time."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None when there is none."""

    def size(self, path: str) -> int | None:
        """The file's size in bytes, None when there is no such file."""

    def exists(self, path: str) -> bool:
        """Whether a file or a folder has this name."""

    def write(self, path: str, data: bytes, described: Described) -> None:
        """Puts the file in place: readers see the old one or the new one, whole."""

    def remove(self, path: str) -> None:
        """Takes the file away; one that is not there is no problem."""

    def discard(self, folder: str) -> None:
        """Takes a folder away with all that is in it; one that is not there is no problem."""

    def listing(self, folder: str = "") -> Iterator[Seen]:
        """Every file under the root, or under a folder of it, hidden ones too; none for a folder that is not there."""

    def names(self, folder: str = "") -> frozenset[str]:
        """What stands directly under the root, or in a folder of it; none for a folder that is not there."""

    def close(self) -> None: ...


@runtime_checkable
class Renames(Protocol):
    """A target where a folder gets its name in one step."""

    def appear(self, folder: str, name: str) -> None:
        """Gives *folder* the name beside it. FileExistsError when that is taken; a ConnectionError or TimeoutError says
        nothing of whether it was done, any other problem that it was not."""


@runtime_checkable
class PutsNew(Protocol):
    """A target that cannot rename, and makes a file only where there is none."""

    def put_new(self, path: str, data: bytes) -> None:
        """Makes the file, whole. FileExistsError when it is there, else problems as in ``Renames.appear``."""


def address_of(url: str, option: str = "mirror") -> Address:
    """Takes the option apart. Raises Refused for what is no address of a place, and for one with a password in it."""
    if url.startswith("/"):
        return Address("file", "", None, "", url)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused(f"选项 {option} 不是有效的地址。应写成 {_EXAMPLES}。") from None
    if parts.password is not None:
        raise Refused(f"选项 {option} 的地址里写有密码。请把密码移到 secrets/ 下该发布点的文件中，并更换这个密码。")
    address = Address(parts.scheme, parts.hostname or "", port, unquote(parts.username or ""), unquote(parts.path))
    needs_host = address.scheme != "file"
    if address.scheme not in _SCHEMES or needs_host is not bool(address.host) or parts.query or parts.fragment:
        raise Refused(f"选项 {option} 的地址 {address} 无法使用。应写成 {_EXAMPLES}。")
    return address


def open_target(address: Address, options: Mapping[str, Any], secrets: Mapping[str, str]) -> Target:
    """Connects. Each kind's library is loaded only here. Raises Refused for lacking settings, and OSError."""
    if address.scheme == "sftp":
        from channels.places.sftp import SftpTarget

        return SftpTarget(address, options, secrets)
    if address.scheme == "s3":
        from channels.places.s3 import S3Target

        return S3Target(address, options, secrets)
    if address.scheme.startswith("webdav"):
        from channels.places.webdav import WebdavTarget

        return WebdavTarget(address, options, secrets)
    from channels.places.local import LocalTarget

    return LocalTarget(address)


def aside(path: str) -> str:
    """The hidden name in the same folder under which a file is uploaded. Always the same for a path, so that what a
    killed upload left is overwritten by the next."""
    whole = PurePosixPath(path)
    return str(whole.with_name(f".{hashlib.sha256(path.encode()).hexdigest()[:16]}.part"))


def hidden(path: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(path).parts)


def own_file(name: str, path: str) -> str:
    """The path of a file that the setting *name* gives, empty for none. Raises Refused for one that cannot be read."""
    if path and not os.access(path, os.R_OK):
        raise Refused(f"设置 {name} 指定的文件 {path} 不存在或无法读取，请核对路径和读取权限。")
    return path


def needed(secrets: Mapping[str, str], *names: str) -> list[str]:
    """The credentials of these names. Raises Refused that names those that are not there."""
    lacking = [name for name in names if not secrets.get(name)]
    if lacking:
        raise Refused(f"缺少登录凭据 {'、'.join(lacking)}。请写入 secrets/ 下该发布点的文件。")
    return [secrets[name] for name in names]


def words_of(problem: OSError, secrets: Mapping[str, str]) -> str:
    """What went wrong, for an editor: without the credentials that a library may have put into its message."""
    text = str(problem.strerror or problem or type(problem).__name__)
    if problem.filename and str(problem.filename) not in text:
        text = f"{text}（{problem.filename}）"
    for value in filter(None, secrets.values()):
        text = text.replace(value, "…")
    return text.rstrip("。. ")
