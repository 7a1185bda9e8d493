"""The short versions of a script, made of whole sentences and sections by the kind of item (``data/scripts.toml``).

Nothing is cut within a sentence or a section: of three places where water is to be had all are said, or none. What a version must say and cannot say within its time is said all the same: the
channel's check then finds it too long, and the editor writes the words (design.md, rule 9).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

from channels.script_body import written_headings, written_sections
from channels.speech import spoken
from content.body import without_first
from content.clock import in_china
from content.item import Fields, Revision
from content.office import Site


@dataclass(frozen=True)
class Short:
    """One short version. *own* names the editor's own words for it."""

    seconds: int
    label: str
    own: str


SHORT_VERSIONS = (Short(60, "60秒稿", "radio.minute"), Short(20, "20秒稿", "radio.brief"))


def short_paragraphs(revision: Revision, seconds: int, most: int, medium: str, site: Site) -> list[str]:
    """The paragraphs of one version, as they are written; *most* is how many spoken characters are meant to fit."""
    values = _values(revision.fields, medium, site)
    units = _recipe(revision.fields)
    musts = [seconds in unit.get("must", ()) for unit in units]
    texts = [[_said(unit, values)] if must else [] for unit, must in zip(units, musts, strict=True)]
    left = most - sum(_length(said, site) for said in texts)
    for place, unit in enumerate(units):
        if not musts[place]:
            texts[place] = _fitting(_offered(unit, values, revision), left, site)
            left -= _length(texts[place], site)
    return [text for said in texts for text in said if text]


def _fitting(offered: Iterator[list[str]], left: int, site: Site) -> list[str]:
    """The first of what is offered, whole, as long as it fits."""
    taken: list[str] = []
    for paragraphs in offered:
        left -= _length(paragraphs, site)
        if left < 0:
            break
        taken += paragraphs
    return taken


def _recipe(fields: Fields) -> Sequence[Mapping[str, Any]]:
    units: Sequence[Mapping[str, Any]] = _recipes()["results" if fields.results_of else fields.kind.value]["units"]
    return units


@lru_cache
def _recipes() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("channels").joinpath("data", "scripts.toml").read_text(encoding="utf-8"))


def _offered(unit: Mapping[str, Any], values: Mapping[str, str], revision: Revision) -> Iterator[list[str]]:
    """What a unit has to offer, the first first: the body's sections, or a sentence."""
    fill = unit.get("fill")
    if fill == "sections":
        yield from written_sections(without_first(revision.body, revision.fields.addressee))
    elif fill == "headings":
        headings = written_headings(revision.body)
        listed = "。".join(f"第{number}，{heading}" for number, heading in enumerate(headings, 1))
        yield [_said(unit, {**values, "headings": listed if len(headings) > 1 else ""})]
    else:
        yield [_said(unit, values)]


def _said(unit: Mapping[str, Any], values: Mapping[str, str]) -> str:
    """The unit's sentence; empty where the item has not what it speaks of."""
    names = re.findall(r"\{(\w+)\}", unit["say"])
    if not all(values.get(name) for name in names):
        return ""
    text = str(unit["say"]).format_map(dict(values))
    return re.sub(r"([。！？])[。！？]+$", r"\1", text)


def _values(fields: Fields, medium: str, site: Site) -> dict[str, str]:
    phone = re.search(r"0\d{2,3}-\d{7,8}|(?<!\d)1\d{10}(?!\d)|(?<!\d)12345(?!\d)", fields.contact)
    headline = _headline(fields, medium)
    return {
        "headline": headline,
        "summary": " ".join(fields.summary.split()),
        "issuer": "" if fields.organ in headline else "、".join([fields.organ, *fields.joint_organs]),
        "guests": "、".join(fields.guests),
        "phone": phone[0] if phone else "",
        "held_on": _day(in_china(fields.held_at).date() if fields.held_at else None),
        "opens_on": _day(fields.opens_on),
        "closes_on": _day(fields.closes_on),
        "in_force_on": _day(fields.in_force_on),
        "site": site.name or "政府门户网站",
    }


def _headline(fields: Fields, medium: str) -> str:
    """The editor's own title, else who published what: 市政府办公室印发关于…的通知."""
    own = fields.word(f"{medium}.title")
    title = " ".join(fields.title.split())
    if own or not fields.organ:
        return own or title
    if title.startswith(fields.organ):
        rest = title.removeprefix(fields.organ)
        return f"{fields.organ}发布{rest}" if rest.startswith("关于") else title
    return title if fields.organ in title else f"{fields.organ}发布：{title}"


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _length(texts: Sequence[str], site: Site) -> int:
    """How many characters the texts are when they are spoken."""
    said = (spoken(text, site.name or "政府门户网站", site.domain) for text in texts)
    return sum(character.isalnum() for text in said for character in text)
