"""Automatic numbers of Word made text: 一、 （一） 1. are part of what an official document says."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from content.intake.xml_values import attribute, value_of, whole

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_SIGNS = {
    "decimalEnclosedCircle": _CIRCLED,
    "decimalEnclosedCircleChinese": _CIRCLED,
    "ideographTraditional": "甲乙丙丁戊己庚辛壬癸",
    "ideographZodiac": "子丑寅卯辰巳午未申酉戌亥",
}
_CHINESE = frozenset(
    {"chineseCounting", "chineseCountingThousand", "ideographDigital", "japaneseCounting", "taiwaneseCounting"}
    | {"taiwaneseCountingThousand", "taiwaneseDigital", "koreanDigital", "japaneseDigitalTenThousand"}
)
DEEPEST = 8


@dataclass(frozen=True)
class Level:
    """One level of a numbered list; *pattern* holds ``%1`` … ``%9`` for the counters."""

    form: str
    pattern: str
    start: int
    space: bool


@dataclass
class Numbering:
    """The lists of a document, and how far each has counted."""

    levels: Mapping[tuple[str, int], Level] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    starts: dict[tuple[str, int], int] = field(default_factory=dict)
    _counters: dict[str, list[int | None]] = field(default_factory=dict)

    def level(self, number_id: str, depth: int) -> Level | None:
        return self.levels.get((self.lists.get(number_id, ""), depth))

    def next_text(self, number_id: str, depth: int) -> str:
        """The number of the next paragraph at this level, as text; empty for bullets and unknown lists."""
        shared = self.lists.get(number_id, "")
        level = self.level(number_id, depth)
        if level is None or level.form == "bullet":
            return ""
        counters = self._counters.setdefault(shared, [None] * (DEEPEST + 1))
        start = self.starts.pop((number_id, depth), None)
        before = counters[depth]
        counters[depth] = start if start is not None else level.start if before is None else before + 1
        counters[depth + 1 :] = [None] * (DEEPEST - depth)
        return self._written(shared, level, counters) if level.form != "none" or "%" not in level.pattern else ""

    def _written(self, shared: str, level: Level, counters: list[int | None]) -> str:
        text = level.pattern
        for depth in range(DEEPEST, -1, -1):
            mark = f"%{depth + 1}"
            if mark in text:
                own = self.levels.get((shared, depth), level)
                number = counters[depth]
                text = text.replace(mark, formatted(own.start if number is None else number, own.form))
        closed = not text or not text[-1].isascii() or not level.space
        return text if closed else f"{text} "


def numbering_from(root: etree._Element | None) -> Numbering:
    """The lists of ``numbering.xml``."""
    if root is None:
        return Numbering()
    levels = {
        (attribute(shared, "abstractNumId"), depth): _level(entry)
        for shared in root.iterfind("{*}abstractNum")
        for entry in shared.iterfind("{*}lvl")
        if 0 <= (depth := whole(attribute(entry, "ilvl"))) <= DEEPEST
    }
    lists: dict[str, str] = {}
    starts: dict[tuple[str, int], int] = {}
    for entry in root.iterfind("{*}num"):
        name = attribute(entry, "numId")
        lists[name] = value_of(entry, "abstractNumId")
        for override in entry.iterfind("{*}lvlOverride"):
            start = value_of(override, "startOverride")
            if start:
                starts[(name, whole(attribute(override, "ilvl")))] = whole(start)
    return Numbering(levels, lists, starts)


def formatted(number: int, form: str) -> str:
    """A counter in one of Word's number formats; unknown formats are decimal."""
    if form in _CHINESE:
        return chinese(number)
    signs = _SIGNS.get(form, "")
    if 1 <= number <= len(signs):
        return signs[number - 1]
    if form in ("upperLetter", "lowerLetter") and number >= 1:
        letter = chr(ord("A") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in ("upperRoman", "lowerRoman") and 1 <= number < 4000:
        return _roman(number) if form == "upperRoman" else _roman(number).lower()
    return {"decimalZero": f"{number:02d}", "none": "", "bullet": ""}.get(form, str(number))


def chinese(number: int) -> str:
    """一, 十, 十一, 二十三, 一百零五."""
    import cn2an

    text = str(cn2an.an2cn(number, "low"))
    return text[1:] if text.startswith("一十") else text


def _roman(number: int) -> str:
    signs = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"))
    text = ""
    for value, sign in (*signs, (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        count, number = divmod(number, value)
        text += sign * count
    return text


def _level(entry: etree._Element) -> Level:
    form = value_of(entry, "numFmt") or "decimal"
    start = value_of(entry, "start")
    suffix = value_of(entry, "suff")
    return Level(form, value_of(entry, "lvlText")[:60], whole(start) if start else 1, suffix != "nothing")
