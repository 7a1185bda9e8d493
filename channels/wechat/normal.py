"""The normal form of an article: what must be equal when a draft is read back.

The platform re-orders attributes, rewrites styles, dissolves blocks and turns ``src`` into ``data-src`` (contracts:
WeChat 5.2), so bytes cannot be compared; characters, pictures and links in their order can.
"""

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree
from lxml import html as markup

from channels.calls import text
from content.canonical import digest_of

_COMPARED = ("title", "author", "digest", "content_source_url")
_LABELS = {"title": "标题", "author": "作者", "digest": "摘要", "content_source_url": "阅读原文网址"}
# Real replies carry characters that no XML text may hold (contracts: WeChat 1.7).
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))


def normal_form(article: Mapping[str, Any]) -> list[str]:
    """The article's head values, then its content as runs of text, pictures and links."""
    heads = [html.unescape(text(article, name)).strip() for name in _COMPARED]
    return heads + _runs(text(article, "content"))


def normal_digest(article: Mapping[str, Any]) -> str:
    return digest_of(normal_form(article))


def differences(wanted: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> str:
    """Where the articles of two drafts differ first. Only an article that is alone has a digest (contracts: WeChat 5.1)."""
    if len(wanted) != len(found):
        return f"应有{len(wanted)}篇文章，平台上是{len(found)}篇"
    if len(wanted) == 1:
        return difference(wanted[0], found[0])
    for place, (ours, theirs) in enumerate(zip(wanted, found, strict=True), 1):
        differs = difference({**ours, "digest": ""}, {**theirs, "digest": ""})
        if differs:
            return f"第{place}篇{differs}"
    return ""


def difference(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """Where two articles differ first, for an editor; empty when they say the same."""
    left, right = normal_form(wanted), normal_form(found)
    for name, ours, theirs in zip(_COMPARED, left, right, strict=False):
        if ours != theirs:
            return f"{_LABELS[name]}应为“{ours[:60]}”，平台上是“{theirs[:60]}”"
    for ours, theirs in zip(left[len(_COMPARED) :], right[len(_COMPARED) :], strict=False):
        if ours != theirs:
            return f"正文应为“{_around(ours, theirs)}”，平台上是“{_around(theirs, ours)}”"
    return "" if len(left) == len(right) else "正文的图片、链接或文字与定稿数量不同"


def _runs(content: str) -> list[str]:
    runs: list[str] = []
    for event in _events(_parsed(content)):
        plain = "".join(event.translate(_INVISIBLE).split())
        if event.startswith("\0"):
            runs.append(event[1:])
        elif plain and runs and not runs[-1].startswith(("img:", "a:")):
            runs[-1] += plain
        elif plain:
            runs.append(plain)
    return runs


def _parsed(content: str) -> etree._Element:
    return markup.fragment_fromstring(f"<div>{_CONTROL.sub('', content)}</div>", create_parent="div")


def _events(element: etree._Element) -> Iterator[str]:
    if element.tag == "img":
        yield f"\0img:{_address(element.get('data-src') or element.get('src') or '')}"
    if element.tag == "a" and element.get("href"):
        yield f"\0a:{_address(element.get('href') or '')}"
    if isinstance(element.tag, str):
        yield element.text or ""
    for child in element:
        yield from _events(child)
        yield child.tail or ""


def _address(address: str) -> str:
    """An address without scheme, query and fragment, which the platform adds to and changes."""
    return re.sub(r"^https?:", "", html.unescape(address).strip().replace(" ", "%20")).split("?")[0].split("#")[0]


def _around(text: str, other: str) -> str:
    place = next((at for at, pair in enumerate(zip(text, other, strict=False)) if pair[0] != pair[1]), len(other))
    return text[max(place - 12, 0) : place + 24]
