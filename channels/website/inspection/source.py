"""Where an inspection gets what readers get: the files of the public folder, or the answers of the web server."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from channels.public_folder import GENERATIONS, PublicFolder
from content.inspection.page import LARGEST
from content.site_files import SiteFiles

if TYPE_CHECKING:
    import httpx

AT_ONCE = 8
_READ_WHOLE = (".html", ".htm", ".xml", ".json", ".css", ".js", ".txt", ".svg")


@dataclass(frozen=True)
class Seen:
    """What stands at a path: its digest, and its bytes where they are looked into. *problem* says why it is no file."""

    path: str
    digest: str = ""
    data: bytes | None = None
    problem: str = ""


class Source(Protocol):
    """One way to the site's files. Paths are relative to the public folder."""

    @property
    def way(self) -> str:
        """``files``, or the address that is asked."""

    def paths(self) -> Iterator[str]:
        """Every path that is there, as far as this way can tell."""

    def read(self, path: str) -> Seen | None:
        """What stands there; None when nothing does."""

    def read_many(self, paths: Sequence[str]) -> Iterable[tuple[str, Seen | None]]: ...

    def exists(self, path: str) -> bool: ...


@dataclass(frozen=True)
class OnDisk:
    """The public folder itself, links and hidden files included."""

    folder: PublicFolder
    way: str = "files"

    def paths(self) -> Iterator[str]:
        waiting = [""]
        while waiting:
            inner = waiting.pop()
            found = _entries(self.folder.path / inner)
            if found is None:
                yield inner
                continue
            for entry in sorted(found, key=lambda one: one.name):
                path = f"{inner}/{entry.name}" if inner else entry.name
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(path)
                else:
                    yield path

    def read(self, path: str) -> Seen | None:
        target = self.folder.path / path
        try:
            found = target.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as problem:
            return Seen(path, problem=problem.strerror or str(problem))
        if stat.S_ISLNK(found.st_mode):
            return Seen(path, problem=f"符号链接，指向“{str(target.readlink())[:120]}”")
        if not stat.S_ISREG(found.st_mode):
            return Seen(path, problem="无法读取的目录" if stat.S_ISDIR(found.st_mode) else "不是普通文件")
        return _contents(path, target, found.st_size)

    def read_many(self, paths: Sequence[str]) -> Iterable[tuple[str, Seen | None]]:
        return ((path, self.read(path)) for path in paths)

    def exists(self, path: str) -> bool:
        try:
            return (self.folder.path / path).is_file()
        except (OSError, ValueError):
            return False

    def unreadable(self) -> str:
        """Why the public folder is not what a publication made; empty when it is."""
        public = self.folder.path
        if not public.is_symlink():
            return self._plain()
        target = public.readlink()
        if target.parent != Path(GENERATIONS) or not target.name.isdigit():
            return f"public 指向“{str(target)[:120]}”"
        return "" if public.resolve() == public.parent.resolve() / target else f"{target} 不是目录"

    def _plain(self) -> str:
        """A plain folder is what an earlier version made: then the manifest has it as generation 0."""
        if not self.folder.path.is_dir():
            return "没有公开目录"
        known = next(iter(self.folder.files.all(0)), None) is not None
        return "" if known else "public 是普通目录，不是发布时的符号链接"


@dataclass
class OverHttp:
    """The answers of the web server for every path of the manifest. What the manifest does not name is not seen."""

    base: str
    files: SiteFiles
    generation: int
    client: "httpx.Client"
    _known: dict[str, bool] = field(default_factory=dict)

    @property
    def way(self) -> str:
        return self.base

    def paths(self) -> Iterator[str]:
        return (path for path, _ in self.files.all(self.generation))

    def read(self, path: str) -> Seen | None:
        import httpx

        try:
            answer = self.client.get(f"{self.base}/{quote(path)}", headers={"Cache-Control": "no-cache"})
        except httpx.HTTPError as problem:
            return Seen(path, problem=f"打不开（{type(problem).__name__}）")
        if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
            return None
        if answer.status_code != httpx.codes.OK:
            return Seen(path, problem=f"服务器应答 {answer.status_code}")
        data = answer.content
        whole = data if path.endswith(_READ_WHOLE) and len(data) <= LARGEST else None
        return Seen(path, hashlib.sha256(data).hexdigest(), whole)

    def read_many(self, paths: Sequence[str]) -> Iterable[tuple[str, Seen | None]]:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(AT_ONCE) as pool:
            yield from zip(paths, pool.map(self.read, paths), strict=True)

    def exists(self, path: str) -> bool:
        return path in self.files.digests(self.generation, [path])


def _entries(folder: Path) -> list[os.DirEntry[str]] | None:
    """What stands in a folder; one that vanished meanwhile has nothing. None for one that cannot be read."""
    try:
        with os.scandir(folder) as found:
            return list(found)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError:
        return None


def _contents(path: str, target: Path, size: int) -> Seen | None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        with os.fdopen(os.open(target, flags), "rb") as stream:
            if path.endswith(_READ_WHOLE) and size <= LARGEST:
                data = stream.read(LARGEST + 1)
                return Seen(path, hashlib.sha256(data).hexdigest(), data)
            return Seen(path, hashlib.file_digest(stream, "sha256").hexdigest())
    except FileNotFoundError:
        return None
    except OSError as problem:
        return Seen(path, problem=problem.strerror or str(problem))
