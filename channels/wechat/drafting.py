"""Making the draft of an article, and making sure that the platform kept it as it was signed."""

from collections.abc import Mapping
from typing import Any

from channels.base import Refused, Rendition, Unavailable
from channels.calls import text
from channels.outcomes import Failed
from channels.wechat.api import Api
from channels.wechat.markup import filled
from channels.wechat.normal import difference
from channels.wechat.outcomes import BAD_MEDIA
from channels.wechat.rendering import COVER, article_in, pictures_in
from content.uploads import Uploads

PICTURE = "picture:"
MEDIA_ID = "media_id"
THUMB = "thumb_media_id"


def uploaded(api: Api, uploads: Uploads, rendition: Rendition) -> dict[str, str]:
    """The references that the draft needs: the cover's material id, and each picture's address at WeChat."""
    references = {THUMB: _cover(api, uploads, rendition)}
    for digest, name in pictures_in(rendition).items():
        part = rendition.parts[name]
        address = uploads.get("body", part.data)
        if not address:
            address = api.upload_picture(f"{digest[:16]}.{name.rpartition('.')[2]}", part.data, part.media_type)
            uploads.put("body", part.data, address)
        references[PICTURE + digest] = address
    return references


def filled_article(rendition: Rendition, references: Mapping[str, str]) -> dict[str, Any]:
    """The article as it is sent: slots filled, cover named."""
    values: dict[str, Any] = article_in(rendition)
    addresses = {name.removeprefix(PICTURE): url for name, url in references.items() if name.startswith(PICTURE)}
    return values | {"content": filled(values["content"], addresses), "thumb_media_id": references.get(THUMB, "")}


def as_kept(uploads: Uploads, rendition: Rendition) -> dict[str, Any]:
    """The article as it was sent, by what is remembered of its uploads; nothing is asked of the platform."""
    pictures = pictures_in(rendition).items()
    return filled_article(
        rendition, {PICTURE + digest: uploads.get("body", rendition.parts[n].data) for digest, n in pictures}
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


def drafted(api: Api, uploads: Uploads, rendition: Rendition, references: dict[str, str]) -> str:
    """The media id of a draft that holds exactly this article: one of ours that is there already, else a new one.

    A draft whose answer was lost is found by its marker; what of ours is there and differs is deleted. Raises
    Refused when the platform keeps something else than it was given (a picture dropped, a link taken out).
    """
    article = filled_article(rendition, references)
    kept = _ours(api, article)
    if kept:
        return kept
    media_id = _added(api, uploads, rendition, references)
    found = difference(filled_article(rendition, references), api.draft(media_id))
    if found:
        api.delete_draft(media_id)
        raise Refused(f"微信平台保存的草稿与定稿不一致：{found}，草稿已删除，请修改稿件后重新定稿")
    return media_id


def _ours(api: Api, article: Mapping[str, Any]) -> str:
    """The first draft with our marker that equals the article; the others with our marker are deleted."""
    marked = sorted(media for media, head in api.drafts() if _marker(head) == _marker(article))
    kept = ""
    for media_id in marked:
        if not kept and not difference(article, api.draft(media_id)):
            kept = media_id
        else:
            api.delete_draft(media_id)
    return kept


def _added(api: Api, uploads: Uploads, rendition: Rendition, references: dict[str, str]) -> str:
    """Adds the draft; a cover that the platform does not know (any more) is uploaded again, once."""
    try:
        return api.add_draft(filled_article(rendition, references))
    except Failed as failed:
        if failed.code != BAD_MEDIA:
            raise
    uploads.forget("cover", rendition.parts[COVER].data)
    references[THUMB] = _cover(api, uploads, rendition)
    try:
        return api.add_draft(filled_article(rendition, references))
    except Failed as failed:
        if failed.code != BAD_MEDIA:
            raise
        raise Unavailable("新建微信草稿：平台还不认识刚上传的封面（40007），稍后自动重试") from failed


def _cover(api: Api, uploads: Uploads, rendition: Rendition) -> str:
    data = rendition.parts[COVER].data
    media_id = uploads.get("cover", data)
    if not media_id:
        media_id = api.add_material("cover.jpg", data, "image/jpeg")
        uploads.put("cover", data, media_id)
    return media_id


def _marker(article: Mapping[str, Any]) -> str:
    return text(article, "content_source_url").strip()
