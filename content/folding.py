"""Folding a text to what a reader takes it for. For looking only: what is published is never folded."""

import re
import unicodedata
from functools import lru_cache

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff"
)
"""Characters that take no room or turn the direction of the text, as the inside of a regular expression's class."""

_REMOVED = re.compile(f"[{INVISIBLE}\ufe00-\ufe0f]")
_LOOKALIKES = (
    (0x2010, 0x2015),
    (0x2024, 0x2024),
    (0x2460, 0x24FF),
    (0xFF01, 0xFF5E),
    (0x1D400, 0x1D7FF),
    (0x1F130, 0x1F169),
)
_DASHES = dict.fromkeys(range(0x2010, 0x2016), "-") | {0x2212: "-", 0xA0: " ", 0x3000: " ", 0x2024: "."}


def fold(text: str) -> str:
    """The text with full-width, circled and mathematical letters and digits as ASCII, dashes as hyphens, wide spaces
    as spaces, and without invisible characters. Everything else stays as it is."""
    if text.isascii():
        return text
    return _REMOVED.sub("", text).translate(_table())


@lru_cache
def _table() -> dict[int, str]:
    table = {}
    for first, last in _LOOKALIKES:
        for point in range(first, last + 1):
            plain = unicodedata.normalize("NFKC", chr(point))
            if len(plain) == 1 and plain.isascii() and not (0x2460 <= point <= 0x249B):
                table[point] = plain
    return table | _DASHES
