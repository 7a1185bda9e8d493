"""What radio and television have in common: a script to read aloud, with its reading time (domain.md 7, Radio copy)."""

from collections.abc import Sequence
from typing import ClassVar

from channels.base import Part, Rendition, text_part
from channels.partner import Partner
from channels.script import duration, script_facts, script_of, script_text
from channels.speech import DEFAULT_PACE
from content.canonical import canonical_json
from content.finding import Finding, error
from content.item import Item, Revision
from content.vocabulary import Action


class Broadcaster(Partner):
    """One station. Options: ``pace`` (characters a minute, default 240), ``max_seconds`` (longest script, default none)."""

    carries_on: ClassVar[str] = "播出"
    medium: ClassVar[str]
    """``radio`` or ``television``: the channel's word, and the front of the editor's own words for it."""

    @property
    def pace(self) -> int:
        return int(self.outlet.options.get("pace", DEFAULT_PACE))

    def check(self, revision: Revision) -> Sequence[Finding]:
        seconds = script_of(revision, Action.PUBLISH, "", self.medium, self.bench.site, self.pace).seconds
        longest = int(self.outlet.options.get("max_seconds", 0))
        if not longest or seconds <= longest:
            return []
        return [
            error(
                f"{self.medium}-long",
                f"outlet/{self.outlet.id}",
                f"口播稿约需{duration(seconds)}，超过该台的{duration(longest)}。",
                f"请在 radio.text 中写出口播稿，不超过{longest * self.pace // 60}字。",
            )
        ]

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        """``script.txt`` to read from and ``script.json`` with the same as data."""
        return self.fitting(Rendition(self.medium, self.outlet.id, self.parts(item, revision, action, reason)))

    def parts(self, item: Item, revision: Revision, action: Action, reason: str) -> dict[str, Part]:
        """The files of the rendition by name."""
        script = script_of(revision, action, reason, self.medium, self.bench.site, self.pace)
        facts = script_facts(script, item, revision.fields, action, reason)
        return {
            "script.txt": text_part(script_text(script, item, revision.fields, self.bench.office)),
            "script.json": Part("application/json", canonical_json(facts)),
        }
