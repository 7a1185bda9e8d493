"""A site with a mirror, for tests: its public folder, its manifest in a real database, and its website channel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from channels.base import Receipt
from channels.files import folder_lock
from channels.mirror import Carried, SiteMirror
from channels.public_folder import PublicFolder
from channels.website import Website
from content.database import open_database
from content.delivery import Delivery
from content.item import Revision
from content.schema import metadata
from content.shelves import DatabaseShelf
from content.site_files import DatabaseSiteFiles
from tests.channels import site_bench as given

OUTLET = "website-main"
DOMAIN = "www.jingzhou.gov.cn"


class MirroredSite:
    """*folder* holds the database and the outlet's folder; made again on the same folder it is another process's."""

    def __init__(self, folder: Path, options: Mapping[str, Any], secrets: Mapping[str, str], **changes: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.root, self.folder = folder, folder / "outlet"
        self.database = open_database(f"sqlite:///{folder / 'shelf.db'}")
        metadata.create_all(self.database.engine)
        self.files = DatabaseSiteFiles(self.database, OUTLET, mirrored=True)
        values = {"identity": DOMAIN, "rehearsal": False, "options": options, "secrets": secrets, **changes}
        self.mirror = SiteMirror(folder=self.folder, files=self.files, outlet=OUTLET, **values)

    @property
    def public(self) -> PublicFolder:
        return PublicFolder(self.folder, self.files, OUTLET)

    def write(self, files: Mapping[str, bytes], removed: tuple[str, ...] = ()) -> None:
        with folder_lock(self.folder):
            self.public.write(files.items(), removed)

    def tree(self) -> dict[str, bytes]:
        return dict(given.files_under(self.public.path.resolve()))

    def carry(self, *, everything: bool = False) -> Carried:
        with self.mirror.ready(everything=everything) as carry:
            return carry()

    def pending(self) -> list[str]:
        return list(self.files.pending(10_000))

    def website(self) -> Website:
        shelf = DatabaseShelf(self.database, OUTLET)
        changes = {"site_files": self.files, "mirror": self.mirror}
        return Website(given.outlet("website"), given.bench(self.root, shelf, **changes))

    def send(self, work: Delivery, revision: Revision, reason: str = "") -> Receipt:
        return given.send(self.website(), work, revision, reason)[1]
