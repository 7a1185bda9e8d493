"""List pages are numbered from the oldest, so that one item more touches few files however big the site is."""

from pathlib import Path

from hypothesis import given as forall
from hypothesis import strategies as some

from channels.website import Website
from channels.website.lists import SIZE, archive_span, archived, index_span, touched
from content.vocabulary import Action
from tests.channels import site_bench as given

COUNTS = some.integers(min_value=0, max_value=100_000)


@forall(COUNTS)
def test_every_item_stands_on_exactly_one_page(count):
    spans = [archive_span(number) for number in range(1, archived(count) + 1)] + [index_span(count)]
    assert [start for start, _ in spans] == [SIZE * number for number in range(len(spans))]
    assert sum(length for _, length in spans) == count


@forall(COUNTS)
def test_the_index_is_never_nearly_empty(count):
    _, length = index_span(count)
    assert min(count, SIZE) <= length < 2 * SIZE


@forall(some.integers(min_value=1, max_value=100_000))
def test_a_newest_item_touches_at_most_two_archive_pages(count):
    assert len(touched(count - 1, count)) <= 2


@forall(COUNTS, COUNTS)
def test_all_pages_from_the_items_place_on_are_touched(position, count):
    pages = touched(position, count)
    changed = set(range(position // SIZE + 1, archived(count) + 1))
    assert changed <= set(pages) <= set(range(1, archived(count) + 1))


def shown_order(site: Website) -> list[str]:
    """The column's items as a reader meets them, from the index on to older and older pages."""
    from lxml import html

    found, name = [], "index.html"
    while name:
        page = html.document_fromstring((site.public / "bmgg" / name).read_text())
        found += page.xpath("//ul[contains(@class,'list')]//a/text()")
        name = next(iter(page.xpath("//a[@rel='prev']/@href")), "")
    return found


def fill(site: Website, serials: range) -> None:
    for serial in serials:
        work = given.delivery(given.item(serial, "bmgg"), "website", at=given.later(serial))
        given.send(site, work, given.notice(serial))


def test_readers_meet_every_item_once_newest_first_and_archive_pages_stay_as_they_are(tmp_path: Path):
    site = Website(given.outlet("website"), given.bench(tmp_path))
    fill(site, range(1, 70))
    assert shown_order(site) == [f"关于第{serial}批供水管网检修的公告" for serial in range(69, 0, -1)]
    first = (site.public / "bmgg/page-1.html").read_bytes()
    before = {path: path.stat().st_mtime_ns for path in site.public.rglob("*") if path.is_file()}
    fill(site, range(70, 71))
    written = [
        path for path in site.public.rglob("*") if path.is_file() and before.get(path) != path.stat().st_mtime_ns
    ]
    assert sorted(path.name for path in written) == ["index.html", "index.html", "t20261123_70.html"]
    assert (site.public / "bmgg/page-1.html").read_bytes() == first


def test_a_withdrawal_closes_the_gap_and_removes_the_page_too_many(tmp_path: Path):
    site = Website(given.outlet("website"), given.bench(tmp_path))
    fill(site, range(1, 61))
    assert (site.public / "bmgg/page-2.html").exists()
    work = given.delivery(given.item(3, "bmgg"), "website", Action.WITHDRAW, at=given.later(99))
    given.send(site, work, given.notice(3), "误发")
    assert not (site.public / "bmgg/page-2.html").exists()
    left = [serial for serial in range(60, 0, -1) if serial != 3]
    assert shown_order(site) == [f"关于第{serial}批供水管网检修的公告" for serial in left]
    again = Website(given.outlet("website"), given.bench(tmp_path / "rebuilt"))
    fill(again, range(1, 61))
    given.send(again, work, given.notice(3), "误发")
    assert given.files_under(again.public) == given.files_under(site.public)
