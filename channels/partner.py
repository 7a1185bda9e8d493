"""What radio, television and newspaper have in common: copy handed over with a cover note, in a folder or by e-mail, and the
receipt that comes back."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from copy import copy
from pathlib import Path
from typing import ClassVar, Self

from channels.base import CannotRender, Refused, Rendition, Workbench
from channels.drop import Drop
from channels.letter import Letter, Written
from channels.mail_settings import mail_settings
from channels.places.local import LocalTarget
from channels.places.target import Target, address_of, open_target
from channels.reference import reference_of
from channels.returned import Returned, Visit
from content.canonical import digest
from content.clock import in_china
from content.delivery import Delivery, Prepared, Receipt
from content.finding import Finding, error
from content.item import Item, Revision
from content.outlet import Outlet
from content.vocabulary import Action, Row, State

COVER_NOTE = "交接单.txt"
MOST_OF_A_TITLE = 60
"""How many characters of a title a letter's subject shows."""
ACTION_WORDS = {Action.PUBLISH: "发布", Action.CORRECT: "更正", Action.WITHDRAW: "撤稿"}


class Partner(ABC):
    """A partner outlet. Options: ``folder`` (where its copy is dropped: a folder, ``sftp://``, ``s3://`` or ``webdav+https://``
    as in ``channels.places``; default: ``drop`` in the outlet's own folder), or ``mail_to`` and what ``channels.mail_settings``
    reads. Secrets: those of the place, or ``user`` and ``password``.

    Handing over is ACCEPTED only; live comes by the partner's own receipt (design.md, rule 6).
    """

    row: ClassVar[Row | None] = Row.OTHER
    direct: ClassVar[bool] = False
    carries_on: ClassVar[str]
    """What the partner does with the copy: 播出 or 刊发."""
    proof: ClassVar[str]
    """What its receipt states, as a line to fill in."""
    undone: ClassVar[str]
    """What its receipt of a withdrawal states."""
    facts: ClassVar[str]
    """Which part of its copy is JSON with the ``title``."""

    def __init__(self, outlet: Outlet, bench: Workbench) -> None:
        self.outlet = outlet
        self.bench = bench
        self.earlier: tuple[Receipt, ...] = ()
        self._visit: Visit | None = None

    def referring(self, earlier: Sequence[Receipt]) -> Self:
        """See ``channels.base.Refers``."""
        knowing = copy(self)
        knowing.earlier = tuple(earlier)
        return knowing

    def check(self, revision: Revision) -> Sequence[Finding]:
        return []

    @abstractmethod
    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        """The copy in this partner's own form; see ``channels.base.Channel``."""

    def fitting(self, rendition: Rendition) -> Rendition:
        """The rendition, if a letter can hold it. Raises CannotRender."""
        letter = mail_settings(self.outlet, self.bench.secrets)
        size = sum(len(part.data) for part in rendition.parts.values()) * 4 // 3  # base64
        if letter is None or size <= letter.most_bytes * 95 // 100:
            return rendition
        raise CannotRender(
            error(
                "partner-mail-large",
                f"outlet/{self.outlet.id}",
                f"邮件约{size / 1e6:.1f}兆，超过该单位邮箱的{letter.most_bytes / 1e6:.0f}兆。",
                "请减少或缩小图片，或请管理员改用目录交接（folder）。",
            )
        )

    def prepare(self, delivery: Delivery, rendition: Rendition) -> Prepared:
        self.handing().ready()
        return Prepared(digest=rendition.digest)

    def release(self, delivery: Delivery, rendition: Rendition, prepared: Prepared) -> Receipt:
        """Hands over the copy and a cover note; the note is frame and carries the embargo line and the receipt's number."""
        handing, name = self.handing(), delivery_name(delivery, rendition)
        note, number = self.cover_note(delivery, rendition), self.reference(delivery, rendition)
        files = {path: part.data for path, part in rendition.parts.items()}
        if isinstance(handing, Letter):
            handing.deliver(Written(name, number, self._subject(delivery, rendition, number), note, files, delivery.at))
        else:
            facts = {"reference": number, "item": delivery.item.id, "action": delivery.action.value}
            handing.deliver(name, rendition.digest, {**files, COVER_NOTE: note.encode()}, facts)
        return self._receipt(delivery, rendition)

    def find(self, delivery: Delivery, rendition: Rendition) -> Receipt | None:
        handing, name = self.handing(), delivery_name(delivery, rendition)
        there = handing.delivered(name) if isinstance(handing, Letter) else handing.delivered(name, rendition.digest)
        return self._receipt(delivery, rendition) if there else None

    def follow(self, delivery: Delivery, rendition: Rendition, receipt: Receipt) -> Receipt:
        """LIVE by the receipt that the partner put into its folder (``channels.returned``), else as it was. Raises Unavailable
        for one that proves nothing, since the partner may put another there, and for settings that lead to no place: what
        was handed over stays so."""
        if self.outlet.options.get("mail_to"):
            return receipt
        if self._visit is None:
            with self.visiting() as here:
                return here.follow(delivery, rendition, receipt)
        returned = Returned(self.reference(delivery, rendition), delivery.since or delivery.at, self.bench)
        return self._visit.receipt(returned, delivery_name(delivery, rendition), receipt)

    @contextmanager
    def visiting(self) -> Iterator[Self]:
        """See ``channels.base.Visits``."""
        here = copy(self)
        with ExitStack() as until:
            here._visit = Visit(self._drop, until)
            yield here

    def reference(self, delivery: Delivery, rendition: Rendition) -> str:
        """The number that a receipt has to name."""
        return reference_of(self.bench.folder / "reference.key", self.outlet.id, delivery_name(delivery, rendition))

    def handing(self) -> Drop | Letter:
        """How this partner gets its copy. Raises Refused for options that are wrong, or not those that were signed."""
        sent, letter = self.bench.folder / "sent", mail_settings(self.outlet, self.bench.secrets)
        if letter is None:
            return self._drop()
        if self.outlet.options.get("folder"):
            raise Refused(f"发布点 {self.outlet.id} 同时设置了 folder 和 mail_to，请只留一个")
        self._require_signed(f"mailto:{','.join(letter.recipients)}")
        return Letter(letter, sent)

    def _drop(self) -> Drop:
        folder, sent = str(self.outlet.options.get("folder", "")), self.bench.folder / "sent"
        if not folder:
            own = self.bench.folder / "drop"
            return Drop(lambda: _made(own), sent, str(own), {})
        address, secrets = (
            address_of(str(Path(folder).absolute()) if ":" not in folder else folder, "folder"),
            self.bench.secrets,
        )
        if address.scheme == "file":
            return Drop(lambda: LocalTarget(address), sent, address.path, {})
        self._require_signed(str(address))
        return Drop(lambda: open_target(address, self.outlet.options, secrets), sent, str(address), secrets)

    def _require_signed(self, address: str) -> None:
        """Where copy goes over a network is the outlet's identity, which is signed with every package."""
        if self.outlet.identity != address:
            raise Refused(
                f"发布点 {self.outlet.id} 的 identity 应是稿件交往的地址 {address}（审签的就是它），请修改设置"
            )

    def _title(self, rendition: Rendition) -> str:
        return " ".join(str(json.loads(rendition.text(self.facts))["title"]).split())

    def _subject(self, delivery: Delivery, rendition: Rendition, reference: str) -> str:
        stamp = "【演练】" if self.bench.office.rehearsal else ""
        what = ACTION_WORDS.get(delivery.action, delivery.action)
        title = self._title(rendition)
        shown = title if len(title) <= MOST_OF_A_TITLE else f"{title[: MOST_OF_A_TITLE - 1]}…"
        return f"{stamp}【{what}】{shown}（{self.bench.office.organ} 稿件{delivery.item.id}）〔回执号 {reference}〕"

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
            f"稿件标题：{self._title(rendition)}",
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
            f"  回执号：{self.reference(delivery, rendition)}",
            f"  {self.undone if delivery.action is Action.WITHDRAW else self.proof}",
            "  经办人：____________　联系电话：____________",
            f"  {self._way_back(delivery, rendition)}",
            "",
            f"联系：{office.name}　电话：{office.phone}",
        ]
        return "\n".join(lines) + "\n"

    def _way_back(self, delivery: Delivery, rendition: Rendition) -> str:
        if self.outlet.options.get("mail_to"):
            return "交回方式：直接回复本邮件，写明以上各项；可附扫描件。"
        name = delivery_name(delivery, rendition)
        return f"交回方式：把以上各项存为 receipt.txt 放回本目录；本目录已移走的，存为原处的 {name}.receipt.txt。"

    def _embargo_lines(self, delivery: Delivery) -> list[str]:
        if delivery.action is Action.WITHDRAW or not (self.outlet.lead or delivery.at > self.bench.clock()):
            return []
        hour = in_china(delivery.at)
        shown = f"{hour.year}年{hour.month}月{hour.day}日{hour.hour}时{hour.minute:02d}分"
        return ["", f"★ 禁止早于 {shown} {self.carries_on} ★"]

    def _receipt(self, delivery: Delivery, rendition: Rendition) -> Receipt:
        handing, name = self.handing(), delivery_name(delivery, rendition)
        place = f"mailto:{','.join(handing.settings.recipients)}" if isinstance(handing, Letter) else handing.shown
        record = f"{name}.eml" if isinstance(handing, Letter) else name
        return Receipt(
            state=State.ACCEPTED,
            remote_id=name,
            digest=rendition.digest,
            evidence={
                "path": f"{place}/{name}",
                "record": str(handing.sent / record),
                "reference": self.reference(delivery, rendition),
            },
        )


def _made(folder: Path) -> Target:
    folder.mkdir(parents=True, exist_ok=True)
    return LocalTarget(address_of(str(folder.absolute())))


def delivery_name(delivery: Delivery, rendition: Rendition) -> str:
    """``1001-r2-publish-1a2b3c4d``: the same for every attempt at this delivery, different for every other one."""
    item = "".join(character if character.isalnum() or character in "-_" else "_" for character in delivery.item.id)
    again = f"-n{delivery.round}" if delivery.round > 1 else ""
    return f"{item}-r{delivery.sequence}-{delivery.action}{again}-{rendition.digest[:8]}"
