"""Handing copy to a partner: a folder per delivery, complete or not there at all, and our own record of it.

The order is (engine.md 4.4): the files are written into a hidden folder and synced; our record under ``sent`` is made;
the hidden folder is renamed to its public name; the record is marked as delivered. So, looking later:

* no record: nothing was public, since the record comes first;
* a record and the hidden folder: not public yet, since only the renaming takes the hidden folder away;
* a record that is marked: delivered, even if the partner has taken the folder;
* a record without mark, hidden or public folder: taken or removed by somebody; only a person can tell.
"""

import errno
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from channels.base import Refused, Unavailable, Unknown
from content.assets import sync_folder, write_whole
from content.canonical import digest

MANIFEST = "manifest.json"
DELIVERED = ".delivered"
PROBE = ".probe"
"""Always the same name, so that one which a kill left goes with the next try."""


@dataclass(frozen=True)
class Drop:
    """A partner's folder, and the folder of our own records. They may be on different file systems."""

    folder: Path
    sent: Path

    def ready(self) -> None:
        """Makes the folders and tries to write; raises Unavailable with the way to mend it."""
        for folder in (self.folder, self.sent):
            try:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / PROBE).write_bytes(b"")
                (folder / PROBE).unlink(missing_ok=True)
            except OSError as problem:
                raise Unavailable(
                    f"不能写入交接目录 {folder}（{problem.strerror}），请检查目录、权限和剩余空间。"
                ) from problem

    def deliver(self, name: str, content_digest: str, files: Mapping[str, bytes]) -> Path:
        """Makes ``folder/name`` appear whole, once; returns it. *content_digest* is what the delivery is known by.

        Raises Refused when the name is taken by something else, Unknown when an earlier attempt may have been taken,
        Unavailable when nothing became public.
        """
        if self.delivered(name, content_digest):
            return self.folder / name
        manifest = _manifest(name, content_digest, files)
        try:
            self._forget(name)
            hidden = self._write_hidden(name, {**files, MANIFEST: manifest})
            self._record(name, hidden)
        except OSError as problem:
            raise Unavailable(f"交接目录 {self.folder} 写入失败（{problem.strerror}），没有交出任何文件。") from problem
        self._reveal(name, content_digest, hidden)
        return self.folder / name

    def delivered(self, name: str, content_digest: str) -> bool:
        """Whether this delivery is public or was; False is proof that it never was. Raises Refused and Unknown."""
        public = self.folder / name
        record = self.sent / name
        try:
            if public.exists():
                _same(public, content_digest, also=record)
                self._remember(name)
                return True
            if not record.exists():
                return False
            _same(record, content_digest)
            if self._mark(name).exists():
                return True
            if self._hidden(name).exists():
                return False
        except OSError as problem:
            raise Unavailable(f"不能读取交接目录 {self.folder}（{problem.strerror}），请检查后重试。") from problem
        raise Unknown(f"{public} 不在，交接记录未完成：可能已被取走，请向对方核实。")

    def _hidden(self, name: str) -> Path:
        return self.folder / f".{name}.partial"

    def _mark(self, name: str) -> Path:
        return self.sent / f"{name}{DELIVERED}"

    def _write_hidden(self, name: str, files: Mapping[str, bytes]) -> Path:
        hidden = self._hidden(name)
        shutil.rmtree(hidden, ignore_errors=True)
        for path, content in files.items():
            write_whole(hidden / path, content)
        for folder in sorted({(hidden / path).parent for path in files} | {hidden}):
            sync_folder(folder)
        return hidden

    def _forget(self, name: str) -> None:
        """Takes away the record of an attempt that never became public, in one step."""
        aside = self.sent / f".{name}.partial"
        shutil.rmtree(aside, ignore_errors=True)
        if (self.sent / name).exists():
            (self.sent / name).rename(aside)
            shutil.rmtree(aside, ignore_errors=True)

    def _record(self, name: str, hidden: Path) -> None:
        """Our own copy, under its name only when it is whole; no link, since a partner may edit what it was given."""
        aside = self.sent / f".{name}.partial"
        for path in sorted(hidden.rglob("*")):
            if path.is_file():
                write_whole(aside / path.relative_to(hidden), path.read_bytes())
        aside.rename(self.sent / name)
        sync_folder(self.sent)

    def _remember(self, name: str) -> None:
        if not self._mark(name).exists():
            write_whole(self._mark(name), b"")

    def _reveal(self, name: str, content_digest: str, hidden: Path) -> None:
        public = self.folder / name
        try:
            hidden.rename(public)
        except OSError as problem:
            if problem.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                _same(public, content_digest)
                shutil.rmtree(hidden, ignore_errors=True)
            else:
                raise Unavailable(f"{public} 未能交出（{problem.strerror}），请检查目录后重试。") from problem
        try:
            sync_folder(self.folder)
            self._remember(name)
        except OSError as problem:
            raise Unknown(f"{public} 已交出，但记录未写成（{problem.strerror}）。") from problem


def _manifest(name: str, content_digest: str, files: Mapping[str, bytes]) -> bytes:
    listed = {path: {"sha256": digest(content), "bytes": len(content)} for path, content in sorted(files.items())}
    shown = {"delivery": name, "rendition": content_digest, "files": listed}
    return (json.dumps(shown, ensure_ascii=False, indent=2) + "\n").encode()


def _same(folder: Path, content_digest: str, also: Path | None = None) -> None:
    """Raises Refused unless the folder (or our record, when the partner has opened the folder) holds this delivery."""
    for place in (folder, also):
        manifest = place / MANIFEST if place else None
        if manifest is not None and manifest.is_file():
            if _digest_in(manifest) == content_digest:
                return
            raise Refused(f"{folder} 已存在而内容不同，请人工核对；不会覆盖。")
    raise Refused(f"{folder} 已被占用，但没有交接清单，请人工核对；不会覆盖。")


def _digest_in(manifest: Path) -> str | None:
    try:
        shown = json.loads(manifest.read_bytes())
    except ValueError:
        return None
    return str(shown.get("rendition")) if isinstance(shown, dict) else None
