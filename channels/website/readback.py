"""Reading a page back: what it says of itself, and whether that is what was signed."""

import re
from dataclasses import dataclass
from datetime import datetime

from content.canonical import digest
from content.clock import unstamp

OPEN, CLOSE = "<!--tongbu:body-->", "<!--/tongbu:body-->"
_MARK = re.compile(r'<meta name="tongbu-([a-z]+)" content="([^"]*)">')
_ISSUE = re.compile(r'<meta name="tongbu-issue" content="([0-9a-f]{64})">')


@dataclass(frozen=True)
class PageMarks:
    """What a page says. *fragment* is the digest of the body as it really stands there."""

    revision: str
    act: str
    fragment: str
    shown_at: datetime
    page: str


def issue_mark(data: bytes) -> str:
    """The digest of the contents that the page of an issue shows; empty for anything else."""
    found = _ISSUE.search(data.decode(errors="replace").partition("</head>")[0])
    return found[1] if found else ""


def read_marks(data: bytes) -> PageMarks | None:
    """The marks of one of our item pages; None for anything else."""
    text = data.decode(errors="replace")
    said = dict(_MARK.findall(text.partition("</head>")[0]))
    start, end = text.find(OPEN), text.rfind(CLOSE)
    if start < 0 or end < start or not {"revision", "act", "shown"} <= said.keys():
        return None
    try:
        shown_at = unstamp(said["shown"])
    except ValueError:
        return None
    fragment = digest(text[start + len(OPEN) : end].encode())
    return PageMarks(said["revision"], said["act"], fragment, shown_at, digest(data))
