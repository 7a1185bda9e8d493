"""A folder over SFTP. The server's key is verified before anything of ours is sent to it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import PurePosixPath
from stat import S_ISDIR, S_ISREG
from typing import Any

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from channels.base import Refused
from channels.places.target import ANSWER_SECONDS, CONNECT_SECONDS, Address, Described, Seen, aside, own_file

_PORT = 22
_ALIVE_SECONDS = 15


class WrongHostKey(PermissionError):
    """The server shows another key than the pinned one, or none is pinned."""


class _Pinned(paramiko.MissingHostKeyPolicy):
    """Takes a server only by the fingerprints that the settings name (``SHA256:…``, as ssh-keygen -l prints them)."""

    def __init__(self, fingerprints: list[str]) -> None:
        self._fingerprints = fingerprints

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        if key.fingerprint in self._fingerprints:
            return
        said = "与设置的不一致" if self._fingerprints else "尚未在设置中登记"
        raise WrongHostKey(
            0,
            f"服务器出示的主机密钥 {key.fingerprint} {said}。未发送任何凭据。"
            "请与服务器管理员当面或电话核对指纹，确认后写入选项 host_key",
        )


class _PinnedFileSystem(SFTPFileSystem):  # type: ignore[misc] # fsspec ships no types
    """fsspec's own takes every key of an unknown server; this one knows the settings' key or known_hosts only."""

    cachable = False

    def __init__(self, host: str, trust: _Pinned, known_hosts: str, **arguments: Any) -> None:
        self._trust, self._known_hosts = trust, known_hosts
        super().__init__(host, **arguments)

    def _connect(self) -> None:
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(self._trust)
        try:
            if self._known_hosts:
                self.client.load_host_keys(self._known_hosts)
            self.client.connect(self.host, **self.ssh_kwargs)
            self.ftp = self.client.open_sftp()
            _give_up_in_time(self.client.get_transport(), self.ftp.get_channel())
        except BaseException:
            self.client.close()
            raise


class SftpTarget:
    """Options: ``host_key`` (a fingerprint, or a list of them) or ``known_hosts`` (a file). Secrets: ``password``, or
    ``key_file`` with its ``key_passphrase``."""

    proof = "size"
    at_once = 1  # one connection answers one request after the other

    def __init__(self, address: Address, options: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        self._root = PurePosixPath(address.path or "/")
        self._folders: set[PurePosixPath] = set()
        with _as_os_errors():
            self._fs = _PinnedFileSystem(
                address.host,
                known_hosts=own_file("known_hosts", str(options.get("known_hosts", ""))),
                trust=_Pinned(_fingerprints(options)),
                **_login(address, secrets),
            )
            self._require_root()

    def read(self, path: str) -> bytes | None:
        with _as_os_errors():
            try:
                found: bytes = self._fs.cat_file(self._at(path))
            except FileNotFoundError:
                return None
            return found

    def write(self, path: str, data: bytes, described: Described) -> None:
        """Whole, but not forced to the server's disk: the protocol has that as an extension only, which the library does not
        offer. What a server loses with its power is found missing, and is for a person to settle."""
        with _as_os_errors():
            self._make_folder(PurePosixPath(self._at(path)).parent)
            self._fs.ftp.putfo(BytesIO(data), self._at(aside(path)), file_size=len(data), confirm=True)
            self._fs.mv(self._at(aside(path)), self._at(path))

    def remove(self, path: str) -> None:
        with _as_os_errors():
            for name in (path, aside(path)):
                with suppress(FileNotFoundError):
                    self._fs.ftp.remove(self._at(name))

    def size(self, path: str) -> int | None:
        with _as_os_errors():
            found = self._stat(path)
            return None if found is None or not S_ISREG(found.st_mode or 0) else found.st_size or 0

    def exists(self, path: str) -> bool:
        with _as_os_errors():
            return self._stat(path) is not None

    def appear(self, folder: str, name: str) -> None:
        """SSH_FXP_RENAME, which replaces nothing (draft-ietf-secsh-filexfer-02, 6.5); the server's no has one code for all."""
        with _as_os_errors():
            try:
                self._fs.ftp.rename(self._at(folder), self._at(name))
            except (ConnectionError, TimeoutError):
                raise
            except OSError as problem:
                if self._stat(name) is not None:
                    raise FileExistsError(0, "名称已被占用", name) from problem
                raise

    def discard(self, folder: str) -> None:
        with _as_os_errors(), suppress(FileNotFoundError):
            self._discard(PurePosixPath(self._at(folder)))

    def listing(self, folder: str = "") -> Iterator[Seen]:
        with _as_os_errors(), suppress(FileNotFoundError):
            yield from self._walk(self._root / folder)

    def names(self, folder: str = "") -> frozenset[str]:
        with _as_os_errors():
            try:
                return frozenset(self._fs.ftp.listdir(self._at(folder)))
            except FileNotFoundError:
                return frozenset()

    def close(self) -> None:
        self._fs.client.close()

    def _at(self, path: str) -> str:
        return str(self._root / path)

    def _require_root(self) -> None:
        try:
            there = S_ISDIR(self._fs.ftp.stat(str(self._root)).st_mode or 0)
        except FileNotFoundError:
            there = False
        if not there:
            self.close()
            raise PermissionError(0, f"服务器上没有目录 {self._root}，请先建立", str(self._root))

    def _make_folder(self, folder: PurePosixPath) -> None:
        if folder in self._folders or folder == self._root:
            return
        self._make_folder(folder.parent)
        try:
            self._fs.ftp.stat(str(folder))
        except FileNotFoundError:
            self._fs.ftp.mkdir(str(folder))
        self._folders.add(folder)

    def _stat(self, path: str) -> paramiko.SFTPAttributes | None:
        try:
            return self._fs.ftp.lstat(self._at(path))
        except FileNotFoundError:
            return None

    def _discard(self, folder: PurePosixPath) -> None:
        self._folders.discard(folder)
        for entry in self._fs.ftp.listdir_attr(str(folder)):
            path = folder / entry.filename
            if S_ISDIR(entry.st_mode or 0):
                self._discard(path)
            else:
                self._fs.ftp.remove(str(path))
        self._fs.ftp.rmdir(str(folder))

    def _walk(self, folder: PurePosixPath) -> Iterator[Seen]:
        for entry in self._fs.ftp.listdir_attr(str(folder)):
            path, mode = folder / entry.filename, entry.st_mode or 0
            if S_ISDIR(mode):
                yield from self._walk(path)
            elif S_ISREG(mode):
                yield Seen(str(path.relative_to(self._root)), entry.st_size or 0)


def _give_up_in_time(transport: paramiko.Transport | None, channel: paramiko.Channel | None) -> None:
    if transport is None or channel is None:
        raise EOFError("the connection was closed at once")
    transport.set_keepalive(_ALIVE_SECONDS)
    channel.settimeout(ANSWER_SECONDS)


def _fingerprints(options: Mapping[str, Any]) -> list[str]:
    named = options.get("host_key", [])
    found = [named] if isinstance(named, str) else list(named)
    return [f"SHA256:{str(entry).removeprefix('SHA256:').rstrip('=')}" for entry in found if entry]


def _login(address: Address, secrets: Mapping[str, str]) -> dict[str, Any]:
    """Nothing but what the settings name: no agent, no keys that lie about, no name of whoever runs us."""
    if not address.user:
        raise Refused(f"地址 {address} 缺少用户名，应写成 sftp://user@host/path。")
    if not secrets.get("password") and not secrets.get("key_file"):
        raise Refused("缺少登录凭据 password 或 key_file。请写入 secrets/ 下该发布点的文件。")
    return {
        "port": address.port or _PORT,
        "username": address.user,
        "password": secrets.get("password"),
        "pkey": _key(secrets),
        "allow_agent": False,
        "look_for_keys": False,
        "timeout": CONNECT_SECONDS,
        "banner_timeout": CONNECT_SECONDS,
        "auth_timeout": CONNECT_SECONDS,
        "channel_timeout": CONNECT_SECONDS,
    }


def _key(secrets: Mapping[str, str]) -> paramiko.PKey | None:
    """The private key of ``key_file``. Raises Refused for one that cannot be used."""
    path, passphrase = own_file("key_file", secrets.get("key_file", "")), secrets.get("key_passphrase")
    if not path:
        return None
    try:
        return paramiko.PKey.from_path(path, passphrase.encode() if passphrase else None)  # type: ignore[arg-type] # its stubs say str
    except paramiko.PasswordRequiredException:
        raise Refused(f"私钥文件 {path} 有口令，请写入凭据 key_passphrase。") from None
    except (paramiko.SSHException, paramiko.pkey.UnknownKeyType, OSError, ValueError, TypeError):
        raise Refused(f"私钥文件 {path} 无法使用：格式不对，或 key_passphrase 有误。") from None


@contextmanager
def _as_os_errors() -> Iterator[None]:
    try:
        yield
    except paramiko.BadHostKeyException as problem:
        shown = problem.key.fingerprint
        raise WrongHostKey(0, f"服务器出示的主机密钥 {shown} 与 known_hosts 中的不一致。未发送任何凭据") from problem
    except paramiko.AuthenticationException as problem:
        raise PermissionError(0, "用户名、密码或私钥不被接受，请核对凭据") from problem
    except (paramiko.SSHException, EOFError) as problem:
        raise ConnectionError(0, f"连接中断：{problem or type(problem).__name__}") from problem
