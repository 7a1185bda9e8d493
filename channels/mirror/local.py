"""A mirror in another folder of this machine, such as a mounted share."""

import os
from collections.abc import Iterator
from pathlib import Path

from channels.mirror.order import Described
from channels.mirror.target import Address, Seen, aside
from content.assets import sync_folder
from content.canonical import digest


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

    def listing(self) -> Iterator[Seen]:
        for folder, _, names in os.walk(self._root):
            for name in names:
                path = Path(folder, name)
                data = path.read_bytes()
                yield Seen(str(path.relative_to(self._root)), len(data), digest(data))

    def is_empty(self) -> bool:
        return all(path.name.startswith(".") for path in self._root.iterdir())

    def close(self) -> None:
        """Nothing is held open."""
