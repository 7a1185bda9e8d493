"""Spoken text: what an announcer reads, without brackets, dashes, addresses or figures (domain.md 7, Radio copy).

Every number that stands in the source stands in the spoken text, in words that read back to it.
"""

import re

from channels.speech_figures import read_figures
from channels.speech_marks import item_words, marker_words, tidy, without_addresses, without_marks
from channels.speech_words import in_spoken_words, without_abbreviations

DEFAULT_PACE = 240
"""Characters a minute (domain.md 7: 220 to 260 is usual)."""


def spoken(text: str, site: str = "政府门户网站", domain: str = "") -> str:
    """The text as it is read aloud; *site* is said in place of web addresses, which are its own under *domain*. Lines
    stay lines."""
    return "\n".join(_spoken_line(line, site, domain) for line in _plain(text).split("\n"))


def reading_seconds(text: str, pace: int = DEFAULT_PACE) -> int:
    """How long the spoken text takes at *pace* characters a minute; punctuation is not read. Whole seconds, rounded up."""
    read = sum(character.isalnum() for character in text)
    return -(-read * 60 // pace)


def _spoken_line(line: str, site: str, domain: str) -> str:
    line = _apart(without_addresses(" ".join(line.split()), site, domain))
    line = without_abbreviations(in_spoken_words(_NO_PIECES.sub("数量为0", line)))
    return tidy(without_marks(read_figures(item_words(marker_words(line)))))


def _apart(line: str) -> str:
    """A pause where a figure and a Chinese numeral, or two entries of a list, would run together: 周五9:00, 表 2.书."""
    line = re.sub(r"(?<=[零一二两三四五六七八九十])\s*(?=\d)|(?<=\d)\s*(?=[零一二两三四五六七八九])", "，", line)
    line = re.sub(r"(?<=\S)\s+(?=\d{1,2}[.、](?!\d)|[\u4e00-\u9fff]{2,6}[：:])", "，", line)
    line = re.sub(r"(?<=\d)[《》〈〉【】「」『』{}※★☆●■◆“”\"]+(?=\d)", "，", line)
    return re.sub(r"\b[Nn][Oo]\.?\s?(?=\d)", "编号", line, flags=re.ASCII)


_NO_PIECES = re.compile(r"(?:共计|合计|共|计|为|是|有)?(?<![\d.,])0件")
"""0件 would sound like 零件, spare parts."""

_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_SUBSCRIPTS = {0x2080 + digit: 0x30 + digit for digit in range(10)}
_SAME = str.maketrans(
    {"∶": ":", "％": "%", "．": ".", "〇": "零", "／": "/", "＋": "+", "＝": "=", "＜": "<", "＞": ">"}
)


def _plain(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones; what cannot be seen is left out."""
    text = re.sub(r"(?<=\d)[\u2009\u202f\u00a0](?=\d{3}(?!\d))", "", text)
    return re.sub(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]", "", text).translate(
        _FULL_WIDTH | _SUBSCRIPTS | _SAME
    )
