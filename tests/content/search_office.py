"""What the tests of the search share: documents as an office has them, and what a reader finds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from content.search import Part, Query, SearchDocument, SearchReader

NUMBER = "荆政办发〔2016〕21号"
START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def document(item: str, title: str = "关于供水管网检修的公告", **values: Any) -> SearchDocument:
    """A document; the higher its number, the later it was published."""
    base: dict[str, Any] = {
        "act": "publish-1",
        "address": f"bmgg/202611/t20261123_{item}.html",
        "published_at": START + timedelta(minutes=int(item)),
        "organ": "荆州市水利和湖泊局",
        "year": "2026",
        "kind": "convenience-notice",
        "columns": ("bmgg",),
        "text": "检修期间，请提前储水。",
    }
    return SearchDocument(item=item, title=title, **(base | values))


def policy(item: str = "1001", **values: Any) -> SearchDocument:
    base: dict[str, Any] = {
        "address": f"zcwj/202611/t20261123_{item}.html",
        "title": "荆州市人民政府办公室关于做好政务公开和政府网站建设管理工作的通知",
        "number": NUMBER,
        "index_number": "011337057/2026-01001",
        "organ": "荆州市人民政府办公室",
        "theme": "综合政务\\政务公开",
        "genre": "通知",
        "effect": "有效",
        "kind": "policy-document",
        "columns": ("zcwj",),
        "text": "为贯彻落实国务院和省政府部署，进一步推进我市医保和政务公开工作，现将2016年5月的安排通知如下。",
    }
    return document(item, **(base | values))


def found(reader: SearchReader, text: str, **values: Any) -> list[str]:
    """The items of the first page, in their order."""
    return [hit.document.item for hit in reader.search(Query(text, **values)).hits]


def shown(parts: Sequence[Part]) -> str:
    """A highlighted text with what is marked in brackets."""
    return "".join(f"[{part.text}]" if part.marked else part.text for part in parts)
