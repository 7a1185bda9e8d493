"""An outlet whose public files are all made from its shelf: releasing and finding, for feeds and app."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from channels.base import Part, Refused, Unavailable, Unknown, Workbench
from channels.files import folder_lock, said_as
from channels.public_folder import PublicFolder
from channels.shelving import Showing, next_entry, repeated
from content.delivery import Delivery
from content.shelf import Entry

Files = Callable[[Entry], Iterator[tuple[str, bytes]]]
"""The files that an entry touches, by path under the site's public folder."""


@dataclass(frozen=True)
class ShelvedFiles:
    """The *files* are a pure function of the shelf, so every step may be repeated, and a killed run is put right by the next."""

    bench: Workbench
    files: Files
    outlet_id: str

    @property
    def public(self) -> PublicFolder:
        return PublicFolder(self.bench.folder, self.bench.site_files, self.outlet_id)

    def show(self, delivery: Delivery, part: Part, showing: Showing) -> Entry:
        """Shelves the delivery, writes what it touches and carries it to the site's mirror. Raises Refused, Unavailable or
        Unknown."""
        with self.bench.mirror.ready() as carry:
            entry = self._written(delivery, part, showing)
            carry()
        return self.bench.shelf.get(delivery.item.id) or entry

    def shown(self, delivery: Delivery) -> Entry | None:
        """The entry when every file of this delivery stands as it should, on the mirror too, else None."""
        with folder_lock(self.bench.folder), said_as(Unavailable, self.public.path):
            entry = self.bench.shelf.get(delivery.item.id)
            if entry is None or not repeated(entry, delivery):
                return None
            files = list(self.files(entry))
            behind = self.bench.mirror.behind([path for path, _ in files])
            return entry if self.public.stands(files) and not behind else None

    def _written(self, delivery: Delivery, part: Part, showing: Showing) -> Entry:
        with folder_lock(self.bench.folder):
            entry = next_entry(self.bench.shelf.get(delivery.item.id), delivery, showing)
            with said_as(Unavailable, self.bench.folder):
                self.bench.assets.put(part.data)
            if not self.bench.shelf.put(entry):
                raise Refused("发布点已有较新的版本，较早的版本不再发布。")
            with said_as(Unknown, self.public.path):
                self.public.write(self.files(entry))
        return entry
