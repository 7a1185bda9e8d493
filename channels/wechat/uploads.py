"""What this account has uploaded: the hash of the bytes and what WeChat called it, so that nothing goes up twice.

It may be lost: then pictures are uploaded again, which costs the library a copy and nothing else.
"""

import json
from pathlib import Path

from content.assets import write_whole
from content.canonical import canonical_json, digest


class Uploads:
    """A folder with one small file per upload. Safe for several processes and against a kill."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, use: str, data: bytes) -> str:
        """What WeChat called these bytes for this *use* (``cover``, ``body``); empty when it has not had them."""
        try:
            kept = json.loads(self._file(use, data).read_bytes())
        except (FileNotFoundError, ValueError):
            return ""
        name = kept.get("name") if isinstance(kept, dict) else None
        return name if isinstance(name, str) else ""

    def put(self, use: str, data: bytes, name: str) -> None:
        write_whole(self._file(use, data), canonical_json({"name": name}))

    def forget(self, use: str, data: bytes) -> None:
        self._file(use, data).unlink(missing_ok=True)

    def _file(self, use: str, data: bytes) -> Path:
        return self._folder / f"{use}-{digest(data)}.json"
