"""Where a mirror is not as the manifest says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import md5
from pathlib import Path

from channels.files import inside
from channels.places.target import Seen, Target, hidden


@dataclass(frozen=True)
class Difference:
    """*what* is ``missing``, ``different`` or ``extra`` (nothing of ours stands under that name)."""

    path: str
    what: str


def compared(target: Target, base: Path, manifest: Mapping[str, str], waiting: frozenset[str]) -> Iterator[Difference]:
    """The differences in the order of their paths. *base* is the folder that the manifest describes."""
    seen = {entry.path: entry for entry in target.listing() if not hidden(entry.path)}
    for path in sorted(manifest.keys() | seen.keys()):
        if path in waiting:
            continue
        if path not in manifest:
            yield Difference(path, "extra")
        elif path not in seen:
            yield Difference(path, "missing")
        elif not _same(seen[path], target.proof, inside(base, path), manifest[path]):
            yield Difference(path, "different")


def _same(seen: Seen, proof: str, local: Path, wanted: str) -> bool:
    """A file that is gone here cannot be compared with more than its digest."""
    if proof == "sha256":
        return seen.digest == wanted
    if not local.is_file() or seen.size != local.stat().st_size:
        return False
    if proof == "md5" and seen.digest:
        return seen.digest == md5(local.read_bytes(), usedforsecurity=False).hexdigest()
    return True
