"""The search over HTTP: the page, its form, the feed, suggestions; whatever is asked."""

import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from content.search import SearchIndex, SearchReader
from flows.public.app import make_app
from flows.public.headers import HEADERS
from flows.public.pool import Readers
from tests.flows import public_site
from tests.flows.public_site import NUMBER, TITLE, document, index_of, served


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return public_site.workspace(tmp_path_factory.mktemp("public") / "工作区")


@pytest.fixture(scope="module")
def client(home: Path) -> Iterator[httpx.Client]:
    with served(make_app(public_site.site(home), index_of(home))) as made:
        yield made


def page_of(client: httpx.Client, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return html.fromstring(answer.content)


def text_of(element: Any) -> str:
    return " ".join(element.text_content().split())


def links(page: Any) -> list[str]:
    return [link.get("href") for link in page.xpath("//ol[@class='results']/li/a")]


def test_what_is_found_is_shown_with_the_words_marked_and_everything_else_escaped(client: httpx.Client) -> None:
    page = page_of(client, f"/search?q={quote('医保 改革')}")
    assert links(page) == ["zcwj/202611/t20261123_1001.html"]
    assert text_of(page.xpath("//ol[@class='results']/li/a")[0]) == TITLE
    assert {text_of(mark) for mark in page.xpath("//ol[@class='results']//mark")} == {"医保", "改革"}
    assert page.xpath("//ol[@class='results']//*[self::script or self::b]") == []
    assert "共 1 条" in text_of(page.xpath("//p[@class='count']")[0])


def test_the_document_is_found_by_its_number(client: httpx.Client) -> None:
    page = page_of(client, "/search?q=" + quote("荆政办发[2016]21号"))
    assert links(page) == ["zcwj/202611/t20261123_1001.html"]
    assert NUMBER in text_of(page.xpath("//ol[@class='results']/li")[0])


def test_traditional_characters_find_simplified_text(client: httpx.Client) -> None:
    for path, typed in (("search", "醫保 報銷"), ("hant/search", "醫保 報銷"), ("hant/search", "医保 报销")):
        assert links(page_of(client, f"/{path}?q={quote(typed)}")) == ["zcwj/202611/t20261123_1001.html"]


def test_the_traditional_page_says_the_same_in_traditional_characters_and_leads_on_in_them(
    client: httpx.Client,
) -> None:
    asked = f"q={quote('检修')}&genre={quote('公告')}&page=2"
    page = page_of(client, f"/hant/search?{asked}")
    assert page.get("lang") == "zh-Hant"
    assert page.find_class("converted")
    assert "檢修的公告" in text_of(page.xpath("//ol[@class='results']")[0])
    assert page.xpath("//form[@class='filters']/@action") == ["search"]
    assert page.xpath("//input[@name='q']/@value") == ["检修"]  # as it was typed
    assert "荆州市水利和湖泊局" in page.xpath("//select[@name='organ']/option/@value")
    assert page.xpath("//nav[@class='pager']/a/@href")[0] == f"search?{asked.removesuffix('&page=2')}"
    assert page.xpath("//a[@class='feed']/@href")[0].startswith("../search.rss?")
    assert page.find_class("script")[0].get("href") == f"../search?{asked}"
    assert page.xpath("//p[@class='converted']/a/@href") == [f"../search?{asked}"]


def test_the_simplified_page_leads_to_the_traditional_one_with_the_same_question(client: httpx.Client) -> None:
    page = page_of(client, f"/search?q={quote('检修 &<')}&page=2")
    [link] = page.find_class("script")
    assert link.get("href") == f"hant/search?q={quote('检修 &<')}&page=2"
    assert page_of(client, f"/{link.get('href')}").xpath("//input[@name='q']/@value") == ["检修 &<"]


@given(text=st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_no_question_breaks_out_of_the_traditional_page(client: httpx.Client, text: str) -> None:
    query = quote(text, errors="replace")
    plain, turned = (page_of(client, f"/{folder}search?q={query}") for folder in ("", "hant/"))
    assert turned.xpath("//input[@name='q']/@value") == plain.xpath("//input[@name='q']/@value")
    assert len(list(turned.iter())) == len(list(plain.iter())) + len(list(turned.find_class("converted")[0].iter()))


def test_a_site_without_traditional_pages_has_no_traditional_search(home: Path) -> None:
    view = replace(public_site.site(home), traditional=False)
    with served(make_app(view, index_of(home))) as plain:
        assert plain.get("/hant/search?q=1").status_code == 404
        assert page_of(plain, "/search?q=1").find_class("script") == []


def test_the_form_is_labelled_and_keeps_what_was_asked(client: httpx.Client) -> None:
    page = page_of(client, "/search?q=%22%3E%3Cscript%3E&genre=" + quote("通知") + "&organ=" + quote("没有的机关"))
    form = page.xpath("//form[@class='filters']")[0]
    assert (form.get("method"), form.get("action"), form.get("role")) == ("get", "search", "search")
    fields = form.xpath(".//*[self::input[@name] or self::select]")
    assert [one.get("name") for one in fields] == ["q", "theme", "organ", "year", "genre", "effect", "column", "kind"]
    assert all(form.xpath(".//label[@for=$id]", id=one.get("id")) for one in fields)
    assert fields[0].get("value") == '"><script>'
    assert [one.get("value") for one in form.xpath(".//option[@selected]")] == ["没有的机关", "通知"]
    assert "公告（47）" in [text_of(one) for one in form.xpath(".//select[@name='genre']/option")]
    assert "政策文件（1）" in [text_of(one) for one in form.xpath(".//select[@name='kind']/option")]
    assert page.xpath("//h1")[0].text == "搜索"
    assert page.xpath("//main//nav[@class='crumbs']")


def test_filters_alone_list_the_newest_first(client: httpx.Client) -> None:
    page = page_of(client, "/search?column=bmgg&theme=" + quote("农业、林业、水利"))
    assert links(page) == [f"zcwj/202611/t20261123_{serial}.html" for serial in range(47, 27, -1)]


def test_pages_lead_to_each_other_and_keep_the_question(client: httpx.Client) -> None:
    seen, address = [], "/search?q=" + quote("储水") + "&genre=" + quote("公告")
    while address:
        page = page_of(client, address)
        seen += links(page)
        older = page.xpath("//*[@class='pager']//a[@rel='next']")
        address = "/" + older[0].get("href") if older else ""
        if older:
            asked = parse_qs(urlsplit(address).query)
            assert (asked["q"], asked["genre"]) == (["储水"], ["公告"])
    assert len(seen) == len(set(seen)) == 47


def test_no_search_engine_keeps_an_answer_and_no_cache_does(client: httpx.Client) -> None:
    answer = client.get("/search?q=a")
    assert 'name="robots" content="noindex' in answer.text
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "no-store"


def test_the_page_needs_neither_a_script_nor_a_style_of_its_own(client: httpx.Client) -> None:
    page = page_of(client, "/search?q=" + quote("医保"))
    assert [one for one in page.xpath("//script") if not one.get("src")] == []
    assert page.xpath("//style | //*[@style] | //*[@onclick]") == []


@pytest.mark.parametrize(
    "address",
    ["/search", "/search.rss?q=a", "/suggest?q=a", "/nowhere", "/search?page=" + "9" * 4000, "/%00", "/search/x"],
)
def test_every_answer_carries_the_headers(client: httpx.Client, address: str) -> None:
    answer = client.get(address)
    assert {name: answer.headers.get_list(name) for name in HEADERS} == {
        name: [value] for name, value in HEADERS.items()
    }
    assert "server" not in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE", "PROPFIND"])
def test_nothing_but_reading_is_answered(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/search").status_code == 405
    assert client.head("/search").status_code == 200


@pytest.mark.parametrize(
    ("typed", "told"),
    [("医" * 101, "只按前 100 个字"), ("，。", "没有文字或数字"), ("查无此事", "没有找到")],
)
def test_the_reader_is_told_what_became_of_the_question(client: httpx.Client, typed: str, told: str) -> None:
    assert told in text_of(page_of(client, f"/search?q={quote(typed)}").xpath("//main")[0])


@pytest.mark.parametrize("page", ["0", "-1", "51", "99999999999", "abc", "１", "²", "1e9", ""])
def test_any_page_number_is_answered(client: httpx.Client, page: str) -> None:
    assert client.get("/search", params={"q": "储水", "page": page}).status_code == 200


@pytest.mark.parametrize(
    "raw", ["q=%ff%fe", "q=%ed%a0%80", "q=%00", "q=%", "q=a&q=b", "&&&=;", "q" * 9000, "q=%EF%BF%BE%08"]
)
def test_any_bytes_in_the_address_are_answered(client: httpx.Client, raw: str) -> None:
    for path in ("/search", "/search.rss", "/suggest"):
        assert client.get(f"{path}?{raw}").status_code == 200


@pytest.mark.parametrize(
    "line",
    [b"GET /search?q=\xff\xfe HTTP/1.1", b"GET /" + b"a" * 40_000 + b" HTTP/1.1", b"\x00\x01", b"GET //evil HTTP/1.1"],
)
def test_no_broken_request_is_an_error_of_ours(client: httpx.Client, line: bytes) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=10) as wire:
        wire.sendall(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = wire.recv(100)
    assert answer.split()[1] in (b"400", b"404", b"200")
    assert client.get("/search").status_code == 200


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=150), page=st.text(max_size=6))
def test_no_question_is_an_error(client: httpx.Client, text: str, page: str) -> None:
    values = {name: text.encode("utf-8", "surrogatepass") for name in ("q", "organ", "kind")}
    raw = "&".join(f"{name}={quote(value)}" for name, value in {**values, "page": page.encode()}.items())
    for path in ("/search", "/search.rss", "/suggest"):
        assert client.get(f"{path}?{raw}").status_code == 200


def test_the_feed_of_a_search_has_the_newest_first(client: httpx.Client, home: Path) -> None:
    answer = client.get("/search.rss", params={"q": "检修", "genre": "公告"})
    assert answer.headers["content-type"].startswith("application/rss+xml")
    channel = ElementTree.fromstring(answer.content).find("channel")
    assert "“检修”、公告" in channel.findtext("title")
    items = channel.findall("item")
    assert [one.findtext("title") for one in items] == [
        f"第{serial}批供水管网检修的公告" for serial in range(47, 27, -1)
    ]
    assert items[0].findtext("link") == f"{public_site.site(home).url}/zcwj/202611/t20261123_47.html"
    assert items[0].findtext("pubDate") == "Mon, 23 Nov 2026 12:47:00 +0800"
    assert answer.content == client.get("/search.rss", params={"q": "检修", "genre": "公告"}).content


def test_the_page_announces_its_feed(client: httpx.Client) -> None:
    page = page_of(client, "/search?q=" + quote("检修") + "&year=2026")
    href = page.xpath("//head/link[@type='application/rss+xml'][starts-with(@title, '按此条件')]")[0].get("href")
    assert client.get(f"/{href}").status_code == 200
    assert parse_qs(urlsplit(href).query) == {"q": ["检修"], "year": ["2026"]}


def test_suggestions_are_json(client: httpx.Client) -> None:
    found = client.get("/suggest", params={"q": "荆政办发〔2016〕"}).json()["suggestions"]
    assert found == [{"title": TITLE, "number": NUMBER, "address": "zcwj/202611/t20261123_1001.html"}]
    assert client.get("/suggest").json() == {"suggestions": []}
    assert len(client.get("/suggest", params={"q": "供水"}).json()["suggestions"]) == 8


def test_an_empty_site_says_so_and_finds_what_comes_later(tmp_path: Path, home: Path) -> None:
    index = tmp_path / "search" / "index.sqlite"
    with served(make_app(public_site.site(home), index)) as client:
        assert "还没有可以搜索的信息" in client.get("/search?q=a").text
        assert client.get("/search.rss?q=a").status_code == 200
        SearchIndex(index).put(document(1))
        assert len(links(page_of(client, "/search?q=" + quote("储水")))) == 1
        SearchIndex(index).rebuild([document(2), document(3)])
        assert len(links(page_of(client, "/search?q=" + quote("储水")))) == 2
        SearchIndex(index).remove("2")
        assert len(links(page_of(client, "/search?q=" + quote("储水")))) == 1


def test_a_damaged_index_is_a_page_that_says_so(tmp_path: Path, home: Path) -> None:
    index = tmp_path / "index.sqlite"
    index.write_bytes(b"damaged" * 1000)
    with served(make_app(public_site.site(home), index)) as client:
        answer = client.get("/search?q=a")
        assert answer.status_code == 503
        assert "暂时不能使用" in answer.text
        assert client.get("/search.rss?q=a").status_code == 503


def test_fifty_at_once_are_all_answered(client: httpx.Client) -> None:
    asked = ["医保", "储水", "供水 检修", NUMBER, ""] * 10

    def ask(text: str) -> int:
        with httpx.Client(base_url=client.base_url, trust_env=False, timeout=30) as own:
            return own.get("/search", params={"q": text}).status_code

    with ThreadPoolExecutor(50) as threads:
        assert list(threads.map(ask, asked)) == [200] * 50


def test_more_than_can_wait_are_told_to_come_back(home: Path) -> None:
    readers = Readers(index_of(home), waiting=0)
    with served(make_app(public_site.site(home), index_of(home), readers=readers)) as client:
        answer = client.get("/search?q=a")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
        assert "请稍后再试" in answer.text


def test_what_takes_too_long_is_not_waited_for(home: Path) -> None:
    readers = Readers(index_of(home), seconds=0.0)
    with served(make_app(public_site.site(home), index_of(home), readers=readers)) as client:
        assert client.get("/search?q=a").status_code == 503


def test_nothing_of_the_search_can_write(home: Path) -> None:
    reader = SearchReader(index_of(home))
    reader.suggest("a")
    with pytest.raises(sqlite3.OperationalError):
        reader._connection.execute("CREATE TABLE x (y)")  # type: ignore[union-attr]
    reader.close()
