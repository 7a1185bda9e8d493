"""What came in from outside and waits to be read: small whole files in a folder, never more than it may hold.

Written by the process that the public reaches, read by those that publish; they share nothing else. A file's name is
made of digests, so that what comes twice is kept once. All of it may be lost: whoever reads it can also ask.
"""

import json
import logging
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from content.assets import write_whole
from content.canonical import canonical_json, digest_of

MOST_FILES = 2_000
LARGEST_BYTES = 16 * 1024
MOST_OF_A_SUBJECT = 8
_SUFFIX = ".json"
_log = logging.getLogger("tongbu.inbox")


class TooLarge(ValueError):
    """A message that is larger than the inbox keeps."""


@dataclass(frozen=True)
class Inbox:
    """The messages in *folder*, found by their kind and subject. Safe for several writers and readers at once."""

    folder: Path
    most: int = MOST_FILES

    @classmethod
    def of(cls, home: Path, channel: str, identity: str) -> "Inbox":
        """That of an account, in the workspace *home*; outlets that share the account share it."""
        plain = re.fullmatch(r"[0-9A-Za-z_-]{1,64}", identity)
        return cls(home / "inbox" / f"{channel}-{identity if plain else _stem(identity)}")

    def keep(self, kind: str, subject: str, key: Sequence[str], values: Mapping[str, Any]) -> bool:
        """Keeps a message unless one with this *key* is there; whether it is new. The oldest make room.

        Raises TooLarge, and OSError when the folder cannot be written."""
        target = self.folder / f"{_stem(kind)}-{_stem(subject)}-{digest_of(list(key))[:32]}{_SUFFIX}"
        if target.exists():
            return False
        data = canonical_json(dict(values))
        if len(data) > LARGEST_BYTES:
            raise TooLarge(f"a message of {len(data)} bytes is not kept")
        self._make_room()
        write_whole(target, data)
        return True

    def about(self, kind: str, subject: str) -> list[Mapping[str, Any]]:
        """The messages about one subject, at most 8; what cannot be read is passed over."""
        stem = f"{_stem(kind)}-{_stem(subject)}-"
        return self._read([name for name in self._names() if name.startswith(stem)][:MOST_OF_A_SUBJECT])

    def newest(self, kind: str, most: int) -> list[Mapping[str, Any]]:
        """The messages of a kind that came last, the last one first."""
        stem = f"{_stem(kind)}-"
        names = [name for name in self._names() if name.startswith(stem)]
        return self._read(sorted(names, key=self._came, reverse=True)[:most])

    def last(self) -> datetime | None:
        """When a message came last; None for an inbox without one."""
        seconds = max(map(self._came, self._names()), default=0.0)
        return datetime.fromtimestamp(seconds, UTC) if seconds else None

    def _names(self) -> list[str]:
        try:
            return sorted(path.name for path in self.folder.iterdir() if _is_whole(path.name))
        except FileNotFoundError:
            return []
        except OSError as problem:
            _log.warning("the inbox %s cannot be read: %s", self.folder, problem.strerror)
            return []

    def _make_room(self) -> None:
        names = self._names()
        if len(names) < self.most:
            return
        for name in sorted(names, key=self._came)[: len(names) - self.most + 1]:
            (self.folder / name).unlink(missing_ok=True)

    def _came(self, name: str) -> float:
        try:
            return (self.folder / name).lstat().st_mtime
        except OSError:
            return 0.0

    def _read(self, names: Iterable[str]) -> list[Mapping[str, Any]]:
        found = (_values_in(self.folder / name) for name in names)
        return [values for values in found if values is not None]


def _stem(text: str) -> str:
    return digest_of(text)[:16]


def _is_whole(name: str) -> bool:
    """Whether it is a message, and not one that is being written."""
    return name.endswith(_SUFFIX) and not name.startswith(".")


def _values_in(path: Path) -> Mapping[str, Any] | None:
    """The message in a plain, small file; None for anything else that somebody may have put there."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            plain = stat.S_ISREG(os.fstat(handle).st_mode)
            values = json.loads(stream.read(LARGEST_BYTES)) if plain else None
    except (OSError, ValueError, RecursionError) as problem:
        _log.warning("a message in the inbox is passed over: %s: %s", path.name, type(problem).__name__)
        return None
    return values if isinstance(values, dict) else None
