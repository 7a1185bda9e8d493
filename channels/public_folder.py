"""The folder that a web server shows: files that change together, each whole or not at all, each in the manifest.

``public`` is a symbolic link to ``generations/<n>``: a rebuild fills the next generation and switches the link, so that
readers see the old site or the new one.
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from channels.files import holds, inside
from content.assets import sync_all, sync_folder
from content.canonical import digest
from content.site_files import SiteFiles

GENERATIONS = "generations"
ASIDE = ".aside"


@dataclass(frozen=True)
class PublicFolder:
    """The public files under *folder* (an outlet's own), written by *writer*. Every act needs the folder's lock."""

    folder: Path
    files: SiteFiles
    writer: str

    @property
    def path(self) -> Path:
        return self.folder / "public"

    @property
    def generation(self) -> int:
        """The number of the generation that is shown; 0 for a plain folder that an earlier version made."""
        return int(self.path.readlink().name) if self.path.is_symlink() else 0

    def write(self, files: Iterable[tuple[str, bytes]], removed: Iterable[str] = ()) -> None:
        """Writes what differs and removes *removed*, all at once as far as a reader can tell.

        Everything is written aside and brought to the disk first. The renames follow each other: what is new before what
        changes, for only the changed can be reached and may name the new, each in the order of *files*; then the removals.
        Raises Refused for a path that leads elsewhere, and OSError.
        """
        self._begin()
        staged: dict[Path, Path] = {}
        digests: dict[str, str | None] = {}
        for path, data in files:
            target = inside(self.path, path)
            digests[path] = digest(data)
            if target in staged:
                staged[target].write_bytes(data)
            elif not holds(target, data):
                staged[target] = self._staged(len(staged), data)
        sync_all(staged.values())
        gone = {path: inside(self.path, path) for path in removed}
        self._record(digests | dict.fromkeys(gone))
        for target in sorted(staged, key=Path.exists):
            target.parent.mkdir(parents=True, exist_ok=True)
            staged[target].replace(target)
        for target in gone.values():
            target.unlink(missing_ok=True)
        sync_all({target.parent for target in (*staged, *gone.values())})

    def stands(self, files: Iterable[tuple[str, bytes]]) -> bool:
        """Whether the disk holds every file with exactly these bytes, and the manifest knows it."""
        digests = {}
        for path, data in files:
            if not holds(inside(self.path, path), data):
                return False
            digests[path] = digest(data)
        return dict(self.files.digests(self.generation, list(digests))) == digests

    def switch(self, generation: int) -> None:
        """Shows another generation, in one step. A plain folder of an earlier version becomes generation 0 first."""
        if self.path.is_dir() and not self.path.is_symlink():
            self.path.rename(self.generation_path(0))
        aside = self.folder / f".public.{secrets.token_hex(4)}"
        aside.symlink_to(Path(GENERATIONS) / str(generation))
        aside.replace(self.path)
        sync_folder(self.folder)

    def generation_path(self, generation: int) -> Path:
        return self.folder / GENERATIONS / str(generation)

    @property
    def _aside(self) -> Path:
        """Where files wait for their renames: on the disk of the public files, outside of what readers reach."""
        return self.path.resolve().parent / ASIDE

    def _begin(self) -> None:
        """What a writer that was killed left aside is of no use to anybody."""
        if not self.path.exists():
            self.generation_path(1).mkdir(parents=True, exist_ok=True)
            self.switch(1)
        self._aside.mkdir(exist_ok=True)
        for left in self._aside.iterdir():
            left.unlink()

    def _staged(self, number: int, data: bytes) -> Path:
        path = self._aside / str(number)
        path.write_bytes(data)
        return path

    def _record(self, files: Mapping[str, str | None]) -> None:
        known = self.files.digests(self.generation, list(files))
        changed = {path: value for path, value in files.items() if known.get(path) != value}
        self.files.record(self.generation, changed, self.writer)
