"""What a hijacked page carries: foreign scripts, frames, hidden links, hosts where an organ's name should stand.

Also for pages that are exactly as they were written: a text may have been hijacked before it came to us.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml import etree

from content.checks.hosts import Host, allowed, hosts, led_to
from content.checks.links import as_name
from content.checks.reading import shown
from content.cleaning.visibility import SEEN, Sight
from content.folding import fold
from content.inspection.page import FRAMES, Link, Page
from content.inspection.result import Hit
from content.inspection.rules import rules
from content.inspection.targets import Leads, Place, Target

_SHOWN = 80
_LOOKED_INSIDE = 50
_RUNS = re.compile(r"\s*(?:java|vb|live)script\s*:", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
_PERHAPS_HOST = re.compile(r"[.\uff0e\u2024@\uff20]|[/\\\uff0f\uff3c]{2}")
"""Without one of these marks a line names no host: most lines of most pages."""
_IN_COMMENT = re.compile(r"<\s*(?:a|script|iframe|img)\b|href\s*=|(?:https?:)?//[\w\-]+\.[\w.\-]+", re.IGNORECASE)
_URL_IN_STYLE = re.compile(r"url\(\s*['\"]?\s*([^'\")]*)|@import\s+['\"]([^'\"]*)", re.IGNORECASE)
_REFRESH_TO = re.compile(r"[;,]\s*(?:url\s*=)?\s*['\"]?([^'\"]*)", re.IGNORECASE)
_COLOURS = re.compile(r"(?:^|;)\s*(color|background|background-color)\s*:\s*([^;!]+)", re.IGNORECASE)
_ADDRESSES = re.compile(r"(?:https?:)?//[^\s\"'<>()]+", re.IGNORECASE)
_FRAME_ADDRESSES = ("src", "data", "code", "archive")
_DATA_SCRIPTS = frozenset({"application/ld+json"})
_SEEN_WITHOUT_TEXT = etree.XPath(".//img | .//svg | .//video | .//canvas | .//picture")
_UNSEEN_AROUND = frozenset({"noscript", "template", "marquee", "noframes", "noembed"})


@dataclass(frozen=True)
class Trusted:
    """The hosts that may be named and linked: the office's allow-list and the site's own."""

    hosts: tuple[str, ...]

    def host(self, name: str) -> bool:
        return allowed(name, self.hosts) or led_to(name, self.hosts)

    def vocabulary(self, name: str) -> bool:
        return name.lower() in rules()["names"]["vocabularies"]


def hijacked(page: Page, place: Place, trusted: Trusted) -> Iterator[Hit]:
    """Everything on a page that does not belong on a government's site."""
    if page.too_deep:
        yield Hit("file-strange", place.path, "页面标记嵌套过深，无法逐一检查")
    yield from _scripts(page, place)
    yield from _frames(page, place)
    yield from _hidden(page, place)
    yield from _foreign_links(page, place, trusted)
    yield from foreign_names(page.text, place.path, trusted)


def foreign_in_text(text: str, path: str, trusted: Trusted) -> Iterator[Hit]:
    """The foreign hosts of a file that is no page: a feed, a style sheet, a script of ours."""
    for match in _ADDRESSES.finditer(text):
        for host in hosts(fold(match[0])):
            if not trusted.host(host.name) and not trusted.vocabulary(host.name):
                yield Hit(
                    "link-foreign", path, f"指向“{shown(host.name, _SHOWN)}”", text.count("\n", 0, match.start()) + 1
                )


# Scripts


def _scripts(page: Page, place: Place) -> Iterator[Hit]:
    for script in page.parts.scripts:
        yield from _script(script, place)
    for element, name, value in page.parts.handlers:
        yield _hit("script-foreign", place, element, f"事件脚本 {name}=“{_short(value)}”")
    for link in page.links:
        if place.target(link.written).leads is Leads.RUNS:
            yield _hit("script-foreign", place, link.element, f"链接运行脚本“{_short(link.written)}”")
    for element, name, value in page.parts.set_later:
        if _RUNS.match(_BLANKS.sub("", value)):
            yield _hit("script-foreign", place, element, f"属性 {name}=“{_short(value)}”")


def _script(script: Any, place: Place) -> Iterator[Hit]:
    source = script.get("src") or script.get("href") or script.get("{http://www.w3.org/1999/xlink}href")
    if source is not None:
        if place.target(source).leads is not Leads.INSIDE:
            yield _hit("script-foreign", place, script, f"外部脚本“{_short(source)}”")
    elif (script.get("type") or "").strip().lower() not in _DATA_SCRIPTS and "".join(script.itertext()).strip():
        yield _hit("script-foreign", place, script, f"页内脚本“{_short(''.join(script.itertext()))}”")


# Frames, redirections


def _frames(page: Page, place: Place) -> Iterator[Hit]:
    for frame in page.parts.frames:
        if frame.get("srcdoc") is not None:
            yield _hit("frame-foreign", place, frame, f"{frame.tag} 内嵌网页“{_short(frame.get('srcdoc'))}”")
        for name in _FRAME_ADDRESSES:
            written = frame.get(name)
            if written and place.target(written).leads is not Leads.INSIDE:
                yield _hit("frame-foreign", place, frame, f"{frame.tag} 嵌入“{_short(written)}”")
    for meta in page.parts.metas:
        yield from _redirection(meta, place)
    for link in page.links:
        if link.tag == "base" and place.target(link.written).leads is not Leads.INSIDE:
            yield _hit("frame-foreign", place, link.element, f"页面的全部链接被改为以“{_short(link.written)}”为起点")


def _redirection(meta: Any, place: Place) -> Iterator[Hit]:
    if (meta.get("http-equiv") or "").strip().lower() != "refresh":
        return
    found = _REFRESH_TO.search(meta.get("content") or "")
    if found and place.target(found[1]).leads is not Leads.INSIDE:
        yield _hit("frame-foreign", place, meta, f"自动跳转到“{_short(found[1])}”")


# Hidden links


def _hidden(page: Page, place: Place) -> Iterator[Hit]:
    sights: dict[Any, Sight] = {}
    for link in page.links:
        if link.tag in ("a", "area") and link.attribute == "href":
            target = place.target(link.written)
            if target.leads is Leads.OUTSIDE:
                why = _why_hidden(link.element, sights)
                if why:
                    yield _hit("link-hidden", place, link.element, f"{why}的链接“{_short(link.written)}”")
    for comment in page.parts.comments:
        found = _IN_COMMENT.search(comment.text or "")
        if found:
            said = (comment.text or "")[found.start() :]
            yield _hit("link-hidden", place, comment, f"注释中藏有链接“{_short(said)}”")


def _why_hidden(element: Any, sights: dict[Any, Sight]) -> str:
    around = next((one.tag for one in element.iterancestors() if one.tag in _UNSEEN_AROUND), "")
    if around:
        return f"{around} 中读者看不见"
    if _sight(element, sights).hidden or any(_hides(one, sights) for one in islice(element.iter(), _LOOKED_INSIDE)):
        return "读者看不见"
    if any(_same_colour(one) for one in (element, *element.iterancestors())):
        return "文字与底色相同"
    named = element.get("aria-label") or element.get("title") or element.tag == "area"
    if not "".join(element.itertext()).strip() and not named and not _SEEN_WITHOUT_TEXT(element):
        return "没有文字、读者看不见"
    return ""


def _sight(element: Any, sights: dict[Any, Sight]) -> Sight:
    """Whether a reader sees what stands in the element; every element is looked at once."""
    way = []
    while element is not None and element not in sights:
        way.append(element)
        element = element.getparent()
    seen = SEEN if element is None else sights[element]
    for one in reversed(way):
        seen = seen.inside(one) if isinstance(one.tag, str) else seen
        sights[one] = seen
    return seen


def _hides(element: Any, sights: dict[Any, Sight]) -> bool:
    """Whether a hidden element holds all the words of what stands around it, as the only word of a link."""
    if not isinstance(element.tag, str) or not _sight(element, sights).hidden:
        return False
    inside = "".join(element.itertext()).strip()
    return bool(inside) and inside == "".join(element.getparent().itertext()).strip()


def _same_colour(element: Any) -> bool:
    found = {name.lower(): value.strip().lower() for name, value in _COLOURS.findall(element.get("style") or "")}
    ground = found.get("background-color") or found.get("background")
    return bool(ground) and found.get("color") == ground


# Foreign links and names


def _foreign_links(page: Page, place: Place, trusted: Trusted) -> Iterator[Hit]:
    for link in page.links:
        target = place.target(link.written)
        if target.leads is Leads.OUTSIDE and link.tag not in _FRAME_TAGS and _untrusted(target, trusted):
            yield _foreign_link(link, target, place)
        elif target.leads is Leads.OUTSIDE and _is_style(link):
            yield _hit("script-foreign", place, link.element, f"外部样式“{_short(link.written)}”")
    for element, style in page.parts.styles:
        for plain, imported in _URL_IN_STYLE.findall(style):
            target = place.target(plain or imported)
            if target.leads is Leads.OUTSIDE and _untrusted(target, trusted):
                yield _hit("link-foreign", place, element, f"样式引用“{_short(target.url)}”")


_FRAME_TAGS = FRAMES | {"base", "script"}


def _foreign_link(link: Link, target: Target, place: Place) -> Hit:
    if _is_style(link):
        return _hit("script-foreign", place, link.element, f"外部样式“{_short(link.written)}”")
    said = f"（显示为“{shown(_text(link), 30)}”）" if _text(link) else ""
    verb = {"form": "表单提交到", "img": "图片来自", "button": "表单提交到", "input": "表单提交到"}.get(
        link.tag, "链接到"
    )
    how = "，网址中用“@”掩盖了真正的主机名" if target.disguised else ""
    return _hit("link-foreign", place, link.element, f"{verb}“{_short(link.written)}”{said}{how}")


def _untrusted(target: Target, trusted: Trusted) -> bool:
    return target.disguised or not trusted.host(target.host)


def _is_style(link: Link) -> bool:
    return link.tag == "link" and bool({"stylesheet", "import", "preload", "modulepreload"} & set(_words(link)))


def _words(link: Link) -> Iterable[str]:
    return (link.element.get("rel") or "").lower().split()


def foreign_names(text: str, path: str, trusted: Trusted) -> Iterator[Hit]:
    """The foreign hosts in a text that readers read, each once. No host reaches over a line's end."""
    told: set[tuple[str, str]] = set()
    for line in text.splitlines():
        if _PERHAPS_HOST.search(line):
            for found in _in_line(line, trusted):
                if found not in told:
                    told.add(found)
                    yield Hit(found[0], path, found[1])


@lru_cache(maxsize=4096)
def _in_line(line: str, trusted: Trusted) -> tuple[tuple[str, str], ...]:
    """Code and words of each foreign host; the frame's lines are the same on every page."""
    folded = fold(line)
    found = (_foreign_name(folded, host, trusted) for host in hosts(folded))
    return tuple(one for one in found if one is not None)


def _foreign_name(text: str, host: Host, trusted: Trusted) -> tuple[str, str] | None:
    if (trusted.host(host.name) and not host.disguised) or trusted.vocabulary(host.name):
        return None
    name = shown(host.name.lower(), _SHOWN)
    if host.mail:
        return "mail-foreign", f"电子邮箱的域名“{name}”"
    context = as_name(text, host)
    if context:
        return "host-in-name", f"“{name}”（“{_short(context)}”）"
    return "host-foreign", f"网址“{name}”（“{_short(_around(text, host))}”）"


def _around(text: str, host: Host) -> str:
    return text[max(0, host.start - 12) : host.end + 12]


def _text(link: Link) -> str:
    return _short("".join(link.element.itertext())) if link.tag == "a" else ""


def _short(text: str) -> str:
    return shown(" ".join(text.split()), _SHOWN)


def _hit(code: str, place: Place, element: Any, found: str) -> Hit:
    return Hit(code, place.path, found, int(element.sourceline or 0))
