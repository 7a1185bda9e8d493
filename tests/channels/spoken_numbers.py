"""Reads spoken Chinese numbers back, independently of how they were made: the proof that no figure changed on the air."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

DIGITS = {"零": 0, "幺": 1, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
TENS = {"十": 10, "百": 100, "千": 1000}
GROUPS = {"亿": 10**8, "万": 10**4}
DIGIT = "[零幺一二三四五六七八九]"
NUMBER = "[零一二两三四五六七八九十百千万亿]+(?:点[零一二三四五六七八九]+[万亿]?)?"


def value(words: str) -> Decimal:
    """两万零三百 → 20300; 五点二万 → 52000; 二零二六 → 2026. Raises ValueError for what is no number."""
    if "点" in words:
        whole, _, rest = words.partition("点")
        factor = GROUPS.get(rest[-1], 1)
        return Decimal(f"{value(whole)}.{digits(rest.rstrip('万亿'))}") * factor
    if not set(words) & {*TENS, *GROUPS}:
        return Decimal(digits(words))
    return Decimal(_grouped(words))


def digits(words: str) -> str:
    """零七幺六 → 0716."""
    return "".join(str(DIGITS[word]) for word in words)


def _grouped(words: str) -> int:
    for name, size in GROUPS.items():
        above, found, below = words.partition(name)
        if found:
            return _grouped(above) * size + (_grouped(below.lstrip("零")) if below else 0)
    return _below_ten_thousand(words)


def _below_ten_thousand(words: str) -> int:
    total, pending, last = 0, None, 10_000
    for word in words:
        if word in TENS:
            if TENS[word] >= last:
                raise ValueError(f"{words} is no number")
            last = TENS[word]
            total += (1 if pending is None else pending) * last
            pending = None
        elif word == "零":
            if pending is not None:
                raise ValueError(f"{words} is no number")
        else:
            if pending is not None:
                raise ValueError(f"{words} is no number")
            pending = DIGITS[word]
    return total + (pending or 0)


FORMS = (
    ("date", rf"({DIGIT}{{4}})年({NUMBER})月({NUMBER})日"),
    ("document", rf"({DIGIT}{{4}})年第({NUMBER})号"),
    ("years", rf"({DIGIT}{{4}})至({DIGIT}{{4}})年"),
    ("year", rf"({DIGIT}{{4}})年"),
    ("phone", rf"({DIGIT}{{7,}})"),
    ("percents", rf"百分之({NUMBER})至百分之({NUMBER})"),
    ("percent", rf"百分之({NUMBER})"),
    ("permille", rf"千分之({NUMBER})"),
    ("fraction", rf"({NUMBER})分之({NUMBER})"),
    ("time", r"([零一二两三四五六七八九十]+)点(?:零?([一二三四五六七八九十]+)分)?(?![零一二三四五六七八九])"),
    ("ordinal", rf"第({NUMBER})"),
    ("belows", rf"零下({NUMBER})摄氏度至零下({NUMBER})摄氏度"),
    ("from below", rf"零下({NUMBER})摄氏度至零上({NUMBER})摄氏度"),
    ("below", rf"零下({NUMBER})"),
    ("span", rf"({NUMBER})至({NUMBER})"),
    ("number", rf"({NUMBER})"),
)
TOKEN = re.compile("|".join(f"(?P<{name.replace(' ', '_')}>{pattern})" for name, pattern in FORMS))


def read_back(text: str) -> Iterator[tuple[str, ...]]:
    """Every number of a spoken text in order: what it is, and its figures as one would write them."""
    for match in TOKEN.finditer(text):
        kind = str(match.lastgroup).replace("_", " ")
        parts = [part for part in re.fullmatch(dict(FORMS)[kind], match[0]).groups() if part]  # type: ignore[union-attr] # it just matched
        if kind == "fraction":
            parts.reverse()
        yield (kind, *(digits(part) if kind == "phone" else _plain(value(part)) for part in parts))


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}" if number else "0"


_WRITTEN = re.compile(r"0\d{2,3}-\d{7,8}|\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?[万亿]?|" + NUMBER)


def written_numbers(text: str) -> Counter[str]:
    """Every number of a written text, figures and Chinese numerals alike, whatever it stands for."""
    return Counter(map(_written, _WRITTEN.findall(re.sub("[百千]分之", "，", text.replace("〇", "零")))))


def _written(word: str) -> str:
    if word[0] not in "0123456789":
        return _spoken(word)
    figures = re.sub("[-,]", "", word)
    if figures[0] == "0" and figures[1:2] not in ("", "."):
        return figures
    factor = GROUPS.get(figures[-1], 1)
    return _plain(Decimal(figures.rstrip("万亿")) * factor)


def spoken_numbers(text: str) -> Counter[str]:
    """Every number of a spoken text, to be compared with ``written_numbers`` of its source."""
    text = re.sub("百分之百", "百分之一百", text)
    return Counter(map(_spoken, re.findall(rf"{DIGIT}{{3,}}|{NUMBER}", re.sub("[百千]分之", "，", text))))


def _spoken(words: str) -> str:
    if re.fullmatch(f"{DIGIT}{{2,}}", words) and words[0] == "零":
        return digits(words)
    try:
        return _plain(value(words))
    except (ValueError, KeyError):
        return words
