"""From text to tokens, so that any substring of Chinese is a phrase of whole tokens and no query needs a prefix.

A run of Chinese characters ABCD gives its first character, its bigrams and its last character: ``A AB BC CD D``. A
query takes part in a run wherever it begins or ends: the first and the last character are left out of a run at whose
edge the query may stand in the middle. Words of other scripts are one token each.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import add
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

CHINESE = (
    "\u3005\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Characters of scripts that are written without spaces, as the inside of a regular expression's class."""
OTHER_WORD = rf"[^\W_{CHINESE}]"
BOUNDARY = "\ue000"
"""Stands between two fields: no phrase reaches across, and no text gives this token."""

_PIECE = re.compile(rf"[{CHINESE}]+|{OTHER_WORD}+")
_ONE_CHINESE = re.compile(f"[{CHINESE}]")
_DROPPED = ("Mn", "Me", "Cf", "Cs")


class _Folding(dict[int, str]):
    """Each character on its own, so that a part of a text folds to the part of its folding."""

    def __missing__(self, point: int) -> str:
        apart = unicodedata.normalize("NFKD", chr(point))
        plain = "".join(mark for mark in apart if unicodedata.category(mark) not in _DROPPED)
        folded = unicodedata.normalize("NFC", plain.casefold())
        if _ONE_CHINESE.search(folded):
            folded = _to_simplified().convert(folded)
        if point < 0x10000:
            self[point] = folded
        return folded


_FOLDING = _Folding()


@dataclass(frozen=True)
class Piece:
    """A run of Chinese, or a word of another script, already folded."""

    text: str
    chinese: bool


@lru_cache(maxsize=1)
def _to_simplified() -> "OpenCC":
    from opencc import OpenCC

    return OpenCC("t2s")


@lru_cache(maxsize=1)
def version() -> str:
    """Changes whenever the same text would give other tokens: an index of another version is made again."""
    from importlib import metadata

    return f"2:{unicodedata.unidata_version}:{metadata.version('opencc')}"


def fold(text: str) -> str:
    """The text for matching only: wide and circled forms plain, case folded, accents and invisible characters gone,
    traditional characters as simplified ones, so that a reader of the traditional pages finds what they show."""
    return text.translate(_FOLDING)


def pieces(text: str) -> list[Piece]:
    return [Piece(found, _ONE_CHINESE.match(found) is not None) for found in _PIECE.findall(fold(text))]


def field_tokens(*texts: str) -> str:
    """All tokens of these fields in their order, for a column of the index."""
    return f" {BOUNDARY} ".join(" ".join(_all_tokens(text)) for text in texts if text)


def phrase_tokens(found: list[Piece], *, from_start: bool = False) -> list[str]:
    """The tokens of a phrase that may begin and end inside a run; *from_start*: it begins where its field does."""
    last = len(found) - 1
    return [
        token
        for place, piece in enumerate(found)
        for token in _tokens(piece, begins=from_start or place > 0, ends=place < last)
    ]


def characters(texts: Iterable[str]) -> list[str]:
    """The distinct Chinese characters of the texts: what a query of a single character looks for."""
    return sorted(_ONE_CHINESE.findall(fold("".join(set().union(*texts)))))


def _all_tokens(text: str) -> Iterator[str]:
    for run in _PIECE.findall(fold(text)):
        if len(run) == 1 or not _ONE_CHINESE.match(run):
            yield run
        else:
            yield " ".join([run[0], *map(add, run, run[1:]), run[-1]])


def _tokens(piece: Piece, *, begins: bool, ends: bool) -> list[str]:
    run = piece.text
    if not piece.chinese or len(run) == 1:
        return [run]
    first, last = [run[0]] if begins else [], [run[-1]] if ends else []
    return [*first, *map(add, run, run[1:]), *last]
