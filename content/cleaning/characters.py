"""Characters: which are never kept, which are white space, which belong to Chinese text."""

import re

# XML 1.0, production Char: everything else cannot stand in a document. C1 controls are allowed there but show nothing.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LINE_END = re.compile("\r\n?|\f")

# Zero-width characters, direction marks and overrides, soft hyphen, the byte order mark and the tag characters.
INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
_SPACE = "\t\n \u00a0\u1680\u2000-\u200a\u202f\u205f"
SPACES = re.compile(f"[{_SPACE}]+")
EDGES = "\t\n \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_CHINESE = re.compile(
    "[\u2014\u2018-\u201d\u2026\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)


def readable(text: str) -> str:
    """The text without characters that XML forbids, its line ends as ``\\n``."""
    return _FORBIDDEN.sub("", _LINE_END.sub("\n", text))


def is_chinese(character: str) -> bool:
    """Whether a line break beside this character is no word boundary."""
    return bool(_CHINESE.match(character))


def is_blank(text: str) -> bool:
    return not text.strip(EDGES)
