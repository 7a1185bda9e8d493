"""The marker at a mirror's root: whose site it is, so that nobody overwrites another's."""

import json
from dataclasses import asdict, dataclass, replace

from channels.base import Refused
from content.canonical import canonical_json

MARKER = ".tongbu-mirror.json"
VERSION = 1
_LONGEST = 4096


@dataclass(frozen=True)
class Marker:
    """*claim* is drawn anew when all files were queued for this mirror; *generation* is that of the site's folder."""

    site: str
    rehearsal: bool
    claim: str
    generation: int
    version: int = VERSION

    @classmethod
    def read(cls, data: bytes) -> "Marker":
        """Raises Refused for what is no marker, or one of a newer version of tongbu."""
        try:
            values = json.loads(data[:_LONGEST])
            found = cls(**values)
        except (ValueError, TypeError):
            raise Refused(f"镜像的标记 {MARKER} 已损坏。核对地址后删除该文件，再运行 tongbu mirror --all。") from None
        if found.version != VERSION:
            raise Refused(f"镜像的标记 {MARKER} 是另一版本的同步写的（{found.version}），请先升级本机。")
        return found

    def data(self) -> bytes:
        return canonical_json(asdict(self))

    def at(self, generation: int) -> "Marker":
        return replace(self, generation=generation)

    def require(self, site: str, *, rehearsal: bool, place: str) -> None:
        """Raises Refused when the marker is another site's."""
        if (self.site, self.rehearsal) == (site, rehearsal):
            return
        whose = f"{self.site}{'（演练）' if self.rehearsal else ''}"
        raise Refused(f"镜像 {place} 属于另一个网站：{whose}。不能覆盖，请核对选项 mirror 的地址。")
