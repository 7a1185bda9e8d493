"""Every item that a site shows: against what was signed, against the ledger's times, and by the rules for items."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from channels.files import folder_lock
from channels.website.entries import Tie, head_of, part_digests, ties
from channels.website.inspection.files import SiteSwitched
from channels.website.inspection.source import Seen
from channels.website.inspection.subject import Subject, volatile
from channels.website.readback import PageMarks, read_marks
from channels.website.rendition import BODY, HEAD
from content.canonical import canonical_json, digest
from content.clock import in_china
from content.inspection.items import (
    Dated,
    Interpreted,
    calendar_hits,
    date_hits,
    interpretation_hits,
    results_hits,
)
from content.inspection.page import Page
from content.inspection.page import head_of as page_head
from content.inspection.result import Hit, SiteResult
from content.inspection.signed import Signed, SignedParts
from content.shelf import Entry
from content.vocabulary import Action, Effect, Kind

_PORTION = 200
_PAIRS = frozenset({"interprets"})


@dataclass
class ItemCheck:
    """Looks at a site's entries in portions, in the order of their ids."""

    subject: Subject
    result: SiteResult
    _titles: dict[int, str] = field(default_factory=dict)
    _first_day: date | None = None

    def run(self) -> None:
        """Raises SiteSwitched, and Unavailable for the lock."""
        last = ""
        while portion := self.subject.bench.shelf.after(last, _PORTION):
            last = portion[-1].item_id
            self._look(portion)
        if self._first_day is not None:
            self.result.findings.add(calendar_hits(self._first_day, self.subject.now))

    def _look(self, entries: Sequence[Entry]) -> None:
        signed = self.subject.signed.of([entry.item_id for entry in entries])
        suspects = []
        for entry in entries:
            self.result.looked.items += 1
            hits = list(self._hits(entry, signed.get(entry.item_id)))
            if any(volatile(hit) for hit in hits):
                suspects.append(entry.item_id)
            else:
                self.result.findings.add(hits)
            self.result.findings.add(self._doubled(entry))
            self._remember(entry)
        self._look_again(suspects)

    def _look_again(self, item_ids: Sequence[str]) -> None:
        if not item_ids:
            return
        with folder_lock(self.subject.bench.folder):
            if self.subject.folder.generation != self.subject.generation:
                raise SiteSwitched
            signed = self.subject.signed.of(item_ids)
            for item_id in item_ids:
                entry = self.subject.bench.shelf.get(item_id)
                if entry is not None:
                    self.result.findings.add(self._hits(entry, signed.get(item_id)))

    def _hits(self, entry: Entry, signed: Signed | None) -> Iterator[Hit]:
        seen = self.subject.source.read(entry.address)
        if signed is None or not signed.candidates:
            problems = signed.problems if signed is not None else ("台账没有在该发布点发布它的记录",)
            for problem in problems:
                yield Hit("page-unsigned", entry.address, problem)
            return
        yield from self._ledger(entry, signed)
        if seen is None or seen.data is None:
            yield from self._absent(entry, seen)
            return
        yield from self._page(entry, signed, seen)
        yield from self._dates(entry, signed, page_head(seen.data))
        if not entry.withdrawn:
            yield from self._relations(entry, signed, seen.data)

    def _page(self, entry: Entry, signed: Signed, seen: Seen) -> Iterator[Hit]:
        """The body against what was signed. What differs from the manifest as well, the file check has told."""
        for hit in _against_signed(entry, signed, read_marks(seen.data or b"")):
            wanted = self.subject.bench.site_files.digests(self.subject.generation, [entry.address])
            if hit.code != "page-altered" or wanted.get(entry.address) == seen.digest:
                yield hit

    def _absent(self, entry: Entry, seen: Seen | None) -> Iterator[Hit]:
        """A page that the manifest does not name either; the others are the file check's."""
        if seen is None and not self.subject.bench.site_files.digests(self.subject.generation, [entry.address]):
            yield Hit("file-missing", entry.address, "稿件的页面不在了，发布记录中也没有")

    def _ledger(self, entry: Entry, signed: Signed) -> Iterator[Hit]:
        """Whether the sign-offs hold, and whether the shelf says of the item what was signed."""
        for problem in signed.problems:
            yield Hit("signed-altered", entry.address, problem)
        shelved = part_digests(entry)
        head = digest(canonical_json(head_of(entry)))
        if not any(_same(shelved, head, one) for one in signed.candidates):
            yield Hit("signed-altered", entry.address, "网站的稿件记录（标题、日期、附件等）不是审签的内容")

    # Dates, relations, titles

    def _dates(self, entry: Entry, signed: Signed, page: Page) -> Iterator[Hit]:
        made_on = _day(head_of(entry).get("made_on")) if not entry.withdrawn else None
        page_date = page.metas.get("PubDate")
        yield from date_hits(Dated(entry.address, made_on, entry.published_at, page_date, signed.first_live))

    def _relations(self, entry: Entry, signed: Signed, data: bytes) -> Iterator[Hit]:
        found = ties(entry, self.subject.bench.shelf)
        interpreting = [tie.entry for tie in found if tie.relation == "interprets" and tie.incoming and tie.entry]
        yield from interpretation_hits(_interpreted(entry, signed, interpreting), self.subject.now)
        yield from self._pairs(entry, found, data)
        if not any(tie.relation == "results_of" and tie.incoming for tie in found):
            closes_on = _day(head_of(entry).get("closes_on"))
            yield from results_hits(entry.address, entry.title, entry.kind, closes_on, self.subject.now)

    def _pairs(self, entry: Entry, found: Sequence[Tie], data: bytes) -> Iterator[Hit]:
        pairs = [tie for tie in found if tie.relation in _PAIRS]
        if not pairs:
            return
        place = self.subject.place(entry.address)
        leads = {place.target(link.written).path for link in Page(data).links}
        for tie in pairs:
            if tie.entry is None and not tie.incoming:
                yield Hit("interpretation-orphan", entry.address, f"解读的文件“{tie.reference}”不在本网站")
            elif tie.entry is not None and tie.entry.address not in leads:
                yield Hit("link-one-way", entry.address, f"没有链接到《{tie.entry.title}》（{tie.entry.address}）")

    def _doubled(self, entry: Entry) -> Iterator[Hit]:
        if entry.withdrawn:
            return
        key = hash((entry.title, head_of(entry).get("language")))
        known = self._titles.setdefault(key, entry.address)
        if known != entry.address:
            yield Hit("title-doubled", entry.address, f"与 {known} 的标题相同：{entry.title}")

    def _remember(self, entry: Entry) -> None:
        day = in_china(entry.published_at).date()
        self._first_day = min(self._first_day or day, day)


def _against_signed(entry: Entry, signed: Signed, marks: PageMarks | None) -> Iterator[Hit]:
    """Whether the page carries a body that was signed: after a withdrawal, the notice."""
    if marks is None:
        yield Hit("page-altered", entry.address, "页面已不是本系统生成的页面")
        return
    if any((marks.revision, marks.fragment) == (one.revision, one.parts.get(BODY)) for one in signed.candidates):
        return
    if signed.candidates[0].action is Action.WITHDRAW:
        yield Hit("notice-missing", entry.address, "稿件已撤回，页面没有换成撤回说明")
    else:
        yield Hit("page-altered", entry.address, "正文的摘要不是审签时的摘要")


def _same(shelved: dict[str, str], head: str, signed: SignedParts) -> bool:
    parts = {name: value for name, value in signed.parts.items() if name != HEAD}
    return shelved == parts and signed.parts.get(HEAD) == head


def _interpreted(entry: Entry, signed: Signed, interpretations: Sequence[Entry]) -> Interpreted:
    effect = str(entry.data.get("effect", Effect.VALID))
    return Interpreted(
        path=entry.address,
        title=entry.title,
        kind=entry.kind,
        normative=signed.normative,
        in_effect=effect == Effect.VALID,
        published_at=entry.published_at,
        interpretations=[one.published_at for one in interpretations if one.kind == Kind.INTERPRETATION],
    )


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
