"""Figures as they are said: numbers, dates, times, telephone and document numbers, percentages, units (domain.md 7)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

DIGITS: Final = "零一二三四五六七八九"
PHONE_DIGITS: Final = "零幺二三四五六七八九"

_MEASURES = (
    *"个次份条件名位人家户所项种类批期篇年天周元块米吨升亩克座栋幢套台辆艘架张只头株棵本册部场届轮倍组处起例宗笔支片间层成步千万亿",
    *("小时", "分钟", "秒钟", "公里", "平方", "立方", "公斤", "公顷", "方面", "大类"),
)
"""Before these 2 is said 两."""

_UNITS = {
    "μg/m³": "微克每立方米", "mg/m³": "毫克每立方米", "mg/L": "毫克每升", "km/h": "公里每小时", "kWh": "千瓦时",
    "km²": "平方公里", "hm²": "公顷", "cm²": "平方厘米", "m²": "平方米", "㎡": "平方米", "m³": "立方米",
    "km": "公里", "cm": "厘米", "mm": "毫米", "kg": "公斤", "mg": "毫克", "kW": "千瓦", "MW": "兆瓦",
    "℃": "摄氏度", "°C": "摄氏度", "m": "米", "g": "克", "t": "吨", "L": "升", "h": "小时",
}  # fmt: skip

_N = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d+(?:\.\d+)?)"
_DASH = r"\s*[-－—–―~～〜]+\s*"
_UNIT = "(" + "|".join(re.escape(unit) for unit in _UNITS) + ")(?![A-Za-z/])"
_CALLED = re.compile(
    r"(?:电话|热线|专线|邮编|邮政编码|传真|手机|拨打|致电|短号|账号|代码)(?:号码|专线|热线|平台)?[为是]?[：:]?[\s\d、/，,和或—－-]*$"
)
"""What stands before digits that are read one by one."""


def number_words(digits: str) -> str:
    """A number such as ``161486``, ``96.23`` or ``161,486`` in Chinese words; beyond 16 digits each digit is read."""
    whole, _, fraction = digits.replace(",", "").partition(".")
    if len(whole) > 16 or (len(whole) > 1 and whole.startswith("0")):
        words = digit_words(whole)
    else:
        words = _with_liang(_whole_words(int(whole)))
    return f"{words}点{digit_words(fraction)}" if fraction else words


def _whole_words(number: int) -> str:
    """By 亿 and 万. cn2an says a part below 万; above it leaves out the 零 of 一百三十亿零一千 and then cannot read it."""
    import cn2an

    for unit, name in ((10**8, "亿"), (10**4, "万")):
        above, below = divmod(number, unit)
        if above:
            rest = _whole_words(below) if below else ""
            rest = f"一{rest}" if rest.startswith("十") else rest
            return f"{_whole_words(above)}{name}{'零' if 0 < below < unit // 10 else ''}{rest}"
    return str(cn2an.an2cn(number, "low"))


def digit_words(digits: str, phone: bool = False) -> str:
    """Each digit by itself; 1 is 幺 in a telephone number. Characters that are no digits stay."""
    names = PHONE_DIGITS if phone else DIGITS
    return "".join(names[int(character)] if character in "0123456789" else character for character in digits)


def _with_liang(words: str) -> str:
    """二 before 千, 万 and 亿 is said 两 at the front of a number."""
    return re.sub(r"^二(?=[千万亿])", "两", words)


@dataclass(frozen=True)
class _Rule:
    """A pattern, and the words for a match; None when it does not hold there after all."""

    pattern: re.Pattern[str]
    words: Callable[[re.Match[str]], str | None]


def read_figures(line: str) -> str:
    """The line with all its figures in words. One pass from left to right: nothing is read twice."""
    said: list[str] = []
    place = 0
    while (start := _STARTS.search(line, place)) is not None:
        said.append(line[place : start.start()])
        words, place = _read_at(line, start.start())
        said.append(words)
    said.append(line[place:])
    return "".join(said)


_STARTS = re.compile(r"[0-9(（〔\[［￥¥$\-－—–―−~～〜.①-⑳Ⅰ-Ⅻ]")


def _read_at(line: str, place: int) -> tuple[str, int]:
    for rule in _RULES:
        match = rule.pattern.match(line, place)
        words = rule.words(match) if match else None
        if match is not None and words is not None:
            return words, match.end()
    return line[place], place + 1


def _before(match: re.Match[str]) -> str:
    return match.string[: match.start()][-40:]


def _date(match: re.Match[str]) -> str | None:
    year, month, day = match["year"], int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{digit_words(year)}年{number_words(str(month))}月{number_words(str(day))}日"


def _document_number(match: re.Match[str]) -> str:
    return f"{digit_words(match[1])}年第{_ordinal(match[2])}号"


def _ordinal(digits: str) -> str:
    return number_words(digits).replace("两", "二")


def _phone(match: re.Match[str]) -> str:
    return digit_words(re.sub(r"[^0-9转]", "", match[0]), phone=True)


def _bare_phone(match: re.Match[str]) -> str | None:
    """Digits without a hyphen are a telephone number unless something is counted with them."""
    counted = match[0].isdecimal() and match.string[match.end() :].lstrip().startswith((*_MEASURES, "%", "余", "多"))
    return None if counted else _phone(match)


def _percent_range(match: re.Match[str]) -> str:
    return f"百分之{number_words(match[1])}至百分之{number_words(match[2])}"


def _percent(match: re.Match[str]) -> str:
    return f"{'百' if match[2] == '%' else '千'}分之{number_words(match[1])}"


_COUNTED = "0123456789年月日号时分%‰℃期批届万亿元²³"
"""What a figure ends with: a dash after it, before another figure, is 至 and no minus sign."""


def _negative(match: re.Match[str]) -> str | None:
    before = _before(match).rstrip()
    if before and (before[-1] in _COUNTED or (before[-1].isascii() and before[-1].isalnum())):
        return None
    rest = match.string[match.end() :]
    return "零下" if re.match(rf"{_N}\s*(?:℃|°C|摄氏度|度)", rest) else "负"


def _span(match: re.Match[str]) -> str | None:
    """A dash between two figures is 至."""
    before = _before(match)
    return "至" if before and before[-1] in _COUNTED else None


def _time(match: re.Match[str]) -> str | None:
    hours, minutes = int(match[1]), int(match[2])
    if hours > 24 or re.search(r"比[例分数为是]*$", _before(match)):
        return None
    if minutes == 0:
        return f"{number_words(str(hours))}点"
    return f"{number_words(str(hours))}点{'零' if minutes < 10 else ''}{number_words(str(minutes))}分"


def _fraction(match: re.Match[str]) -> str | None:
    above, below = match[1], match[2]
    return f"{number_words(below)}分之{number_words(above)}" if 0 < int(above) < int(below) else None


def _money(match: re.Match[str]) -> str:
    return f"{number_words(match[2])}{match[3] or ''}{'美元' if match[1] == '$' else '元'}"


def _number(match: re.Match[str]) -> str:
    digits, before, after = match[0], _before(match), match.string[match.end() :]
    if len(digits) >= 3 and "." not in digits and (_CALLED.search(before) or after.startswith(("热线", "专线"))):
        return digit_words(digits, phone=True)
    if before[-1:].isascii() and before[-1:].isalpha() and len(digits) > 2 and "." not in digits:
        return digit_words(digits)
    if before.endswith("第"):
        return _ordinal(digits)
    return "两" if digits == "2" and after.lstrip().startswith(_MEASURES) else number_words(digits)


def _circled(match: re.Match[str]) -> str:
    return f"{number_words(str(ord(match[0]) - ord('①') + 1))}，"


def _roman(match: re.Match[str]) -> str:
    return number_words(str(ord(match[0]) - ord("Ⅰ") + 1))


_RULES = tuple(
    _Rule(re.compile(pattern, re.ASCII), words)
    for pattern, words in (
        (r"[①-⑳]", _circled),
        (r"[Ⅰ-Ⅻ]", _roman),
        (r"(?P<year>[12]\d{3})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日", _date),
        (r"(?P<year>[12]\d{3})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})(?![\d.])", _date),
        (r"[〔\[［(（]((?:19|20)\d{2})[〕\]］)）]第?0*(\d{1,5})号", _document_number),
        (r"[(（]0\d{2,3}[)）]\s?\d{7,8}(?!\d)", _phone),
        (r"0\d{2,3}[-－—–\s]\d{7,8}(?:[-－—–转]\d{1,6})?(?!\d)", _phone),
        (r"400[-－\s]?\d{3,4}[-－\s]?\d{3,4}(?!\d)|1[3-9]\d{9}(?!\d)", _bare_phone),
        (rf"{_N}%?{_DASH}{_N}%", _percent_range),
        (rf"{_N}\s?([%‰])", _percent),
        (rf"([12]\d{{3}})(?=年|{_DASH}[12]\d{{3}}年|、[12]\d{{3}}年)", lambda match: digit_words(match[1])),
        (r"(\d{1,2})[:：]([0-5]\d)(?![\d:：])", _time),
        (rf"{_N}[:：]{_N}(?![:：])", lambda match: f"{number_words(match[1])}比{number_words(match[2])}"),
        (r"(\d{1,4})/(\d{1,4})(?![\d/])", _fraction),
        (rf"([￥¥$])\s?{_N}([万亿])?", _money),
        (rf"{_N}\s?{_UNIT}", lambda match: f"{_counted(match[1])}{_UNITS[match[2]]}"),
        (rf"[-－−](?={_N})", _negative),
        (rf"{_DASH}(?=\d)", _span),
        (_N, _number),
        (r"\.(\d+)", lambda match: f"点{digit_words(match[1])}"),
    )
)


def _counted(digits: str) -> str:
    return "两" if digits == "2" else number_words(digits)
