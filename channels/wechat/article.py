"""A revision as a WeChat article: head values and content, pure and without anything of the platform in it."""

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from channels.qr import png_of
from channels.wechat.markup import SLOT, converted
from content.canonical import digest, digest_of
from content.item import Fields, Revision
from content.office import Office
from content.vocabulary import Action

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent.parent / "templates" / "wechat"
_CLASS = re.compile(r' class="[^"]*"')


def title_of(fields: Fields) -> str:
    return fields.word("wechat.title", fields.title).strip()


def digest_text(fields: Fields) -> str:
    return fields.word("wechat.digest", fields.summary).strip()


def author_of(fields: Fields) -> str:
    return fields.word("wechat.author", fields.organ).strip()


def article(url: str, revision: Revision, action: Action, reason: str, office: Office) -> dict[str, Any]:
    """The draft's fields (contracts: WeChat 5.1), pictures as slots. The marker in ``content_source_url`` differs for
    every revision, action and reason, so that a correction is never taken for what it corrects."""
    marker = digest_of([revision.digest, str(action), reason])[:12]
    return {
        "title": title_of(revision.fields),
        "author": author_of(revision.fields),
        "digest": digest_text(revision.fields),
        "content": content_of(revision, action, reason, office, url),
        "content_source_url": f"{url}{'&' if '?' in url else '?'}w={marker}",
        "need_open_comment": 0,
        "only_fans_can_comment": 0,
    }


def code_of(url: str) -> bytes:
    """The QR code that leads to the item's page, where no link may (contracts: WeChat 9). PNG."""
    return png_of(url, scale=8, border=4)


def content_of(revision: Revision, action: Action, reason: str, office: Office, url: str) -> str:
    """The article's HTML: style in the tags, no class, no id, no link out of WeChat."""
    from css_inline import inline_fragment
    from markupsafe import Markup

    body, notes = converted(revision.body)
    correcting = action is Action.CORRECT
    html = _template().render(
        correction=(reason.strip() or "本文内容已经更正，请以本文为准。") if correcting else "",
        facts=facts(revision.fields),
        body=Markup(body),  # noqa: S704 - made by markup.converted from the body's closed subset
        attachments=[attachment.name for attachment in revision.attachments],
        notes=notes.addresses,
        credit=_credit(revision.fields, office),
        code=SLOT % digest(code_of(url)),
    )
    return _CLASS.sub("", inline_fragment(html, _style())).strip()


def facts(fields: Fields) -> list[tuple[str, str]]:
    """What stands above the body: number and dates of a document, the source of a reprint."""
    rows = [
        ("发文机关", "、".join((fields.organ, *fields.joint_organs)) if fields.document_number else ""),
        ("发文字号", fields.document_number),
        ("成文日期", _day(fields.made_on)),
        ("施行日期", _day(fields.in_force_on)),
        ("来源", fields.source),
    ]
    return [(label, value) for label, value in rows if value]


def _credit(fields: Fields, office: Office) -> str:
    publisher = f"发布：{office.name}"
    return f"{publisher}　责任编辑：{fields.editor}" if fields.editor else publisher


def _day(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("article.html")


@cache
def _style() -> str:
    return (TEMPLATES / "article.css").read_text(encoding="utf-8")
