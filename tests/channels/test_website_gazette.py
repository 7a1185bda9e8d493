"""The electronic gazette: the same as in print, reached from everywhere, whole or not there at all."""

import os
import re
import shutil
import traceback
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest
from lxml import html
from pypdf import PdfReader

from channels.base import Refused, ShowsIssues, Unknown
from channels.issue import build_issue
from channels.website import Website
from channels.website.rebuild import do_unit, rebuild
from channels.website.searching import index_path
from content.canonical import digest
from content.gazette.contents import READING, Contents
from content.gazette.records import EarlierDocument
from content.item import Item, Revision
from content.search import Query, SearchIndex, SearchReader
from content.vocabulary import Action
from tests.channels import site_bench as given
from tests.channels.issue_site import MASTHEAD, Press, earlier
from tests.channels.memory_shelf import MemoryShelf, MemorySiteFiles

ISSUED = date(2026, 11, 25)
PAGE, PDF, INDEX = "gazette/2026/11.html", "gazette/2026/11.pdf", "gazette/index.html"
LONG = "<p>" + "各级各部门要压实责任，把工作做到实处。" * 90 + "</p>"


def documents() -> list[tuple[Item, Revision]]:
    order = given.policy(
        title="荆州市城市供水条例实施细则", organ="荆州市人民政府", document_number="荆政发〔2026〕9号"
    )
    long = replace(given.policy(document_number="荆政办发〔2026〕31号"), body=LONG)
    bureau = given.policy(title="关于节约用水的公告", organ="荆州市水利和湖泊局", document_number="荆水发〔2026〕3号")
    revisions = (given.interpretation(), long, bureau, order)
    return [(given.item(1001 + n), revision) for n, revision in enumerate(revisions)]


@pytest.fixture
def press(tmp_path: Path) -> Press:
    return Press.beside(given.bench(tmp_path), tmp_path, lambda: given.NOON)


@pytest.fixture
def site(press: Press) -> Website:
    return Website(given.outlet("website"), press.gazette.bench)


@pytest.fixture
def shown(site: Website, press: Press) -> Contents:
    """Issue 11 of 2026 with four documents of four sections, which are on the site as well."""
    for item, revision in documents():
        given.send(site, given.delivery(item, "website"), revision)
    contents = press.print(documents(), ISSUED, number=11, total=131)
    site.show_issue(contents)
    return contents


def read(site: Website, path: str) -> str:
    return (site.public / path).read_text(encoding="utf-8")


def page(site: Website, path: str) -> Any:
    return html.fromstring((site.public / path).read_bytes())


def text(element: Any) -> str:
    return "".join(element.text_content().split())


def files(site: Website) -> Mapping[str, bytes]:
    return given.files_under(site.public)


def leads(site: Website, path: str) -> list[str]:
    """Where the links of a page lead, as paths of the site."""
    found = [link for link in page(site, path).xpath("//main//a/@href") if "//" not in link]
    return [os.path.normpath(os.path.join(os.path.dirname(path), unquote(link.partition("#")[0]))) for link in found]


def test_the_list_of_the_page_is_the_list_of_contents_that_is_printed(site: Website, shown: Contents) -> None:
    contents = page(site, PAGE).find_class("contents")[0]
    said = [
        text(section.find("h2")) + "".join(text(li) for li in section.iter("li"))
        for section in contents.iter("section")
    ]
    pages = ["".join(one.extract_text().split()) for one in PdfReader(site.public / PDF).pages]
    printed = next(one for one in pages if one.startswith("目录")).removeprefix("目录").replace("·", "")
    assert re.sub(r"第(\d+)页", r"\1", "".join(said)) == re.sub("[（）]", "", printed)
    assert [one.title for one in shown.documents] == [text(a) for a in contents.xpath(".//span[@class='what']/a")]
    assert len(shown.sections) == 4


def test_every_document_leads_to_its_page_and_to_its_place_in_the_pdf(site: Website, shown: Contents) -> None:
    pages = ["".join(one.extract_text().split()) for one in PdfReader(site.public / PDF).pages]
    for one, line in zip(shown.documents, page(site, PAGE).xpath("//div[@class='contents']//li"), strict=True):
        own, place = line.xpath(".//a/@href")
        assert own == f"../../{one.url.removeprefix(given.SITE.url + '/')}"
        assert (site.public / "gazette/2026" / own).resolve().exists()
        assert place == f"../../{PDF}#page={one.leaf}"
        assert "".join(one.title.split()) in pages[one.leaf - 1]  # type: ignore[operator]
        assert f"—{one.page}—" in pages[one.leaf - 1]  # type: ignore[operator]


def test_the_pdf_is_the_file_that_was_signed_and_the_page_tells_its_digest(site: Website, shown: Contents) -> None:
    data = (site.public / PDF).read_bytes()
    assert digest(data) == shown.pdfs[READING]
    told = page(site, PAGE)
    assert text(told.find_class("digest")[0]).endswith(digest(data))
    assert told.xpath("//meta[@name='tongbu-issue']/@content") == [shown.digest]
    assert PdfReader(BytesIO(data)).pages


def test_the_page_says_year_number_total_and_date_and_the_way_to_it(site: Website, shown: Contents) -> None:
    told = page(site, PAGE)
    assert text(told.find(".//h1")) == f"{MASTHEAD}2026年第11号"
    assert text(told.find_class("cover")[0]).endswith("总第131号2026年11月25日")
    crumbs = [text(step) for step in told.find_class("crumbs")[0]]
    assert crumbs == ["首页", "政务公开", "政府公报", "2026年", "2026年第11号"]
    tags = {one.get("name"): one.get("content") for one in told.xpath("//meta[@name]")}
    assert (tags["ColumnName"], tags["ArticleTitle"]) == ("政府公报", f"{MASTHEAD}2026年第11号")
    assert (tags["PubDate"], tags["ContentSource"]) == ("2026-11-23 12:00", "荆州市人民政府")


def test_an_issue_is_reached_from_the_home_page_the_site_map_and_the_lists(site: Website, shown: Contents) -> None:
    assert {PAGE, INDEX} <= set(leads(site, "index.html"))
    assert {"gazette/2026/index.html", INDEX} <= set(leads(site, "sitemap.html"))
    assert PAGE in leads(site, INDEX)
    assert PAGE in leads(site, "gazette/2026/index.html")
    assert f"{given.SITE.url}/{PAGE}" in read(site, "sitemaps/gazette.xml")
    assert "sitemaps/gazette.xml" in read(site, "sitemap.xml")


def test_no_link_of_the_gazettes_pages_is_dead(site: Website, shown: Contents) -> None:
    pages = [path for path in files(site) if re.fullmatch(r"(hant/)?(gazette/.+|index|sitemap)\.html", path)]
    assert len(pages) == 10
    dead = [(path, link) for path in pages for link in leads(site, path) if not (site.public / link).exists()]
    assert [(path, link) for path, link in dead if "/search" not in f"/{link}" and "feeds/" not in link] == []


def test_every_page_has_a_traditional_twin_which_proves_nothing(site: Website, shown: Contents) -> None:
    twin = read(site, f"hant/{PAGE}")
    assert "荊州市城市供水條例實施細則" in twin
    assert "tongbu-issue" not in twin
    assert f'href="../../../{PDF}#page=' in twin
    assert not (site.public / f"hant/{PDF}").exists()


def test_one_issue_more_touches_as_many_files_however_many_there_are(
    site: Website, shown: Contents, press: Press
) -> None:
    def changed(contents: Contents) -> set[str]:
        before = files(site)
        site.show_issue(contents)
        after = files(site)
        return {re.sub(r"\d+\.", "N.", path) for path, data in after.items() if before.get(path) != data}

    def one_more() -> Contents:
        return press.print(documents()[:0] or [(given.item(2000 + len(press.issues.all())), documents()[0][1])], ISSUED)

    second = changed(one_more())
    for _ in range(4):
        site.show_issue(one_more())
    seventh = changed(one_more())
    assert second == seventh
    assert len(seventh) < 20


def test_what_names_an_issue_names_it_only_once_its_page_is_there(site: Website, press: Press) -> None:
    contents = press.print(documents()[:1], ISSUED)
    given.send(site, given.delivery(given.item(), "website"), documents()[0][1])
    assert "gazette/" not in read(site, "index.html")
    site.show_issue(contents)
    assert "gazette/2026/1.html" in read(site, "index.html")
    given.send(site, given.delivery(given.item(1009), "website"), given.notice(1))
    assert "gazette/2026/1.html" in read(site, "index.html")


def test_showing_again_changes_nothing(site: Website, shown: Contents) -> None:
    before = files(site)
    assert site.show_issue(shown) == f"{given.SITE.url}/{PAGE}"
    assert files(site) == before


def test_the_manifest_knows_every_file(site: Website, shown: Contents) -> None:
    generation = site.folder.generation
    assert dict(site.bench.site_files.all(generation)) == {path: digest(data) for path, data in files(site).items()}


def test_an_issue_that_is_not_closed_as_it_was_signed_does_not_go_up(
    site: Website, shown: Contents, press: Press
) -> None:
    with pytest.raises(Refused, match="没有按这份清样关闭"):
        site.show_issue(replace(shown, copies=7))
    opened = press.issues.open(2026)
    with pytest.raises(Refused, match="没有按这份清样关闭"):
        site.show_issue(replace(shown, issue=opened.id, number=opened.number))
    assert not (site.public / "gazette/2026/12.html").exists()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_it_is_up_only_when_readers_have_page_and_pdf(site: Website, press: Press, tmp_path: Path) -> None:
    contents = press.print(documents(), ISSUED, number=11)
    stale = tmp_path / "stale"
    (stale / "gazette/2026").mkdir(parents=True)
    with served(stale) as address:
        elsewhere = Website(given.outlet("website", read_back=address), site.bench)
        with pytest.raises(Unknown, match=r"网页读回（.+404"):
            elsewhere.show_issue(contents)
        (stale / PAGE).write_bytes((site.public / PAGE).read_bytes())
        with pytest.raises(Unknown, match="PDF 读回"):
            elsewhere.show_issue(contents)
        (stale / PDF).write_bytes(b"%PDF-1.7 another")
        with pytest.raises(Unknown, match="PDF 读回"):
            elsewhere.show_issue(contents)
        (stale / PDF).write_bytes((site.public / PDF).read_bytes())
        assert elsewhere.show_issue(contents) == f"{given.SITE.url}/{PAGE}"


def dies_at(step: int, site: Website, contents: Contents) -> bool:
    """Shows the issue in a child that vanishes at its *step*-th rename; False when it got through."""
    real, steps, child = Path.replace, count(1), os.fork()
    if child == 0:
        Path.replace = lambda self, target: os._exit(9) if next(steps) == step else real(self, target)  # type: ignore[method-assign, assignment, misc, return-value]
        try:
            site.show_issue(contents)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9)
    return status == 9


def test_killed_at_any_rename_no_link_leads_nowhere_and_the_next_run_makes_it_whole(
    site: Website, press: Press, tmp_path: Path
) -> None:
    site.show_issue(press.print(documents()[:1], ISSUED))
    second = press.print([(given.item(1005), documents()[3][1])], ISSUED)
    shutil.copytree(site.bench.folder, tmp_path / "before", symlinks=True)
    site.show_issue(second)
    whole, seen = files(site), set()
    for step in count(1):
        shutil.rmtree(site.bench.folder)
        shutil.copytree(tmp_path / "before", site.bench.folder, symlinks=True)
        if not dies_at(step, site, second):
            break
        others = {path: data for path, data in files(site).items() if not path.endswith("gazette/2026/2.html")}
        naming = [path for path, data in others.items() if b"2.html" in data and b"2026" in data]
        there = all((site.public / f"gazette/2026/2.{kind}").exists() for kind in ("html", "pdf"))
        assert there or not naming
        seen.add((there, bool(naming)))
        site.show_issue(second)
        assert files(site) == whole
    assert step > 8
    assert seen == {(False, False), (True, False), (True, True)}


def rebuilt(site: Website, meanwhile: Any = None) -> None:
    def run(generation: int, units: Any) -> Any:
        for unit in units:
            yield do_unit(site, generation, unit)
        if meanwhile and units[-1].kind == "standing":
            meanwhile()

    rebuild(site, run)


def test_a_rebuild_makes_the_same_pages_and_takes_along_what_is_closed_meanwhile(
    site: Website, shown: Contents, press: Press
) -> None:
    before = files(site)
    rebuilt(site)
    assert files(site) == before
    late: list[Contents] = []
    rebuilt(site, lambda: late.append(press.print([(given.item(1005), documents()[3][1])], ISSUED)))
    assert "gazette/2026/12.html" in read(site, "index.html")
    assert digest((site.public / "gazette/2026/12.pdf").read_bytes()) == late[0].pdfs[READING]
    there = files(site)
    site.show_issue(late[0])
    assert files(site) == there


def test_issues_from_before_the_workspace_stand_in_their_years(site: Website, shown: Contents, press: Press) -> None:
    old = earlier(2015, 3, 20, ["关于加强防汛工作的通知"])
    old.documents.append(EarlierDocument("害人的", url="javascript:alert(1)", section="市政府文件"))
    old.documents.append(EarlierDocument("<b>外面的</b>", url="https://news.example.com/a?b=1&c", section="市政府文件"))
    (contents,) = press.enter([old])
    site.show_issue(contents)
    told = page(site, "gazette/2015/3.html")
    assert [text(li) for li in told.xpath("//div[@class='contents']//li")] == [
        "关于加强防汛工作的通知第1页",
        "害人的",
        "<b>外面的</b>",
    ]
    assert told.xpath("//div[@class='contents']//li//a/@href") == ["https://news.example.com/a?b=1&c"]
    assert told.xpath("//div[@class='contents']//li//a/@class") == ["external"]
    assert told.find_class("take") == []
    assert "gazette/2015/3.html" in leads(site, INDEX)
    assert leads(site, PAGE).count("gazette/2015/3.html") == 1


def test_an_earlier_issue_with_a_pdf_only_is_shown_with_it(site: Website, press: Press) -> None:
    listed = replace(earlier(2015, 5, 22, ["甲", "乙"]), offset=2)
    contents, second = press.enter([earlier(2015, 4, 21), listed], b"%PDF-1.4 scanned")
    site.show_issue(contents)
    assert (site.public / "gazette/2015/4.pdf").read_bytes() == b"%PDF-1.4 scanned"
    assert "请阅读 PDF" in read(site, "gazette/2015/4.html")
    site.show_issue(second)
    leaves = page(site, "gazette/2015/5.html").xpath("//a[@class='leaf']/@href")
    assert leaves == ["../../gazette/2015/5.pdf#page=3", "../../gazette/2015/5.pdf#page=7"]


def found(site: Website, words: str, **filters: str) -> list[str]:
    with closing(SearchReader(index_path(site.bench.folder))) as reader:
        return [hit.document.address for hit in reader.search(Query(words, filters)).hits]


def test_the_search_finds_an_issue_by_its_number_and_by_what_stands_in_it(site: Website, shown: Contents) -> None:
    asked = {"kind": "gazette", "year": "2026"}
    assert found(site, "第11号", **asked) == [PAGE]
    assert found(site, "荆水发〔2026〕3号", **asked) == [PAGE]
    assert found(site, "", kind="gazette", year="2015") == []
    SearchIndex(index_path(site.bench.folder)).rebuild(site.searchable())
    assert found(site, "供水条例", **asked) == [PAGE]


def lines_of(site: Website, path: str = PAGE) -> list[Any]:
    return list(page(site, path).xpath("//div[@class='contents']//li"))


def withdraw(site: Website, at: int, round: int = 1) -> None:
    item, revision = documents()[at]
    given.send(site, given.delivery(item, "website", Action.WITHDRAW, round=round), revision, "内容有误")


def next_issue(press: Press, at: int, action: Action) -> Contents:
    """The next issue, with the notice of what was done to a document that is printed."""
    item, revision = documents()[at]
    press.issues.open(2026)
    work = given.delivery(item, "gazette", action, sequence=2 if action is Action.CORRECT else 1)
    given.send(press.gazette, work, revision, "内容有误")
    opened = press.issues.current()
    assert opened is not None
    return press.close(
        opened, build_issue(press.gazette.bench, press.gazette.outlet, press.issues, opened.id, ISSUED), ISSUED
    )


def test_what_was_withdrawn_is_marked_where_it_stands_in_print_and_its_notice_is_linked(
    site: Website, shown: Contents, press: Press
) -> None:
    asked = {"kind": "gazette", "year": "2026"}
    assert found(site, "节约用水", **asked) == [PAGE]
    withdraw(site, 2)
    [line] = [li for li in lines_of(site) if "节约用水" in text(li)]
    [placed] = [one for one in shown.documents if "节约用水" in one.title]
    assert text(line.find_class("ended")[0]) == "已撤回"
    assert line.xpath(".//a/@href") == [f"../../{placed.url.removeprefix(given.SITE.url + '/')}"]
    assert text(line).endswith(f"第{placed.page}页")
    assert "节约用水" not in read(site, placed.url.removeprefix(given.SITE.url + "/"))
    assert found(site, "节约用水", **asked) == []
    assert found(site, "供水条例", **asked) == [PAGE]
    assert [text(li.find_class("ended")[0]) for li in lines_of(site, INDEX) if li.find_class("ended")] == ["已撤回"]
    assert digest((site.public / PDF).read_bytes()) == shown.pdfs[READING]
    site.show_issue(next_issue(press, 2, Action.WITHDRAW))
    [told] = page(site, PAGE).find_class("told")
    assert (text(told), told.get("href")) == ("撤回启事见2026年第12号", "../../gazette/2026/12.html")
    before = files(site)
    rebuilt(site)
    assert files(site) == before


def test_what_was_corrected_in_a_later_issue_is_marked_and_what_goes_out_again_does_not_undo_a_withdrawal(
    site: Website, shown: Contents, press: Press
) -> None:
    site.show_issue(next_issue(press, 3, Action.CORRECT))
    [line] = [li for li in lines_of(site) if li.find_class("ended")]
    assert text(line.find_class("what")[0]).endswith("已更正更正启事见2026年第12号")
    assert line.find_class("leaf")[0].get("href")
    withdraw(site, 2)
    item, revision = documents()[2]
    given.send(site, given.delivery(item, "website", round=2), revision)
    marked = {text(li.find_class("ended")[0]) for li in lines_of(site) if li.find_class("ended")}
    assert marked == {"已更正", "已撤回"}


def test_a_site_that_shows_the_gazette_later_is_known_to_lack_its_issues_and_a_rebuild_makes_them(
    site: Website, shown: Contents, tmp_path: Path
) -> None:
    (tmp_path / "bureau").mkdir()
    bench = replace(site.bench, folder=tmp_path / "bureau", site_files=MemorySiteFiles(), shelf=MemoryShelf())
    own = {"url": "https://nyj.jingzhou.gov.cn", "read_back": None}
    assert Website(given.outlet("website", **own), bench).issues_lacking() == ()
    later = Website(given.outlet("website", **own, gazette=True), bench)
    assert (site.issues_lacking(), later.issues_lacking()) == ([], ["2026-11"])
    rebuilt(later)
    assert later.issues_lacking() == []
    assert text(page(later, PAGE).find(".//h1")) == f"{MASTHEAD}2026年第11号"
    SearchIndex(index_path(bench.folder)).rebuild(later.searchable())
    assert found(later, "供水条例", kind="gazette") == [PAGE]


def test_a_site_of_its_own_shows_the_gazette_only_where_its_option_says_so(press: Press, tmp_path: Path) -> None:
    contents = press.print(documents(), ISSUED)
    own = {"url": "https://nyj.jingzhou.gov.cn"}
    bench = replace(press.gazette.bench, folder=tmp_path / "bureau")
    assert Website(given.outlet("website", **own), bench).show_issue(contents) == ""
    assert not (tmp_path / "bureau" / "public").exists()
    named = Website(given.outlet("website", **own, gazette=True), bench)
    assert named.show_issue(contents) == "https://nyj.jingzhou.gov.cn/gazette/2026/1.html"
    assert f"{given.SITE.url}/zcwj/202611/t20261123_1002.html" in read(named, "gazette/2026/1.html")
    assert Website(given.outlet("website", gazette=False), bench).show_issue(contents) == ""


def test_the_website_is_one_that_shows_issues(site: Website) -> None:
    assert isinstance(site, ShowsIssues)
