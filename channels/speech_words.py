"""What is said instead of what is written: units, abbreviations, words of one syllable, the short names of laws.

The lists are data (``data/spoken.toml``).
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

_NAMED = re.compile(r"《[^《》]*》|“[^“”]*”")
"""Names and quotations: nothing inside them is said otherwise."""


@dataclass(frozen=True)
class SpokenWords:
    """The lists of ``data/spoken.toml``, ready for use."""

    measures: tuple[str, ...]
    no_measures: tuple[str, ...]
    year_names: tuple[str, ...]
    whole_words: tuple[str, ...]
    units: Mapping[str, str]
    abbreviations: tuple[tuple[re.Pattern[str], str], ...]
    words: tuple[tuple[re.Pattern[str], str], ...]


@lru_cache
def spoken_words() -> SpokenWords:
    """The lists; read once."""
    lists = tomllib.loads(resources.files("channels").joinpath("data", "spoken.toml").read_text(encoding="utf-8"))
    return SpokenWords(
        measures=tuple(lists["measures"]),
        no_measures=tuple(lists["no_measures"]),
        year_names=tuple(lists["year_names"]),
        whole_words=tuple(lists["whole_words"]),
        units=lists["units"],
        abbreviations=tuple((_alone(short), said) for short, said in lists["abbreviations"].items()),
        words=tuple((re.compile(entry["written"]), entry["said"]) for entry in lists["words"]),
    )


def _alone(short: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z0-9&/.-]){re.escape(short)}(?![A-Za-z0-9/-])")


def without_abbreviations(line: str) -> str:
    """GDP as 国内生产总值; one that the text itself explains (国内生产总值（GDP）) is not said twice."""
    for pattern, said in spoken_words().abbreviations:
        line = re.sub(rf"(?<={said})[（(]{pattern.pattern}[）)]", "", line)
        line = pattern.sub(said, line)
    return line


def in_spoken_words(line: str) -> str:
    """Words of one syllable as people say them (均 as 都), outside names and quotations."""
    said: list[str] = []
    place = 0
    for name in _NAMED.finditer(line):
        said += [_reworded(line[place : name.start()]), name[0]]
        place = name.end()
    return "".join([*said, _reworded(line[place:])])


def _reworded(text: str) -> str:
    for pattern, said in spoken_words().words:
        text = pattern.sub(said, text)
    return text


_ALIAS = r"(?:以下|下文)?(?:简称|统称|下称)为?[“《]{1,2}(?P<short>[^“”《》（）()，。]{1,30})[”》]{1,2}"
_ASIDE = re.compile(rf"《(?P<name>[^《》]+)》(?P<open>[（(])(?P<rest>[^（）()]*?)[，,；;]?{_ALIAS}(?P<close>[）)])")
_COUNTRY = "中华人民共和国"


def with_short_names(texts: Iterable[str]) -> list[str]:
    """The texts in their order: a law's name in full once, then its short name (domain.md 7).

    （以下简称《条例》） is silent where listeners hear at once what is meant, because the name ends in it. Without a short
    name of the text's own the country's name is left out from the second time on.
    """
    known: dict[str, str] = {}
    return [_named(text, known) for text in texts]


def _named(text: str, known: dict[str, str]) -> str:
    said: list[str] = []
    place = 0
    for name in re.finditer(r"《([^《》]+)》", text):
        if name.start() < place:
            continue
        said.append(text[place : name.start()])
        words, place = _name_at(text, name, known)
        said.append(words)
    return re.sub(r"(?:以下|下文)(?=简称|统称)", "", "".join([*said, text[place:]]))


def _name_at(text: str, name: re.Match[str], known: dict[str, str]) -> tuple[str, int]:
    full = name[1]
    aside = _ASIDE.match(text, name.start())
    if aside is None:
        said = known.get(full, full)
        if full.startswith(_COUNTRY):
            known.setdefault(full, full.removeprefix(_COUNTRY))
        return f"《{said}》", name.end()
    known[full] = aside["short"]
    silent = full.endswith(aside["short"])
    clauses = [aside["rest"], "" if silent else f"简称“{aside['short']}”"]
    inside = "，".join(clause for clause in clauses if clause)
    return f"《{full}》" + (f"（{inside}）" if inside else ""), aside.end()
