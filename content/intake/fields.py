"""Fields from the values that editors write, all problems at once."""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from content.intake.errors import IntakeError
from content.intake.sidecar import flattened
from content.intake.values import (
    WrongValue,
    choice_of,
    date_of,
    moment_of,
    number_of,
    text_of,
    texts_of,
    truth_of,
)
from content.item import Fields
from content.vocabulary import KIND_LABELS, Disclosure, Kind, Level, Openness

ATTACHMENTS = "attachments"
_ATTACHMENT_NAMES = frozenset({ATTACHMENTS, "附件"})
_WORD_NAME = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9_-]*)+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True)
class FieldInfo:
    """What an editor is told of a field: *label* and *help* in Chinese, *aliases* other names that are understood."""

    name: str
    label: str
    type: str
    help: str
    aliases: tuple[str, ...] = ()


@cache
def field_infos() -> Mapping[str, FieldInfo]:
    """Every field of ``content.item.Fields`` by name, from ``data/fields.toml``."""
    data = tomllib.loads((files("content") / "data" / "fields.toml").read_text("utf-8"))
    infos = (FieldInfo(**{**entry, "aliases": tuple(entry.get("aliases", ()))}) for entry in data["field"])
    return {info.name: info for info in infos}


def label_of(name: str) -> str:
    """The Chinese label of a field (``words.weibo.text`` is a word of 各渠道用语)."""
    own, _, rest = name.partition(".")
    info = field_infos().get(own)
    label = info.label if info else own
    return f"{label}·{rest}" if rest else label


def split_values(given: Iterable[tuple[str, Any]]) -> tuple[list[tuple[str, Any]], Any]:
    """The values of fields, and that of ``attachments`` (the last one given)."""
    own: list[tuple[str, Any]] = []
    attached: Any = None
    for name, value in given:
        if name in _ATTACHMENT_NAMES:
            attached = value
        else:
            own.append((name, value))
    return own, attached


def fields_from_values(given: Iterable[tuple[str, Any]], place: str) -> Fields:
    """The fields. Names are those of ``Fields`` or their labels; of the same field the last value given wins.

    Raises IntakeError that lists every unknown name and every wrong value with the form that is wanted.
    """
    problems: list[str] = []
    values: dict[str, Any] = {}
    words: dict[str, str] = {}
    for written, value in given:
        _take_named(values, words, written, value, problems)
    if "kind" not in values and not any("（kind）" in problem for problem in problems):
        problems.append(f"{label_of('kind')}（kind）：没有填写，应是其中之一：{'、'.join(KIND_LABELS.values())}。")
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems)
        raise IntakeError(place, f"字段有误：\n{listed}", "\n请逐条改正后重新提交。", "fields")
    return Fields(**values, words=dict(sorted(words.items())))


def _take_named(values: dict[str, Any], words: dict[str, str], written: str, value: Any, problems: list[str]) -> None:
    name, _, rest = written.strip().partition(".")
    known = _names().get(name)
    if known is None:
        problems.append(_unknown(written))
    elif known == "words":
        _take_words(words, rest, value, problems)
    elif rest or isinstance(value, Mapping):
        problems.append(f"{label_of(known)}（{written}）：这个字段没有下级。")
    else:
        _take(values, known, value, problems)


def _take(values: dict[str, Any], name: str, value: Any, problems: list[str]) -> None:
    """Reads one value; an empty one takes back what an earlier source gave."""
    if value in ("", None, [], ()):
        values.pop(name, None)
        return
    try:
        values[name] = PARSERS.get(name, _BY_TYPE[field_infos()[name].type])(value)
    except WrongValue as problem:
        problems.append(f"{label_of(name)}（{name}）：“{_short(value)}”不对，{problem}。")


def _take_words(words: dict[str, str], rest: str, value: Any, problems: list[str]) -> None:
    """Words for channels: ``words.weibo.text``, or a mapping under ``words`` or ``words.weibo``."""
    given = flattened(value, f"{rest}." if rest else "") if isinstance(value, Mapping) else {rest: value}
    for name, text in given.items():
        try:
            if not _WORD_NAME.fullmatch(name):
                raise WrongValue("名称应写成“渠道.用处”，如 weibo.text、wechat.title")
            words[name] = text_of(text or "")
        except WrongValue as problem:
            problems.append(f"{label_of('words')}（words.{name}）：{problem}。")
    for name in [name for name, text in words.items() if not text]:
        del words[name]


@cache
def _names() -> Mapping[str, str]:
    names: dict[str, str] = {}
    for info in field_infos().values():
        names.update(dict.fromkeys((info.label, *info.aliases, info.name), info.name))
    return names


def _unknown(written: str) -> str:
    candidates = [*_names(), *_ATTACHMENT_NAMES]
    near = difflib.get_close_matches(written[:60], candidates, n=1, cutoff=0.5)
    labels = "、".join(info.label for info in field_infos().values())
    return f"“{_short(written)}”：没有这个字段，" + (f"是不是“{near[0]}”？" if near else f"可用的有：{labels}。")


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 40 else text[:39] + "…"


def _language(value: Any) -> str:
    word = text_of(value)
    if not _LANGUAGE.fullmatch(word):
        raise WrongValue("应是语种代码，如 zh-CN、en")
    return word


def _openness(value: Any) -> tuple[Openness, ...]:
    return tuple(choice_of(word, Openness) for word in texts_of(value))


_BY_TYPE: Mapping[str, Callable[[Any], Any]] = {
    "text": text_of,
    "list": texts_of,
    "date": date_of,
    "moment": moment_of,
    "truth": truth_of,
    "number": lambda value: number_of(value, 0, 999_999_999),
    "choice": text_of,
    "choices": texts_of,
    "words": dict,
}
PARSERS: Mapping[str, Callable[[Any], Any]] = {
    "kind": lambda value: choice_of(value, Kind, KIND_LABELS),
    "disclosure": lambda value: choice_of(value, Disclosure),
    "level": lambda value: choice_of(value, Level),
    "openness": _openness,
    "article20": lambda value: number_of(value, 1, 15),
    "language": _language,
}
