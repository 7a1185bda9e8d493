"""Copy for a newspaper as plain values: what both the Word file and the ninjs item are made from."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from channels.earlier import Earlier
from content.body import ASSET, paragraphs, text_of, tree
from content.clock import in_china
from content.item import Fields, Item, Picture, Revision
from content.vocabulary import Action

LEAD_CHARACTERS = 120


@dataclass(frozen=True)
class Copy:
    """One piece of copy. *heading* is 更正启事, 撤稿通知 or nothing; *notice* its sentences; *pictures* with file names."""

    item_id: str
    action: Action
    reason: str
    fields: Fields
    heading: str
    notice: tuple[str, ...]
    title: str
    lead: str
    body: str
    pictures: tuple[tuple[Picture, str], ...]

    @property
    def word_count(self) -> int:
        """Characters of title, lead and body without white space, as editors count (字数)."""
        text = self.title + self.lead + "".join(paragraphs(self.body))
        return sum(not character.isspace() for character in text)


def copy_of(item: Item, revision: Revision, action: Action, reason: str, earlier: Earlier) -> Copy:
    """The copy for an action; a withdrawal's has no body: a kill notice repeats nothing of what is withdrawn."""
    fields = revision.fields
    gone = action is Action.WITHDRAW
    return Copy(
        item_id=item.id,
        action=action,
        reason=reason,
        fields=fields,
        heading={Action.CORRECT: "更正启事", Action.WITHDRAW: "撤稿通知"}.get(action, ""),
        notice=_notice(fields, action, reason, earlier),
        title=fields.word("newspaper.title", fields.title),
        lead="" if gone else fields.word("newspaper.lead", fields.summary or _first_sentence(revision.body)),
        body="" if gone else revision.body,
        pictures=() if gone else tuple(picture_names(revision.pictures)),
    )


def picture_names(pictures: Sequence[Picture]) -> Iterator[tuple[Picture, str]]:
    """Each picture with a file name that no other has and that every file system takes; all are JPEG in print."""
    for number, picture in enumerate(pictures, 1):
        stem = picture.name.rpartition(".")[0] or picture.name
        safe = re.sub(r"[^\w-]+", "_", stem).strip("_")[:40] or "picture"
        yield picture, f"{number:02d}-{safe}.jpg"


def captions(body: str) -> dict[str, str]:
    """The captions that stand in the body, by the picture's digest."""
    found: dict[str, str] = {}
    for figure in tree(body).iter("figure"):
        said = " ".join(text_of(caption) for caption in figure.iter("figcaption"))
        for image in figure.iter("img"):
            found.setdefault(image.get("src", "").removeprefix(ASSET), " ".join(said.split()))
    return found


def embargo_line(fields: Fields) -> str:
    """The hour before which nothing may be printed, where the editor set one."""
    if fields.embargo is None:
        return ""
    hour = in_china(fields.embargo)
    return f"★ 禁止早于 {hour.year}年{hour.month}月{hour.day}日{hour.hour}时{hour.minute:02d}分 刊发 ★"


def printable(text: str) -> str:
    """Without the control characters that XML cannot hold, on one line."""
    return " ".join("".join(" " if unicodedata.category(one) == "Cc" else one for one in text).split())


def _notice(fields: Fields, action: Action, reason: str, earlier: Earlier) -> tuple[str, ...]:
    because = (f"原因：{reason.rstrip('。')}。",) if reason else ()
    title = fields.title.replace("《", "〈").replace("》", "〉")
    if action is Action.CORRECT:
        what = earlier.said("刊发", "此前收到或刊发")
        return (f"贵报{what}《{title}》有误，请以本稿为准并刊登更正。", *because)
    if action is Action.WITHDRAW:
        said = f"请立即停止刊发《{title}》；已排版的请撤下，已刊发的请从电子报、客户端等处撤除，并刊登更正。"
        return (said, *earlier.kill_lines("刊发"), *because)
    return ()


def _first_sentence(body: str) -> str:
    """The first sentence of the body that is long enough to lead with, when the editor wrote neither lead nor summary."""
    for paragraph in paragraphs(body):
        sentence = re.match(r"[^。！？\t]{12,}[。！？]", paragraph)
        if sentence and len(sentence[0]) <= LEAD_CHARACTERS:
            return sentence[0]
    return ""
