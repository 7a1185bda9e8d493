"""Numbers in words: cardinals, decimals, digits one by one, and 两."""

import re
from typing import Final

from channels.speech_words import spoken_words

DIGITS: Final = "零一二三四五六七八九"
PHONE_DIGITS: Final = "零幺二三四五六七八九"
MOST_DIGITS = 16
"""Beyond these each digit is read."""


def number_words(digits: str) -> str:
    """A number such as ``161486``, ``96.23`` or ``161,486`` in Chinese words; beyond 16 digits each digit is read."""
    whole, _, fraction = re.sub(r"[,\s]", "", digits).partition(".")
    if len(whole) > MOST_DIGITS or (len(whole) > 1 and whole.startswith("0")):
        words = digit_words(whole)
    else:
        words = _with_liang(_whole_words(int(whole)))
    return f"{words}点{digit_words(fraction)}" if fraction else words


def digit_words(digits: str, phone: bool = False) -> str:
    """Each digit by itself; 1 is 幺 in a telephone number. Characters that are no digits stay."""
    names = PHONE_DIGITS if phone else DIGITS
    return "".join(names[int(character)] if character in "0123456789" else character for character in digits)


def ordinal_words(digits: str) -> str:
    """As after 第: never with 两."""
    return number_words(digits).replace("两", "二")


def counted_words(digits: str, counted: str) -> str:
    """A number before what is counted with it: 2 is 两 before a measure word."""
    return "两" if digits == "2" and is_measure(counted) else number_words(digits)


def scaled_words(digits: str, scale: str) -> str:
    """A number before 万 or 亿. 12345万 is 一亿二千三百四十五万: nobody says 一万二千三百四十五万."""
    plain = re.sub(r"[,\s]", "", digits)
    if scale == "万" and plain.isdecimal() and len(plain) > 4 and not plain.startswith("0"):
        return number_words(plain + "0000")
    return f"{counted_words(digits, scale)}{scale}"


def is_measure(text: str) -> bool:
    """Whether the text begins with a measure word."""
    text = text.lstrip()
    return text.startswith(spoken_words().measures) and not text.startswith(spoken_words().no_measures)


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


def _with_liang(words: str) -> str:
    """二 before 千, 万 and 亿 is said 两 at the front of a number."""
    return re.sub(r"^二(?=[千万亿])", "两", words)
