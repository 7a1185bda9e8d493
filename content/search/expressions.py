"""From a reader's text to expressions of FTS5, in which nothing but our own tokens stands inside quotation marks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from content.search.document import FILTERS
from content.search.tokens import Piece, phrase_tokens, pieces

_QUOTES = re.compile('["“”„‟＂«»「」『』〝〞]')


@dataclass(frozen=True)
class Word:
    """What must occur as one phrase. *single*: one Chinese character, which has a list of its own in the index."""

    pieces: tuple[Piece, ...]

    @property
    def single(self) -> bool:
        return len(self.pieces) == 1 and self.pieces[0].chinese and len(self.pieces[0].text) == 1


@dataclass(frozen=True)
class Asked:
    """A question in words and filters."""

    words: tuple[Word, ...]
    chosen: tuple[tuple[str, str], ...]

    @property
    def filters(self) -> list[str]:
        return [filter_token(name, value) for name, value in self.chosen]

    @property
    def phrases(self) -> list[Word]:
        return [word for word in self.words if not word.single]

    @property
    def singles(self) -> list[str]:
        return [word.pieces[0].text for word in self.words if word.single]


def words_of(text: str) -> tuple[Word, ...]:
    """Words are apart by spaces; what stands between quotation marks is one phrase. The same word counts once."""
    segments = _QUOTES.split(text)
    found: list[str] = []
    for place, segment in enumerate(segments):
        inside = place % 2 == 1 and place < len(segments) - 1
        found += [segment] if inside else segment.split()
    made = (Word(tuple(pieces(part))) for part in found)
    return tuple(dict.fromkeys(word for word in made if word.pieces))


def filter_token(name: str, value: str) -> str:
    """The token that stands for a filter's value: a value may hold anything, the token only letters and digits."""
    return f"{name}{blake2b(value.encode(errors='replace'), digest_size=6).hexdigest()}"


def filters_of(filters: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Those that there are, with a value."""
    return tuple((name, filters[name]) for name in FILTERS if filters.get(name))


def quoted(column: str, tokens: Sequence[str]) -> str:
    return f'{{{column}}} : "{" ".join(tokens)}"'


def in_body(asked: Asked) -> str:
    """For the table ``body``; empty when nothing of the question can be asked there."""
    return " AND ".join(
        [quoted("text", phrase_tokens(list(word.pieces))) for word in asked.phrases]
        + [quoted("facet", [token]) for token in asked.filters]
    )


def in_bag(asked: Asked, *, filters: bool) -> str:
    """For the table ``bag``: single characters, and the filters when no other table looks at them."""
    tokens = [*asked.singles, *(asked.filters if filters else ())]
    return " AND ".join(f'"{token}"' for token in tokens)


def in_heading(asked: Asked) -> str:
    """All words in the title."""
    return " AND ".join(
        [quoted("title", phrase_tokens(list(word.pieces))) for word in asked.phrases]
        + [quoted("mark", [token]) for token in (*asked.singles, *asked.filters)]
    )


def as_title_phrase(asked: Asked) -> str:
    """All words next to each other in the title; Chinese is written without the spaces that a query has."""
    whole: list[Piece] = []
    for word in asked.words:
        first, *others = word.pieces
        if whole and whole[-1].chinese and first.chinese:
            first = Piece(whole.pop().text + first.text, chinese=True)
        whole += [first, *others]
    marks = [quoted("mark", [token]) for token in asked.filters]
    return " AND ".join([quoted("title", phrase_tokens(whole)), *marks])


def at_title_start(found: list[Piece]) -> str:
    return f'{{title}} : ^ "{" ".join(phrase_tokens(found, from_start=True))}"'


def in_title(found: list[Piece]) -> str:
    return quoted("title", phrase_tokens(found))
