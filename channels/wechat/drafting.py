"""Making the draft of an article, or of several that go out together, and making sure that the platform kept it as it was
signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from channels.base import Refused, Rendition, Unavailable
from channels.calls import text
from channels.outcomes import Failed
from channels.wechat.api import Api
from channels.wechat.markup import filled
from channels.wechat.normal import differences
from channels.wechat.outcomes import BAD_MEDIA
from channels.wechat.rendering import COVER, COVER_SQUARE, article_in, pictures_in
from content.account_facts import FactBusy, Facts
from content.accounts import SharedAccount
from content.canonical import digest_of
from content.delivery import Delivery
from content.uploads import Uploads

PICTURE = "picture:"
MEDIA_ID = "media_id"
THUMB = "thumb_media_id"
_REMEMBERED = timedelta(days=3650)


@dataclass(frozen=True)
class Sheet:
    """One article of a draft that is made: its rendition, its *place* from 1 among those of the draft, and whether it is
    *alone* there. The first article's cover is wide, the others' are square; only one that is alone has a digest
    (contracts: WeChat 5.1)."""

    rendition: Rendition
    place: int = 1
    alone: bool = True

    @classmethod
    def of(cls, delivery: Delivery, rendition: Rendition) -> "Sheet":
        push = delivery.push
        return cls(rendition, push.place, alone=False) if push else cls(rendition)

    @property
    def cover(self) -> bytes:
        return self.rendition.parts[COVER if self.place == 1 else COVER_SQUARE].data

    def filled(self, references: Mapping[str, str]) -> dict[str, Any]:
        """The article as it is sent: slots filled, cover named."""
        values: dict[str, Any] = article_in(self.rendition)
        addresses = {name.removeprefix(PICTURE): url for name, url in references.items() if name.startswith(PICTURE)}
        values |= {"content": filled(values["content"], addresses), "thumb_media_id": references.get(THUMB, "")}
        return values if self.alone else values | {"digest": ""}


def uploaded(api: Api, uploads: Uploads, sheet: Sheet) -> dict[str, str]:
    """The references that the draft needs: the cover's material id, and each picture's address at WeChat."""
    references = {THUMB: _cover(api, uploads, sheet)}
    for digest, name in pictures_in(sheet.rendition).items():
        part = sheet.rendition.parts[name]
        address = uploads.get("body", part.data)
        if not address:
            address = api.upload_picture(f"{digest[:16]}.{name.rpartition('.')[2]}", part.data, part.media_type)
            uploads.put("body", part.data, address)
        references[PICTURE + digest] = address
    return references


def as_kept(uploads: Uploads, sheet: Sheet) -> dict[str, Any]:
    """The article as it was sent, by what is remembered of its uploads; nothing is asked of the platform."""
    pictures = pictures_in(sheet.rendition).items()
    return sheet.filled(
        {PICTURE + digest: uploads.get("body", sheet.rendition.parts[n].data) for digest, n in pictures}
    )


def still_drafted(api: Api, media_id: str) -> bool:
    """Whether the draft still lies in the box. Raises Failed."""
    try:
        api.draft(media_id)
    except Failed as failed:
        if failed.code == BAD_MEDIA:
            return False
        raise
    return True


def drafted(api: Api, shared: SharedAccount, sheets: Sequence[Sheet]) -> tuple[str, list[dict[str, str]]]:
    """The media id of a draft that holds exactly these articles, one of ours that is there already, else a new one; and
    what the uploads of each are called.

    One process at a time uploads and makes it: two that call a cover differently would take each other's draft away.
    Raises Unavailable while another one does, and Refused when the platform keeps something else than it was given (a
    picture dropped, a link taken out).
    """

    def made() -> tuple[str, list[dict[str, str]]]:
        references = [uploaded(api, shared.uploads, sheet) for sheet in sheets]
        return _drafted(api, shared, sheets, references), references

    try:
        return shared.facts.learnt(f"draft of {_key(article_in(sheets[0].rendition))}", lambda: None, made)
    except FactBusy:
        raise Unavailable("新建微信草稿：另一个进程正在建立同一份草稿，稍后自动重试") from None


def _drafted(api: Api, shared: SharedAccount, sheets: Sequence[Sheet], references: Sequence[dict[str, str]]) -> str:
    """A draft whose answer was lost is found by its marker; what of ours is there and differs is deleted."""
    articles = _filled(sheets, references)
    kept = "" if _never_tried(shared.facts, articles) else _ours(api, articles)
    if kept:
        return kept
    media_id = _added(api, shared.uploads, sheets, references)
    found = differences(_filled(sheets, references), api.draft(media_id))
    if found:
        api.delete_draft(media_id)
        raise Refused(f"微信平台保存的草稿与定稿不一致：{found}，草稿已删除，请修改稿件后重新定稿")
    return media_id


def _filled(sheets: Sequence[Sheet], references: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    return [sheet.filled(known) for sheet, known in zip(sheets, references, strict=True)]


def _never_tried(facts: Facts, articles: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no process ever asked for a draft of any of them; from now on one has. Else the whole box must be looked
    through, twenty drafts a call."""
    until = facts.database.clock() + _REMEMBERED
    tried_now = [facts.claim(f"drafted {_key(article)}", "1", until) for article in articles]
    return False not in tried_now


def _key(article: Mapping[str, Any]) -> str:
    return digest_of(_marker(article))[:32]


def _ours(api: Api, articles: Sequence[Mapping[str, Any]]) -> str:
    """The first draft with a marker of ours that equals the articles; the others with our markers are deleted."""
    markers = {_marker(article) for article in articles}
    kept = ""
    for media_id in sorted({media for media, head in api.drafts() if _marker(head) in markers}):
        if not kept and not differences(articles, api.draft(media_id)):
            kept = media_id
        else:
            api.delete_draft(media_id)
    return kept


def _added(api: Api, uploads: Uploads, sheets: Sequence[Sheet], references: Sequence[dict[str, str]]) -> str:
    """Adds the draft; covers that the platform does not know (any more) are uploaded again, once."""
    try:
        return api.add_draft(_filled(sheets, references))
    except Failed as failed:
        if failed.code != BAD_MEDIA:
            raise
    for sheet, known in zip(sheets, references, strict=True):
        uploads.forget("cover", sheet.cover)
        known[THUMB] = _cover(api, uploads, sheet)
    try:
        return api.add_draft(_filled(sheets, references))
    except Failed as failed:
        if failed.code != BAD_MEDIA:
            raise
        raise Unavailable("新建微信草稿：平台还不认识刚上传的封面（40007），稍后自动重试") from failed


def _cover(api: Api, uploads: Uploads, sheet: Sheet) -> str:
    media_id = uploads.get("cover", sheet.cover)
    if not media_id:
        media_id = api.add_material("cover.jpg", sheet.cover, "image/jpeg")
        uploads.put("cover", sheet.cover, media_id)
    return media_id


def _marker(article: Mapping[str, Any]) -> str:
    return text(article, "content_source_url").strip()
