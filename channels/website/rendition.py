"""The website's rendition of an item: head-block values, body fragment, pictures and attachments."""

from base64 import b64encode
from dataclasses import replace
from html import escape

from channels.base import Part, Rendition, text_part
from channels.files import name_problem
from channels.fragment import (
    ATTACHMENTS,
    PICTURES,
    ShownPicture,
    body_findings,
    html_fragment,
    item_folder,
    opening,
    refuse,
    shown_pictures,
    stored,
)
from channels.qr import png_of
from channels.website.site import SiteView
from content.assets import Assets
from content.body import without_first
from content.canonical import canonical_json
from content.finding import Finding, error
from content.item import Item, Picture, Revision
from content.outlet import Outlet
from content.vocabulary import Action

HEAD = "head.json"
BODY = "body.html"
SLOTS = ("published_at",)

# What the editors' fields hold for other channels or for the clock, and no page shows.
_NOT_SHOWN = frozenset({"words", "embargo", "level", "article20", "normative"})
_HTML = "text/html; charset=utf-8"


def findings(revision: Revision, view: SiteView) -> list[Finding]:
    """What this site cannot carry of a revision; texts and fields in general are the content checks' matter."""
    return [*_column_findings(revision, view), *_attachment_findings(revision), *body_findings(revision)]


def rendition(
    item: Item, revision: Revision, outlet: Outlet, view: SiteView, assets: Assets, action: Action, reason: str
) -> Rendition:
    """Pure; raises CannotRender. A withdrawal carries nothing of the withdrawn text, not even its title."""
    if action is Action.WITHDRAW:
        parts = _notice(item, revision, reason)
    else:
        refuse(findings(revision, view))
        parts = _full(item, revision, view, assets, action, reason)
    return Rendition("website", outlet.id, parts, SLOTS)


def _full(
    item: Item, revision: Revision, view: SiteView, assets: Assets, action: Action, reason: str
) -> dict[str, Part]:
    pictures = shown_pictures(revision, assets)
    base = f"{item_folder(item.address).rpartition('/')[2]}/"
    body = html_fragment(_without_addressee(revision), pictures, base, view.domain, framed=True)
    parts = {HEAD: _head(item, revision, action, reason, pictures), BODY: text_part(body, _HTML)}
    for picture in revision.pictures:
        media_types = {"jpg": "image/jpeg", "png": "image/png"}
        for name, data in pictures[picture.digest].files.items():
            parts[f"{PICTURES}/{name}"] = Part(media_types[name.rpartition(".")[2]], data)
    for attachment in revision.attachments:
        data = stored(assets, attachment.digest, f"附件“{attachment.name}”")
        parts[f"{ATTACHMENTS}/{attachment.name}"] = Part(attachment.media_type, data)
    return parts


def _without_addressee(revision: Revision) -> Revision:
    """The page shows 主送机关 from its field, once."""
    return replace(revision, body=without_first(revision.body, revision.fields.addressee))


def _head(item: Item, revision: Revision, action: Action, reason: str, pictures: dict[str, ShownPicture]) -> Part:
    shown = {name: value for name, value in revision.content()["fields"].items() if name not in _NOT_SHOWN}
    values = shown | _identity(item, revision, action, reason)
    values["opening"] = opening(revision)
    values["qr"] = b64encode(png_of(item.url)).decode()
    values["attachments"] = [
        {"name": entry.name, "path": f"{ATTACHMENTS}/{entry.name}", "size": entry.size, "media_type": entry.media_type}
        for entry in revision.attachments
    ]
    values["pictures"] = [_picture_value(picture, pictures[picture.digest]) for picture in revision.pictures]
    return Part("application/json", canonical_json(values))


def _identity(item: Item, revision: Revision, action: Action, reason: str) -> dict[str, object]:
    return {
        "item": item.id,
        "index_number": item.index_number,
        "revision": revision.digest,
        "action": str(action),
        "reason": reason,
    }


def _picture_value(picture: Picture, shown: ShownPicture) -> dict[str, object]:
    path = f"{PICTURES}/{shown.name}"
    return {"name": picture.name, "alt": picture.alt, "path": path, "width": shown.width, "height": shown.height}


def _notice(item: Item, revision: Revision, reason: str) -> dict[str, Part]:
    said = reason.strip() or "稿件内容有误"
    values = {
        "title": "本稿件已撤回",
        "kind": str(revision.fields.kind),
        "organ": revision.fields.organ,
        "columns": list(revision.fields.columns),
        "attachments": [],
        "pictures": [],
    } | _identity(item, revision, Action.WITHDRAW, said)
    body = f"<p>本页原刊载的稿件已由发布单位撤回。</p><p>撤回原因：{escape(said)}</p>"
    return {HEAD: Part("application/json", canonical_json(values)), BODY: text_part(body, _HTML)}


def _column_findings(revision: Revision, view: SiteView) -> list[Finding]:
    if view.shown(revision.fields.columns):
        return []
    names = "、".join(column.id for column in view.columns)
    message = f"稿件的栏目不在“{view.name}”的栏目之中"
    return [error("column-unknown", "columns", message, f"请从以下栏目中至少选一个：{names}。")]


def _attachment_findings(revision: Revision) -> list[Finding]:
    found: list[Finding] = []
    seen: set[str] = set()
    for attachment in revision.attachments:
        problem = name_problem(attachment.name)
        if attachment.name.casefold() in seen:
            problem = "与另一个附件同名"
        seen.add(attachment.name.casefold())
        if problem:
            place = f"attachments/{attachment.name}"
            found.append(
                error("attachment-name", place, f"附件不能这样上网：{problem}", "请改名或改换格式后重新上传。")
            )
    return found
