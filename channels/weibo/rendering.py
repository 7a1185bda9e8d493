"""A Weibo's rendition: its text with the item's address, and its picture."""

from channels.base import CannotRender, Part, Rendition, text_part
from channels.pictures import PictureProblem, card, within
from channels.weibo.checks import too_long
from channels.weibo.withdrawal import FOLLOW_UP_PART, follow_up
from channels.weibo.wording import composed, own_words
from content.assets import Assets
from content.body import paragraphs
from content.item import Item, Revision
from content.office import Office, Site
from content.outlet import Outlet
from content.vocabulary import Action, Severity

# Contracts: Weibo 3; a tenth is kept free.
PICTURE_LIMIT = 4_500_000
PICTURE_SIDE = 2048
CARD_LINES = 4


def render(
    item: Item,
    revision: Revision,
    action: Action,
    reason: str,
    outlet: Outlet,
    office: Office,
    site: Site,
    assets: Assets,
) -> Rendition:
    """Parts ``text.txt`` and ``picture.jpg``; for a withdrawal ``withdrawal.txt``, which nobody but the office reads, and
    in ``text.txt`` what is posted where the app may not delete."""
    if action is Action.WITHDRAW:
        said = follow_up(item, reason, site.domain)
        parts = {"withdrawal.txt": _withdrawal(item, revision, reason), FOLLOW_UP_PART: said}
        return Rendition("weibo", outlet.id, {name: text_part(words) for name, words in parts.items()})
    status = composed(own_words(revision, action, reason), item.url)
    for finding in too_long(status, f"outlet/{outlet.id}", own=bool(revision.fields.word("weibo.text"))):
        if finding.severity is Severity.ERROR:
            raise CannotRender(finding)
    picture = _picture(revision, office, site, assets)
    return Rendition("weibo", outlet.id, {"text.txt": text_part(status), "picture.jpg": Part("image/jpeg", picture)})


def _withdrawal(item: Item, revision: Revision, reason: str) -> str:
    how = "删除本账号已发布的微博；应用没有删除权限时，改为发布 text.txt 中的撤稿说明，原微博仍可见"
    return f"{how}\n标题：{revision.fields.title}\n网页：{item.url}\n原因：{reason.strip()}\n"


def _picture(revision: Revision, office: Office, site: Site, assets: Assets) -> bytes:
    for picture in revision.pictures:
        try:
            return within(assets.get(picture.digest), PICTURE_LIMIT, PICTURE_SIDE, ("JPEG",))[0]
        except PictureProblem:
            continue
    return card(revision.fields.title, key_lines(revision), f"{office.name} · {site.domain}")


def key_lines(revision: Revision) -> list[str]:
    """What the card says below the title: the summary's sentences, else the body's first short paragraphs; each whole."""
    summary = revision.fields.summary.strip()
    if summary:
        parts = [part for part in summary.replace("；", "。").split("。") if part.strip()]
        return [part.strip() for part in parts] if len(parts) <= CARD_LINES else [summary]
    return [line for line in paragraphs(revision.body) if 8 <= len(line) <= 90][:CARD_LINES]
