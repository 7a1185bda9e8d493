"""Wording: wrong words by date, half-width punctuation in Chinese text, and numbering that jumps a level."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from content.checks.case import Case, by_subject
from content.checks.reading import Passage, places
from content.cleaning.headings import in_attachment_list
from content.finding import Finding, error, warning
from content.kinds import data
from content.vocabulary import Severity

_HALF = re.compile(
    "(?<=[\u4e00-\u9fff》”’）〕])[,;:!?](?![/\\\\])|(?<=[\u4e00-\u9fff])\\.(?=[\u4e00-\u9fff])"
    "|\\((?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])[()]"
)
_UNWRITTEN = ("attachments", "pictures", "document_number")
_SHOWN = 5
_LEVELS = (
    re.compile(r"[一二三四五六七八九十]{1,3}、"),
    re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]"),
    re.compile(r"[0-9]{1,2}[.．](?![0-9])"),
    re.compile(r"[（(][0-9]{1,2}[）)]"),
)
_LEVEL_NAMES = ("一、", "（一）", "1.", "（1）")
# GB/T 9704-2012, 7.3.7: each attachment begins with 附件 and its number and is a text of its own.
_OWN_TEXT = re.compile(r"附\s*[件表录]\s*(?:[0-9０-９]{1,3}|[一二三四五六七八九十]{1,3})?")


def check_wording(case: Case) -> Iterator[Finding]:
    """For Chinese items only."""
    if case.chinese:
        yield from _wrong(case)
        yield from _half_width(case)
        yield from _jumps(case)


@dataclass(frozen=True)
class _Entry:
    wrong: str
    right: str
    severity: Severity
    source: str
    first: date
    last: date
    unless: tuple[str, ...]

    def spares(self, text: str, at: int) -> bool:
        """Whether the word at this offset stands inside a longer text in which it is right."""
        return any(
            text.startswith(longer, at - offset)
            for longer in self.unless
            for offset in range(len(longer))
            if longer.startswith(self.wrong, offset) and at >= offset
        )


@lru_cache
def _entries() -> tuple[_Entry, ...]:
    return tuple(
        _Entry(
            entry["wrong"],
            entry["right"],
            Severity(entry["severity"]),
            entry["source"],
            entry.get("valid_from", date.min),
            entry.get("valid_to", date.max),
            tuple(entry.get("unless", ())),
        )
        for entry in data("words.toml")["words"]
    )


def _wrong(case: Case) -> Iterator[Finding]:
    reading = case.reading
    for entry in _entries():
        if not entry.first <= case.written_on < entry.last:
            continue
        where = places(reading.at(at).place for at in _finds(reading.text, entry))
        if where:
            yield _wrong_word(entry, where)


def _wrong_word(entry: _Entry, where: str) -> Finding:
    message, mend = f"“{entry.wrong}”应为“{entry.right}”（{entry.source}）。", f"请改为“{entry.right}”。"
    if entry.severity is Severity.ERROR:
        return error("wrong-name", where, message, mend)
    return warning("wrong-word", where, message, mend)


def _finds(text: str, entry: _Entry) -> Iterator[int]:
    at = text.find(entry.wrong)
    while at >= 0:
        if not entry.spares(text, at):
            yield at
        at = text.find(entry.wrong, at + 1)


def _half_width(case: Case) -> Iterator[Finding]:
    reading = case.reading.without(*_UNWRITTEN)
    found = [(match[0], reading.at(match.start()).place) for match in _HALF.finditer(reading.text)]
    if found:
        where = places((place for _, place in found), limit=_SHOWN)
        marks = "".join(f"“{mark}”" for mark in by_subject(found))
        message = f"中文之间有{len(found)}处半角标点：{marks}。"
        yield warning("half-width", where, message, "请改为全角标点，如“，”“；”“：”“（）”。")


def _level(passage: Passage) -> int:
    """The level 1 to 4 that a paragraph's numbering says, 0 for none."""
    return next((depth for depth, pattern in enumerate(_LEVELS, 1) if pattern.match(passage.text)), 0)


def _jumps(case: Case) -> Iterator[Finding]:
    last, found = 0, []
    passages = case.reading.of("body").passages
    for passage, listed in zip(passages, in_attachment_list(one.text for one in passages), strict=True):
        level = 0 if listed else _level(passage)
        last = 0 if _OWN_TEXT.fullmatch(passage.text.strip()) else last
        if last and level > last + 1:
            found.append((f"{_LEVEL_NAMES[last - 1]}\n{_LEVEL_NAMES[level - 1]}", passage.place))
        last = level or last
    for pair, where in by_subject(found).items():
        before, _, after = pair.partition("\n")
        message = f"层次序号从“{before}”直接跳到“{after}”。"
        yield warning(
            "level-jump",
            where,
            message,
            "层次序号依次为“一、”“（一）”“1.”“（1）”，请补上中间的层次或者改用下一级序号。",
        )
