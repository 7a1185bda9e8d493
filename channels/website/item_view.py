"""What an item's page says, as plain values for the template."""

from collections.abc import Sequence
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape

from channels.fragment import item_folder
from channels.shelving import mapping, texts
from channels.website import words
from channels.website.entries import Tie, body_digest, head_of
from channels.website.frame import root_of
from channels.website.item_facts import rows_of, ways_of
from channels.website.languages import language_in, link_marks
from channels.website.linked_data import Crumb, item_data, serialised
from channels.website.site import SiteView
from channels.website.wording import is_english, wording
from content.assets import Assets
from content.clock import stamp, unstamp
from content.kinds import DOCUMENTS
from content.shelf import Entry
from content.vocabulary import Effect, Kind

_TALKS = frozenset({Kind.INTERVIEW, Kind.PRESS_CONFERENCE})
_CHANGING = ("repeals", "amends")


class Link(NamedTuple):
    """To another item; one that this site does not have is named without an address."""

    title: str
    href: str = ""
    number: str = ""
    marks: Markup = Markup("")


class Ended(NamedTuple):
    """A document's effect that is no longer 有效, and what its mark says: why (empty: nobody said), and on which day."""

    word: str
    reason: str
    day: str


class File(NamedTuple):
    """An attachment as readers see it."""

    name: str
    href: str
    type: str
    size: str


def item_values(
    entry: Entry, tied: Sequence[Tie], assets: Assets, view: SiteView, crumbs: list[Crumb]
) -> dict[str, Any]:
    """Everything that ``item.html`` and ``withdrawn.html`` name beyond what all pages have."""
    head, kind = head_of(entry), Kind(entry.kind)
    language = language_in(head)
    english = is_english(language)
    say = wording(english=english)
    return {
        "title": entry.title,
        "content_language": language,
        "kind_label": getattr(say.kinds, kind),
        "is_document": kind in DOCUMENTS,
        "is_talk": kind in _TALKS,
        "number": str(head.get("document_number", "")),
        "addressee": _addressee(str(head.get("addressee", ""))),
        "published": words.minute(entry.published_at),
        "updated": words.minute(entry.updated_at) if _changed(entry) else "",
        "source": source_of(head, english=english),
        "editor": str(head.get("editor", "")),
        "rows": rows_of(entry, head, view, say, english=english),
        "ways": ways_of(head, kind, view, say, english=english),
        "effect": _ended(entry, kind, say),
        "changes": _changes(entry, tied, say, english=english),
        "notices": [_notice(notice) for notice in _mappings(entry.data.get("notices"))],
        "ties": _groups(entry, tied, say, english=english),
        "attachments": _attachments(entry, head, say),
        "fragment": assets.get(body_digest(entry)).decode(),
        "qr": str(head.get("qr", "")),
        "meta": _tags([*_meta(entry, head, view), *_marks(entry, head)]),
        "linked_data": serialised(*item_data(entry, head, view, source_of(head), _image(entry, head, view), crumbs)),
    }


def source_of(head: dict[str, Any], *, english: bool = False) -> str:
    """信息来源: where a reprint comes from, else the organs that made the item."""
    organs = [head.get("organ", ""), *texts(head.get("joint_organs"))]
    return str(head.get("source", "")) or words.listed(organs, english=english)


def _addressee(named: str) -> str:
    """主送机关 with its full-width colon (GB/T 9704-2012)."""
    return f"{named.rstrip('：:')}：" if named else ""


def _tags(pairs: list[tuple[str, str]]) -> Markup:
    lines = [f'<meta name="{name}" content="{escape(text)}">' for name, text in pairs]
    return Markup("\n".join(lines))  # noqa: S704 # escaped


def _meta(entry: Entry, head: dict[str, Any], view: SiteView) -> list[tuple[str, str]]:
    """The tags of a content page (国办发〔2017〕47号); an optional one that has nothing to say is left out."""
    pairs = [
        ("ArticleTitle", entry.title),
        ("PubDate", words.minute(entry.published_at)),
        ("ContentSource", source_of(head) or view.organ),
    ]
    if not entry.withdrawn:
        pairs += [
            ("Keywords", ",".join(texts(head.get("keywords")))),
            ("Author", str(head.get("editor", ""))),
            ("Description", str(head.get("summary", ""))),
            ("Image", _image(entry, head, view)),
            ("Url", f"{view.url}/{quote(entry.address)}"),
        ]
    return [(name, text) for name, text in pairs if text.strip()]


def _image(entry: Entry, head: dict[str, Any], view: SiteView) -> str:
    pictures = _mappings(head.get("pictures"))
    return f"{view.url}/{quote(item_folder(entry.address))}/{quote(str(pictures[0]['path']))}" if pictures else ""


def _marks(entry: Entry, head: dict[str, Any]) -> list[tuple[str, str]]:
    """What the read-back compares with what was signed."""
    return [
        ("tongbu-item", entry.item_id),
        ("tongbu-revision", str(head["revision"])),
        ("tongbu-act", str(entry.data["act"])),
        ("tongbu-fragment", body_digest(entry)),
        ("tongbu-shown", stamp(entry.updated_at)),
    ]


def _ended(entry: Entry, kind: Kind, say: SimpleNamespace) -> Ended | None:
    effect, mark = str(entry.data.get("effect", "")), mapping(entry.data.get("mark"))
    if kind not in DOCUMENTS or effect in ("", Effect.VALID):
        return None
    day = words.day(_moment(mark["at"])) if mark else ""
    return Ended(str(getattr(say.effects, effect, effect)), str(mark.get("reason", "")), day)


def _changes(entry: Entry, tied: Sequence[Tie], say: SimpleNamespace, *, english: bool) -> list[dict[str, Any]]:
    """Which documents on this site amend or repeal this one (47号: 修改、废止的文件要标明)."""
    return [
        {"word": getattr(say.effects, relation), "link": _link(tie, entry.address, english=english)}
        for relation in _CHANGING
        for tie in tied
        if tie.incoming and tie.relation == relation
    ]


def _notice(notice: dict[str, Any]) -> dict[str, str]:
    return {"reason": str(notice["reason"]), "at": words.minute(_moment(notice["at"]))}


def _moment(text: object) -> datetime:
    return unstamp(str(text))


def _groups(entry: Entry, tied: Sequence[Tie], say: SimpleNamespace, *, english: bool) -> list[dict[str, Any]]:
    found: dict[str, list[Link]] = {}
    for tie in tied:
        if not (tie.incoming and tie.relation in _CHANGING):
            label = getattr(say.ties, f"{tie.relation}_by" if tie.incoming else tie.relation)
            found.setdefault(label, []).append(_link(tie, entry.address, english=english))
    return [{"label": label, "links": links} for label, links in found.items()]


def _link(tie: Tie, address: str, *, english: bool) -> Link:
    if tie.entry is None:
        return Link(tie.reference)
    head = head_of(tie.entry)
    href = root_of(address) + quote(tie.entry.address)
    return Link(
        tie.entry.title, href, str(head.get("document_number", "")), link_marks(language_in(head), english=english)
    )


def _attachments(entry: Entry, head: dict[str, Any], say: SimpleNamespace) -> list[File]:
    folder = quote(item_folder(entry.address).rpartition("/")[2])
    return [_attachment(one, folder, say) for one in _mappings(head.get("attachments"))]


def _attachment(value: dict[str, Any], folder: str, say: SimpleNamespace) -> File:
    name, href = str(value["name"]), f"{folder}/{quote(str(value['path']))}"
    return File(name, href, words.file_type(name) or say.item.file, words.file_size(int(value["size"])))


def _changed(entry: Entry) -> bool:
    return entry.updated_at != entry.published_at


def _mappings(value: object) -> list[dict[str, Any]]:
    return [mapping(inner) for inner in value] if isinstance(value, list) else []
