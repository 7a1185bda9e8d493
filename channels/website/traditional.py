"""A finished page in traditional Chinese: the same page under ``hant/``, converted by OpenCC and marked so.

It is frame, never signed: it carries none of the marks by which a page proves what was signed. Only tags and
attributes that our own templates and ``channels.fragment`` write are looked at; both escape ``<`` in all text.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import quote

from channels.website.frame import root_of, searching, twin_path
from channels.website.readback import CLOSE, OPEN

if TYPE_CHECKING:
    from opencc import OpenCC

_HEADER = '<header class="masthead">\n'
_SCRIPT_LINK = re.compile(r'<a class="script" [^>]*>[^<]*</a>')
_DATA = re.compile(r'<script type="application/ld\+json">[^<]*</script>\n?')
_MARKS = re.compile(r'<meta name="tongbu-[a-z]+" content="[^"]*">\n?')
_LINKING = re.compile(r"<(?:a|img|link|script|form)\b[^>]*>")
_ADDRESS = re.compile(r' (href|src|action)="([^"]*)"')
_SOURCES = re.compile(r' srcset="([^"]*)"')
_KEPT_VALUE = re.compile(r"<(?:option|input|button)\b[^>]*>")
_VALUE = re.compile(r' value="[^"]*"')
_SEARCH = re.compile(r"(?:\.\./)*search(?:\?|$)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#|//|$")
_LONGEST_KEPT = 700
_LINES_KEPT = 2048
_PLACE = "\0"
"""Stands for the page's folder in lines that many pages share; no page holds this character."""
# How Hong Kong, Macao and Taiwan write what OpenCC's standard writes in an older form.
_USUAL = tuple(zip("爲衆羣峯啓喫麪牀竈", "為眾群峰啟吃麵床灶", strict=True))
_BANNER = (
    '<p class="converted">本頁由機器自動轉換為繁體中文，僅供參考，以<a href="{href}" lang="zh-Hans" '
    'hreflang="zh-Hans">简体中文版</a>為準。</p>\n'
)


def traditional(path: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """The path and bytes of a finished page's twin; nothing for a page that has none, which does not link to one."""
    if b'<a class="script" ' in data:
        yield twin_path(path), hant_page(path, data)


def hant_page(path: str, data: bytes, asked: str = "") -> bytes:
    """The traditional twin, for ``hant/<path>``, of the finished simplified page that stands at *path*, or that is
    answered there to the question *asked* (``q=…``)."""
    text = _MARKS.sub("", _DATA.sub("", data.decode())).replace(OPEN, "", 1)
    before, close, after = text.rpartition(CLOSE)
    text = before + after if close else text
    folder = PurePosixPath(path).parent.as_posix()
    depth, place = path.count("/"), "" if folder == "." else f"{quote(folder)}/"
    lines = [_kept(line, depth) if len(line) <= _LONGEST_KEPT else _line(line, depth) for line in text.split("\n")]
    return _turned(path, "\n".join(lines).replace(_PLACE, place), asked).encode()


def _turned(path: str, text: str, asked: str) -> str:
    """The page's language, the way back to the simplified page, and the line that says what this is."""
    original = f"{root_of(path)}../{quote(path)}{searching(asked)}"
    back = f'<a class="script" lang="zh-Hans" hreflang="zh-Hans" href="{original}">简体</a>'
    text = text.replace('<html lang="zh-CN">', '<html lang="zh-Hant">', 1)
    text = text.replace(_HEADER, _HEADER + _BANNER.format(href=original), 1)
    return _SCRIPT_LINK.sub(back, text, count=1)


@lru_cache(maxsize=_LINES_KEPT)
def _kept(line: str, depth: int) -> str:
    """A line that many pages share is converted once."""
    return _line(line, depth)


def _line(line: str, depth: int) -> str:
    if "<" in line:
        line = _LINKING.sub(lambda found: _moved(found[0], depth), line)
    return line if line.isascii() else _converted(line)


def _moved(tag: str, depth: int) -> str:
    """A tag whose links lead on to twins, and to the originals of what has none (pictures, files, feeds)."""
    away = not tag.startswith(("<a ", "<form ")) or " hreflang=" in tag or " download" in tag
    tag = _ADDRESS.sub(lambda found: f' {found[1]}="{_address(found[2], depth, away=away)}"', tag)
    return _SOURCES.sub(lambda found: f' srcset="{_sources(found[1], depth)}"', tag)


def _address(address: str, depth: int, *, away: bool) -> str:
    """*depth* is how many folders deep the simplified page stands."""
    if _ELSEWHERE.match(address) or (not away and (address.endswith(".html") or _SEARCH.match(address))):
        return address
    root = "../" * depth
    return f"../{address}" if address.startswith(root) else f"../{root}{_PLACE}{address}"


def _sources(listed: str, depth: int) -> str:
    parts = (part.strip().partition(" ") for part in listed.split(","))
    return ", ".join(f"{_address(address, depth, away=True)} {width}" for address, _, width in parts)


def _converted(line: str) -> str:
    """Text and labels; the values that a form sends stay as the search knows them."""
    kept = [value for tag in _KEPT_VALUE.findall(line) for value in _VALUE.findall(tag)]
    line = _traditional(line)
    if kept:
        values = iter(kept)
        line = _KEPT_VALUE.sub(lambda tag: _VALUE.sub(lambda _: next(values), tag[0]), line)
    return line


def _traditional(text: str) -> str:
    text = _converter().convert(text)
    for standard, usual in _USUAL:
        text = text.replace(standard, usual)
    return text


@lru_cache(maxsize=1)
def _converter() -> "OpenCC":
    from opencc import OpenCC

    return OpenCC("s2t.json")
