"""What radio and television have in common: a script to read aloud, with its reading time (domain.md 7, Radio copy)."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from channels.base import CannotRender, Part, Refused, Rendition, text_part
from channels.earlier import earlier_of
from channels.options import is_whole, whole
from channels.partner import Partner
from channels.prompter import prompter_page
from channels.script import Script, Station, Version, script_of
from channels.script_docx import script_docx
from channels.script_files import duration, orders_text, script_facts, version_text
from channels.script_versions import SHORT_VERSIONS
from channels.speech import DEFAULT_PACE
from channels.word_file import DOCX
from content.canonical import canonical_json
from content.finding import Finding, error
from content.item import Item, Revision
from content.vocabulary import Action

SLOWEST, FASTEST = 60, 600
"""Characters a minute that a person can read at all; news is read at 200 to 300 (domain.md 7)."""


class Broadcaster(Partner):
    """One station. Options: ``pace`` (characters a minute, default 240), ``max_seconds`` (longest full script, default
    none), ``versions`` (the short versions wanted, default ``[60, 20]``)."""

    carries_on: ClassVar[str] = "播出"
    undone: ClassVar[str] = "撤下时间：____年__月__日__时__分　处理情况（未播出、停播、撤下回放等）：____________"
    facts: ClassVar[str] = "script.json"
    medium: ClassVar[str]
    """``radio`` or ``television``: the channel's word, and the front of the editor's own words for it."""

    def station(self) -> Station:
        """What the options say of this station. Raises Refused."""
        pace = whole(self.outlet, "pace", DEFAULT_PACE, SLOWEST)
        if pace > FASTEST:
            raise Refused(f"发布点 {self.outlet.id} 的 pace 是每分钟字数，不能大于{FASTEST}，请修改设置")
        most = whole(self.outlet, "max_seconds", 0, 0)
        return Station(self.medium, pace, most, self._versions(), self.bench.site)

    def _versions(self) -> tuple[int, ...]:
        known = [short.seconds for short in SHORT_VERSIONS]
        wanted = self.outlet.options.get("versions", known)
        if not isinstance(wanted, list) or not all(is_whole(entry) and entry in known for entry in wanted):
            raise Refused(f"发布点 {self.outlet.id} 的 versions 应是列表，可用：60、20，请修改设置")
        return tuple(wanted)

    def check(self, revision: Revision) -> Sequence[Finding]:
        """What is longer than its time, and options that cannot be read."""
        try:
            script = script_of(revision, Action.PUBLISH, "", self.station())
        except Refused as problem:
            return [self.unreadable(problem)]
        return list(self._too_long(script))

    def _too_long(self, script: Script) -> Iterator[Finding]:
        for version in script.versions:
            if version.too_long:
                yield error(
                    f"{self.medium}-{'long' if version.name == 'full' else version.name}",
                    f"outlet/{self.outlet.id}",
                    f"{version.label}约需{duration(version.seconds)}，超过{_limit(version)}。",
                    f"请在 {version.own} 中写出{version.label}，不超过{version.limit * version.pace // 60}字"
                    "（按读出来的字数，标点不计）。",
                )

    def unreadable(self, problem: Refused) -> Finding:
        """The finding for an option that cannot be read."""
        place = f"outlet/{self.outlet.id}"
        return error(
            f"{self.medium}-settings", place, f"{problem}。", "请管理员修改 tongbu.toml 中这个发布点的 options。"
        )

    def render(self, item: Item, revision: Revision, action: Action = Action.PUBLISH, reason: str = "") -> Rendition:
        """Each version as text (``script.txt``, ``script-60.txt``…), all of them as ``script.docx``, ``prompter.html`` and
        ``script.json``. A kill notice is never read aloud, so it has no page to read from."""
        return self.fitting(Rendition(self.medium, self.outlet.id, self.parts(item, revision, action, reason)))

    def parts(self, item: Item, revision: Revision, action: Action, reason: str) -> dict[str, Part]:
        """The files of the rendition by name. Raises CannotRender."""
        script = self._script(item, revision, action, reason)
        fields, office = revision.fields, self.bench.office
        facts = script_facts(script, item, fields, action, reason)
        parts = {
            "script.docx": Part(DOCX, script_docx(script, item, fields, office)),
            "script.json": Part("application/json", canonical_json(facts)),
        }
        if not script.versions:
            return {"script.txt": text_part(orders_text(script, item, fields, office)), **parts}
        for version in script.versions:
            text = version_text(script, version, item, fields, office)
            parts["script.txt" if version.name == "full" else f"script-{version.name}.txt"] = text_part(text)
        page = prompter_page(script, item, fields, office)
        return {**parts, "prompter.html": text_part(page, "text/html; charset=utf-8")}

    def _script(self, item: Item, revision: Revision, action: Action, reason: str) -> Script:
        try:
            script = script_of(revision, action, reason, self.station(), earlier_of(self.earlier, item))
        except Refused as problem:
            raise CannotRender(self.unreadable(problem)) from problem
        for finding in self._too_long(script):
            raise CannotRender(finding)
        return script


def _limit(version: Version) -> str:
    return f"该台的{duration(version.limit)}" if version.name == "full" else f"{version.limit}秒"
