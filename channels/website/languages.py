"""Which language an item is in, and whether its page has a traditional twin."""

from channels.website.entries import head_of
from channels.website.wording import is_english
from content.shelf import Entry

SIMPLIFIED = frozenset({"zh", "zh-CN", "zh-Hans", "zh-SG"})
_FRAME = "zh-CN"


def language_of(entry: Entry) -> str:
    """The language tag (BCP 47) of the item's text."""
    return str(head_of(entry).get("language", "")) or _FRAME


def stands_apart(entry: Entry) -> bool:
    """Whether its page has no traditional twin: only simplified Chinese can be converted."""
    return language_of(entry) not in SIMPLIFIED


def link_language(entry: Entry) -> str:
    """What a link's title is in where it is not the language of a Chinese page; else empty."""
    return language_of(entry) if stands_apart(entry) else ""


def translations_of(entry: Entry, found: list[Entry]) -> tuple[tuple[str, str], ...]:
    """(language, path) of the same text in other languages, simplified Chinese as ``zh-Hans``."""
    pairs = {"zh-Hans" if not stands_apart(other) else language_of(other): other.address for other in found}
    pairs.pop("zh-Hans" if not stands_apart(entry) else language_of(entry), None)
    return tuple(sorted(pairs.items()))


def english(entry: Entry) -> bool:
    return is_english(language_of(entry))
