"""The lobby's notice board (大厅公告屏): a text file per item, which the screen's player shows in turn."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from channels.base import CannotRender, Refused, Rendition, Unavailable, Unknown, Workbench, text_part
from channels.files import folder_lock, holds, inside, keep, require_room, said_as, sweep
from channels.shelving import Showing, next_entry, repeated
from channels.speech_lines import short_lines
from content.canonical import digest
from content.clock import in_china
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding, error
from content.item import Item, Revision
from content.outlet import Outlet
from content.shelf import Entry
from content.vocabulary import Action, Row, State

NOTICE = "notice.txt"
LINE_CHARACTERS = 20
LINES = 10
_ROOM_BYTES = 1024 * 1024
_TEMPLATES = Path(__file__).parent / "templates"


class Noticeboard:
    """Writes ``public/<item>.txt``: the office, the date, the title and the summary in lines of at most 20 characters.

    A withdrawal takes the file away. Option ``lines``: how many lines the screen shows (default 10).
    """

    row: ClassVar[Row | None] = Row.OTHER
    direct: ClassVar[bool] = True

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self.bench = bench

    @property
    def public(self) -> Path:
        return self.bench.folder / "public"

    def check(self, revision: Revision) -> Sequence[Finding]:
        most = int(self.outlet.options.get("lines", LINES))
        needed = len(_lines(revision, "").splitlines())
        if needed <= most:
            return []
        message = f"公告屏最多显示{most}行，每行{LINE_CHARACTERS}字，标题和内容概述共需{needed}行。"
        return [error("noticeboard-long", f"outlet/{self.outlet.id}", message, "请压缩“内容概述”。")]

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        if action is Action.WITHDRAW:
            return Rendition("noticeboard", self.outlet.id, {NOTICE: text_part("")})
        for finding in self.check(revision):
            raise CannotRender(finding)
        notice = _lines(revision, reason if action is Action.CORRECT else "")
        return Rendition("noticeboard", self.outlet.id, {NOTICE: text_part(notice)}, ("published_at",))

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        require_room(self.public, _ROOM_BYTES)
        return Prepared({"path": str(self._path(delivery.item.id))}, rendition.digest)

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        """LIVE: the file is read back, or for a withdrawal is gone."""
        with folder_lock(self.bench.folder):
            entry = next_entry(self.bench.shelf.get(delivery.item.id), delivery, _showing(rendition))
            if not self.bench.shelf.put(entry):
                raise Refused("公告屏已有较新的版本，较早的版本不再发布。")
            with said_as(Unknown, self.public):
                self._show(entry)
        receipt = self.find(delivery, rendition)
        if receipt is None:
            raise Unknown(f"{self._path(delivery.item.id)} 写入后读回不一致，请检查是否有其他程序改动该目录。")
        return receipt

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        with folder_lock(self.bench.folder), said_as(Unavailable, self.public):
            entry = self.bench.shelf.get(delivery.item.id)
            if entry is None or not repeated(entry, delivery) or not self._stands(entry):
                return None
        path = self._path(entry.item_id)
        evidence = {"file": str(path), "seen": "gone" if entry.withdrawn else "read back"}
        sent = digest(b"" if entry.withdrawn else self._screen(entry))
        return Receipt(State.LIVE, entry.item_id, "", entry.updated_at, sent, evidence)

    def _show(self, entry: Entry) -> None:
        path = self._path(entry.item_id)
        if entry.withdrawn:
            path.unlink(missing_ok=True)
        else:
            keep(path, self._screen(entry))
        sweep(self.public)

    def _stands(self, entry: Entry) -> bool:
        path = self._path(entry.item_id)
        return not path.exists() if entry.withdrawn else holds(path, self._screen(entry))

    def _screen(self, entry: Entry) -> bytes:
        """The frame around the signed lines: pure in the office's settings and the entry."""
        office, day = self.bench.office, in_china(entry.updated_at)
        date = f"{day.year}年{day.month}月{day.day}日"
        values = {"organ": office.organ, "rehearsal": office.rehearsal, "date": date, "notice": entry.data["notice"]}
        return _rendered("screen.txt", **values).encode()

    def _path(self, item_id: str) -> Path:
        return inside(self.public, f"{item_id}.txt")


def _lines(revision: Revision, reason: str) -> str:
    fields = revision.fields
    corrected = f"更正：{reason.strip()}" if reason.strip() else ""
    paragraphs = [short_lines(text, LINE_CHARACTERS) for text in (fields.title, fields.summary, corrected) if text]
    return _rendered("notice.txt", paragraphs=paragraphs)


def _showing(rendition: Rendition) -> Showing:
    notice = rendition.text(NOTICE)
    return Showing(notice.partition("\n")[0], "", "", (), {"notice": notice})


def _rendered(template: str, **values: object) -> str:
    return _environment().get_template(template).render(**values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=False,  # plain text for a screen, not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
