"""What an item's page says, as plain values for the template."""

from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from channels.fragment import item_folder
from channels.shelving import mapping, texts
from channels.website import words
from channels.website.entries import DOCUMENTS, Tie, body_digest, head_of, ties
from channels.website.site import SiteView
from content.assets import Assets
from content.clock import stamp, unstamp
from content.shelf import Entry, Shelf
from content.vocabulary import KIND_LABELS, Effect, Kind

_TIE_LABELS = {
    ("interprets", False): "解读的文件",
    ("interprets", True): "相关解读",
    ("amends", False): "修改的文件",
    ("amends", True): "被以下文件修改",
    ("repeals", False): "废止的文件",
    ("repeals", True): "被以下文件废止",
    ("translation_of", False): "原文",
    ("translation_of", True): "译文",
    ("results_of", False): "征集调查",
    ("results_of", True): "征集结果",
}


def item_values(entry: Entry, shelf: Shelf, assets: Assets, view: SiteView) -> dict[str, Any]:
    """Everything that ``item.html`` and ``withdrawn.html`` name beyond what all pages have."""
    head = head_of(entry)
    kind = Kind(entry.kind)
    folder = quote(item_folder(entry.address).rpartition("/")[2])
    return {
        "title": entry.title,
        "language": str(head.get("language", "zh-CN")),
        "kind_label": KIND_LABELS[kind],
        "is_document": kind in DOCUMENTS,
        "number": str(head.get("document_number", "")),
        "addressee": _addressee(str(head.get("addressee", ""))),
        "published": words.minute(entry.published_at),
        "updated": words.minute(entry.updated_at) if _changed(entry) else "",
        "source": source_of(head),
        "editor": str(head.get("editor", "")),
        "rows": _filled(_rows(entry, head, kind, view)),
        "ways": _ways(head),
        "effect": _ended(entry, kind),
        "notices": [_notice(notice) for notice in _mappings(entry.data.get("notices"))],
        "ties": _groups(entry, shelf),
        "attachments": [_attachment(one, folder) for one in _mappings(head.get("attachments"))],
        "fragment": assets.get(body_digest(entry)).decode(),
        "meta": _meta(entry, head, view),
        "marks": _marks(entry, head),
        "canonical": _canonical(entry, view),
    }


def _addressee(named: str) -> str:
    """主送机关 with its full-width colon (GB/T 9704-2012)."""
    return f"{named.rstrip('：:')}：" if named else ""


def source_of(head: dict[str, Any]) -> str:
    """信息来源: where a reprint comes from, else the organs that made the item."""
    return str(head.get("source", "")) or words.listed([head.get("organ", ""), *texts(head.get("joint_organs"))])


def _meta(entry: Entry, head: dict[str, Any], view: SiteView) -> list[tuple[str, str]]:
    """The tags of a content page (国办发〔2017〕47号); an optional one that has nothing to say is left out."""
    if entry.withdrawn:
        return [("ArticleTitle", entry.title), ("PubDate", words.minute(entry.published_at))]
    pictures = _mappings(head.get("pictures"))
    image = f"{view.url}/{quote(item_folder(entry.address))}/{quote(str(pictures[0]['path']))}" if pictures else ""
    return _filled(
        [
            ("ArticleTitle", entry.title),
            ("PubDate", words.minute(entry.published_at)),
            ("ContentSource", source_of(head)),
            ("Keywords", ",".join(texts(head.get("keywords")))),
            ("Author", str(head.get("editor", ""))),
            ("Description", str(head.get("summary", ""))),
            ("Image", image),
            ("Url", f"{view.url}/{quote(entry.address)}"),
        ]
    )


def _marks(entry: Entry, head: dict[str, Any]) -> list[tuple[str, str]]:
    """What the read-back compares with what was signed."""
    return [
        ("tongbu-item", entry.item_id),
        ("tongbu-revision", str(head["revision"])),
        ("tongbu-act", str(entry.data["act"])),
        ("tongbu-fragment", body_digest(entry)),
        ("tongbu-shown", stamp(entry.updated_at)),
    ]


def _rows(entry: Entry, head: dict[str, Any], kind: Kind, view: SiteView) -> list[tuple[str, str]]:
    return [
        ("索引号", str(head.get("index_number", ""))),
        ("主题分类", str(head.get("theme", ""))),
        (
            "发文机关" if kind in DOCUMENTS else "发布机构",
            words.listed([entry.organ, *texts(head.get("joint_organs"))]),
        ),
        ("发文字号", str(head.get("document_number", ""))),
        ("成文日期", words.chinese_date(head.get("made_on"))),
        ("发布日期", words.chinese_date(words.day(entry.published_at))),
        ("施行日期", words.chinese_date(head.get("in_force_on"))),
        ("有效性", str(entry.data.get("effect", "")) if kind in DOCUMENTS else ""),
        ("体裁分类", str(head.get("genre", ""))),
        ("公开方式", str(head.get("disclosure", ""))),
        ("五公开", words.listed(texts(head.get("openness")))),
        ("主题词", words.listed(texts(head.get("keywords")))),
        ("所属栏目", words.listed(column.name for column in view.shown(entry.columns))),
    ]


def _ways(head: dict[str, Any]) -> list[dict[str, str]]:
    """What a reader of an interview, a consultation or a response needs first: who, when, where to take part."""
    said = _filled(
        [
            ("访谈嘉宾", words.listed(texts(head.get("guests")))),
            ("举行时间", words.chinese_minute(head.get("held_at"))),
            ("征集时间", words.period(head.get("opens_on"), head.get("closes_on"))),
            ("回应事项", str(head.get("responds_to", ""))),
        ]
    )
    ways = [{"label": label, "text": text, "href": ""} for label, text in said]
    link = str(head.get("form_link", ""))
    if urlsplit(link).scheme in ("http", "https"):
        ways.append({"label": "参与方式", "text": "在线填写", "href": link})
    contact = str(head.get("contact", ""))
    return [*ways, {"label": "咨询电话", "text": contact, "href": ""}] if contact else ways


def _ended(entry: Entry, kind: Kind) -> str:
    effect = str(entry.data.get("effect", ""))
    return effect if kind in DOCUMENTS and effect != Effect.VALID else ""


def _notice(notice: dict[str, Any]) -> dict[str, str]:
    return {"reason": str(notice["reason"]), "at": words.minute(_moment(notice["at"]))}


def _moment(text: object) -> datetime:
    return unstamp(str(text))


def _groups(entry: Entry, shelf: Shelf) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, str]]] = {}
    for tie in ties(entry, shelf):
        found.setdefault(_TIE_LABELS[tie.relation, tie.incoming], []).append(_link(tie, entry.address))
    return [{"label": label, "links": links} for label, links in found.items()]


def _link(tie: Tie, address: str) -> dict[str, str]:
    if tie.entry is None:
        return {"title": tie.reference, "href": "", "number": ""}
    number = str(head_of(tie.entry).get("document_number", ""))
    return {"title": tie.entry.title, "href": "../" * address.count("/") + quote(tie.entry.address), "number": number}


def _attachment(value: dict[str, Any], folder: str) -> dict[str, str]:
    name = str(value["name"])
    return {
        "name": name,
        "href": f"{folder}/{quote(str(value['path']))}",
        "type": words.file_type(name),
        "size": words.file_size(int(value["size"])),
    }


def _canonical(entry: Entry, view: SiteView) -> str:
    return str(entry.data.get("canonical", "")) or f"{view.url}/{quote(entry.address)}"


def _changed(entry: Entry) -> bool:
    return entry.updated_at != entry.published_at


def _mappings(value: object) -> list[dict[str, Any]]:
    return [mapping(inner) for inner in value] if isinstance(value, list) else []


def _filled(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(label, text) for label, text in pairs if text.strip()]
