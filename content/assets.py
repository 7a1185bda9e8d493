"""Files kept by the hash of their content: pictures, attachments and the frozen bytes of renditions."""

import os
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from content.canonical import digest

_AT_ONCE = 4


class AssetMissing(LookupError):
    """A digest that the store does not hold."""


class AssetAltered(ValueError):
    """The stored bytes no longer have the digest that names them."""


class Assets:
    """A folder of files named by SHA-256, two levels deep. Safe for several writers at once and against a kill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    def put(self, data: bytes) -> str:
        """Keeps the bytes and returns their digest; what is there already, unaltered, is not written again."""
        name = digest(data)
        target = self.path(name)
        if not target.exists() or digest(target.read_bytes()) != name:
            write_whole(target, data)
        return name

    def get(self, name: str) -> bytes:
        """The bytes, their digest computed again. Raises AssetMissing or AssetAltered."""
        try:
            data = self.path(name).read_bytes()
        except FileNotFoundError:
            raise AssetMissing(f"the store holds no file {name}") from None
        if digest(data) != name:
            raise AssetAltered(f"the stored file {name} has been altered")
        return data


def write_whole(target: Path, data: bytes) -> None:
    """Writes aside, fsyncs and renames: a reader sees the old file or the new one, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.parent / f".{target.name[:40]}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        with aside.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(target)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Makes a rename in this folder survive a power cut."""
    _sync(folder)


def sync_all(paths: Iterable[Path]) -> None:
    """Brings files and folders to the disk, several at once: it then writes what waits in a few turns, where one after
    the other would each wait for a turn of its own. All are there when this returns; raises the first OSError."""
    waiting = list(paths)
    if len(waiting) < 2:
        _sync_each(waiting)
        return
    shares = [waiting[number::_AT_ONCE] for number in range(min(_AT_ONCE, len(waiting)))]
    with ThreadPoolExecutor(len(shares)) as pool:
        list(pool.map(_sync_each, shares))


def _sync_each(paths: Iterable[Path]) -> None:
    for path in paths:
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
