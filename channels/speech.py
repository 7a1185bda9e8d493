"""Spoken text: what an announcer reads, without brackets, dashes, addresses or figures (domain.md 7, Radio copy).

Every number that stands in the source stands in the spoken text, in words that read back to it.
"""

import re

from channels.print_body import title_lines
from channels.speech_figures import read_figures
from channels.speech_marks import marker_words, tidy, without_addresses, without_marks

DEFAULT_PACE = 240
"""Characters a minute (domain.md 7: 220 to 260 is usual)."""
LINE_CHARACTERS = 36


def spoken(text: str, site: str = "政府门户网站") -> str:
    """The text as it is read aloud; *site* is said in place of web addresses. Lines stay lines."""
    return "\n".join(_spoken_line(line, site) for line in _plain(text).split("\n"))


def reading_seconds(text: str, pace: int = DEFAULT_PACE) -> int:
    """How long the spoken text takes at *pace* characters a minute; punctuation is not read. Whole seconds, rounded up."""
    read = sum(character.isalnum() for character in text)
    return -(-read * 60 // pace)


def short_lines(text: str, most: int = LINE_CHARACTERS) -> list[str]:
    """A paragraph in lines of at most *most* characters, split after punctuation where that can be."""
    lines: list[str] = []
    for piece in _pieces(text, most):
        if lines and len(lines[-1]) + len(piece) <= most and lines[-1][-1] not in "。！？；":
            lines[-1] += piece
        else:
            lines.append(piece)
    return lines


def _pieces(text: str, most: int) -> list[str]:
    pieces = re.findall(r"[^，。！？；：、]*[，。！？；：、]+[”’]*|[^，。！？；：、]+", text.strip())
    return [line for piece in pieces for line in title_lines(piece, most=most)]


def _spoken_line(line: str, site: str) -> str:
    line = without_addresses(" ".join(line.split()), site)
    return tidy(without_marks(read_figures(marker_words(line))))


_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_SAME = str.maketrans({"％": "%", "．": ".", "〇": "零", "／": "/", "＋": "+", "＝": "=", "＜": "<", "＞": ">"})


def _plain(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones; what cannot be seen is left out."""
    return re.sub(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]", "", text).translate(_FULL_WIDTH | _SAME)
