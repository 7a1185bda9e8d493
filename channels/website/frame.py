"""What stands around the text of every page, and is equal on many: rendered once for each of them, then kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup, escape

from channels.website.layout import piece, rendered, static_path
from channels.website.site import SiteView
from channels.website.wording import wording
from content.office import Column

HANT = "hant"
LANGUAGES = "<!--languages-->"
_CHINESE, _ENGLISH = "zh-CN", "en"
_CHINESE_MARK = Markup(' lang="zh-CN"')
_KEPT = 2048


@dataclass(frozen=True)
class Place:
    """Where a page stands. *path* is the file's on the site; *section* gives the tags of 国办发〔2017〕47号.

    *feeds* are announced beside the site's own, as (title, name under ``feeds/``). *current* names the entry of the
    main menu. *canonical* is the page's one address where it is not this one. *twin*: a traditional twin stands under
    ``hant/``. *translations* are (language, path) of the same text in other languages. *anywhere*: the page answers at
    any address (404), so its links begin at the host.
    """

    view: SiteView
    path: str
    section: Column | None
    english: bool = False
    language: str = ""
    current: str = ""
    feeds: tuple[tuple[str, str], ...] = ()
    canonical: str = ""
    twin: bool = True
    translations: tuple[tuple[str, str], ...] = ()
    anywhere: bool = False
    asked: str = ""

    @property
    def root(self) -> str:
        """The way up to the site's root, empty or ending with a slash."""
        return f"{urlsplit(self.view.url).path}/" if self.anywhere else root_of(self.path)

    @property
    def url(self) -> str:
        return self.canonical or address(self.view, self.path)

    @property
    def twinned(self) -> bool:
        return self.twin and self.view.traditional and not self.english


def composed(template: str, place: Place, *, indexed: bool = True, **values: Any) -> bytes:
    """The page as bytes. Search engines are asked to pass one by that is not *indexed*."""
    return rendered(template, **frame_values(place, indexed=indexed), **values)


def frame_values(place: Place, *, indexed: bool = True, search_form: bool = True) -> dict[str, Any]:
    """What ``base.html`` names."""
    view, root, say = place.view, place.root, wording(english=place.english)
    masthead = _masthead(view, root, place.english, place.current, search_form)
    return {
        "site": view,
        "say": say,
        "english": place.english,
        "root": root,
        "home": f"{root}{home_path(english=place.english)}",
        "language": place.language or (_ENGLISH if place.english else _CHINESE),
        "indexed": indexed,
        "canonical": place.url,
        "frame_head": _head(view, root, place.english),
        "frame_section": _section(view, root, place.section, place.feeds),
        "frame_masthead": Markup(masthead.replace(LANGUAGES, _languages(place), 1)),  # noqa: S704 # ours
        "frame_footer": _footer(view, root, place.english),
        "tools": _tools(place.english),
        "foreign": _CHINESE_MARK if place.english else "",
        "alternates": _alternates(place),
    }


def home_path(*, english: bool) -> str:
    return "en/index.html" if english else "index.html"


def root_of(path: str) -> str:
    """The way from a page up to the site's root, empty or ending with a slash."""
    return "../" * path.count("/")


def address(view: SiteView, path: str) -> str:
    """A page's address on the site; the home page's is the site's own."""
    return f"{view.url}/{quote('' if path == 'index.html' else path)}"


def twin_path(path: str) -> str:
    return f"{HANT}/{path}"


def twin_address(view: SiteView, path: str) -> str:
    return f"{view.url}/{HANT}/{quote('' if path == 'index.html' else path)}"


def feeds_of(column: Column | None) -> tuple[tuple[str, str], ...]:
    return ((column.name, column.id),) if column else ()


@lru_cache(maxsize=_KEPT)
def _head(view: SiteView, root: str, english: bool) -> Markup:
    names = ("site.css", "site.js", "view.js", "icon.svg", "icon.png")
    static = {name.replace(".", "_"): root + static_path(name) for name in names}
    return _kept("frame_head.html", view, root, english=english, static=static)


@lru_cache(maxsize=_KEPT)
def _section(view: SiteView, root: str, section: Column | None, feeds: tuple[tuple[str, str], ...]) -> Markup:
    announced = [(title, quote(name)) for title, name in feeds] if view.feeds else []
    return _kept("frame_section.html", view, root, english=False, section=section, announced=announced)


@lru_cache(maxsize=_KEPT)
def _masthead(view: SiteView, root: str, english: bool, current: str, search_form: bool) -> str:
    home = f"{root}{home_path(english=english)}"
    shown = search_form and view.search
    made = _kept("frame_masthead.html", view, root, english=english, current=current, home=home, search_form=shown)
    return str(made)


@lru_cache(maxsize=_KEPT)
def _footer(view: SiteView, root: str, english: bool) -> Markup:
    return _kept("frame_footer.html", view, root, english=english)


@lru_cache(maxsize=2)
def _tools(english: bool) -> Markup:
    return Markup(piece("item_tools.html", say=wording(english=english)))  # noqa: S704 # a template's


def _kept(template: str, view: SiteView, root: str, *, english: bool, **values: Any) -> Markup:
    said = wording(english=english)
    return Markup(piece(template, site=view, root=root, say=said, english=english, **values))  # noqa: S704 # a template's


def _languages(place: Place) -> str:
    """Links to the same page in other languages; the traditional twin turns the first around (``traditional``)."""
    links = [script_link(place.root, place.path, place.asked)] if place.twinned else []
    links += [_link(language, place.root + quote(path)) for language, path in place.translations]
    return "\n".join(links)


def script_link(root: str, path: str, asked: str = "") -> str:
    """The link to the traditional twin, with the question that is *asked* there."""
    href = f"{root}{quote(twin_path(path))}{searching(asked)}"
    return f'<a class="script" lang="zh-Hant" hreflang="zh-Hant" href="{href}">繁體</a>'


def searching(asked: str) -> str:
    """A question (``q=…&page=2``) as the end of an address in an attribute; nothing for none."""
    return f"?{escape(asked)}" if asked else ""


def _link(language: str, href: str) -> str:
    label = "English" if language.startswith("en") else "中文" if language.startswith("zh") else language
    return f'<a lang="{escape(language)}" hreflang="{escape(language)}" href="{href}">{escape(label)}</a>'


def _alternates(place: Place) -> Markup:
    """hreflang in both directions; a page whose one address is on another site has none."""
    pairs = _addresses(place) if not place.canonical or place.canonical == address(place.view, place.path) else []
    lines = [f'<link rel="alternate" hreflang="{language}" href="{escape(url)}">' for language, url in pairs]
    return Markup("\n".join(lines))  # noqa: S704 # escaped above


def _addresses(place: Place) -> Sequence[tuple[str, str]]:
    view = place.view
    own = [("zh-Hans", place.path), *place.translations] if not place.english else _of_english(place)
    pairs = [(str(escape(language)), address(view, path)) for language, path in own]
    chinese = next((path for language, path in own if language == "zh-Hans"), None)
    if chinese and view.traditional and (place.twinned or place.english):
        pairs.append(("zh-Hant", twin_address(view, chinese)))
    return pairs if len(pairs) > 1 else []


def _of_english(place: Place) -> list[tuple[str, str]]:
    return [(place.language or _ENGLISH, place.path), *place.translations]
