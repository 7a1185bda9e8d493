"""What WeChat tells an account by callback, read from XML: the ends of publications and of mass sends.

Contracts: WeChat 6.4, 7.4, 10. No entity is resolved, no document type taken, nothing fetched.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lxml import etree

from channels.calls import number
from channels.wechat.callback_crypto import CallbackRefused

LARGEST_BYTES = 64 * 1024
MOST_ARTICLES = 10
PUBLISHED_EVENTS = frozenset({"PUBLISHJOBFINISH", "FREEPUBLISHJOBFINISH"})
"""The official name, and one that a public client's sample has."""
MASS_EVENT = "MASSSENDJOBFINISH"
_LONGEST_VALUE = 1_024
_LATEST = 4_102_444_800  # the year 2100
_JOB = re.compile(r"[0-9A-Za-z_-]{1,64}")


@dataclass(frozen=True)
class JobEnd:
    """The end of one job, as the platform tells it. *at* is the platform's clock in Unix seconds; *job* the
    ``publish_id`` or ``MsgID``; *status* a number as text (publications) or words (mass sends); *addresses* those of the
    articles by their index from 1; *failed* the indexes that failed."""

    kind: str
    job: str
    at: int
    account: str
    status: str
    article_id: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)
    failed: Sequence[int] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_values(cls, values: Any) -> "JobEnd | None":
        """The event kept as these values; None when they are none: others may have written there."""
        try:
            one = cls(**values)
        except TypeError:
            return None
        texts = (one.kind, one.job, one.account, one.status, one.article_id)
        whole = all(isinstance(text, str) for text in texts) and type(one.at) is int and 0 < one.at < _LATEST
        return one if whole and _are_addresses(one.addresses) and isinstance(one.failed, list | tuple) else None


def _are_addresses(values: Any) -> bool:
    """Whether these are addresses by an article's index."""
    return isinstance(values, Mapping) and all(
        re.fullmatch("[1-9][0-9]?", str(index)) and isinstance(url, str) for index, url in values.items()
    )


def root_of(data: bytes) -> etree._Element:
    """The XML's root element. Raises CallbackRefused for what is none, too large, or has a document type."""
    if len(data) > LARGEST_BYTES:
        raise CallbackRefused("the message is too large", 413)
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, dtd_validation=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise CallbackRefused("the message is no XML", 400) from None
    info = root.getroottree().docinfo
    if info.doctype or info.internalDTD is not None:
        raise CallbackRefused("the message has a document type", 400)
    return root


def value(element: etree._Element | None, name: str) -> str:
    """The text of a child, empty where there is none. Raises CallbackRefused when it is far too long."""
    found = None if element is None else element.find(name)
    text = "" if found is None else str(found.text or "").strip()
    if len(text) > _LONGEST_VALUE:
        raise CallbackRefused(f"{name} is too long", 400)
    return text


def encrypted_in(root: etree._Element) -> str:
    """The ``Encrypt`` of secure and compatible mode; empty in plain mode."""
    found = root.find("Encrypt")
    return "" if found is None else "".join(str(found.text or "").split())


def job_end(root: etree._Element) -> JobEnd | None:
    """The end of a job that the message tells of; None for every other message, such as a reader's words.

    Raises CallbackRefused for such an event that lacks what it must have.
    """
    name = value(root, "Event").upper()
    if value(root, "MsgType") != "event" or name not in PUBLISHED_EVENTS | {MASS_EVENT}:
        return None
    at = number(value(root, "CreateTime"))
    told = _mass_end(root) if name == MASS_EVENT else _publication_end(root)
    if at is None or not 0 < at < _LATEST or not _JOB.fullmatch(told["job"]) or not told["status"]:
        raise CallbackRefused(f"{name} lacks its job, its status or its time", 400)
    return JobEnd(at=at, account=value(root, "FromUserName"), **told)


def _publication_end(root: etree._Element) -> dict[str, Any]:
    info = root.find("PublishEventInfo")
    if info is None:
        raise CallbackRefused("the event has no PublishEventInfo", 400)
    status, detail = number(value(info, "publish_status")), info.find("article_detail")
    failed = [number(str(entry.text or "")) for entry in info.findall("fail_idx")[:MOST_ARTICLES]]
    return {
        "kind": "publication",
        "job": value(info, "publish_id"),
        "status": "" if status is None else str(status),
        # The official sample has a line break inside it (contracts: WeChat 6.4).
        "article_id": "".join(value(info, "article_id").split()),
        "addresses": _addresses(detail, "item", "idx", "article_url"),
        "failed": [index for index in failed if index is not None],
    }


def _mass_end(root: etree._Element) -> dict[str, Any]:
    result = root.find("ArticleUrlResult")
    names = ("TotalCount", "FilterCount", "SentCount", "ErrorCount")
    counts = {name: number(value(root, name)) for name in names}
    return {
        "kind": "mass",
        "job": value(root, "MsgID"),
        "status": value(root, "Status").lower(),
        "addresses": _addresses(result, "ResultList/item", "ArticleIdx", "ArticleUrl"),
        "counts": {name: count for name, count in counts.items() if count is not None},
    }


def _addresses(within: etree._Element | None, path: str, index: str, address: str) -> dict[str, str]:
    """One item or many, in whatever order."""
    items = [] if within is None else within.findall(path)[:MOST_ARTICLES]
    found = ((number(value(item, index)), value(item, address)) for item in items)
    return {
        str(place): url for place, url in found if place and 0 < place < 100 and url.startswith(("http://", "https://"))
    }
