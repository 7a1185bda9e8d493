"""The addresses that a reader can click: links of the body, the form's and the recording's, read as a browser reads them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, unquote, urlsplit

from content import body
from content.checks.case import Case
from content.checks.hosts import Host, hosts
from content.checks.labels import label
from content.checks.reading import Reading, shown
from content.folding import fold

_BLANKS = re.compile(r"[\x00-\x20]")
# Browsers take http:host, http:/host and http:\\host for http://host (WHATWG URL, special schemes).
_SPECIAL = re.compile(r"(https?):[/\\]*", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
_MISSES = 50


@dataclass(frozen=True)
class Address:
    """A link as written, its place, the hosts it leads to, and the code of what is wrong with its form, if anything."""

    written: str
    place: str
    hosts: tuple[Host, ...] = ()
    problem: str = ""


class _Places:
    """Tells the paragraphs of links that come in reading order."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._at = 0
        self._misses = 0

    def of(self, text: str) -> str:
        if not text:
            return "正文中没有文字的链接"
        found = self._reading.text.find(text, self._at) if self._misses < _MISSES else -1
        if found < 0:
            self._misses += 1
            return f"正文中的链接“{shown(text)}”"
        self._at = found + len(text)
        return self._reading.at(found).place


def addresses(case: Case) -> Iterator[Address]:
    """Every link but those inside the page (``#…``)."""
    for name in ("form_link", "recording"):
        written = getattr(case.fields, name)
        if written.strip():
            yield _address(written, label(name))
    if case.tree is None:
        return
    places = _Places(case.reading.of("body"))
    for link in case.tree.iter("a"):
        written = link.get("href", "")
        text = body.text_of(link).strip()
        place = places.of(text)
        if written and not written.startswith("#"):
            yield _hidden(_address(written, place), text)


def _hidden(address: Address, text: str) -> Address:
    return address if text or address.problem else replace(address, problem="link-hidden")


def _address(written: str, place: str) -> Address:
    plain = _SPECIAL.sub(lambda match: f"{match[1]}://", _BLANKS.sub("", fold(written)), count=1).replace("\\", "/")
    try:
        parts = urlsplit(plain)
        host = unquote(parts.hostname or "")
    except ValueError:
        return Address(written, place, tuple(hosts(plain)), "link-broken")
    return _judged(written, place, plain, parts, host)


def _judged(written: str, place: str, plain: str, parts: SplitResult, host: str) -> Address:
    inner = tuple(hosts(unquote(f"{parts.query} {parts.fragment}")))
    if parts.scheme == "mailto":
        return _mail(written, place, unquote(parts.path), inner)
    if parts.scheme and parts.scheme not in _SCHEMES:
        return Address(written, place, tuple(hosts(plain)), "link-scheme")
    if host:
        return Address(written, place, (Host(host, 0, 0, disguised="@" in parts.netloc), *inner))
    if parts.scheme == "tel":
        return Address(written, place)
    problem = "link-broken" if parts.scheme else "link-relative"
    return Address(written, place, tuple(hosts(plain)), problem)


def _mail(written: str, place: str, path: str, inner: tuple[Host, ...]) -> Address:
    domains = [one.rpartition("@")[2] if "@" in one else "" for one in path.split(",")]
    found = tuple(Host(domain, 0, 0, mail=True) for domain in domains if domain)
    return Address(written, place, found + inner, "" if all(domains) else "link-broken")
