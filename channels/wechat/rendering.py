"""A WeChat article's rendition: the article as JSON, its covers and its pictures."""

import json

from channels.base import CannotRender, Part, Rendition, text_part
from channels.pictures import SQUARE, PictureProblem, cover, within
from channels.wechat.article import article, code_of, title_of
from channels.wechat.audience import AUDIENCE, audience_of
from channels.wechat.checks import findings
from channels.wechat.markup import slots_in
from content.assets import Assets
from content.canonical import canonical_json
from content.canonical import digest as digest_of_bytes
from content.finding import error
from content.item import Item, Revision
from content.office import Office
from content.outlet import Outlet
from content.vocabulary import Action

ARTICLE = "article.json"
COVER = "cover.jpg"
COVER_SQUARE = "cover-square.jpg"
WITHDRAWAL = "withdrawal.txt"

# Contracts: WeChat 4.2; a tenth is kept free.
PICTURE_LIMIT = 900_000
PICTURE_SIDE = 1440
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


def render(
    item: Item, revision: Revision, action: Action, reason: str, outlet: Outlet, office: Office, assets: Assets
) -> Rendition:
    """The parts ``article.json``, ``audience.json``, ``cover.jpg``, ``cover-square.jpg`` and
    ``pictures/<digest>.jpg|png``; the slots are the pictures' addresses at WeChat. A withdrawal is one part that nobody but
    the office reads."""
    if action is Action.WITHDRAW:
        return Rendition("wechat", outlet.id, {WITHDRAWAL: text_part(_withdrawal(item, revision, reason))})
    values = article(item.url, revision, action, reason, office)
    for finding in findings(revision, values["content"], outlet):
        if finding.blocks:
            raise CannotRender(finding)
    digests, code = slots_in(values["content"]), code_of(item.url)
    parts = {ARTICLE: Part("application/json", canonical_json(values)), AUDIENCE: audience_of(outlet).part()}
    parts |= _covers(revision, assets)
    for digest in digests:
        name, part = _code(code) if digest == digest_of_bytes(code) else _picture(digest, assets, outlet)
        parts[name] = part
    return Rendition("wechat", outlet.id, parts, tuple(f"picture:{digest}" for digest in digests))


def article_in(rendition: Rendition) -> dict[str, object]:
    values: dict[str, object] = json.loads(rendition.parts[ARTICLE].data)
    return values


def marker_in(rendition: Rendition) -> str:
    """What the article is known by at the platform: the address that 阅读原文 leads to."""
    return str(article_in(rendition)["content_source_url"])


def pictures_in(rendition: Rendition) -> dict[str, str]:
    """The part name of each picture, by the digest that its slot names."""
    names = [name for name in rendition.parts if name.startswith("pictures/")]
    return {name.removeprefix("pictures/").rpartition(".")[0]: name for name in names}


def _withdrawal(item: Item, revision: Revision, reason: str) -> str:
    return f"删除本公众号已发布的文章\n标题：{revision.fields.title}\n网页：{item.url}\n原因：{reason.strip()}\n"


def _covers(revision: Revision, assets: Assets) -> dict[str, Part]:
    data = assets.get(revision.pictures[0].digest) if revision.pictures else None
    title = title_of(revision.fields)
    try:
        wide, square = cover(data, title), cover(data, title, SQUARE)
    except PictureProblem:
        wide, square = cover(None, title), cover(None, title, SQUARE)
    return {COVER: Part("image/jpeg", wide), COVER_SQUARE: Part("image/jpeg", square)}


def _code(data: bytes) -> tuple[str, Part]:
    return f"pictures/{digest_of_bytes(data)}.png", Part("image/png", data)


def _picture(digest: str, assets: Assets, outlet: Outlet) -> tuple[str, Part]:
    try:
        data, suffix = within(assets.get(digest), PICTURE_LIMIT, PICTURE_SIDE)
    except PictureProblem as problem:
        mend = "请换成完好的 JPG 或 PNG 图片后重新提交"
        raise CannotRender(error("wechat-picture", f"outlet/{outlet.id}", str(problem), mend)) from problem
    return f"pictures/{digest}.{suffix}", Part(MEDIA_TYPES[suffix], data)
