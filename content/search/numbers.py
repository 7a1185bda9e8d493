"""Document and index numbers, found however they are typed: other brackets, none, without 号, or only a part."""

import re

from content.numbering import suggest_document_number
from content.search.tokens import CHINESE, fold

_BARE = re.compile(rf"([{CHINESE}]{{2,10}})((?:19|20)[0-9]{{2}})年?第?0{{0,4}}([1-9][0-9]{{0,4}})号?")
_FILLING = re.compile(r"[\W_第年号]+")
_DIGIT = re.compile("[0-9]")


def number_key(text: str) -> str:
    """A number without everything that is typed in different ways: ``荆政办发201621`` for 荆政办发〔2016〕21号."""
    return _FILLING.sub("", fold(text))


def key_tokens(key: str) -> list[str]:
    """The pairs of neighbouring characters, so that any part of two or more is a phrase."""
    return list(map(str.__add__, key, key[1:]))


def mended(text: str) -> str:
    """The number in its right form where the text is one, else the text as it is."""
    suggested = suggest_document_number(text)
    if suggested:
        return suggested
    bare = _BARE.fullmatch("".join(fold(text).split()))
    return f"{bare[1]}〔{bare[2]}〕{bare[3]}号" if bare else text


def has_digit(text: str) -> bool:
    return _DIGIT.search(fold(text)) is not None
