"""Carries a site's public files to its mirror: what the queue of the manifest names, batch by batch.

Writers of the public folder only add to the queue. One carrier at a time works it off, under a lock of its own, so that
publications wait for each other's uploads but not the writers; the folder's lock is held only to compare and settle.
"""

import secrets as randomness
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channels.base import ChannelError, Refused, Unavailable, Unknown
from channels.files import folder_lock, inside
from channels.mirror.comparing import Difference, compared
from channels.mirror.marker import MARKER, Marker
from channels.mirror.order import described, in_stages
from channels.places.target import Address, Target, address_of, open_target, words_of
from channels.public_folder import PublicFolder
from content.assets import write_whole
from content.canonical import digest
from content.site_files import SiteFiles

OWN_FOLDER = "mirror"
BATCH_FILES = 16
_NOTHING = -1  # a generation that no site has: what differs from it is every file
_ALL = 10_000_000


@dataclass
class Carried:
    """What one run did. *left* are paths whose file is not what the manifest says: these are never carried."""

    uploaded: int = 0
    removed: int = 0
    bytes: int = 0
    seconds: float = 0.0
    left: list[str] = field(default_factory=list)

    def count(self, sent: Collection[tuple[str | None, int]]) -> None:
        self.uploaded += sum(digest is not None for digest, _ in sent)
        self.removed += sum(digest is None for digest, _ in sent)
        self.bytes += sum(size for _, size in sent)


@dataclass(frozen=True)
class SiteMirror:
    """The mirror of one site. *folder* is the site's own (with ``public``), *files* its manifest; *outlet* is the website's id,
    *identity* its domain, *options* its own with ``mirror``, *secrets* its credentials, which no message holds."""

    folder: Path
    files: SiteFiles
    outlet: str
    identity: str
    rehearsal: bool
    options: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)

    @property
    def address(self) -> Address:
        """Raises Refused."""
        return address_of(str(self.options.get("mirror", "")))

    def check(self) -> None:
        """That the mirror answers, and is this site's or still empty. Raises Refused or Unavailable."""
        with self._connected() as target, self._told(Unavailable):
            self._require_ours(self._marker(target), target, adopt=False)

    @contextmanager
    def ready(self, *, everything: bool = False) -> Iterator[Callable[[], Carried]]:
        """Connects, makes sure that the mirror is ours, and gives the act that carries what is pending then.

        With *everything* all files of the site are queued, and a folder that holds files but no marker is taken over.
        Raises Refused and Unavailable before, and with the act Refused, or Unknown for a connection that was cut or a
        carrier that takes too long: the next run goes on where this one was.
        """
        with self._connected() as target:
            with self._alone(), self._told(Unavailable):
                self._claim(target, everything=everything)
            yield lambda: self._carry(target)

    def behind(self, paths: Collection[str], folder: str = "") -> bool:
        """Whether the mirror has yet to carry one of *paths* or something under *folder*."""
        wanted = frozenset(paths)
        pending = self.files.pending(_ALL)
        return any(path in wanted or (folder and path.startswith(f"{folder}/")) for path in pending)

    def pending(self) -> int:
        return len(self.files.pending(_ALL))

    def differences(self) -> tuple[str, list[Difference]]:
        """What is compared (``sha256``, ``md5`` or ``size``), and where the mirror is not as the manifest says; what is
        still queued is no difference. Raises Refused or Unavailable."""
        number, base = self._shown()
        with self._connected() as target, self._told(Unavailable):
            self._require_ours(self._marker(target), target, adopt=False)
            waiting = frozenset(self.files.pending(_ALL))
            return target.proof, list(compared(target, base, dict(self.files.all(number)), waiting))

    @contextmanager
    def _connected(self) -> Iterator[Target]:
        address = self.address
        with self._told(Unavailable):
            target = open_target(address, self.options, self.secrets)
        try:
            yield target
        finally:
            target.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with folder_lock(self.folder / OWN_FOLDER):
            yield

    @contextmanager
    def _told(self, kind: type[ChannelError]) -> Iterator[None]:
        """A target's problem in the house's words: what a person must mend is Refused, the rest is *kind*.

        The chain of causes ends here: what a library put into its own message is not ours to answer for.
        """
        try:
            yield
        except PermissionError as problem:
            raise Refused(f"镜像 {self.address} 拒绝：{words_of(problem, self.secrets)}。请处理后重试。") from None
        except OSError as problem:
            mend = "请检查网络、服务器和磁盘空间；重试时从中断处继续。"
            raise kind(f"镜像 {self.address} 未能完成：{words_of(problem, self.secrets)}。{mend}") from None

    def _marker(self, target: Target) -> Marker | None:
        data = target.read(MARKER)
        return Marker.read(data) if data is not None else None

    def _require_ours(self, marker: Marker | None, target: Target, *, adopt: bool) -> None:
        if marker is not None:
            marker.require(self.identity, rehearsal=self.rehearsal, place=str(self.address))
        elif not adopt and any(not name.startswith(".") for name in target.names()):
            raise Refused(
                f"镜像 {self.address} 里已有文件，但没有本站的标记 {MARKER}，不能覆盖。"
                "请核对地址；确认由本站接管时运行 tongbu mirror --all。"
            )

    def _claim(self, target: Target, *, everything: bool) -> None:
        """Leaves the marker that says that this mirror holds what this site carried to it, or has it queued: on first use
        and after another mirror was fed all files, after a rebuild what differs."""
        marker = self._marker(target)
        self._require_ours(marker, target, adopt=everything)
        number, _ = self._shown()
        if marker is None or marker.claim != self._own_claim() or everything:
            marker = Marker(self.identity, self.rehearsal, randomness.token_hex(8), number)
            self.files.queue_changes(_NOTHING, number)
            self._put_marker(target, marker)
            write_whole(self._claim_path, marker.claim.encode())
        elif marker.generation != number:
            if next(iter(self.files.all(marker.generation)), None):
                self.files.queue_changes(marker.generation, number)
            self._put_marker(target, marker.at(number))

    @property
    def _claim_path(self) -> Path:
        return self.folder / OWN_FOLDER / "claim"

    def _own_claim(self) -> str:
        return self._claim_path.read_text() if self._claim_path.exists() else ""

    def _put_marker(self, target: Target, marker: Marker) -> None:
        target.write(MARKER, marker.data(), described(MARKER))

    def _carry(self, target: Target) -> Carried:
        done, began = Carried(), time.monotonic()
        with _never_unavailable(), self._alone(), self._told(Unknown):
            while paths := [path for path in self.files.pending(_ALL) if path not in done.left]:
                number, _ = self._shown()
                standing = self.files.digests(number, paths)
                for stage in in_stages(paths, frozenset(path for path in paths if path not in standing)):
                    for first in range(0, len(stage), BATCH_FILES):
                        self._carry_batch(target, stage[first : first + BATCH_FILES], done)
        done.seconds = time.monotonic() - began
        return done

    def _carry_batch(self, target: Target, paths: Sequence[str], done: Carried) -> None:
        """What went through is settled even when the rest of the batch does not."""
        number, base = self._shown()
        wanted, sent = self.files.digests(number, paths), dict[str, tuple[str | None, int]]()

        def carry_one(path: str) -> None:
            if path not in wanted:
                target.remove(path)
                sent[path] = None, 0
            elif (data := _read(base, path, wanted[path])) is not None:
                target.write(path, data, described(path))
                sent[path] = wanted[path], len(data)
            elif self._altered(path):
                done.left.append(path)

        try:
            with ThreadPoolExecutor(target.at_once) as pool:
                list(pool.map(carry_one, paths))
        finally:
            self._settle({path: digest for path, (digest, _) in sent.items()})
            done.count(sent.values())

    def _settle(self, sent: Mapping[str, str | None]) -> None:
        """A path that changed while it was being carried stays in the queue: no writer is at work under this lock."""
        with folder_lock(self.folder):
            number, _ = self._shown()
            now = self.files.digests(number, list(sent))
            self.files.settled([path for path, digest in sent.items() if now.get(path) == digest])

    def _altered(self, path: str) -> bool:
        """Whether a file is not what the manifest says while no writer is at work."""
        with folder_lock(self.folder):
            number, base = self._shown()
            wanted = self.files.digests(number, [path]).get(path)
            return wanted is not None and _read(base, path, wanted) is None

    def _shown(self) -> tuple[int, Path]:
        """The generation that readers get, and its folder."""
        public = PublicFolder(self.folder, self.files, "")
        number = public.generation
        return number, public.generation_path(number) if public.path.is_symlink() else public.path


@contextmanager
def _never_unavailable() -> Iterator[None]:
    """Who carries has written the public folder before: that nothing was sent can no longer be said."""
    try:
        yield
    except Unavailable as problem:
        raise Unknown(str(problem)) from problem


def _read(base: Path, path: str, wanted: str) -> bytes | None:
    """The file's bytes when they have the digest *wanted*; None for others, for none, and for what a link leads to."""
    place = inside(base, path)
    try:
        if place.resolve(strict=True) != base.resolve() / path:
            return None
        data = place.read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    return data if digest(data) == wanted else None
