"""Figures as they are said: numbers, dates, times, telephone and document numbers, percentages, units (domain.md 7)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from channels.speech_numbers import counted_words, digit_words, is_measure, number_words, ordinal_words, scaled_words
from channels.speech_words import spoken_words

_N = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d,])|\d{1,3}(?: \d{3})+(?![\d ])|\d+(?:\.\d+)?)"
_DASH = r"\s*(?:[—–―~～〜]+|[-－]{1,2})\s*"
_YEAR = r"(?:1[5-9]|2[01])\d{2}"
_UNIT = (
    "(" + "|".join(re.escape(unit) for unit in sorted(spoken_words().units, key=len, reverse=True)) + ")(?![A-Za-z/])"
)
_DEGREES = rf"{_N}(?:{_DASH}{_N})?\s*(?:℃|°C|摄氏度|度)"
_COUNTED_BY = "0123456789年月日号时点分%‰℃期批届万亿元周天²³"
"""What a figure ends with: a dash after it, before another figure, is 至 and no minus sign."""
_CALLED = re.compile(
    r"(?:电话|热线|专线|邮编|邮政编码|传真|手机|拨打|致电|短号|账号|代码)(?:号码|专线|热线|平台)?[为是]?[：:]?[\s\d、/和或转—－-]*$"
)
"""What stands before digits that are read one by one."""
_COMPARED = re.compile(r"(?:同比|环比|较?上年(?:同期)?|比上年(?:同期)?)[为是]?$")
_CODE_BEFORE = re.compile(r"(?:编号|编码|代码|证号|案号|单号|批号|档号|账号|索引号|登记号|号码)[为是]?[：:]?$")
_MEMORIALS = (
    "日",
    "事",
    "地震",
    "案",
    "讲话",
    "批示",
    "防灾",
    "精神",
    "火灾",
    "爆炸",
    "国际",
    "世界",
    "全国",
    "中国",
    "消",
)
_AFTER_PHONE = re.compile(r"0\d{2,3}[-－—–\s]?\d{7,8}\s?[、/和或]\s?$|\d{7,8}\s?转接?\s?$", re.ASCII)
_STANDARD = r"(?:GB|DB\d*|JGJ|CJJ|HJ|NY|SL|TD|YY|WS|ISO|IEC|AQ|GA|JT|MZ)(?:/T)?"


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


_STARTS = re.compile(
    rf"[0-9(（〔\[［￥¥$+\-－—–―−~～〜.①-⑳Ⅰ-Ⅻ]|(?<=\d)[\s*＊·•#^_|`\\★]+(?=\d)|(?<![A-Za-z]){_STANDARD}\s?\d", re.ASCII
)


def _read_at(line: str, place: int) -> tuple[str, int]:
    for rule in _RULES:
        match = rule.pattern.match(line, place)
        words = rule.words(match) if match else None
        if match is not None and words is not None:
            return words, match.end()
    return line[place], place + 1


def _before(match: re.Match[str]) -> str:
    return match.string[: match.start()][-40:]


def _after(match: re.Match[str]) -> str:
    return match.string[match.end() :][:12]


def _date(match: re.Match[str]) -> str | None:
    year, month, day = match["year"], int(match["month"]), int(match["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{digit_words(year)}年{number_words(str(month))}月{number_words(str(day))}日"


def _document_number(match: re.Match[str]) -> str:
    """〔2016〕21号, and several of one year: 〔2016〕21、22号."""
    numbers = "、".join(ordinal_words(digits.lstrip("0") or "0") for digits in re.findall(r"\d+", match[2]))
    return f"{digit_words(match[1])}年第{numbers}号"


def _standard(match: re.Match[str]) -> str:
    """GB/T 9704—2012: digit by digit, the year after a pause."""
    letters = match[1].replace("/", "")
    year = f"，{digit_words(match[3])}" if match[3] else ""
    return f"{digit_words(letters)}{digit_words(match[2]).replace('.', '点')}{year}"


def _phone(match: re.Match[str]) -> str:
    return digit_words(re.sub(r"[^0-9转]", "", match[0]), phone=True)


def _bare_phone(match: re.Match[str]) -> str | None:
    """Digits without a hyphen are a telephone number unless something is counted with them."""
    after = _after(match).lstrip()
    counted = match[0].isdecimal() and (is_measure(after) or after.startswith("%"))
    return None if counted else _phone(match)


def _percent_range(match: re.Match[str]) -> str:
    return f"{_hundredths(match[1])}至{_hundredths(match[2])}"


def _hundredths(digits: str) -> str:
    return "百分之百" if digits == "100" else f"百分之{number_words(digits)}"


def _percent(match: re.Match[str]) -> str:
    return _hundredths(match[1]) if match[2] == "%" else f"千分之{number_words(match[1])}"


def _year(match: re.Match[str]) -> str | None:
    """2016 before 年 is a year; 1000年历史 and 2000年前 are spans of time."""
    span = match[1].endswith("00") and re.match(r"年(?:的?历史|前|多|余|间|来|以上)", _after(match))
    return None if span else digit_words(match[1])


def _years(match: re.Match[str]) -> str | None:
    """2016—2020, also without 年, unless something is counted: 1990—2000人."""
    first, last = match[1] or match[3], match[2] or match[4]
    if int(first) >= int(last) or (is_measure(_after(match)) and not _after(match).startswith("年")):
        return None
    return f"{digit_words(first)}至{digit_words(last)}"


def _degrees(match: re.Match[str]) -> str | None:
    """-2～8℃: 零下二至八摄氏度 would be heard as below zero on both sides, so each figure has its own side."""
    if not (match[1] or match[3]) or _is_end_of_figure(_before(match)):
        return None
    unit = spoken_words().units.get(match[5], match[5])
    low, high = (
        f"{'零下' if sign else '零上'}{number_words(figure)}{unit}"
        for sign, figure in (match.group(1, 2), match.group(3, 4))
    )
    return f"{low}至{high}"


def _is_end_of_figure(before: str) -> bool:
    before = before.rstrip()
    return bool(before) and (before[-1] in _COUNTED_BY or (before[-1].isascii() and before[-1].isalnum()))


def _negative(match: re.Match[str]) -> str | None:
    if _is_end_of_figure(_before(match)):
        return None
    if re.match(_DEGREES, match.string[match.end() :][:60]):
        return "零下"
    return "下降" if _COMPARED.search(_before(match)) else "负"


def _positive(match: re.Match[str]) -> str | None:
    """+3.2% after 同比 is a growth; between two figures it is 加."""
    before = _before(match).rstrip()
    if _is_end_of_figure(before) or before.endswith(("+", "）", ")")):
        return None
    return "增长" if _COMPARED.search(before) else "正"


def _code(match: re.Match[str]) -> str | None:
    """A mark of several groups (420100-2026-001): digit by digit, with the word for the hyphens."""
    groups = re.split("[-－—–/]", match[0])
    telling = len(groups) > 2 and "/" not in match[0] and any(len(one) > 4 or one.startswith("0") for one in groups)
    if not telling and not _CODE_BEFORE.search(_before(match)):
        return None
    return "杠".join(digit_words(group) for group in groups)


def _memorial(match: re.Match[str]) -> str | None:
    """“3·15”, “12·4”: the month as a number, the day digit by digit."""
    month, day, after = int(match[1]), int(match[2]), _after(match)[1:]
    named = "." not in match[0] or after.startswith(_MEMORIALS)
    if not (named and 1 <= month <= 12 and 1 <= day <= 31) or is_measure(after):
        return None
    return f"{number_words(str(month))}{digit_words(match[2])}"


def _span(match: re.Match[str]) -> str | None:
    """A dash between two figures is 至; one before 001 is part of a mark (2026-001)."""
    before, after = _before(match), _after(match)
    marked = re.match(r"0\d", after) and not re.match(r"0\d[:：月日时]", after)
    return None if marked or not before or before[-1] not in _COUNTED_BY else "至"


def _span_below(match: re.Match[str]) -> str | None:
    """The second figure has a minus of its own: 2%—-1%."""
    return "至负" if _is_end_of_figure(_before(match)) else None


def _time(match: re.Match[str]) -> str | None:
    hours, minutes = int(match[1]), int(match[2])
    if hours > 24 or re.search(r"比[例分数为是]*$", _before(match)):
        return None
    if minutes == 0:
        return f"{_hour(hours)}点"
    return f"{_hour(hours)}点{'零' if minutes < 10 else ''}{number_words(str(minutes))}分"


def _hour(hours: int) -> str:
    return "两" if hours == 2 else number_words(str(hours))


def _ratio(match: re.Match[str]) -> str:
    return f"{number_words(match[1])}比{number_words(match[2])}"


def _fraction(match: re.Match[str]) -> str | None:
    above, below = match[1], match[2]
    return f"{number_words(below)}分之{number_words(above)}" if 0 < int(above) < int(below) else None


def _money(match: re.Match[str]) -> str:
    return f"{scaled_words(match[2], match[3] or '')}{'美元' if match[1] == '$' else '元'}"


def _united(match: re.Match[str]) -> str:
    unit = spoken_words().units[match[3]]
    said = scaled_words(match[1], match[2]) if match[2] else counted_words(match[1], unit)
    return f"{said}{unit}"


def _number(match: re.Match[str]) -> str:
    digits, before, after = match[0], _before(match), _after(match)
    if "." not in digits and _is_called(digits, before, after):
        return digit_words(digits, phone=True)
    if before[-1:].isascii() and before[-1:].isalpha() and len(digits) > 2 and "." not in digits:
        return digit_words(digits)
    if before.endswith("第"):
        return ordinal_words(digits)
    if re.fullmatch(_YEAR, digits) and after.startswith(spoken_words().year_names):
        return digit_words(digits)
    return counted_words(digits, after)


def _is_called(digits: str, before: str, after: str) -> bool:
    if is_measure(after):
        return False
    phone = _AFTER_PHONE.search(before)
    if phone:
        return len(digits) in (7, 8) or "转" in phone[0]
    return len(digits) >= 3 and bool(_CALLED.search(before) or after.lstrip("”’").startswith(("热线", "专线")))


def _circled(match: re.Match[str]) -> str:
    return f"{number_words(str(ord(match[0]) - ord('①') + 1))}，"


def _roman(match: re.Match[str]) -> str:
    return number_words(str(ord(match[0]) - ord("Ⅰ") + 1))


_RULES = tuple(
    _Rule(re.compile(pattern, re.ASCII), words)
    for pattern, words in (
        (r"[①-⑳]", _circled),
        (r"[Ⅰ-Ⅻ]", _roman),
        (rf"({_STANDARD})\s?(\d{{2,6}}(?:\.\d+)?)(?:[-－—–](\d{{4}})(?!\d))?", _standard),
        (r"(?P<year>[12]\d{3})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日", _date),
        (r"(?P<year>[12]\d{3})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})(?![\d.])", _date),
        (r"(?<=[“‘\"])(\d{1,2})[·•.．・](\d{1,2})(?=[”’\"])", _memorial),
        (rf"[〔\[［(（]({_YEAR})[〕\]］)）]\s*第?\s*(\d{{1,5}}(?:\s*[、,，]\s*\d{{1,5}})*)\s*号", _document_number),
        (rf"[〔\[［]({_YEAR})[〕\]］]", lambda match: f"{digit_words(match[1])}年"),
        (rf"[(（]({_YEAR})[)）]", lambda match: f"，{digit_words(match[1])}，"),
        (r"[(（]0\d{2,3}[)）]\s?\d{7,8}(?!\d)", _phone),
        (r"0\d{2,3}[-－—–\s](?:\d{7,8}|1\d{4})(?:[-－—–转]\d{1,6})?(?!\d)", _phone),
        (r"400[-－\s]?\d{3,4}[-－\s]?\d{3,4}(?!\d)|1[3-9]\d([-－\s]?)\d{4}\1\d{4}(?!\d)", _bare_phone),
        (r"\d+(?:[-－—–/]\d+)+(?![\d.])", _code),
        (rf"{_N}%?{_DASH}{_N}%", _percent_range),
        (rf"{_N}\s?([%‰])", _percent),
        (rf"({_YEAR}){_DASH}({_YEAR})(?!\d)|({_YEAR})/({_YEAR})(?=学年|年)", _years),
        (rf"({_YEAR})(?=年|、{_YEAR}年)", _year),
        (r"(\d{1,2})[:：]([0-5]\d)(?![\d:：])", _time),
        (rf"{_N}[:：]{_N}(?![:：])", _ratio),
        (r"(\d{1,4})/(\d{1,4})(?![\d/])", _fraction),
        (rf"([￥¥$])\s?{_N}([万亿])?", _money),
        (rf"([-－−]?){_N}\s*[-－—–~～〜至]\s*([-－−]?){_N}\s*(℃|°C|摄氏度|度)", _degrees),
        (rf"{_N}\s?([万亿]?){_UNIT}", _united),
        (rf"[-－−](?={_N})", _negative),
        (rf"\+(?={_N})", _positive),
        (rf"\s*[-－—–―~～〜]\s*[-－−](?={_N})", _span_below),
        (rf"{_DASH}(?=\d|次日|翌日|第二天|当日)", _span),
        (rf"{_N}\s?([万亿])", lambda match: scaled_words(match[1], match[2])),
        (_N, _number),
        (r"\.(\d+)", lambda match: f"点{digit_words(match[1])}"),
        (r"\s*[*＊]\s*(?=\d)", lambda match: "乘"),
        (r"(?:\s|[·•#^_|`\\★])+(?=\d)", lambda match: "，"),
    )
)
