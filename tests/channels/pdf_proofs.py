"""Whether the PDFs of an issue are what they have to be: sound, and with the sources' text and headings, no more and no less."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from channels.gazette_document import SIGNED_KINDS
from channels.issue import BuiltIssue
from content.body import paragraphs
from content.gazette.contents import Placed
from content.item import Revision

_FRAME = (r"荆州市人民政府公报", r"2026年第11号", r"—\d+—$", "手机扫码阅读网页版")
_SECTIONS = ("市政府令", "市政府文件", "市政府办公室文件", "部门文件", "人事任免", "政策解读", "大事记")
_UNORDERED = re.compile(r"<(table|img|ul|ol|section|sup|sub)\b|>\s*附\s*[件表图录]")
"""What the layout shows twice, elsewhere or with a mark of its own, so that only its characters can be counted."""


def bare(text: str) -> str:
    return "".join(text.split())


def by_title(revisions: Sequence[Revision]) -> dict[str, Revision]:
    sources = {bare(revision.fields.title): revision for revision in revisions}
    assert len(sources) == len(revisions), "two sources have the same title"
    return sources


def documents(issue: BuiltIssue) -> list[Placed]:
    return [document for section in issue.sections for document in section.documents]


def faults(issue: BuiltIssue, revisions: Sequence[Revision], folder: Path) -> dict[str, list[str]]:
    """What is wrong with both PDFs, by what was looked at; each list is empty when all is well."""
    sources = by_title(revisions)
    return {
        "warnings": list(issue.warnings),
        "qpdf": [*unsound(issue.pdf, folder), *unsound(issue.printer, folder)],
        "text": wrong_texts(issue, texts_of(issue.pdf, folder), sources),
        "bookmarks": missing_bookmarks(PdfReader(BytesIO(issue.pdf)), sources),
    }


def unsound(pdf: bytes, folder: Path) -> list[str]:
    """What ``qpdf --check`` finds."""
    path = folder / "checked.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)
    sound = done.returncode == 0 and "No syntax or stream encoding errors found" in done.stdout
    return [] if sound else [done.stdout + done.stderr]


def missing_bookmarks(reading: PdfReader, sources: Mapping[str, Revision]) -> list[str]:
    """Titles and headings that are no bookmark, or fewer times than they are written."""
    written = Counter(sources.keys())
    for source in sources.values():
        written.update(
            bare(re.sub("<.*?>", "", heading)) for heading in re.findall(r"<h[2-5]>(.*?)</h[2-5]>", source.body)
        )
    return list((written - Counter(names(reading.outline))).elements())


def names(outline: Sequence[Any]) -> Iterator[str]:
    for entry in outline:
        if isinstance(entry, list):
            yield from names(entry)
        else:
            yield bare(str(entry.title))


def wrong_texts(issue: BuiltIssue, pages: Sequence[str], sources: Mapping[str, Revision]) -> list[str]:
    """The titles of documents whose text is not that of their source, and of sources that are no document. White space, running
    heads and folios are none of it."""
    placed = documents(issue)
    first = next(number for number, page in enumerate(pages) if page.endswith("—1—"))
    ends = [document.page for document in placed[1:]] + [len(pages) - first]
    wrong = [
        document.title
        for document, end in zip(placed, ends, strict=True)
        if not says(_between(pages, first + document.page - 1, first + end - 1), sources[bare(document.title)])
    ]
    return wrong + sorted(set(sources) - {bare(document.title) for document in placed})


def texts_of(pdf: bytes, folder: Path) -> list[str]:
    """The text of each page, without white space."""
    path = folder / "read.pdf"
    path.write_bytes(pdf)
    told = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, text=True, check=True)
    return [bare(page) for page in told.stdout.split("\f")[:-1]]


def _between(pages: Sequence[str], first: int, end: int) -> str:
    """The pages' text without running heads, folios and words beside codes."""
    text = ""
    for page in pages[first:end]:
        shown = page
        for frame in _FRAME:
            shown = re.sub(frame, "", shown, count=1)
        text += shown
    return text


def says(shown: str, source: Revision) -> bool:
    """Plain text stands there in its order; of tables, lists, notes and pictures each short piece stands there, and no character
    is more or less often in the document than in its source."""
    if not _UNORDERED.search(source.body):
        return re.sub(f"^({'|'.join(_SECTIONS)})", "", shown) == running_text(source)
    said = "".join(paragraphs(source.body, "{}"))
    pieces = [bare(piece) for line in paragraphs(source.body) for piece in line.split("\t") if _is_whole(piece)]
    more, less = figures(shown) - figures(said + frame_of(source)), figures(said) - figures(shown)
    return not more and not less and all(piece in shown for piece in pieces)


def running_text(source: Revision) -> str:
    fields = source.fields
    head = (fields.title, fields.document_number, f"{fields.addressee}：" if fields.addressee else "")
    made_on = f"{fields.made_on.year}年{fields.made_on.month}月{fields.made_on.day}日" if fields.made_on else ""
    signed = (fields.organ, *fields.joint_organs, made_on) if fields.kind in SIGNED_KINDS else ()
    return bare("".join((*head, *paragraphs(source.body), *signed)))


def _is_whole(piece: str) -> bool:
    """Text that no page break and no table cell cuts: pages end in the midst of long ones."""
    return len(piece) <= 28


def figures(text: str) -> Counter[str]:
    """Han characters and figures, counted; repeated heads of tables are counted once by the caller's source."""
    return Counter(character for character in bare(text) if re.match(r"[\u4e00-\u9fff0-9]", character))


def frame_of(revision: Revision) -> str:
    """What the layout sets beside the body: title, number, addressee, section, signature, date, and heads of tables again
    on each further page."""
    fields = revision.fields
    heads = "".join(re.findall(r"<t[hr].*?</th>", revision.body)) * 3
    made_on = f"{fields.made_on.year}年{fields.made_on.month}月{fields.made_on.day}日" if fields.made_on else ""
    organs = "".join((fields.organ, *fields.joint_organs))
    heads += "".join(re.findall(r'<li id="fn(\d+)">', revision.body))
    return "".join(
        (
            fields.title,
            fields.document_number,
            fields.addressee,
            organs,
            made_on,
            *_SECTIONS,
            re.sub("<.*?>", "", heads),
        )
    )
