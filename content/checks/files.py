"""Pictures and attachments: what is published of them, and whether readers can use them (无障碍: alternative texts)."""

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from content.body import ASSET
from content.checks.case import Case
from content.checks.reading import shown
from content.finding import Finding, error, warning
from content.item import Attachment, Picture

PICTURE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif"})
PICTURE_LIMIT = 10 * 1024 * 1024
ATTACHMENT_LIMIT = 50 * 1024 * 1024
ATTACHMENT_TYPES = frozenset(
    {"pdf", "ofd", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "wps", "et", "dps", "txt", "csv", "zip", "rar", "7z"}
    | {"jpg", "jpeg", "png", "mp3", "mp4"}
)
_ACTIVE = frozenset({"svg", "svgz", "html", "htm", "xhtml", "shtml", "mht", "mhtml", "xml", "js"})
_ACTIVE_MEDIA = ("image/svg", "text/html", "application/xhtml", "text/xml", "application/xml", "javascript")
_UNFIT = frozenset('/\\:*?"<>|')
_NAME_LIMIT = 120  # characters; 255 bytes is what file systems take, a Chinese character is three
_MEGA = 1024 * 1024


def check_files(case: Case) -> Iterator[Finding]:
    """Pictures against the body and the rules, attachments against the rules, and that the store has their bytes."""
    yield from _used(case)
    for picture in case.revision.pictures:
        yield from _picture(picture)
    for attachment in case.revision.attachments:
        yield from _attachment(attachment)
    yield from _duplicates(case)
    yield from _stored(case)


def _used(case: Case) -> Iterator[Finding]:
    if case.tree is None:
        return
    listed = {picture.digest: picture.name for picture in case.revision.pictures}
    seen: set[str] = set()
    for number, image in enumerate(case.tree.iter("img"), 1):
        source, alt = image.get("src", ""), image.get("alt", "")
        digest = source.removeprefix(ASSET)
        seen.add(digest)
        if not source.startswith(ASSET) or digest not in listed:
            message = f"正文引用的图片“{shown(source)}”不在稿件的图片之中。"
            yield error(
                "picture-unlisted", f"正文第{number}幅图片", message, "请把图片插入原文件后重新导入，不要链接外部图片。"
            )
        if not alt.strip():
            yield _without_alt(f"正文第{number}幅图片")
    for digest in [one for one in listed if one not in seen]:
        message = "图片没有在正文中出现，不会发布。"
        yield warning(
            "picture-unused", f"图片“{shown(listed[digest])}”", message, "请把图片插入正文，或者从稿件中删去。"
        )


def _without_alt(place: str) -> Finding:
    message = "图片没有替代文字，视障读者和语音播报无法得知内容（无障碍要求）。"
    return error("alt-missing", place, message, "请用一句话写明图片内容，如“停水区域示意图：北京中路以南”。")


def _picture(picture: Picture) -> Iterator[Finding]:
    place, alt = f"图片“{shown(picture.name)}”", picture.alt.strip()
    if not alt:
        yield _without_alt(place)
    elif alt in (picture.name, PurePosixPath(picture.name).stem):
        yield warning("alt-weak", place, f"替代文字“{shown(alt)}”只是文件名。", "请用一句话写明图片内容。")
    if picture.media_type not in PICTURE_TYPES:
        message = f"不发布“{shown(picture.media_type)}”类型的图片（SVG图片可以夹带脚本）。"
        yield error("picture-type", place, message, "请另存为JPG或者PNG图片。")
    yield from _size("picture-size", place, picture.size, PICTURE_LIMIT)


def _size(code: str, place: str, size: int, limit: int) -> Iterator[Finding]:
    if size <= 0:
        yield error(code, place, "文件是空的。", "请重新导入完整的文件。")
    elif size > limit:
        message = f"文件有{size / _MEGA:.1f}MB，超过{limit // _MEGA}MB。"
        yield error(code, place, message, "请压缩或者拆分后重新导入。")


def _attachment(attachment: Attachment) -> Iterator[Finding]:
    place = f"附件“{shown(attachment.name)}”"
    ending = PurePosixPath(attachment.name).suffix.lower().removeprefix(".")
    active = ending in _ACTIVE or any(word in attachment.media_type.lower() for word in _ACTIVE_MEDIA)
    if active:
        message = "不发布SVG、HTML等可以夹带脚本的附件。"
        yield error("attachment-type", place, message, "请另存为PDF；图片请另存为PNG。")
    elif ending not in ATTACHMENT_TYPES:
        message = f"不发布扩展名为“{shown(ending) or '（无）'}”的附件。"
        yield error("attachment-type", place, message, f"请改用下列类型：{'、'.join(sorted(ATTACHMENT_TYPES))}。")
    yield from _attachment_name(attachment.name, place)
    yield from _size("attachment-size", place, attachment.size, ATTACHMENT_LIMIT)


def _attachment_name(name: str, place: str) -> Iterator[Finding]:
    unfit = sorted({mark for mark in name if mark in _UNFIT or ord(mark) < 32})
    if unfit or name.startswith(".") or name != name.strip():
        what = f"含有{'、'.join(repr(mark)[1:-1] for mark in unfit)}" if unfit else "以点或者空格开头、结尾"
        yield error("attachment-name", place, f"附件名{what}，不能用作文件名。", "请改名后重新导入。")
    if len(name) > _NAME_LIMIT:
        message = f"附件名有{len(name)}个字符，超过{_NAME_LIMIT}个。"
        yield error("attachment-name", place, message, "请缩短附件名后重新导入。")


def _duplicates(case: Case) -> Iterator[Finding]:
    names = Counter(one.name.casefold() for one in case.revision.attachments)
    for name, count in names.items():
        if count > 1:
            message = f"有{count}个附件同名，读者下载时会互相覆盖。"
            yield error("attachment-duplicate", f"附件“{shown(name)}”", message, "请改名后重新导入。")


def _stored(case: Case) -> Iterator[Finding]:
    files: list[tuple[str, str, str]] = [("图片", one.name, one.digest) for one in case.revision.pictures]
    files += [("附件", one.name, one.digest) for one in case.revision.attachments]
    for what, name, digest in files:
        if not case.context.assets.path(digest).exists():
            message = "文件库中没有这个文件的内容。"
            yield error("asset-missing", f"{what}“{shown(name)}”", message, "请重新导入原文件。")
