"""The texts of a revision as one long text, so that a check is one pass, and every place in it has a name."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property

from content import body
from content.checks.labels import label
from content.folding import fold
from content.item import Fields, Revision

_REFERENCES = frozenset({"form_link", "recording", "language", "kind", "columns"})
_NAMES_SHOWN = 30


@dataclass(frozen=True)
class Passage:
    """One piece of text: *name* is the field's name, ``body``, ``words``, ``pictures`` or ``attachments``; *place* is
    what the editor calls it (标题, 正文第3段, 附件“表.xls”)."""

    name: str
    place: str
    text: str


@dataclass(frozen=True)
class Reading:
    """Passages one after the other with a line feed between them."""

    passages: tuple[Passage, ...]

    @cached_property
    def text(self) -> str:
        return "\n".join(passage.text for passage in self.passages)

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for passage in self.passages:
            starts.append(at)
            at += len(passage.text) + 1
        return starts

    def at(self, offset: int) -> Passage:
        """The passage that the character at this offset of ``text`` belongs to."""
        return self.passages[bisect_right(self._starts, offset) - 1]

    def of(self, *names: str) -> "Reading":
        """The passages of these names alone."""
        return Reading(tuple(passage for passage in self.passages if passage.name in names))

    def without(self, *names: str) -> "Reading":
        """The passages of all other names."""
        return Reading(tuple(passage for passage in self.passages if passage.name not in names))

    @cached_property
    def folded(self) -> "Reading":
        """The same passages as a reader takes them (``content.folding``); offsets differ from those here."""
        return Reading(tuple(Passage(part.name, part.place, fold(part.text)) for part in self.passages))


def read(revision: Revision) -> Reading:
    """Every text of the revision that anybody will see: fields, own words, body, pictures and attachments' names.

    A body that is not well-formed gives no passages (``content.checks.form`` tells the editor).
    """
    return Reading(
        tuple(
            passage
            for passage in (
                *_of_fields(revision.fields),
                *_of_words(revision.fields.words),
                *_of_body(revision.body),
                *(
                    Passage("pictures", f"图片“{shown(one.name)}”", f"{one.name}\t{one.alt}")
                    for one in revision.pictures
                ),
                *(Passage("attachments", f"附件“{shown(one.name)}”", one.name) for one in revision.attachments),
            )
            if passage.text
        )
    )


def shown(text: str, limit: int = _NAMES_SHOWN) -> str:
    """A text as a message quotes it: on one line, cut in the middle of nothing longer than *limit* characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def places(found: Iterable[str], limit: int = _NAMES_SHOWN) -> str:
    """Places joined by 、, each once; what is beyond *limit* is counted."""
    distinct = list(dict.fromkeys(found))
    text = "、".join(distinct[:limit])
    return text if len(distinct) <= limit else f"{text}等{len(distinct)}处"


def _of_fields(values: Fields) -> Iterable[Passage]:
    for entry in fields(Fields):
        value = getattr(values, entry.name)
        if entry.name in _REFERENCES or not value:
            continue
        if isinstance(value, tuple):
            value = "\t".join(value)
        if isinstance(value, str):
            yield Passage(entry.name, label(entry.name), value)


def _of_words(words: Mapping[str, str]) -> Iterable[Passage]:
    for key in sorted(words):
        yield Passage("words", f"{label('words')}“{shown(key)}”", words[key])


def _of_body(text: str) -> Iterable[Passage]:
    try:
        found = body.paragraphs(text)
    except ValueError:
        return
    for number, paragraph in enumerate(found, 1):
        yield Passage("body", f"正文第{number}段", paragraph)
