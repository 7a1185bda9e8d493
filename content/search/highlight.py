"""Showing where the words stand in the text as it was published, which is never folded itself."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from content.search.document import Part
from content.search.expressions import Word
from content.search.tokens import OTHER_WORD, Piece, fold

SNIPPET_LENGTH = 120
LEAD_IN = 30
_LOOKED_AT = 200_000
_GAP = r"[\W_]*"
_SPACE = re.compile(r"\s+")
# The end of a paragraph: after a full-width mark no space is set.
_NEEDLESS = re.compile(r"(?<=[。，；：？！、”』）》]) ")
_PAUSE = re.compile(r"[，。；！？、：\s]")


def marked(text: str, words: Sequence[Word]) -> tuple[Part, ...]:
    """The whole text, with every word marked."""
    return tuple(_parts(text, _spans(text, words), 0, len(text)))


def snippet(text: str, words: Sequence[Word]) -> tuple[Part, ...]:
    """About ``SNIPPET_LENGTH`` characters around the place where most words meet; nothing when no word stands in it."""
    looked_at = _flowing(text[:_LOOKED_AT])
    spans = _spans(looked_at, words)
    if not spans:
        return ()
    best = _best(spans)
    start = max(0, best - LEAD_IN)
    if start and (pause := _PAUSE.search(looked_at, start, best)):
        start = pause.end()
    end = min(len(looked_at), start + SNIPPET_LENGTH)
    return _cut(looked_at, spans, start, end)


def opening(text: str) -> tuple[Part, ...]:
    """The beginning of a text, for a document that was found by something else."""
    start = _flowing(text[: SNIPPET_LENGTH * 2])
    return _cut(start, [], 0, min(len(start), SNIPPET_LENGTH)) if start else ()


def _flowing(text: str) -> str:
    return _NEEDLESS.sub("", _SPACE.sub(" ", text)).strip()


def _cut(text: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> tuple[Part, ...]:
    before = [Part("…")] if start else []
    after = [Part("…")] if end < len(text) else []
    return tuple(_joined([*before, *_parts(text, spans, start, end), *after]))


def _parts(text: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> Iterable[Part]:
    place = start
    for span in spans:
        first, last = max(span[0], place), min(span[1], end)
        if first >= last:
            continue
        if first > place:
            yield Part(text[place:first])
        yield Part(text[first:last], marked=True)
        place = last
    if place < end:
        yield Part(text[place:end])


def _joined(parts: Iterable[Part]) -> Iterable[Part]:
    kept: Part | None = None
    for part in parts:
        if kept is not None and kept.marked == part.marked:
            kept = Part(kept.text + part.text, kept.marked)
            continue
        if kept is not None:
            yield kept
        kept = part
    if kept is not None:
        yield kept


def _spans(text: str, words: Sequence[Word]) -> list[tuple[int, int]]:
    """Where the words stand, in order, overlapping ones as one."""
    if not words:
        return []
    folded = fold(text)
    found = sorted(
        (match.start(), match.end())
        for word in words
        for match in _pattern(word.pieces).finditer(folded)
        if match.end() > match.start()
    )
    places = _places(text) if found else None
    own = found if places is None else [(places[first], places[last - 1] + 1) for first, last in found]
    return _merged(own)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in spans:
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _places(text: str) -> list[int] | None:
    """For every folded character the place of its original; None when they are the same."""
    if set(map(len, fold("\0".join(set(text))).split("\0"))) == {1}:
        return None
    return [place for place, char in enumerate(text) for _ in fold(char)]


@lru_cache(maxsize=512)
def _pattern(found: tuple[Piece, ...]) -> re.Pattern[str]:
    return re.compile(_GAP.join(_piece_pattern(piece) for piece in found))


def _piece_pattern(piece: Piece) -> str:
    literal = re.escape(piece.text)
    return literal if piece.chinese else f"(?<!{OTHER_WORD}){literal}(?!{OTHER_WORD})"


def _best(spans: Sequence[tuple[int, int]]) -> int:
    """The start of the window with the most marked characters in it."""
    room = SNIPPET_LENGTH - LEAD_IN
    best, most = spans[0][0], 0
    for place, (start, _) in enumerate(spans[:200]):
        covered = sum(last - first for first, last in spans[place : place + 40] if last <= start + room)
        if covered > most:
            best, most = start, covered
    return best
