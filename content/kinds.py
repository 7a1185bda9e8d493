"""What each kind of item needs, the themes and the genres: data files that an office can correct without a release."""

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from content.vocabulary import Kind

DOCUMENTS = frozenset({Kind.POLICY_DOCUMENT, Kind.APPOINTMENT, Kind.ANNUAL_REPORT})
"""The kinds that are documents: their pages state their effect (有效, 失效, 废止)."""

ASKING = frozenset({Kind.CONSULTATION, Kind.SURVEY})
"""The kinds that ask the public, and that publish what came of it."""


@lru_cache
def data(name: str) -> Mapping[str, Any]:
    """A data file of the package (``kinds.toml``), read once. Raises FileNotFoundError for a name that is not there."""
    return tomllib.loads(files("content").joinpath("data", name).read_text(encoding="utf-8"))


def required(kind: Kind, *, results: bool = False) -> tuple[str, ...]:
    """The fields that an item of this kind must have, those of every kind first. *results*: it publishes the results
    of a consultation or survey."""
    return tuple(data("kinds.toml")["always"]["required"]) + tuple(_needs(kind, results=results)["required"])


def recommended(kind: Kind, *, results: bool = False) -> tuple[str, ...]:
    """The fields whose absence is a warning."""
    return tuple(_needs(kind, results=results)["recommended"])


def default_column(kind: Kind) -> str:
    """The id of the column that items of this kind go to when nobody says otherwise."""
    return str(_entry(kind)["column"])


def own_words() -> tuple[str, ...]:
    """The keys of ``Fields.words`` that channels read, such as ``weibo.text``."""
    return tuple(data("kinds.toml")["own_words"])


def languages() -> tuple[str, ...]:
    """The language tags (BCP 47) that an item may have."""
    return tuple(data("kinds.toml")["languages"])


@lru_cache
def themes() -> Mapping[str, tuple[str, ...]]:
    """The 22 classes of 主题分类 in their order, each with its children."""
    return {entry["name"]: tuple(entry["children"]) for entry in data("themes.toml")["themes"]}


def is_theme(text: str) -> bool:
    r"""Whether this is a class or ``class\child``, as in ``综合政务\政务公开``."""
    name, separator, child = text.partition("\\")
    return name in themes() and (not separator or child in themes()[name])


def genres() -> tuple[str, ...]:
    """The fifteen 文种 and 其他."""
    return tuple(data("genres.toml")["genres"])


def _needs(kind: Kind, *, results: bool) -> Mapping[str, Any]:
    """Only consultations and surveys have results: whatever else claims some needs what its kind needs."""
    answers: Mapping[str, Mapping[str, Any]] = data("kinds.toml")["results"] if results else {}
    return answers.get(kind) or _entry(kind)


def _entry(kind: Kind) -> Mapping[str, Any]:
    entry: Mapping[str, Any] = data("kinds.toml")["kinds"][kind]
    return entry
