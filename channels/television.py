"""The television channel: a script for the newsreader and a crawl (滚动字幕) for the foot of the screen."""

from collections.abc import Sequence
from typing import ClassVar

from channels.base import CannotRender, Part, text_part
from channels.broadcaster import Broadcaster
from content.finding import Finding, error
from content.item import Fields, Item, Revision
from content.vocabulary import Action

CRAWL_CHARACTERS = 60


class Television(Broadcaster):
    """One television station. Options as in ``Broadcaster``, and ``crawl`` (most characters of the crawl, default 60)."""

    proof: ClassVar[str] = "播出频道：____________　播出时间：____年__月__日__时__分　栏目：____________"
    medium: ClassVar[str] = "television"

    def check(self, revision: Revision) -> Sequence[Finding]:
        finding = self._crawl_finding(crawl_text(revision.fields, Action.PUBLISH))
        return [*super().check(revision), *([finding] if finding else [])]

    def parts(self, item: Item, revision: Revision, action: Action, reason: str) -> dict[str, Part]:
        crawl = crawl_text(revision.fields, action)
        finding = self._crawl_finding(crawl)
        if finding is not None and action is not Action.WITHDRAW:
            raise CannotRender(finding)
        return {**super().parts(item, revision, action, reason), "crawl.txt": text_part(crawl + "\n")}

    def _crawl_finding(self, crawl: str) -> Finding | None:
        most = int(self.outlet.options.get("crawl", CRAWL_CHARACTERS))
        if len(crawl) <= most:
            return None
        return error(
            "television-crawl-long",
            f"outlet/{self.outlet.id}",
            f"滚动字幕有{len(crawl)}字，超过该台的{most}字。",
            f"请在 television.text 中写出滚动字幕，不超过{most}字；更正时字幕前会加上“更正：”，请留出余量。",
        )


def crawl_text(fields: Fields, action: Action) -> str:
    """The crawl as it is shown, not spoken: the editor's own words, else the title."""
    words = " ".join(fields.word("television.text", fields.word("television.title", fields.title)).split())
    return {Action.CORRECT: "更正：", Action.WITHDRAW: "撤稿："}.get(action, "") + words
