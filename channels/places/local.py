"""A folder of this machine, such as a mounted share."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from channels.places.target import Address, Described, Seen, aside
from content.assets import sync_folder
from content.canonical import digest

_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)


class LocalTarget:
    """The folder must be there: one that is missing is a share that is not mounted."""

    proof = "sha256"
    at_once = 1

    def __init__(self, address: Address) -> None:
        self._root = Path(address.path)
        if not self._root.is_dir():
            raise PermissionError(0, "目录不存在，请先建立该目录或挂载该磁盘", str(self._root))

    def read(self, path: str) -> bytes | None:
        try:
            return (self._root / path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: str, data: bytes, described: Described) -> None:
        target, beside = self._root / path, self._root / aside(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(target)
        sync_folder(target.parent)

    def remove(self, path: str) -> None:
        for name in (path, aside(path)):
            (self._root / name).unlink(missing_ok=True)

    def size(self, path: str) -> int | None:
        """What a link leads to is no file of this place."""
        place = self._root / path
        own = place.is_file() and place.resolve() == self._root.resolve() / path
        return place.stat().st_size if own else None

    def exists(self, path: str) -> bool:
        return os.path.lexists(self._root / path)

    def appear(self, folder: str, name: str) -> None:
        """Linux replaces an empty folder of that name at most, never one with a file in it."""
        try:
            (self._root / folder).rename(self._root / name)
        except OSError as problem:
            if problem.errno in _TAKEN:
                raise FileExistsError(problem.errno, "名称已被占用", name) from problem
            raise
        with _lost_if_it_fails():
            sync_folder(self._root)

    def discard(self, folder: str) -> None:
        shutil.rmtree(self._root / folder, ignore_errors=True)

    def listing(self, folder: str = "") -> Iterator[Seen]:
        for above, _, names in os.walk(self._root / folder):
            for name in names:
                path = Path(above, name)
                data = path.read_bytes()
                yield Seen(str(path.relative_to(self._root)), len(data), digest(data))

    def names(self, folder: str = "") -> frozenset[str]:
        try:
            return frozenset(path.name for path in (self._root / folder).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return frozenset()

    def close(self) -> None:
        """Nothing is held open."""


@contextmanager
def _lost_if_it_fails() -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise ConnectionError(problem.errno, f"已改名，但未能写入磁盘：{problem.strerror}") from problem
