"""The television channel: the newsreader's script and a crawl (滚动字幕) for the foot of the screen."""

from collections.abc import Sequence
from typing import ClassVar

from channels.base import CannotRender, Part, Refused, text_part
from channels.broadcaster import Broadcaster
from channels.options import whole
from content.finding import Finding, error
from content.item import Fields, Item, Revision
from content.vocabulary import Action

CRAWL_CHARACTERS = 60


class Television(Broadcaster):
    """One television station. Options as in ``Broadcaster``, and ``crawl`` (most characters of the crawl, default 60)."""

    proof: ClassVar[str] = "播出频道：____________　播出时间：____年__月__日__时__分　栏目：____________"
    medium: ClassVar[str] = "television"

    def check(self, revision: Revision) -> Sequence[Finding]:
        found = super().check(revision)
        try:
            crawl = self._crawl_finding(crawl_text(revision.fields, Action.PUBLISH))
        except Refused as problem:
            return [*found, self.unreadable(problem)]
        return [*found, *([crawl] if crawl else [])]

    def parts(self, item: Item, revision: Revision, action: Action, reason: str) -> dict[str, Part]:
        """The script's files, and ``crawl.txt``; nothing of a kill notice is shown, so it has none."""
        parts = super().parts(item, revision, action, reason)
        if action is Action.WITHDRAW:
            return parts
        crawl = crawl_text(revision.fields, action)
        try:
            finding = self._crawl_finding(crawl)
        except Refused as problem:
            raise CannotRender(self.unreadable(problem)) from problem
        if finding is not None:
            raise CannotRender(finding)
        return {**parts, "crawl.txt": text_part(crawl + "\n")}

    def _crawl_finding(self, crawl: str) -> Finding | None:
        most = whole(self.outlet, "crawl", CRAWL_CHARACTERS)
        if len(crawl) <= most:
            return None
        return error(
            "television-crawl-long",
            f"outlet/{self.outlet.id}",
            f"滚动字幕有{len(crawl)}字，超过该台的{most}字。",
            f"请在 television.crawl 中写出滚动字幕，不超过{most}字；更正时字幕前会加上“更正：”，请留出余量。",
        )


def crawl_text(fields: Fields, action: Action) -> str:
    """The crawl as it is shown, not spoken: the editor's own words, else the title."""
    words = " ".join(fields.word("television.crawl", fields.word("television.title", fields.title)).split())
    return ("更正：" if action is Action.CORRECT else "") + words
