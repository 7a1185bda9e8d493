"""What radio, television and newspaper have in common: copy handed over in a folder with a cover note."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from channels.base import Rendition, Workbench
from channels.drop import Drop
from content.canonical import digest
from content.clock import in_china
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding
from content.item import Item, Revision
from content.outlet import Outlet
from content.vocabulary import Action, Row, State

COVER_NOTE = "交接单.txt"
ACTION_WORDS = {Action.PUBLISH: "发布", Action.CORRECT: "更正", Action.WITHDRAW: "撤稿"}


class Partner(ABC):
    """A partner outlet. Options: ``folder`` (where its copy is dropped; default: ``drop`` in the outlet's own folder).

    Handing over is ACCEPTED only; live comes by the partner's own receipt (design.md, rule 6).
    """

    row: ClassVar[Row | None] = Row.OTHER
    direct: ClassVar[bool] = False
    carries_on: ClassVar[str]
    """What the partner does with the copy: 播出 or 刊发."""
    proof: ClassVar[str]
    """What its receipt states, as a line to fill in."""

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self.bench = bench
        folder = outlet.options.get("folder")
        self.drop = Drop(Path(str(folder)) if folder else bench.folder / "drop", bench.folder / "sent")

    def check(self, revision: Revision) -> Sequence[Finding]:
        return []

    @abstractmethod
    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        """The copy in this partner's own form; see ``channels.base.Channel``."""

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        self.drop.ready()
        return Prepared(digest=rendition.digest)

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        """Drops the copy, its manifest and a cover note; the note is frame and carries the embargo line."""
        self.drop.ready()
        files = {name: part.data for name, part in rendition.parts.items()}
        note = self.cover_note(delivery, rendition)
        self.drop.deliver(delivery_name(delivery, rendition), rendition.digest, {**files, COVER_NOTE: note.encode()})
        return self._receipt(delivery, rendition)

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        there = self.drop.delivered(delivery_name(delivery, rendition), rendition.digest)
        return self._receipt(delivery, rendition) if there else None

    def cover_note(self, delivery: Delivery, rendition: Rendition) -> str:
        """The sheet that goes with the copy: what it is, from when it may go out, its files, the receipt to fill in.

        ``delivery.at`` is the hour of publication: an outlet with a lead gets its copy before it.
        """
        office = self.bench.office
        lines = [
            *(["【演练】本件为演练，严禁" + self.carries_on + "。"] if office.rehearsal else []),
            f"{office.organ}　信息发布交接单",
            "",
            f"接收单位：{self.outlet.name}",
            f"稿件号：{delivery.item.id}　索引号：{delivery.item.index_number}",
            f"办理事项：{ACTION_WORDS.get(delivery.action, delivery.action)}　版本：第{delivery.sequence}版",
            f"网页地址：{delivery.item.url}",
            *([f"办理说明：{delivery.reason}"] if delivery.reason else []),
            *self._embargo_lines(delivery),
            "",
            "文件清单（SHA-256）：",
            *(f"  {name}　{digest(part.data)}" for name, part in sorted(rendition.parts.items())),
            "",
            "回执（请填写后交回，以此计入发布统计）：",
            f"  {self.proof}",
            "  经办人：____________　联系电话：____________　日期：____年__月__日",
            "",
            f"联系：{office.name}　电话：{office.phone}",
        ]
        return "\n".join(lines) + "\n"

    def _embargo_lines(self, delivery: Delivery) -> list[str]:
        if delivery.action is Action.WITHDRAW or not (self.outlet.lead or delivery.at > self.bench.clock()):
            return []
        hour = in_china(delivery.at)
        shown = f"{hour.year}年{hour.month}月{hour.day}日{hour.hour}时{hour.minute:02d}分"
        return ["", f"★ 禁止早于 {shown} {self.carries_on} ★"]

    def _receipt(self, delivery: Delivery, rendition: Rendition) -> Receipt:
        name = delivery_name(delivery, rendition)
        return Receipt(
            state=State.ACCEPTED,
            remote_id=name,
            digest=rendition.digest,
            evidence={"path": str(self.drop.folder / name), "record": str(self.drop.sent / name)},
        )


def delivery_name(delivery: Delivery, rendition: Rendition) -> str:
    """``1001-r2-publish-1a2b3c4d``: the same for every attempt at this delivery, different for every other one."""
    item = "".join(character if character.isalnum() or character in "-_" else "_" for character in delivery.item.id)
    again = f"-n{delivery.round}" if delivery.round > 1 else ""
    return f"{item}-r{delivery.sequence}-{delivery.action}{again}-{rendition.digest[:8]}"
