"""List pages are numbered from the oldest, so that one item more touches few files however big the site is."""

from pathlib import Path

from hypothesis import given as forall
from hypothesis import strategies as some

from channels.website import Website
from channels.website.lists import archive_span, archived, index_span, touched
from content.vocabulary import Action
from tests.channels import site_bench as given

EXTENTS = some.integers(min_value=0, max_value=100_000)
SIZES = some.sampled_from([1, 2, 20, 50])


@forall(EXTENTS, SIZES)
def test_every_slot_stands_on_exactly_one_page(extent, size):
    spans = [archive_span(number, size) for number in range(1, archived(extent, size) + 1)] + [index_span(extent, size)]
    assert [start for start, _ in spans] == [size * number for number in range(len(spans))]
    assert sum(length for _, length in spans) == extent


@forall(EXTENTS, SIZES)
def test_the_index_is_never_nearly_empty(extent, size):
    _, length = index_span(extent, size)
    assert min(extent, size) <= length < 2 * size


@forall(some.data(), some.integers(min_value=1, max_value=100_000), SIZES)
def test_an_item_touches_at_most_three_archive_pages_and_its_own_is_among_them(data, extent, size):
    slot = data.draw(some.integers(min_value=0, max_value=extent - 1))
    pages, last = touched(slot, extent, size), archived(extent, size)
    assert len(pages) <= 3
    assert set(pages) <= set(range(1, last + 1))
    assert slot // size + 1 in pages or slot // size + 1 > last


@forall(some.integers(min_value=1, max_value=100_000), SIZES)
def test_the_item_that_makes_an_archive_page_writes_it_and_turns_the_link_of_the_one_before(extent, size):
    made = archived(extent, size)
    if made > archived(extent - 1, size):
        assert {made, max(1, made - 1)} <= set(touched(extent - 1, extent, size))


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


def withdraw(site: Website, serial: int) -> None:
    work = given.delivery(given.item(serial, "bmgg"), "website", Action.WITHDRAW, at=given.later(999))
    given.send(site, work, given.notice(serial), "误发")


def written(site: Website, act) -> list[str]:
    before = {path: path.stat().st_ino for path in site.public.rglob("*") if path.is_file()}
    act()
    after = {path: path.stat().st_ino for path in site.public.rglob("*") if path.is_file()}
    return sorted(str(path.relative_to(site.public)) for path, number in after.items() if before.get(path) != number)


def titles(serials) -> list[str]:
    return [f"关于第{serial}批供水管网检修的公告" for serial in serials]


def test_readers_meet_every_item_once_newest_first_and_archive_pages_stay_as_they_are(tmp_path: Path):
    site = Website(given.outlet("website", traditional=False), given.bench(tmp_path))
    fill(site, range(1, 70))
    assert shown_order(site) == titles(range(69, 0, -1))
    changed = written(site, lambda: fill(site, range(70, 71)))
    assert not [path for path in changed if "page-" in path]
    assert {"bmgg/index.html", "bmgg/202611/t20261123_70.html", "index.html"} <= set(changed)


def test_a_withdrawal_leaves_a_gap_and_rewrites_one_page_of_each_list(tmp_path: Path):
    site = Website(given.outlet("website", traditional=False), given.bench(tmp_path))
    fill(site, range(1, 101))
    changed = written(site, lambda: withdraw(site, 3))
    assert [path for path in changed if path.startswith("bmgg/page-")] == ["bmgg/page-1.html"]
    assert shown_order(site) == titles(serial for serial in range(100, 0, -1) if serial != 3)


def test_the_newest_withdrawn_the_older_pages_stay_where_they_were(tmp_path: Path):
    site = Website(given.outlet("website", traditional=False), given.bench(tmp_path))
    fill(site, range(1, 61))
    assert (site.public / "bmgg/page-2.html").exists()
    withdraw(site, 60)
    assert (site.public / "bmgg/page-2.html").exists()
    assert shown_order(site) == titles(range(59, 0, -1))


def test_an_archive_page_that_a_killed_run_never_made_is_made_by_the_next(tmp_path: Path):
    site = Website(given.outlet("website", traditional=False), given.bench(tmp_path))
    fill(site, range(1, 61))
    (site.public / "bmgg/page-2.html").unlink()
    fill(site, range(61, 62))
    assert shown_order(site) == titles(range(61, 0, -1))


def test_the_number_of_files_that_one_more_touches_does_not_grow(tmp_path: Path):
    site = Website(given.outlet("website"), given.bench(tmp_path))
    counts = []
    for start in (1, 41, 121):
        fill(site, range(start, start + 40 if start == 1 else start + 80))
        last = start + 40 if start == 1 else start + 80
        counts.append(len(written(site, lambda last=last: fill(site, range(last, last + 1)))))
    assert counts[0] == counts[1] == counts[2]
