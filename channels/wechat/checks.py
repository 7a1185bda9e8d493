"""What a WeChat article cannot hold, found before the sign-off (contracts: WeChat 5.1)."""

from channels.base import Refused
from channels.wechat.article import author_of, digest_text, title_of
from channels.wechat.audience import audience_of
from content.finding import Finding, error, warning
from content.item import Fields, Revision
from content.outlet import Outlet

TITLE = 32
# The current page says 128, older ones 120: the smaller one is taken.
DIGEST = 120
AUTHOR = 16
CONTENT_BYTES = 1_000_000
CONTENT_CHARACTERS = 20_000


def findings(revision: Revision, content: str, outlet: Outlet) -> list[Finding]:
    place = f"outlet/{outlet.id}"
    return [
        *_heads(revision.fields, place),
        *_content(content, place),
        *_pictures(revision, place),
        *_audience(outlet, place),
    ]


def _heads(fields: Fields, place: str) -> list[Finding]:
    limits = [
        ("wechat-title", "微信标题", title_of(fields), TITLE, "wechat.title"),
        ("wechat-digest", "微信摘要", digest_text(fields), DIGEST, "wechat.digest"),
        ("wechat-author", "微信作者", author_of(fields), AUTHOR, "wechat.author"),
    ]
    return [
        error(
            f"{code}-too-long",
            place,
            f"{label}共{len(value)}字，超过{limit}字",
            f"请在 words.{word} 中写不超过{limit}字的{label}（系统不会自行截断）",
        )
        for code, label, value, limit, word in limits
        if len(value) > limit
    ]


def _content(content: str, place: str) -> list[Finding]:
    size = len(content.encode())
    if size >= CONTENT_BYTES:
        message = f"微信正文连同格式共{size}字节，超过平台的1MB"
        mend = "请把篇幅大的表格或附录改为附件，或在该稿件上不选此公众号"
        return [error("wechat-content-too-long", place, message, mend)]
    if len(content) >= CONTENT_CHARACTERS:
        message = f"微信正文连同格式共{len(content)}个字符，超过平台说明的{CONTENT_CHARACTERS}个，平台可能拒收"
        return [warning("wechat-content-long", place, message, "建议压缩正文，或把附表改为附件")]
    return []


def _pictures(revision: Revision, place: str) -> list[Finding]:
    wrong = [picture for picture in revision.pictures if not picture.media_type.startswith("image/")]
    mend = "请换成 JPG 或 PNG 图片"
    return [error("wechat-picture", place, f"图片“{picture.name}”不是图片文件", mend) for picture in wrong]


def _audience(outlet: Outlet, place: str) -> list[Finding]:
    try:
        audience_of(outlet)
    except Refused as problem:
        return [error("wechat-audience", place, str(problem), "请在设置中改正该发布点的 mode 或 tag_id")]
    return []
