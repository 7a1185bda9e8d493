"""A site made anew: the same pages around the frozen renditions, shown all at once, nothing lost that came meanwhile."""

from dataclasses import replace

import pytest

from channels.base import Refused, Unavailable
from channels.feeds import Feeds
from channels.files import folder_lock
from channels.website import Website, rebuild
from channels.website.rebuild import do_unit
from content.office import Column
from content.vocabulary import Action
from tests.channels import site_bench as given


@pytest.fixture
def site(tmp_path) -> Website:
    made = Website(given.outlet("website"), given.bench(tmp_path))
    given.send(made, given.delivery(given.item(), "website"), given.with_files(given.policy(), made.bench.assets))
    given.send(made, given.delivery(given.item(1002, "zcjd"), "website", at=given.later(1)), given.interpretation())
    for serial in range(1, 43):
        publish(made, serial)
    given.send(
        made, given.delivery(given.item(7, "bmgg"), "website", Action.WITHDRAW, at=given.later(90)), given.notice(7)
    )
    return made


def publish(site: Website, serial: int, **changes) -> None:
    work = given.delivery(given.item(serial, "bmgg"), "website", at=given.later(serial), **changes)
    given.send(site, work, given.notice(serial))


def one_after_the_other(site: Website):
    return lambda generation, units: (do_unit(site, generation, unit) for unit in units)


def manifest(site: Website) -> dict[str, str]:
    return dict(site.bench.site_files.all(site.folder.generation))


def digests(site: Website) -> dict[str, str]:
    return {path: given.digest(data) for path, data in given.files_under(site.public).items()}


def test_a_rebuilt_site_is_byte_for_byte_what_publishing_made(site):
    before = given.files_under(site.public)
    done = rebuild.rebuild(site, one_after_the_other(site))
    assert given.files_under(site.public) == before
    assert done.files == len(before)
    assert (site.public.is_symlink(), site.folder.generation, done.generation) == (True, 2, 2)


def test_the_manifest_is_that_of_the_new_generation(site):
    assert manifest(site) == digests(site)
    rebuild.rebuild(site, one_after_the_other(site))
    assert manifest(site) == digests(site)


def test_new_settings_reach_every_page(site):
    renamed = Website(given.outlet("website", name="新名称"), site.bench)
    rebuild.rebuild(renamed, one_after_the_other(renamed))
    pages = [data.decode() for path, data in given.files_under(renamed.public).items() if path.endswith(".html")]
    assert len(pages) > 45
    assert not [page for page in pages if "荆州市人民政府门户网站_" in page or '"荆州市人民政府门户网站"' in page]


def test_a_column_that_was_taken_away_is_gone_and_a_new_one_has_its_items(site):
    kept = [column for column in given.COLUMNS if column.id != "zcjd"]
    changed = Website(given.outlet("website", columns=kept), site.bench)
    rebuild.rebuild(changed, one_after_the_other(changed))
    assert not (changed.public / "zcjd/index.html").exists()
    assert (changed.public / "zcjd/202611/t20261123_1002.html").exists()
    back = Website(given.outlet("website"), site.bench)
    rebuild.rebuild(back, one_after_the_other(back))
    assert "t20261123_1002" in (back.public / "zcjd/index.html").read_text()


def test_what_is_published_while_it_builds_is_in_it(site):
    def run(generation, units):
        for number, unit in enumerate(units):
            yield do_unit(site, generation, unit)
            if number == 1:
                publish(site, 70)

    rebuild.rebuild(site, run)
    assert (site.public / "bmgg/202611/t20261123_70.html").exists()
    assert "t20261123_70" in (site.public / "bmgg/index.html").read_text()
    assert "t20261123_70" in (site.public / "index.html").read_text()
    assert manifest(site) == digests(site)


def test_a_unit_that_fails_leaves_the_old_site_and_nothing_of_the_new(site):
    before = given.files_under(site.public)

    def run(generation, units):
        yield do_unit(site, generation, units[0])
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        rebuild.rebuild(site, run)
    assert given.files_under(site.public) == before
    assert [path.name for path in (site.bench.folder / "generations").iterdir() if path.name.isdigit()] == ["1"]
    assert manifest(site) == digests(site)


def test_the_feeds_in_the_sites_folder_come_along(site):
    feeds = Feeds(given.outlet("feeds"), site.bench)
    other = Feeds(given.outlet("feeds"), replace(site.bench, shelf=given.MemoryShelf()))
    given.send(other, given.delivery(given.item(), "feeds"), given.policy())
    before = given.files_under(feeds.public)
    assert before
    rebuild.rebuild(site, one_after_the_other(site))
    assert given.files_under(feeds.public) == before
    assert manifest(site) == digests(site)


def test_a_plain_folder_of_an_earlier_version_becomes_a_link_and_keeps_its_feeds(site):
    data = given.files_under(site.public)
    real = site.public.resolve()
    site.public.unlink()
    real.rename(site.public)
    (site.public / "feeds").mkdir()
    (site.public / "feeds/all.rss.xml").write_bytes(b"<rss/>")
    rebuild.rebuild(site, one_after_the_other(site))
    assert site.public.is_symlink()
    assert given.files_under(site.public) == data | {"feeds/all.rss.xml": b"<rss/>"}


def test_two_rebuilds_at_once_are_refused(site):
    with folder_lock(site.bench.folder / "generations"), pytest.raises(Unavailable, match="占用"):
        rebuild.rebuild(site, one_after_the_other(site))


def test_incomplete_settings_refuse_before_anything_is_built(site):
    bare = Website(
        given.outlet("website", icp="", columns=[Column("zcwj", "政策文件", "政策文件", "x", "y")]), site.bench
    )
    with pytest.raises(Refused, match="icp"):
        rebuild.rebuild(bare, one_after_the_other(bare))
    taken = Website(given.outlet("website", columns=[Column("catalogue", "目录", "政策文件", "x", "y")]), site.bench)
    with pytest.raises(Refused, match="catalogue"):
        rebuild.rebuild(taken, one_after_the_other(taken))


def test_an_older_generation_goes_with_the_next_rebuild(site):
    for _ in range(3):
        rebuild.rebuild(site, one_after_the_other(site))
    left = sorted(path.name for path in (site.bench.folder / "generations").iterdir() if path.name.isdigit())
    assert left == ["3", "4"]
