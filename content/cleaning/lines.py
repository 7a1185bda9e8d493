"""Tidying a line: white space, breaks, marks. Tidying twice is tidying once."""

import re
from collections.abc import Iterable

from content.cleaning.characters import EDGES, SPACES, is_blank, is_chinese
from content.cleaning.model import PLAIN, Break, Image, Marks, Piece, Run

_INDENT = re.compile("[ \t\n]*(?:\u3000|\u00a0\u00a0){2}")


def tidy(line: Iterable[Piece], *, drop: frozenset[str] = frozenset()) -> list[Piece]:
    """The line with single spaces, nothing blank at its ends or around breaks, and equal neighbours joined.

    White space with a line end in it disappears beside a Chinese character, as it would be a gap on the page. Marks of
    *drop* are left out.
    """
    plain = [_without(piece, drop) for piece in line]
    lines = [_trimmed(_joined(_collapsed(part))) for part in _split(plain)]
    tidied: list[Piece] = []
    for part in lines:
        if part and tidied:
            tidied.append(Break())
        tidied += part
    return tidied


def split_paragraphs(line: list[Piece]) -> list[list[Piece]]:
    """The paragraphs that an editor made with breaks: an empty line between, or an indent of two characters after."""
    paragraphs: list[list[Piece]] = [[]]
    blank_before = False
    for number, part in enumerate(_split(line)):
        if number and (blank_before or _indented(part)):
            paragraphs.append([])
        elif number:
            paragraphs[-1].append(Break())
        paragraphs[-1] += part
        blank_before = _is_blank_line(part)
    return paragraphs


def _without(piece: Piece, drop: frozenset[str]) -> Piece:
    return piece.marked(Marks(piece.marks.link, piece.marks.names - drop)) if piece.marks.names & drop else piece


def _split(line: Iterable[Piece]) -> list[list[Piece]]:
    parts: list[list[Piece]] = [[]]
    for piece in line:
        if isinstance(piece, Break):
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _indented(part: list[Piece]) -> bool:
    start = "".join(piece.text for piece in part[:3] if isinstance(piece, Run))
    return bool(_INDENT.match(start)) and not isinstance(part[0], Image)


def _is_blank_line(part: list[Piece]) -> bool:
    return all(isinstance(piece, Run) and is_blank(piece.text) for piece in part)


def _collapsed(part: list[Piece]) -> list[Piece]:
    """Runs of white space, also across pieces, as one space or none; the space stays with the piece it began in."""
    texts = [piece.text if isinstance(piece, Run) else "\ufffc" for piece in part]
    whole = "".join(texts)
    if not SPACES.search(whole):
        return part
    starts = _starts(texts)
    edits = {match.start(): (match.end(), _space(whole, match)) for match in SPACES.finditer(whole)}
    return [
        piece.__class__(_rewritten(whole, start, start + len(text), edits), piece.marks)
        if isinstance(piece, Run)
        else piece
        for piece, text, start in zip(part, texts, starts, strict=True)
    ]


def _starts(texts: list[str]) -> list[int]:
    starts, position = [], 0
    for text in texts:
        starts.append(position)
        position += len(text)
    return starts


def _space(whole: str, match: re.Match[str]) -> str:
    if "\n" not in match.group():
        return " "
    before = whole[match.start() - 1 : match.start()]
    after = whole[match.end() : match.end() + 1]
    return "" if is_chinese(before) or is_chinese(after) else " "


def _rewritten(whole: str, start: int, end: int, edits: dict[int, tuple[int, str]]) -> str:
    """The characters from *start* to *end* with each white space that begins there replaced."""
    written: list[str] = []
    position = start
    for match in SPACES.finditer(whole, start, end):
        written.append(whole[position : match.start()])
        written.append(edits[match.start()][1] if match.start() in edits else "")
        position = match.end()
    written.append(whole[position:end])
    return "".join(written)


def _joined(part: list[Piece]) -> list[Piece]:
    """Equal neighbours as one; white space alone keeps no mark but u (a line to write on)."""
    return _merged(_bare_spaces(_merged(part)))


def _bare_spaces(part: list[Piece]) -> list[Piece]:
    return [
        piece.marked(_underline_only(piece.marks)) if isinstance(piece, Run) and is_blank(piece.text) else piece
        for piece in part
    ]


def _underline_only(marks: Marks) -> Marks:
    return Marks(names=marks.names & {"u"}) if marks.names & {"u"} else PLAIN


def _merged(part: list[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    texts: list[str] = []
    for piece in part:
        before = merged[-1] if merged else None
        if isinstance(piece, Run) and not piece.text:
            continue
        if isinstance(piece, Run) and isinstance(before, Run) and before.marks == piece.marks:
            texts.append(piece.text)
            continue
        _close(merged, texts)
        merged.append(piece)
    _close(merged, texts)
    return merged


def _close(merged: list[Piece], texts: list[str]) -> None:
    """Gives the last run the texts that followed it with the same marks."""
    last = merged[-1] if merged else None
    if texts and isinstance(last, Run):
        merged[-1] = Run(last.text + "".join(texts), last.marks)
    texts.clear()


def _trimmed(part: list[Piece]) -> list[Piece]:
    while part and isinstance(first := part[0], Run) and (text := first.text.lstrip(EDGES)) != first.text:
        part[:1] = [Run(text, first.marks)] if text else []
    while part and isinstance(last := part[-1], Run) and (text := last.text.rstrip(EDGES)) != last.text:
        part[-1:] = [Run(text, last.marks)] if text else []
    return part
