"""Where a link of a page leads, read as a browser reads it (WHATWG URL)."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from posixpath import normpath
from urllib.parse import unquote, urlsplit

_REMOVED = re.compile(r"[\t\n\r]")
_ENDS = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
# Browsers take http:host, http:/host and http:\\host for http://host.
_SPECIAL = re.compile(r"(https?|ftp|wss?):[/\\]*", re.IGNORECASE)
_RUNNING = frozenset({"javascript", "vbscript", "livescript"})


class Leads(StrEnum):
    INSIDE = "inside"
    OUTSIDE = "outside"
    RUNS = "runs"
    """It runs a script instead of leading anywhere."""
    DATA = "data"
    """The document stands in the address itself."""
    NOWHERE = "nowhere"
    """Mail, telephone, or an address that cannot be read."""


@dataclass(frozen=True)
class Target:
    """*path* is that of a file on the site, without a slash at its beginning; *host* is that of an address outside."""

    leads: Leads
    path: str = ""
    fragment: str = ""
    host: str = ""
    url: str = ""
    disguised: bool = False


@dataclass(frozen=True)
class Place:
    """A page's own place: its *path* on the site, and where the site is: its hosts, and the *base* path before it."""

    path: str
    hosts: frozenset[str]
    base: str = ""
    _known: dict[str, Target] = field(default_factory=dict, compare=False, repr=False)

    def target(self, written: str) -> Target:
        """Where a link as written leads to from here."""
        if written not in self._known:
            self._known[written] = self._target(written)
        return self._known[written]

    def _target(self, written: str) -> Target:
        plain = _REMOVED.sub("", written).strip(_ENDS)
        scheme = _SCHEME.match(plain)
        named = scheme[1].lower() if scheme else ""
        if named in _RUNNING:
            return Target(Leads.RUNS, url=plain)
        if named in ("data", "blob", "filesystem"):
            return Target(Leads.DATA, url=plain)
        if named and not _SPECIAL.match(plain):
            return Target(Leads.NOWHERE, url=plain)
        if named or (plain[:1] in "/\\" and plain[1:2] in ("/", "\\")):
            return self._absolute(plain, named)
        return self._relative(plain)

    def _absolute(self, plain: str, named: str) -> Target:
        rest = (_SPECIAL.sub("", plain, count=1) if named else plain.lstrip("/\\")).replace("\\", "/")
        url = f"{named or 'http'}://{rest}"
        try:
            parts = urlsplit(url)
            host = unquote(parts.hostname or "")
        except ValueError:
            return Target(Leads.NOWHERE, url=plain)
        if host in self.hosts:
            return self._inside(parts.path, parts.fragment, url)
        disguised = "@" in parts.netloc
        return Target(Leads.OUTSIDE if host else Leads.NOWHERE, host=host, url=url, disguised=disguised)

    def _relative(self, plain: str) -> Target:
        address, _, fragment = plain.partition("#")
        path = address.partition("?")[0].replace("\\", "/")
        if not path:
            return Target(Leads.INSIDE, self.path, unquote(fragment), url=plain)
        if path.startswith("/"):
            return self._inside(path, fragment, plain)
        folder = self.path.rpartition("/")[0]
        return Target(Leads.INSIDE, _file(f"/{folder}/{unquote(path)}"), unquote(fragment), url=plain)

    def _inside(self, path: str, fragment: str, url: str) -> Target:
        plain = unquote(path) or "/"
        if self.base and plain.startswith(f"{self.base}/"):
            plain = plain[len(self.base) :]
        return Target(Leads.INSIDE, _file(plain), unquote(fragment), url=url)


def _file(path: str) -> str:
    """The file that a web server answers for a path."""
    folder = path.endswith(("/", "/.", "/.."))
    plain = normpath(f"/{path}").lstrip("/")
    return f"{plain}/index.html".lstrip("/") if folder or not plain else plain
