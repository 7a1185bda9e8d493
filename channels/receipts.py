"""What a partner writes back: a receipt as JSON or as lines of text. It comes from outside: everything in it is checked."""

import json
import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from channels.reference import references_in

MOST_BYTES = 64 * 1024
MOST_CHARACTERS = 200
MOST_SCAN = 20 * 1024 * 1024

# The words that a sheet or a file may use, and what each tells.
_WORDS: dict[str, str] = {
    **dict.fromkeys(("reference", "回执号"), "reference"),
    **dict.fromkeys(
        ("date", "日期", "播出时间", "播出日期", "刊发日期", "刊发时间", "见报日期", "撤下时间", "撤下日期"), "date"
    ),
    **dict.fromkeys(("time", "时间"), "time"),
    **dict.fromkeys(("page", "版面", "版次"), "page"),
    **dict.fromkeys(("programme", "栏目", "节目"), "programme"),
    **dict.fromkeys(("channel", "播出频率", "播出频道", "频率", "频道"), "channel"),
    **dict.fromkeys(("copies", "份数", "印数", "发行量"), "printed"),
    **dict.fromkeys(("title", "标题"), "title"),
    **dict.fromkeys(("handler", "经办人"), "handler"),
    **dict.fromkeys(("note", "备注", "处理情况"), "note"),
    **dict.fromkeys(("scan", "扫描件"), "scan"),
}
_DETAILS = ("page", "programme", "channel", "printed", "title", "handler", "note")
_LINE = re.compile(r"^([^:：]{1,12})[:：](.*)$")
_HINT = re.compile(r"(?<=^处理情况)（[^（）]*）(?=[：:])")
_NOT_FILLED_IN = re.compile(r"[_＿]{2,}")
_DATE = re.compile(r"(\d{4})\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})\s*日?")
_TIME = re.compile(r"(?<!\d)(\d{1,2})\s*[:时]\s*(\d{1,2})")
_AFTER_NOON = re.compile("下午|晚|傍晚")
_NONE_PRINTED = re.compile(r"\s*(-|0+(?![\d.,，万千百]))")
_HOUR = re.compile(r"(?<!\d)(\d{1,2})\s*时")


class BadReceipt(ValueError):
    """A receipt that proves nothing; the message says why, and how to mend it."""


@dataclass(frozen=True)
class Told:
    """What a receipt states. *on* is ``2026-11-24`` or ``2026-11-24 18:30``, China time; *scan* a file beside it, or empty."""

    reference: str
    on: str
    scan: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def receipt_in(data: bytes) -> Told:
    """Reads a receipt's file. Raises BadReceipt."""
    if len(data) > MOST_BYTES:
        raise BadReceipt(f"回执文件有{len(data)}字节，最多{MOST_BYTES}字节")
    text = _text(data)
    values = _object(text) if text.lstrip().startswith("{") else _lines(text)
    return _told(values)


def told_in_text(text: str, reference: str = "") -> Told:
    """Reads a receipt that somebody wrote into a letter; *reference* is what the letter answers. Raises BadReceipt."""
    values = _lines(text[:MOST_BYTES])
    return _told({"reference": reference, **values} if not values.get("reference") else values)


def _text(data: bytes) -> str:
    wide = data.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadReceipt("回执文件不是文本，请用 UTF-8 或 GB18030 编码保存")


def _object(text: str) -> dict[str, str]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        raise BadReceipt("回执文件不是有效的 JSON") from None
    if not isinstance(values, dict):
        raise BadReceipt("回执文件应是一个 JSON 对象")
    known = {_WORDS[key]: value for key, value in values.items() if key in _WORDS}
    wrong = [key for key, value in known.items() if not isinstance(value, str | int) or isinstance(value, bool)]
    if wrong:
        raise BadReceipt(f"回执中的 {wrong[0]} 应是文字或整数")
    return {key: _value(str(value)) for key, value in known.items()}


def _lines(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in _pieces(text):
        line = _LINE.match(_HINT.sub("", piece, count=1))
        word = _WORDS.get("".join(line[1].split()), "") if line else ""
        value = _value(line[2]) if line else ""
        if word and value and not _NOT_FILLED_IN.search(value):
            found.setdefault(word, value)
    return found


def _pieces(text: str) -> Iterator[str]:
    """A sheet has several entries in a line, each behind a full-width space."""
    for line in text.splitlines():
        yield from filter(None, (piece.strip() for piece in line.split("　")))


def _value(text: str) -> str:
    shown = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") else character for character in text
    )
    return " ".join(shown.split())[:MOST_CHARACTERS]


def _told(values: Mapping[str, str]) -> Told:
    named = set(references_in(values.get("reference", "")))
    if not named:
        raise BadReceipt("回执没有写明回执号（TB-…，见交接单）")
    if len(named) > 1:
        raise BadReceipt(f"回执写了{len(named)}个回执号；每次交接要有各自的回执")
    scan = values.get("scan", "")
    if scan and (scan.startswith(".") or "/" in scan or "\\" in scan):
        raise BadReceipt("扫描件应与回执放在同一目录，只写文件名")
    details = {name: values[name] for name in _DETAILS if values.get(name)}
    if _NONE_PRINTED.match(details.get("printed", "")):
        raise BadReceipt(f"回执写明的份数是 {details['printed']}：没有印出的不算刊发")
    return Told(named.pop(), _moment(values.get("date", ""), values.get("time", "")), scan, details)


def _moment(day: str, hour: str) -> str:
    date = _DATE.search(day)
    if date is None:
        raise BadReceipt("回执没有写明播出、刊发或撤下的日期，应写成 2026-11-24")
    year, month, number = (int(part) for part in date.groups())
    shown = f"{year:04d}-{month:02d}-{number:02d}"
    rest = f"{day[date.end() :]} {hour}"
    found = _TIME.search(rest) or _HOUR.search(rest)
    if found is None:
        return shown
    later = 12 if _AFTER_NOON.search(rest) and int(found[1]) < 12 else 0
    return f"{shown} {int(found[1]) + later:02d}:{int(found[2]) if found.re is _TIME else 0:02d}"
