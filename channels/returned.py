"""The receipt that a partner puts into its folder: beside the copy, or where the copy stood.

Whatever is wrong with one is named, and a copy of it is kept aside on this machine; the partner's file is left alone.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import PurePosixPath

from channels.base import Refused, Unavailable, Workbench
from channels.drop import Drop
from channels.places.target import Target
from channels.receipts import MOST_BYTES, MOST_SCAN, BadReceipt, Told, receipt_in
from channels.reference import same_reference
from content.assets import write_whole
from content.canonical import digest
from content.clock import in_china
from content.delivery import Receipt
from content.stated import NoMoment, stated_moment
from content.vocabulary import State

NAMES = ("receipt.json", "receipt.txt", "回执.txt")
ASIDE = "receipts-aside"


@dataclass(frozen=True)
class Returned:
    """What a receipt has to name, and the moment of the hand-over."""

    reference: str
    handed_over: datetime
    bench: Workbench

    def receipt(self, target: Target, top: frozenset[str], name: str, known: Receipt) -> Receipt:
        """*known* made LIVE by the receipt of the delivery *name*, or as it is where none has come. *top* is what stands
        directly at the place. Raises Unavailable where none of those that came proves anything, and the target's OSErrors."""
        problems = []
        for path in standing(target, top, name):
            size = target.size(path)
            if size is None:
                continue  # a folder, or a link out of the place
            try:
                return self._read(target, path, size, known)
            except Unavailable as problem:
                problems.append(problem)
        if problems:
            raise problems[0]
        return known

    def _read(self, target: Target, path: str, size: int, known: Receipt) -> Receipt:
        data = b""
        try:
            if not size:
                raise BadReceipt("是空文件，可能还在传送")
            if size > MOST_BYTES:
                raise BadReceipt(f"有{size}字节，最多{MOST_BYTES}字节")
            data = target.read(path) or b""
            told = receipt_in(data)
            live_at = self._moment(told)
            scan = self._scan(target, path, told)
            return self._proved(told, live_at, data, scan, known)
        except BadReceipt as problem:
            kept = self._kept_aside(path, data)
            raise Unavailable(f"回执 {path} 不能采用：{problem}。{kept}请对方更正后重新放入。") from None

    def _moment(self, told: Told) -> datetime:
        """When it went out, of a receipt that is this delivery's. Raises BadReceipt."""
        if not same_reference(told.reference, self.reference):
            raise BadReceipt("回执号与本次交接的不符")
        try:
            return stated_moment(told.on, self.handed_over, self.bench.clock())
        except NoMoment:
            hour = in_china(self.handed_over)
            raise BadReceipt(f"写明的时间 {told.on} 无效、在将来，或早于交稿（{hour:%Y-%m-%d %H:%M}）") from None

    def _proved(self, told: Told, live_at: datetime, data: bytes, scan: str, known: Receipt) -> Receipt:
        evidence = {**known.evidence, **told.details, "stated": told.on, "receipt": self.bench.assets.put(data)}
        proof = evidence | ({"scan": scan} if scan else {})
        return replace(known, state=State.LIVE, live_at=live_at, evidence=proof)

    def _scan(self, target: Target, path: str, told: Told) -> str:
        """The digest of the scan that the receipt names, kept among the assets; empty for none."""
        if not told.scan:
            return ""
        beside = str(PurePosixPath(path).with_name(told.scan))
        size = target.size(beside)
        if size is None:
            raise BadReceipt(f"回执所附的扫描件 {told.scan} 不在旁边")
        if size > MOST_SCAN:
            raise BadReceipt(f"扫描件 {told.scan} 有{size}字节，最多{MOST_SCAN}字节")
        return self.bench.assets.put(target.read(beside) or b"")

    def _kept_aside(self, path: str, data: bytes) -> str:
        if not data:
            return ""
        kept = self.bench.folder / ASIDE / f"{digest(data)[:12]}-{PurePosixPath(path).name}"
        if not kept.exists():
            write_whole(kept, data)
        return f"副本存于 {kept}。"


def standing(target: Target, top: frozenset[str], name: str) -> Iterator[str]:
    """The receipts of a delivery that stand there: beside the copy, then where the copy stood."""
    beside = target.names(name) if name in top else frozenset()
    yield from (f"{name}/{file}" for file in NAMES if file in beside)
    yield from (f"{name}.{file}" for file in NAMES if f"{name}.{file}" in top)


class Visit:
    """A partner's place, looked into for the receipts of many deliveries: connected at the first look, to the end of *until*,
    and listed once. What goes wrong with the place is told of every further delivery without another try."""

    def __init__(self, place: Callable[[], Drop], until: ExitStack) -> None:
        self._place, self._until, self._problem = place, until, ""

    def receipt(self, returned: Returned, name: str, known: Receipt) -> Receipt:
        """See ``Returned.receipt``. Raises Unavailable."""
        if not self._problem:
            try:
                return returned.receipt(self._target, self._top, name, known)
            except OSError as problem:
                self._problem = f"{self._drop.failed(problem)}回执稍后再查；请检查网络、目录和权限。"
            except Refused as problem:
                self._problem = f"不能查看回执：{problem}"
        raise Unavailable(self._problem)

    @cached_property
    def _drop(self) -> Drop:
        return self._place()

    @cached_property
    def _target(self) -> Target:
        return self._until.enter_context(closing(self._drop.open_place()))

    @cached_property
    def _top(self) -> frozenset[str]:
        return self._target.names()
