"""Spoken text in lines that are read in one breath, broken where sense allows it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

from channels.speech_words import spoken_words

LINE_CHARACTERS = 28

_NUMERALS = frozenset("第零幺一二两三四五六七八九十百千万亿点年月日时分之")
_ENDS = frozenset("的了着过、”")
_STARTS = frozenset("和与及或并在对向由将要按于从把以“")
_NEVER_FIRST = frozenset("的了着过等们性化率者”")
_PULL = 2.0
"""How many characters a good place is worth; within a word it costs twice as much, within a number it is not done."""


def short_lines(text: str, most: int = LINE_CHARACTERS) -> list[str]:
    """A paragraph in lines of at most *most* characters, split after commas where that can be, else after 、."""
    lines: list[str] = []
    for piece in _pieces(text.strip(), most):
        if lines and len(lines[-1]) + len(piece) <= most and lines[-1][-1] not in "。！？；":
            lines[-1] += piece
        else:
            lines.append(piece)
    return lines


def _pieces(text: str, most: int) -> Iterator[str]:
    for phrase in _after_marks(text, "，。！？；"):
        for part in _after_marks(phrase, "，。！？；：、") if len(phrase) > most else [phrase]:
            for quoted in re.split(r"(?<=”)(?=“)", part):
                yield from _broken(quoted, most)


def _after_marks(text: str, marks: str) -> list[str]:
    """The text in pieces that end with a mark, or at the end; closing quotation marks go with what they close."""
    return re.findall(rf"[^{marks}]*[{marks}]+[”’]*|[^{marks}]+", text)


def _broken(part: str, most: int) -> Iterator[str]:
    """A phrase without a pause in lines as even as may be, broken at sense and never within a number or a date."""
    start = 0
    while (left := len(part) - start) > most:
        ideal = left / -(-left // most)
        cut = min(range(start + 1, start + most + 1), key=lambda place: abs(place - start - ideal) + _cost(part, place))
        yield part[start:cut]
        start = cut
    yield part[start:]


def _cost(part: str, place: int) -> float:
    """What it costs to break before ``part[place]``, in characters off the ideal place."""
    before, after = part[place - 1], part[place]
    if _together(before, after):
        return 100.0
    counted = before in _NUMERALS and after not in _STARTS
    inside = 2 * _PULL if counted or before + after in _pairs_in_words() else 0.0
    first = 4 * _PULL if after in _NEVER_FIRST or before == "“" else 0.0
    return inside + first - _PULL * (before in _ENDS) - _PULL * (after in _STARTS)


def _together(before: str, after: str) -> bool:
    both = before + after
    return (before in _NUMERALS and after in _NUMERALS) or (both.isascii() and both.isalnum())


@lru_cache
def _pairs_in_words() -> frozenset[str]:
    """Neighbours in words that are not to be cut."""
    titles = resources.files("channels").joinpath("data", "title_words.txt").read_text(encoding="utf-8").split()
    return frozenset(
        word[at : at + 2] for word in (*titles, *spoken_words().whole_words) for at in range(len(word) - 1)
    )
