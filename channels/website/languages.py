"""Which language an item is in, and whether its page has a traditional twin."""

from collections.abc import Iterable

from markupsafe import Markup, escape

from channels.website.entries import head_of
from channels.website.wording import is_english
from content.shelf import Entry

SIMPLIFIED = frozenset({"zh", "zh-CN", "zh-Hans", "zh-SG"})
HANS = "zh-Hans"
_FRAME = "zh-CN"
_NONE = Markup("")


def language_of(entry: Entry) -> str:
    """The language tag (BCP 47) of the item's text."""
    return language_in(head_of(entry))


def language_in(head: dict[str, object]) -> str:
    return str(head.get("language", "")) or _FRAME


def stands_apart(language: str) -> bool:
    """Whether a page in this language has no traditional twin: only simplified Chinese can be converted."""
    return language not in SIMPLIFIED


def link_marks(language: str, *, english: bool = False) -> Markup:
    """The attributes of a link to a text in this language, from a Chinese or an *english* page, where it is another;
    ``traditional`` reads ``hreflang``."""
    if is_english(language) if english else not stands_apart(language):
        return _NONE
    said = escape(language)
    return Markup(f' lang="{said}" hreflang="{said}"')  # noqa: S704 # escaped


def translations_of(entry: Entry, others: Iterable[Entry]) -> tuple[tuple[str, str], ...]:
    """(language, path) of the same text in other languages, simplified Chinese as ``zh-Hans``."""
    pairs = {_tag(other): other.address for other in others}
    pairs.pop(_tag(entry), None)
    return tuple(sorted(pairs.items()))


def _tag(entry: Entry) -> str:
    language = language_of(entry)
    return language if stands_apart(language) else HANS
