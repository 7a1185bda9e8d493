"""The text of a Weibo: what it says, how long the platform finds it, and what may not stand in it."""

import html
import re
from urllib.parse import urlsplit

from content.item import Fields, Revision
from content.vocabulary import Action, Kind

LIMIT = 140
# Third parties measured plain string length in 2021 and keep ten characters free (contracts: Weibo 5).
ADVISED = 130

URL = re.compile(r"https?://[-A-Za-z0-9_$.+!*()/,:;@&=?~#%]+", re.IGNORECASE)
_TOPIC = re.compile(r"#[^#\n]+#")
_OWN_HOSTS = ("weibo.com", "weibo.cn", "t.sina.com.cn")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


def length(text: str) -> int:
    """The platform's count (contracts: Weibo 5): code units up to U+00FF weigh a half, others one, an address ten."""
    trimmed = text.replace("\r\n", "\n").strip()
    weight = sum(_url_weight(address) for address in URL.findall(trimmed))
    for unit in _units(URL.sub("", trimmed)):
        weight += 1 if unit <= 0xFF else 2
    return -(-weight // 2)


def composed(text: str, url: str) -> str:
    """The text and the item's page, with a space on both sides: what follows an address is swallowed into it."""
    return f"{text.strip()} {url} "


def own_words(revision: Revision, action: Action, reason: str) -> str:
    """What the Weibo says before the address: the editor's ``weibo.text``, else title and summary, never cut."""
    fields = revision.fields
    words = fields.word("weibo.text") or f"{headline(fields)}{_summary(fields)}"
    if action is not Action.CORRECT:
        return words
    if fields.word("weibo.text"):
        return words if words.startswith("更正") else f"更正：{words}"
    return (
        f"更正：{headline(fields)}内容已更正{f'（{reason.strip()}）' if reason.strip() else ''}，请以更正后的内容为准。"
    )


def headline(fields: Fields) -> str:
    """A document's title in book-title marks; other titles in 【】, as government accounts head their news."""
    document = fields.kind in (Kind.POLICY_DOCUMENT, Kind.ANNUAL_REPORT) and not re.search("[《》]", fields.title)
    return f"《{fields.title}》" if document else f"【{fields.title}】"


def topics(text: str) -> list[str]:
    """``#…#`` runs, which the documentation forbids in shared text and the platform may silently take out."""
    return _TOPIC.findall(URL.sub(" ", text))


def foreign_addresses(text: str, domain: str) -> list[str]:
    """Addresses in the text that do not lead to *domain* or a host below it."""
    return [address for address in URL.findall(text) if not _below(urlsplit(address).hostname or "", domain)]


def bare(text: str) -> str:
    """The text as it can be compared with what the platform shows: addresses, white space and invisibles removed."""
    plain = URL.sub("", html.unescape(text)).translate(_INVISIBLE)
    return "".join(plain.split())


def _summary(fields: Fields) -> str:
    return fields.summary.strip()


def _units(text: str) -> list[int]:
    """UTF-16 code units: the historic counter was JavaScript, where a character beyond U+FFFF counts as two."""
    data = text.encode("utf-16-le", "surrogatepass")
    return [data[place] | data[place + 1] << 8 for place in range(0, len(data), 2)]


def _url_weight(address: str) -> int:
    host = (urlsplit(address).hostname or "") if "[" not in address else ""
    size = len(address)
    if host == "t.cn":
        return size
    if any(_below(host, own) for own in _OWN_HOSTS):
        return size if size <= 41 else 20
    return 20 if size <= 140 else size - 120


def _below(host: str, domain: str) -> bool:
    return host == domain.lower() or host.endswith(f".{domain.lower()}")
