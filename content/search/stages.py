"""Which statements answer a question, best matches first; every one gives numbers of documents, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from content.search import expressions
from content.search.expressions import Asked
from content.search.numbers import has_digit, key_tokens, number_key
from content.search.tokens import pieces

Sql = tuple[str, tuple[str, ...]]

_HEADING = "SELECT rowid AS number FROM heading WHERE heading MATCH ? ORDER BY rowid DESC"
_BODY = "SELECT rowid AS number FROM body WHERE body MATCH ? ORDER BY rowid DESC"
# The + keeps SQLite from looking every number of the list up by itself, out of order.
_BODY_AND_BAG = (
    "SELECT rowid AS number FROM body WHERE body MATCH ? AND +rowid IN (SELECT rowid FROM bag WHERE bag MATCH ?) "
    "ORDER BY rowid DESC"
)
_BAG = "SELECT rowid AS number FROM bag WHERE bag MATCH ? ORDER BY rowid DESC"
_ALL = "SELECT id AS number FROM document ORDER BY id DESC"
_EXACT = (
    "SELECT id AS number FROM document WHERE number_key = ? AND number_key <> '' "
    "UNION SELECT id FROM document WHERE index_key = ? AND index_key <> '' UNION SELECT id FROM document WHERE item = ?"
)
_EXACT_FILTERED = f"SELECT number FROM ({_EXACT}) AS named WHERE EXISTS (SELECT 1 FROM bag WHERE bag MATCH ? AND rowid = named.number)"  # noqa: S608 # our own words
_FACET = "SELECT documents FROM facet WHERE name = ? AND value = ?"
_COUNT = "SELECT count(*) FROM document"
_SHORTEST_PART = 3
_SHORTEST_STEM = 2


@dataclass(frozen=True)
class Stages:
    """*best* come first, each a part of what *whole* gives or a few documents more. *total* says how many there are
    where that is known without counting."""

    best: tuple[Sql, ...]
    whole: Sql
    total: Sql | None = None


def stages(asked: Asked, text: str, *, newest: bool) -> Stages:
    """Exact number, part of a number, the words together in the title, all in the title, anywhere."""
    whole = _whole(asked)
    if newest or not asked.words:
        return Stages((), whole, _total(asked))
    titles = [expressions.as_title_phrase(asked)] if asked.phrases else []
    if len(asked.words) > 1 or asked.singles:
        titles.append(expressions.in_heading(asked))
    best = [*_by_number(asked, text), *((_HEADING, (expression,)) for expression in titles)]
    return Stages(tuple(best), whole)


def suggestions(text: str) -> list[Sql]:
    """Numbers that begin so or hold it, titles that begin so, titles that hold it."""
    found = pieces(text)
    key = number_key(text)
    made = []
    if len(key) > 1:
        pairs = " ".join(key_tokens(key))
        made += [f'{{number}} : ^ "{pairs}"', f'{{number}} : "{pairs}"']
    if found:
        last = found[-1]
        more = " *" if not last.chinese and len(last.text) >= _SHORTEST_STEM else ""
        made.append(expressions.at_title_start(found) + more)
        single = expressions.Word(tuple(found)).single
        inside = expressions.quoted("mark", [last.text]) if single else expressions.in_title(found) + more
        made.append(inside)
    return [(_HEADING, (expression,)) for expression in made]


def _by_number(asked: Asked, text: str) -> Sequence[Sql]:
    key = number_key(text)
    filters = " AND ".join(f'"{token}"' for token in asked.filters)
    names = (key, key, text.strip())
    exact: Sql = (_EXACT_FILTERED, (*names, filters)) if filters else (_EXACT, names)
    if len(key) < _SHORTEST_PART or not has_digit(key):
        return [exact]
    marks = [expressions.quoted("mark", [token]) for token in asked.filters]
    part = " AND ".join([expressions.quoted("number", key_tokens(key)), *marks])
    return [exact, (_HEADING, (part,))]


def _total(asked: Asked) -> Sql | None:
    if asked.words or len(asked.chosen) > 1:
        return None
    return (_FACET, asked.chosen[0]) if asked.chosen else (_COUNT, ())


def _whole(asked: Asked) -> Sql:
    if not asked.words and not asked.filters:
        return _ALL, ()
    if not asked.phrases:
        return _BAG, (expressions.in_bag(asked, filters=True),)
    if asked.singles:
        return _BODY_AND_BAG, (expressions.in_body(asked), expressions.in_bag(asked, filters=False))
    return _BODY, (expressions.in_body(asked),)
