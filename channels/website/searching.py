"""What the site's search is told of an item, in the same run as its publication."""

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path

from lxml import html

from channels.shelving import texts
from channels.website import lists
from channels.website.entries import body_digest, head_of
from channels.website.gazette import Shown, item_of, page_path
from channels.website.site import SiteView
from content.assets import Assets
from content.clock import CHINA, in_china
from content.gazette.contents import Contents, Placed
from content.gazette.issue import Issue
from content.search import SearchDocument, SearchIndex
from content.shelf import Entry, Shelf
from content.vocabulary import Action

_PLACE = Path("search") / "index.sqlite"
_PORTION = 250
_BLOCKS = frozenset(
    ["p", "li", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "caption", "figcaption", "blockquote", "br", "dt", "dd"]
)


def index_path(folder: Path) -> Path:
    """Where the index of the site in this folder stands: beside the public files, not among them."""
    return folder / _PLACE


def tell(index: SearchIndex, entry: Entry, assets: Assets) -> None:
    """Makes the index hold what the entry shows, and nothing of a withdrawn one. Raises SearchUnusable, SearchBusy."""
    if entry.withdrawn:
        index.remove(entry.item_id)
    else:
        index.put(document(entry, assets))


def document(entry: Entry, assets: Assets) -> SearchDocument:
    """The entry as the search knows it. Raises AssetMissing or AssetAltered."""
    head = head_of(entry)
    return SearchDocument(
        item=entry.item_id,
        act=str(entry.data["act"]),
        address=entry.address,
        title=entry.title,
        published_at=entry.published_at,
        number=str(head.get("document_number", "")),
        index_number=str(head.get("index_number", "")),
        organ=entry.organ,
        joint_organs=tuple(texts(head.get("joint_organs"))),
        theme=str(head.get("theme", "")),
        genre=str(head.get("genre", "")),
        year=str(head.get("made_on", ""))[:4] or str(in_china(entry.published_at).year),
        effect=str(entry.data.get("effect", "")),
        kind=entry.kind,
        columns=entry.columns,
        language=str(head.get("language", "zh-CN")),
        summary=str(head.get("summary", "")),
        text=plain(assets.get(body_digest(entry)).decode()),
    )


def tell_issue(index: SearchIndex, issue: Issue, shown: Shown, view: SiteView) -> None:
    """Makes the index hold an issue of the print gazette. Raises SearchUnusable, SearchBusy."""
    contents = shown.contents(issue.id)
    if contents is not None:
        index.put(issue_document(issue, contents, shown, view))


def issue_document(issue: Issue, contents: Contents, shown: Shown, view: SiteView) -> SearchDocument:
    """An issue as the search knows it: by its numbers, and by the titles and numbers of its documents, without those that
    were withdrawn since."""
    lines = [f"{one.title} {one.number}".strip() for one in contents.documents if not _gone(one, issue, shown)]
    total = [f"总第{issue.total_number}号"] if issue.total_number else []
    return SearchDocument(
        item=item_of(issue),
        act=contents.digest,
        address=page_path(issue),
        title=f"{view.gazette}{issue.label}",
        published_at=datetime.combine(contents.issued_on, time(), CHINA),
        organ=view.organ,
        year=str(issue.year),
        kind=lists.GAZETTE,
        text="\n".join([*total, *lines]),
    )


def issue_documents(shown: Shown, view: SiteView) -> Iterator[SearchDocument]:
    """Every issue that the site shows."""
    for issue in shown.issues:
        contents = shown.contents(issue.id)
        if contents is not None:
            yield issue_document(issue, contents, shown, view)


def _gone(one: Placed, issue: Issue, shown: Shown) -> bool:
    since = shown.since(one, issue)
    return since is not None and since.action is Action.WITHDRAW


def documents(shelf: Shelf, assets: Assets) -> Iterator[SearchDocument]:
    """Everything that the site shows, for an index that is made anew."""
    last = ""
    while entries := shelf.after(last, _PORTION):
        yield from (document(entry, assets) for entry in entries if not entry.withdrawn)
        last = entries[-1].item_id


def plain(fragment: str) -> str:
    """The fragment's text, a line for every paragraph and cell, so that no word runs into the next."""
    root = html.fragment_fromstring(fragment, create_parent=True)
    for element in root.iter():
        if element.tag in _BLOCKS:
            element.tail = "\n" + (element.tail or "")
    return str(root.text_content()).strip()
