"""The configurations of docs/server, in the real nginx and the real Caddy."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from content.intake.attachments import MEDIA_TYPES
from flows.public.headers import HEADERS, file_headers
from tests.site import servers

PAGE = "<!DOCTYPE html><title>页面</title>" + "<p>公开</p>" * 200
GUARDS = {name.lower(): value for name, value in HEADERS.items()}
POLICY = GUARDS["content-security-policy"]
STYLE = "static/site-0123456789ab.css"
FILES = {
    "index.html": PAGE,
    "404.html": "<!DOCTYPE html><title>页面不存在</title>",
    "zcwj/index.html": PAGE,
    "zcwj/202611/t20261123_1001.html": PAGE,
    "catalogue/theme/综合政务/index.html": PAGE,
    STYLE: "body { margin: 0 }" * 100,
    "feeds/all.rss.xml": "<rss/>",
    "feeds/all.atom.xml": "<feed/>",
    "app/feed.json": "{}",
    "app/pages/12.json": "{}",
    "app/items/1001.json": "{}",
    "sitemap.xml": "<urlset/>",
    "robots.txt": "User-agent: *",
    ".lock": "",
    "zcwj/.t20261123_1001.html.a1": "half a page",
    "zcwj/202611/t20261123_1001/attachments/.hidden.pdf": "%PDF-",
    "zcwj/202611/t20261123_1001/attachments/page.html": PAGE,
    **{f"zcwj/202611/t20261123_1001/attachments/附 件.{suffix}": "data" for suffix in MEDIA_TYPES},
}


class Upstream(BaseHTTPRequestHandler):
    """A process that answers with what it was asked, and with headers that the web server must replace."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"] or 0))
        body = f"{self.path} for {self.headers['X-Forwarded-For']}".encode() + (
            b" took %d bytes" % len(sent) if sent else b""
        )
        self.send_response(200)
        for name, value in (("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        for name in GUARDS:
            self.send_header(name, "of the process")
        self.end_headers()
        with suppress(BrokenPipeError):  # the web server has given up a request that was too large
            self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Nothing: the tests read the answers, not this log."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generations of a site behind a symbolic link, as a rebuild leaves them."""
    folder = tmp_path_factory.mktemp("site")
    for generation in ("1", "2"):
        for path, text in FILES.items():
            target = folder / "generations" / generation / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    (folder / "generations/2/index.html").write_text(PAGE.replace("页面", "改版后的页面"), encoding="utf-8")
    (folder / "public").symlink_to("generations/1")
    return folder / "public"


@pytest.fixture(scope="module", params=sorted(servers.SERVERS))
def site(request: pytest.FixtureRequest, public: Path, upstream: int, tmp_path_factory: Any) -> Iterator[httpx.Client]:
    serve = servers.SERVERS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    with serve(public, folder, upstream) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/zcwj/", f"/{STYLE}", "/feeds/all.rss.xml", "/nothing", "/search?q=1", "/.lock"]
)
def test_every_answer_carries_every_guard_once(site, path):
    answer = site.get(path)
    assert {name: answer.headers.get_list(name) for name in GUARDS} == {name: [value] for name, value in GUARDS.items()}
    assert not re.search(r"\d", answer.headers.get("server", ""))


def test_pages_are_html_asked_for_again_each_time_and_answered_in_few_bytes(site):
    for path in ("/", "/index.html", "/zcwj/index.html", f"/catalogue/theme/{quote('综合政务')}/index.html"):
        answer = site.get(path)
        assert answer.status_code == 200, path
        assert answer.text == PAGE
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers.get_list("cache-control") == ["no-cache"]
        assert answer.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in answer.headers["vary"].lower()
        known = {"If-None-Match": answer.headers["etag"]}
        assert site.get(path, headers=known).status_code == 304


def test_only_names_with_a_digest_are_kept_for_ever(site):
    assert site.get(f"/{STYLE}").headers.get_list("cache-control") == ["public, max-age=31536000, immutable"]
    assert site.get(f"/{STYLE}").headers["content-type"] == "text/css; charset=utf-8"
    missing = site.get("/static/site-ffffffffffff.css")
    assert missing.status_code == 404
    assert missing.headers.get_list("cache-control") == ["no-cache"]


@pytest.mark.parametrize(
    "path",
    ["/nothing.html", "/zcwj/202611/", "/static/", "/zcwj/202611/t20261123_1001/attachments/%E6%97%A0.pdf", "/a/b/c/"],
)
def test_what_is_not_there_is_answered_by_the_sites_own_page(site, path):
    answer = site.get(path)
    assert answer.status_code == 404
    assert answer.text == FILES["404.html"]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/.lock",
        "/zcwj/.t20261123_1001.html.a1",
        "/zcwj/%2et20261123_1001.html.a1",
        "/zcwj/202611/t20261123_1001/attachments/.hidden.pdf",
        "/.git/config",
        "/../../etc/passwd",
        "/zcwj/..%2f..%2f..%2fetc/passwd",
    ],
)
def test_hidden_files_and_files_outside_are_not_there(site, path):
    with site.stream("GET", httpx.URL(f"{site.base_url}").copy_with(raw_path=path.encode())) as answer:
        assert answer.status_code in (400, 404)
        assert b"half a page" not in answer.read()


@pytest.mark.parametrize("suffix", sorted(MEDIA_TYPES))
def test_attachments_are_saved_with_the_type_that_the_intake_gave_them(site, suffix):
    answer = site.get(f"/zcwj/202611/t20261123_1001/attachments/{quote('附 件')}.{suffix}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA_TYPES[suffix]
    assert answer.headers["content-disposition"] == "attachment"


def test_an_attachment_that_a_browser_would_run_is_only_saved(site):
    answer = site.get("/zcwj/202611/t20261123_1001/attachments/page.html")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"


def test_feeds_and_lists_for_machines_have_their_own_types(site):
    assert site.get("/feeds/all.rss.xml").headers["content-type"] == "application/rss+xml; charset=utf-8"
    assert site.get("/feeds/all.atom.xml").headers["content-type"] == "application/atom+xml; charset=utf-8"
    for path in ("/app/feed.json", "/app/pages/12.json"):
        assert site.get(path).headers["content-type"] == "application/feed+json; charset=utf-8"
    assert site.get("/app/items/1001.json").headers["content-type"] == "application/json; charset=utf-8"
    assert site.get("/sitemap.xml").headers["content-type"].startswith("text/xml")
    assert site.get("/robots.txt").headers["content-type"] == "text/plain; charset=utf-8"


def test_a_column_without_its_slash_leads_to_its_first_page(site):
    answer = site.get("/zcwj")
    assert answer.status_code in (301, 308)
    assert answer.headers["location"] == "/zcwj/"


@pytest.mark.parametrize(
    "path", ["/search?q=%E8%8D%86%E5%B7%9E&page=2", "/hant/search?q=a", "/search.rss?q=a", "/suggest?q=%E8%8D%86"]
)
def test_the_search_is_asked_with_the_whole_query_and_the_visitors_address(site, path):
    answer = site.get(path, headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 200
    assert answer.text.startswith(f"{path} for ")
    assert "127.0.0.1" in answer.text


def test_only_the_searchs_own_addresses_reach_the_process(site):
    for path in ("/searching", "/en/search", "/search/", "/suggest/x", "/search.rss.xml"):
        assert site.get(path).status_code == 404


def test_nothing_can_be_sent_to_the_site(site):
    assert site.post("/index.html", content=b"x").status_code == 405
    assert site.put("/new.html", content=b"x").status_code == 405
    assert site.post("/search", content=b"x" * 20_000).status_code in (405, 413, 501)


def test_what_wechat_tells_is_passed_on_whole(site):
    path = "/callback/wechat/wechat-main?signature=a1&timestamp=1&nonce=2&openid=o%2F1"
    assert site.get(f"{path}&echostr=55").text.startswith(f"{path}&echostr=55 for ")
    answer = site.post(path, content=b"<xml/>" * 10_000)
    assert (answer.status_code, answer.text) == (200, f"{path} for 127.0.0.1 took 60000 bytes")
    assert {name: answer.headers.get_list(name) for name in GUARDS} == {name: [value] for name, value in GUARDS.items()}


def test_only_the_callbacks_address_takes_something_and_not_much(site):
    assert site.post("/callback/wechat/wechat-main", content=b"x" * 70_000).status_code in (413, 502)
    for path in ("/callback", "/callback/wechat/", "/callback/wechat/a/b", "/callback/wechat/a.b", "/callback/weibo/a"):
        assert site.get(path).status_code == 404, path
        assert site.post(path, content=b"x").status_code in (404, 405), path
    assert site.put("/callback/wechat/a%2Fb", content=b"x").status_code in (404, 405)


def test_a_rebuilt_site_is_seen_from_the_next_request_on(site, public):
    def switch(generation: str) -> None:
        (public.parent / "next").symlink_to(f"generations/{generation}")
        os.replace(public.parent / "next", public)

    assert "改版后" not in site.get("/").text
    switch("2")
    assert "改版后" in site.get("/").text
    switch("1")
    assert "改版后" not in site.get("/").text


def test_nginx_limits_how_often_a_visitor_asks_the_search(public, upstream, tmp_path):
    with servers.nginx(public, tmp_path, upstream) as address, httpx.Client(trust_env=False) as client:
        answers = [client.get(f"{address}/search?q={number}") for number in range(60)]
        assert {answer.status_code for answer in answers} == {200, 429}
        assert [answer.status_code for answer in answers].count(200) >= 20
        assert answers[-1].headers["content-security-policy"] == POLICY
        assert client.get(f"{address}/").status_code == 200


def test_a_search_that_does_not_run_is_a_plain_failure(public, tmp_path):
    for name, serve in servers.SERVERS.items():
        with serve(public, tmp_path / name) as address:
            assert httpx.get(f"{address}/search?q=1", trust_env=False).status_code == 502
            assert httpx.get(f"{address}/", trust_env=False).status_code == 200


def test_the_search_says_the_same_of_itself_and_of_files(site):
    assert "'unsafe" not in POLICY
    assert "default-src 'none'" in POLICY
    for path in FILES:
        if not path.rpartition("/")[2].startswith(".") and path not in ("404.html", "sitemap.xml"):
            answer, said = site.get(f"/{quote(path)}"), file_headers(path)
            assert {name: answer.headers.get(name) for name in said} == said, path


def test_both_servers_are_given_the_same_policy():
    for name in ("nginx.conf", "Caddyfile"):
        text = (servers.CONFIGURATIONS / name).read_text(encoding="utf-8")
        assert re.findall(r'Content-Security-Policy "([^"]+)"', text) == [POLICY]
        assert "unsafe" not in text
