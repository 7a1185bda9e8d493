"""A reader who never stops while the office publishes, corrects and withdraws: no half page, no dead link."""

import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

from channels.website import Website, rebuild
from channels.website.rebuild import do_unit
from content.vocabulary import Action
from tests.channels import site_bench as given

_OUTSIDE = ("feeds/", "search", "suggest")
_ENDS = {".html": b"</html>\n", ".xml": b"set>\n", ".css": b"}"}


class Reader:
    """Walks the site over and over as a browser does: a page, then everything that it loads and names.

    A link that leads nowhere counts only when the page that holds it still names it: between a reader's two requests the
    office may have withdrawn what the first one named.
    """

    def __init__(self, public: Path) -> None:
        self.public = public
        self.problems: list[str] = []
        self.pages = 0

    def walk(self, start: str = "index.html") -> None:
        seen, waiting = set(), [start]
        while waiting and len(seen) < 60:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            data = self._read(path)
            if data is None:
                continue
            for link in self._links(path, data):
                if self._read(link) is None and self._still_named(path, link):
                    self.problems.append(f"{path} names {link}, which is not there")
                if link.endswith(".html"):
                    waiting.insert(0, link)

    def _read(self, path: str) -> bytes | None:
        try:
            data = (self.public / path).read_bytes()
        except FileNotFoundError:
            return None
        self.pages += 1
        end = next((mark for suffix, mark in _ENDS.items() if path.endswith(suffix)), b"")
        if not data or not data.endswith(end):
            self.problems.append(f"{path} is cut off")
        return data

    def _still_named(self, path: str, link: str) -> bool:
        again = self._read(path)
        return again is not None and link in self._links(path, again) and self._read(link) is None

    def _links(self, path: str, data: bytes) -> set[str]:
        page = html.document_fromstring(data.decode())
        named = page.xpath("//a/@href | //link[@rel='stylesheet']/@href | //img/@src | //script/@src")
        return {found for link in named if (found := _resolved(path, str(link)))}


def _resolved(path: str, link: str) -> str:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return ""
    steps: list[str] = []
    for step in [*path.split("/")[:-1], *unquote(parts.path).split("/")]:
        if step == "..":
            steps.pop()
        elif step != ".":
            steps.append(step)
    found = "/".join(steps)
    return "" if found.startswith(_OUTSIDE) else found


def office_at_work(site: Website) -> None:
    """Sixty acts: notices that fill list pages, a policy with files and its interpretation, corrections, withdrawals."""
    policy = given.with_files(given.policy(), site.bench.assets)
    for serial in range(1, 46):
        given.send(
            site, given.delivery(given.item(serial, "bmgg"), "website", at=given.later(serial)), given.notice(serial)
        )
        if serial % 9 == 0:
            item, at = given.item(1000 + serial), given.later(100 + serial)
            given.send(site, given.delivery(item, "website", at=at), policy)
            correct = given.delivery(item, "website", Action.CORRECT, sequence=2, at=at)
            given.send(site, correct, given.interpretation(columns=("zcjd",)), "更正")
        if serial % 7 == 0:
            gone = given.delivery(
                given.item(serial - 3, "bmgg"), "website", Action.WITHDRAW, at=given.later(200 + serial)
            )
            given.send(site, gone, given.notice(serial - 3), "误发")


def read_while(site: Website, act: Callable[[], None]) -> Reader:
    given.send(site, given.delivery(given.item(9999), "website"), given.policy())
    reader, done = Reader(site.public), threading.Event()

    def read() -> None:
        while not done.is_set():
            reader.walk()

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        act()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    reader.walk()
    return reader


@pytest.mark.parametrize("traditional", [True, False])
def test_a_reader_who_hammers_the_site_meets_no_half_page_and_no_dead_link(tmp_path: Path, traditional: bool) -> None:
    site = Website(given.outlet("website", traditional=traditional), given.bench(tmp_path))
    reader = read_while(site, lambda: office_at_work(site))
    assert reader.problems == []
    assert reader.pages > 200


def test_a_reader_notices_nothing_of_a_rebuild_but_its_result(tmp_path: Path) -> None:
    site = Website(given.outlet("website"), given.bench(tmp_path))
    office_at_work(site)
    renamed = Website(given.outlet("website", name="改版后的门户"), site.bench)

    def again() -> None:
        for _ in range(2):
            rebuild.rebuild(renamed, lambda generation, units: (do_unit(renamed, generation, unit) for unit in units))

    reader = read_while(site, again)
    assert reader.problems == []
    assert "改版后的门户" in (site.public / "index.html").read_text()


def test_the_reader_of_these_tests_finds_a_dead_link_and_a_half_page(tmp_path: Path) -> None:
    site = Website(given.outlet("website"), given.bench(tmp_path))
    office_at_work(site)
    page = site.public / "bmgg/202611/t20261123_40.html"
    page.write_bytes(page.read_bytes()[:-20])
    (site.public / "bmgg/page-1.html").unlink()
    reader = Reader(site.public)
    reader.walk("bmgg/index.html")
    assert [problem for problem in reader.problems if problem.endswith("is cut off")]
    assert [problem for problem in reader.problems if "page-1.html, which is not there" in problem]
