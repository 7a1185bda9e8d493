"""A gazette document as data: what the Typst layouts set, and what an issue is later made from."""

from collections.abc import Sequence
from datetime import date
from html import escape
from pathlib import Path

from channels.print_body import print_body, title_lines, visible
from channels.print_parts import Closing
from content.body import paragraphs
from content.item import Fields, Picture, Revision
from content.outlet import Outlet
from content.vocabulary import Action, Kind

SIGNED_KINDS = frozenset({Kind.POLICY_DOCUMENT, Kind.APPOINTMENT})
"""Kinds that end with the organ's name and the date; an interpretation does not."""
SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}


def document_entry(revision: Revision, action: Action, reason: str) -> dict[str, object]:
    """The values that ``document-of`` in common.typ sets. Raises ValueError (TableTooWide) for a body that cannot be."""
    if action is Action.WITHDRAW:
        return _withdrawal(revision.fields, reason)
    fields = revision.fields
    title = visible(fields.word("gazette.title", fields.title))
    names = {picture.digest: picture_file(picture) for picture in revision.pictures}
    signed = fields.kind in SIGNED_KINDS
    dated = chinese_date(fields.made_on) if fields.made_on else ""
    made = print_body(revision.body, revision.pictures, names, organs=_organs(fields), date=dated, signed=signed)
    said = [_bare(text) for text in paragraphs(revision.body)]
    return {
        "title": title,
        "lines": title_lines(title, fields.organ, elsewhere=2.0),
        "organ": visible(fields.organ),
        "number": visible(fields.document_number),
        "addressee": _addressee(visible(fields.addressee), said),
        "body": made.xhtml,
        "signatures": _unsaid(_organs(fields), made.closing) if signed else list(made.closing.signatures),
        "date": "".join(_unsaid([dated], made.closing)) if signed else made.closing.date,
        "remark": made.closing.remark,
        "notice": _correction(fields, reason) if action is Action.CORRECT else [],
        "pictures": [{"digest": digest, "file": name} for digest, name in names.items()],
    }


def chinese_date(day: date) -> str:
    """2016年5月3日: full year, no zero padding (GB/T 9704-2012)."""
    return f"{day.year}年{day.month}月{day.day}日"


def date_parts(day: date) -> dict[str, int]:
    """A date as Typst's ``datetime`` takes it."""
    return {"year": day.year, "month": day.month, "day": day.day}


def picture_file(picture: Picture) -> str:
    """The name under which a layout finds the picture: its digest and the ending of its media type."""
    return f"{picture.digest}.{SUFFIXES.get(picture.media_type, 'png')}"


def own_fonts(outlet: Outlet) -> Path | None:
    """The folder of the office's own fonts, when the outlet names one."""
    folder = outlet.options.get("fonts")
    return Path(str(folder)) if folder else None


def _addressee(addressee: str, said: list[str]) -> str:
    wanted = addressee.rstrip("：:") + "：" if addressee else ""
    return "" if said and said[0].rstrip("：:") == _bare(addressee).rstrip("：:") else wanted


def _unsaid(wanted: Sequence[str], closing: Closing) -> list[str]:
    """What does not stand at the end of the running text already."""
    return [text for text in wanted if _bare(text) not in closing.kept]


def _organs(fields: Fields) -> list[str]:
    return [visible(organ) for organ in (fields.organ, *fields.joint_organs) if organ]


def _correction(fields: Fields, reason: str) -> list[str]:
    return [
        "更正启事",
        visible(f"本刊刊登的《{_unquoted(fields.title)}》{_numbered(fields)}有误，以下文为准。"),
        visible(_because(reason)),
    ]


def _withdrawal(fields: Fields, reason: str) -> dict[str, object]:
    title = visible(f"关于撤销刊登《{_unquoted(fields.title)}》的启事")
    said = visible(f"本刊刊登的《{_unquoted(fields.title)}》{_numbered(fields)}现予撤销，请勿再引用、转载。")
    return {
        "title": title,
        "lines": title_lines(title),
        "organ": fields.organ,
        "number": "",
        "addressee": "",
        "body": f"<body><p>{escape(said)}</p><p>{escape(visible(_because(reason)))}</p></body>",
        "signatures": [],
        "date": "",
        "remark": "",
        "notice": [],
        "pictures": [],
    }


def _numbered(fields: Fields) -> str:
    return f"（{fields.document_number}）" if fields.document_number else ""


def _because(reason: str) -> str:
    return f"说明：{reason.rstrip('。')}。" if reason else "特此说明。"


def _unquoted(title: str) -> str:
    """A title inside 《》: its own 《》 become 〈〉 (GB/T 15834-2011)."""
    return title.replace("《", "〈").replace("》", "〉")


def _bare(text: str) -> str:
    return "".join(text.split())
