"""Handing copy to a partner: a folder per delivery, complete or not there at all, and our own record of it.

The order is (engine.md 4.4): the files are written into a hidden folder; our record under ``sent``, on this machine, is
made; the hidden folder gets its public name, which replaces nothing; the record is marked as delivered. So, looking later:

* no record: nothing was public, since the record comes first;
* a record and the hidden folder: not public yet, since only the renaming takes the hidden folder away;
* a record that is marked: delivered, even if the partner has taken the folder;
* a record without mark, hidden or public folder: taken or removed by somebody; only a person can tell.

S3 renames nothing. There the files stand under their names at once, and the manifest comes last: partners take only what
a manifest names, and remove the manifest last. A record without manifest, but with every other file, is not public yet.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from channels.base import Refused, Unavailable, Unknown
from channels.files import folder_lock
from channels.places.media import media_type
from channels.places.target import Described, PutsNew, Renames, Target, words_of
from content.assets import sync_folder, write_whole
from content.canonical import digest

MANIFEST = "manifest.json"
DELIVERED = ".delivered"
PROBE = ".tongbu-probe"
"""Always the same name, so that one which a kill left goes with the next try; so one tries at a time."""
PROBE_SECONDS = 60.0
MOST_MANIFEST = 1 << 20


class NameTaken(Refused):
    """Something else stands where the delivery belongs."""

    incident: ClassVar[str] = "name_taken"


@dataclass(frozen=True)
class Drop:
    """A partner's place, and the folder of our own records. *open_place* connects; *shown* is the place's address."""

    open_place: Callable[[], Target]
    sent: Path
    shown: str
    secrets: Mapping[str, str]

    def ready(self) -> None:
        """Connects and tries to write; raises Unavailable with the way to mend it, Refused for wrong settings."""
        require_records(self.sent)
        with folder_lock(self.sent / f"{PROBE}.attempt", patience=PROBE_SECONDS), self.connected() as target:
            target.write(PROBE, b"-", _described(PROBE))
            target.remove(PROBE)

    def deliver(self, name: str, content_digest: str, files: Mapping[str, bytes], facts: Mapping[str, str]) -> None:
        """Makes the folder *name* appear whole, once. *content_digest* is what the delivery is known by; *facts* stand in
        the manifest.

        Raises NameTaken when the name is taken by something else, Unknown when it may have been delivered or taken,
        Refused and Unavailable when nothing became public.
        """
        manifest = _manifest(name, content_digest, files, facts)
        with attempting(self.sent, name), self.connected() as target:
            if self._delivered(target, name, content_digest):
                return
            self._forget(name)
            self._lay(target, name, files, manifest)
            self._record(name, {**files, MANIFEST: manifest})
            with self._revealing(name):
                self._reveal(target, name, manifest, content_digest)

    def delivered(self, name: str, content_digest: str) -> bool:
        """Whether this delivery is public or was; False is proof that it never was. Raises NameTaken, Unknown, Unavailable."""
        with attempting(self.sent, name), self.connected() as target:
            return self._delivered(target, name, content_digest)

    @contextmanager
    def connected(self) -> Iterator[Target]:
        """The place. What goes wrong with it is Unavailable: nothing of ours became public by it. The chain of causes ends
        here: what a library put into its own message is not ours to answer for."""
        try:
            target = self.open_place()
            try:
                yield target
            finally:
                target.close()
        except OSError as problem:
            raise Unavailable(f"{self.failed(problem)}没有交出任何文件。请检查网络、目录、权限和剩余空间。") from None

    def failed(self, problem: OSError) -> str:
        """What went wrong with the place, without credentials."""
        return f"交接目录 {self.shown} 未能完成：{words_of(problem, self.secrets)}。"

    @contextmanager
    def _revealing(self, name: str) -> Iterator[None]:
        """A connection that was cut here leaves it open whether the partner has it; any other no is a no."""
        try:
            yield
        except (ConnectionError, TimeoutError) as problem:
            said = words_of(problem, self.secrets)
            raise Unknown(f"{self.shown}/{name} 可能已交出，应答丢失：{said}。") from None

    def _delivered(self, target: Target, name: str, content_digest: str) -> bool:
        record = self.sent / name
        if self._public(target, name):
            self._require_same(target, name, content_digest)
            self._remember(name)
            return True
        if not record.exists():
            return False
        if _digest_in((record / MANIFEST).read_bytes()) != content_digest:
            raise NameTaken(f"本机的交接记录 {record} 是另一内容的，请人工核对；不会覆盖。")
        if self._mark(name).exists():
            return True
        if self._still_ours(target, name):
            return False
        raise Unknown(f"{self.shown}/{name} 不在，交接记录未完成：可能已被取走，请向对方核实。")

    def _public(self, target: Target, name: str) -> bool:
        if isinstance(target, Renames):
            return target.exists(name)
        return target.size(f"{name}/{MANIFEST}") is not None

    def _still_ours(self, target: Target, name: str) -> bool:
        """Whether what an attempt left proves that it never became public."""
        if isinstance(target, Renames):
            return target.exists(hidden_name(name))
        wanted = {path for path in self._recorded(name) if path != f"{name}/{MANIFEST}"}
        return wanted <= {entry.path for entry in target.listing(name)}

    def _recorded(self, name: str) -> set[str]:
        paths = (self.sent / name).rglob("*")
        return {path.relative_to(self.sent).as_posix() for path in paths if path.is_file()}

    def _lay(self, target: Target, name: str, files: Mapping[str, bytes], manifest: bytes) -> None:
        """The files where nobody takes them yet; the manifest with them where the folder is renamed as one."""
        if isinstance(target, Renames):
            folder, files = hidden_name(name), {**files, MANIFEST: manifest}
            target.discard(folder)
        else:
            folder = name
            self._require_no_stranger(target, name, files)
        for path, content in files.items():
            target.write(f"{folder}/{path}", content, _described(path))

    def _require_no_stranger(self, target: Target, name: str, files: Mapping[str, bytes]) -> None:
        strange = {entry.path for entry in target.listing(name)} - {f"{name}/{path}" for path in files}
        if strange:
            raise NameTaken(f"{self.shown}/{name} 已有其他文件（{min(strange)}），请人工核对；不会覆盖。")

    def _reveal(self, target: Target, name: str, manifest: bytes, content_digest: str) -> None:
        try:
            if isinstance(target, Renames):
                target.appear(hidden_name(name), name)
            elif isinstance(target, PutsNew):
                target.put_new(f"{name}/{MANIFEST}", manifest)
        except FileExistsError:
            self._require_same(target, name, content_digest)
            if isinstance(target, Renames):
                target.discard(hidden_name(name))
        try:
            self._remember(name)
        except OSError as problem:
            raise Unknown(f"{self.shown}/{name} 已交出，但记录未写成（{problem.strerror}）。") from problem

    def _require_same(self, target: Target, name: str, content_digest: str) -> None:
        """Raises NameTaken unless what is public holds this delivery, or our record says so where the partner has taken
        the manifest out of it."""
        size = target.size(f"{name}/{MANIFEST}")
        own = self.sent / name / MANIFEST
        if size is None and not own.exists():
            raise NameTaken(f"{self.shown}/{name} 已被占用，但没有交接清单，请人工核对；不会覆盖。")
        read = own.read_bytes() if size is None else _small(target, f"{name}/{MANIFEST}", size)
        if _digest_in(read) != content_digest:
            raise NameTaken(f"{self.shown}/{name} 已存在而内容不同，请人工核对；不会覆盖。")

    def _mark(self, name: str) -> Path:
        return self.sent / f"{name}{DELIVERED}"

    def _aside(self, name: str) -> Path:
        return self.sent / hidden_name(name)

    def _forget(self, name: str) -> None:
        """Takes away the record of an attempt that never became public, in one step."""
        shutil.rmtree(self._aside(name), ignore_errors=True)
        with suppress(FileNotFoundError):
            (self.sent / name).rename(self._aside(name))
            shutil.rmtree(self._aside(name), ignore_errors=True)

    def _record(self, name: str, files: Mapping[str, bytes]) -> None:
        """Our own copy, under its name only when it is whole; no link, since a partner may edit what it was given."""
        for path, content in files.items():
            write_whole(self._aside(name) / path, content)
        self._aside(name).rename(self.sent / name)
        sync_folder(self.sent)

    def _remember(self, name: str) -> None:
        if not self._mark(name).exists():
            write_whole(self._mark(name), b"")


def require_records(sent: Path) -> None:
    """That our own records can be written. Raises Unavailable."""
    try:
        sent.mkdir(parents=True, exist_ok=True)
        write_whole(sent / PROBE, b"")
        (sent / PROBE).unlink(missing_ok=True)
    except OSError as problem:
        raise Unavailable(f"不能写入本机的交接记录 {sent}（{problem.strerror}），请检查权限和剩余空间。") from problem


def attempting(sent: Path, name: str) -> AbstractContextManager[None]:
    """Held while a delivery is attempted or looked for: an attempt that outlives its lease, over a slow line or stopped, is
    waited for by the next one. Raises Unavailable at once while another has it."""
    return folder_lock(sent / f".{name}.attempt", patience=0)


def hidden_name(name: str) -> str:
    return f".{name}.partial"


def _described(path: str) -> Described:
    return Described(media_type(path))


def _small(target: Target, path: str, size: int) -> bytes:
    return (target.read(path) or b"") if size <= MOST_MANIFEST else b""


def _manifest(name: str, content_digest: str, files: Mapping[str, bytes], facts: Mapping[str, str]) -> bytes:
    listed = {path: {"sha256": digest(content), "bytes": len(content)} for path, content in sorted(files.items())}
    shown: dict[str, Any] = {"delivery": name, **facts, "rendition": content_digest, "files": listed}
    return (json.dumps(shown, ensure_ascii=False, indent=2) + "\n").encode()


def _digest_in(manifest: bytes) -> str | None:
    try:
        shown = json.loads(manifest)
    except (ValueError, RecursionError):
        return None
    return str(shown.get("rendition")) if isinstance(shown, dict) else None
