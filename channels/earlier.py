"""What a partner did with the item before, as its receipt states: what a correction or a kill notice speaks of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from content.clock import in_china
from content.delivery import Receipt
from content.item import Item
from content.vocabulary import State


@dataclass(frozen=True)
class Earlier:
    """*when* and *where* it went out, in words; both empty while no receipt tells. *made* is the day of the item."""

    when: str
    where: str
    made: str

    def said(self, act: str, unknown: str) -> str:
        """2026年11月24日18时30分在交通广播播出的, for *act* 播出; else *unknown* and the item's day."""
        return (
            f"{self.when}{self.where}{act}的"
            if self.when
            else (f"{unknown}的{self.made}的稿件" if self.made else f"{unknown}的")
        )

    def kill_lines(self, act: str) -> list[str]:
        """What a kill notice adds for what went out already."""
        return [f"据回执，该稿已于{self.when}{self.where}{act}。"] if self.when else []


NOTHING_KNOWN = Earlier("", "", "")


def earlier_of(receipts: Sequence[Receipt], item: Item) -> Earlier:
    """By the newest of the item's receipts at the outlet, where it proves that it went out."""
    made = _day(in_china(item.assigned_at))
    if not receipts or receipts[-1].state is not State.LIVE:
        return Earlier("", "", made)
    newest = receipts[-1]
    return Earlier(_when(newest), _where(newest.evidence), made)


def _when(receipt: Receipt) -> str:
    """To the minute where the receipt states one, else to the day."""
    try:
        stated = datetime.fromisoformat(receipt.evidence.get("stated", ""))
    except ValueError:
        return _day(in_china(receipt.live_at)) if receipt.live_at else ""
    stated = in_china(stated) if stated.tzinfo else stated
    timed = ":" in receipt.evidence["stated"]
    return _day(stated) + (f"{stated.hour}时{stated.minute:02d}分" if timed else "")


def _where(evidence: Mapping[str, str]) -> str:
    page, channel, programme = (_name(evidence.get(name, "")) for name in ("page", "channel", "programme"))
    if page:
        return f"第{page}版" if page.isalnum() and page.isascii() else page
    return f"在{channel}{programme}" if channel or programme else ""


def _name(text: str) -> str:
    return " ".join(text.translate(dict.fromkeys(map(ord, "《》〈〉“”。；"), None)).split())


def _day(moment: datetime) -> str:
    return f"{moment.year}年{moment.month}月{moment.day}日"
