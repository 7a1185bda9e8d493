"""Finding host names in running text, also where they are glued to Chinese characters. Time grows with the text's length.

Works on folded text (``content.folding``): ``ｗｗｗ．`` is read as ``www.`` and zero-width characters are gone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from content.kinds import data

# Letters that host names are made of besides ASCII: Latin with accents, Greek, Cyrillic (look-alikes), but no Chinese.
_FOREIGN_LETTERS = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u052f"
_RUN = re.compile(f"[0-9A-Za-z_.\\-{_FOREIGN_LETTERS}]+")
_ADDRESS = re.compile(r"(?:(?<=[:：])|(?<![/\\:：]))[/\\]{2,}")
_SCHEME = re.compile(r"(?:^|[^a-z0-9+.\-])([a-z][a-z0-9+.\-]{0,19})[:：]\Z", re.IGNORECASE)
_AUTHORITY_END = re.compile(r"[/\\?#\s\"'<>`，。；、！？：（）《》〈〉“”‘’【】〔〕「」…()\[\]{}|^,;]")
_CHINESE = re.compile("[\u3400-\u9fff]")
_IDN = re.compile(r"(?<=[\u3400-\u9fff])\.([A-Za-z]{2,14}|[\u3400-\u9fff]{2,3})(?![0-9A-Za-z\-.])")
_IDN_RUN = re.compile(r"[0-9A-Za-z\u3400-\u9fff.\-]{1,24}\Z")
_LEAD_IN = re.compile(r"(?:登录|登陆|访问|浏览|进入|打开|关注|查阅|网址|域名|网站|见|在|到|至|是|为|的|和|与|或)\Z")
_LONGEST = 253  # octets of a host name (RFC 1035)
_LONGEST_ADDRESS = 2048

_MORE = re.compile(r"[/\\]|:[0-9]")
_DOTS = re.compile(r"\.\.")
_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")


@lru_cache
def _top_levels(group: str) -> frozenset[str]:
    """``known`` top-level domains, the ``sure`` ones among them, the ``strong`` ones, or the ``chinese`` ones."""
    lists = data("top_level.toml")
    doubtful = frozenset(lists["doubtful"])
    known = frozenset(lists["generic"]) | frozenset(lists["countries"]) | doubtful
    if group == "known":
        return known
    return known - doubtful if group == "sure" else frozenset(lists[group])


@dataclass(frozen=True)
class Host:
    """A host name in a text: *start* and *end* are offsets of the whole address or bare name.

    *mail* when it follows an ``@`` in an e-mail address; *disguised* when an address hides it behind a user name.
    """

    name: str
    start: int
    end: int
    mail: bool = False
    disguised: bool = False


def hosts(text: str) -> Iterator[Host]:
    """Every host of a text, first those of full addresses (``http://…``, ``//…``), then bare ones."""
    taken: list[tuple[int, int]] = []
    for host in _addressed(text):
        taken.append((host.start, host.end))
        yield host
    bare = sorted([*_bare(text), *_chinese(text)], key=lambda host: host.start)
    yield from _outside(bare, taken)


def allowed(name: str, allow_list: tuple[str, ...]) -> bool:
    """Whether a host is on the list or a sub-domain of one on it. Punycode and Unicode forms are the same."""
    if len(name) > _LONGEST:
        return False
    host = plain_host(name)
    return any(host == known or host.endswith("." + known) for known in map(plain_host, allow_list))


@lru_cache(maxsize=4096)
def plain_host(name: str) -> str:
    """A host in small Unicode letters, without the dot at its end, its punycode read."""
    return ".".join(_label(part) for part in name.lower().strip(".")[: _LONGEST + 1].split("."))


def _label(part: str) -> str:
    if not part.startswith("xn--"):
        return part
    try:
        return part[4:].encode("ascii").decode("punycode").lower()
    except ValueError:
        return part


def _outside(found: list[Host], taken: list[tuple[int, int]]) -> Iterator[Host]:
    """The hosts that do not stand inside an address; both lists are in order."""
    spans = iter([*taken, (1 << 62, 1 << 62)])
    span = next(spans)
    for host in found:
        while span[1] <= host.start:
            span = next(spans)
        if host.end <= span[0]:
            yield host


def _addressed(text: str) -> Iterator[Host]:
    at = 0
    for match in _ADDRESS.finditer(text):
        if match.start() < at:
            continue
        scheme = _SCHEME.search(text[max(0, match.start() - 22) : match.start()])
        host = _of_authority(text, match.end(), known_scheme=scheme is not None)
        if host is not None:
            at = host.end
            yield host


def _of_authority(text: str, start: int, *, known_scheme: bool) -> Host | None:
    """The host of the authority that begins at *start*. Without a scheme (``//…``) only one that looks like a host."""
    rest = text[start : start + _LONGEST_ADDRESS]
    end = _AUTHORITY_END.search(rest)
    authority = rest[: end.start()] if end else rest
    user, at_sign, place = authority.rpartition("@")
    name = _cut_at_chinese(place.partition(":")[0])
    if not place and rest[len(authority) : len(authority) + 1] == "[":
        name = rest[len(authority) :].partition("]")[0] + "]"
    if not name or not (known_scheme or _looks_like_host(name, sure=False)):
        return None
    stop = start + len(user) + len(at_sign) + len(name)
    return Host(name.strip("."), start, stop, disguised=bool(user))


def _cut_at_chinese(place: str) -> str:
    """``www.example.cn查询`` without what is glued to it; a name that is Chinese itself stays whole."""
    match = _CHINESE.search(place)
    head = place[: match.start()] if match else place
    whole = match is None or not head or head.endswith((".", "-")) or not _looks_like_host(head, sure=False)
    return place if whole else head


def _bare(text: str) -> Iterator[Host]:
    for match in _RUN.finditer(text):
        if "." in match[0]:
            yield from _in_run(match[0], match.start(), text)


def _in_run(run: str, offset: int, text: str) -> Iterator[Host]:
    at = offset
    for part in _DOTS.split(run):
        name = part.strip("._-")
        start = at + part.find(name)
        found = _host_of(name, text, start) if "." in name else None
        if found:
            yield Host(found, start, start + len(found), mail=text[start - 1 : start] == "@")
        at += len(part) + 2


def _host_of(run: str, text: str, start: int) -> str | None:
    """The longest beginning of a run of labels that is a host, None where there is none."""
    labels = run.lower().split(".")
    if all(label.isdigit() for label in labels):
        return run if _is_address(run, text, start) else None
    followed = text[start + len(run) : start + len(run) + 2]
    if followed[:1] == "@" and labels[0] != "www":
        return None
    sure = text[start - 1 : start] != "@" and not _MORE.match(followed)
    last = next((n for n in range(len(labels) - 1, 0, -1) if _top_level(labels[n], sure=sure, first=labels[0])), None)
    if last is None:
        return None
    name = ".".join(run.split(".")[: last + 1])
    return None if sure and _no_host(name) else name.strip("-_")


def _top_level(label: str, *, sure: bool, first: str) -> bool:
    """Whether a label ends a host. After ``www`` any word does."""
    label = label.strip("-_")
    if first.startswith("www"):
        return len(label) >= 2 and label[0].isalpha()
    return label.startswith("xn--") or label in _top_levels("sure" if sure else "known")


def _no_host(name: str) -> bool:
    """``end.Today`` (an English full stop without its space) and ``3.AI`` (a clause's number), which are no hosts."""
    *head, last = name.split(".")
    if last.lower() in _top_levels("strong") or head[0].lower() == "www":
        return False
    joint = len(head) == 1 and last.istitle() and not head[0].isupper()
    return joint or all(label.isdigit() and len(label) < 3 for label in head)


def _is_address(run: str, text: str, start: int) -> bool:
    """Whether four numbers are an IPv4 address: not a clause's number at the start of a line, not a version."""
    if not _IPV4.fullmatch(run) or any(int(part) > 255 for part in run.split(".")):
        return False
    before = text[max(0, start - 3) : start]
    clause = (not before or before.endswith("\n")) and all(int(part) < 64 for part in run.split("."))
    return not clause and not before.endswith(("V", "v", "版", "版本", "第"))


def _looks_like_host(name: str, *, sure: bool) -> bool:
    labels = name.lower().strip(".").split(".")
    return len(labels) > 1 and (_top_level(labels[-1], sure=sure, first=labels[0]) or bool(_IPV4.fullmatch(name)))


def _chinese(text: str) -> Iterator[Host]:
    """Names with Chinese labels, ``荆州发布.com`` or ``荆州.中国``."""
    for match in _IDN.finditer(text):
        before = _IDN_RUN.search(text[max(0, match.start() - 24) : match.start()])
        if before and _ends_chinese(match[1], text[match.end() : match.end() + 1]):
            name = before[0] + match[0]
            yield Host(name, match.end() - len(name), match.end())


def _ends_chinese(ending: str, followed: str) -> bool:
    """Whether a Chinese name ends so. Chinese endings are words too: not where the sentence goes on."""
    if ending.isascii():
        return ending.lower() in _top_levels("strong")
    return ending in _top_levels("chinese") and not _CHINESE.match(followed)


def led_to(name: str, allow_list: tuple[str, ...]) -> bool:
    """Whether a Chinese name is one of the list with the words that lead to it glued on (``请登录荆州.中国``)."""
    plain = plain_host(name[-_LONGEST:])
    for known in map(plain_host, allow_list):
        if _CHINESE.match(known) and plain.endswith(known) and _LEAD_IN.search(plain[: -len(known)]):
            return True
    return False
