"""The site's files, where no web server shows them."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from flows.public.app import make_app
from flows.public.headers import HEADERS
from tests.flows import public_site
from tests.flows.public_site import FILES, index_of, served


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return public_site.workspace(tmp_path / "ws")


@pytest.fixture
def client(home: Path) -> Iterator[httpx.Client]:
    with served(make_app(public_site.site(home), index_of(home), home / "outlets" / "portal" / "public")) as made:
        yield made


def test_files_have_their_types_and_are_asked_for_again(client: httpx.Client) -> None:
    for path, kind in (
        ("/", "text/html; charset=utf-8"),
        ("/index.html", "text/html; charset=utf-8"),
        ("/zcwj/", "text/html; charset=utf-8"),
        ("/" + quote("catalogue/theme/综合政务/index.html"), "text/html; charset=utf-8"),
        ("/feeds/all.rss.xml", "application/rss+xml; charset=utf-8"),
        ("/feeds/all.atom.xml", "application/atom+xml; charset=utf-8"),
        ("/empty/picture.png", "image/png"),
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), path
        assert answer.headers["cache-control"] == "no-cache"
        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
        again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_what_has_its_digest_in_its_name_is_kept_for_ever(client: httpx.Client) -> None:
    answer = client.get("/static/site-0123456789.css")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_attachments_are_saved_and_never_run(client: httpx.Client) -> None:
    folder = "/zcwj/202611/t20261123_1001/attachments/"
    sheet = client.get(folder + quote("任务分工表.xlsx"))
    assert sheet.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page = client.get(folder + "page.html")
    assert page.headers["content-type"] == "application/octet-stream"
    assert [one.headers["content-disposition"] for one in (sheet, page)] == ["attachment", "attachment"]


def test_a_folder_without_its_slash_leads_to_it_on_the_same_host(client: httpx.Client) -> None:
    for path, target in (("/zcwj", "/zcwj/"), ("//zcwj", "/zcwj/"), ("/" + quote("catalogue/theme/综合政务"), None)):
        answer = client.get(f"{client.base_url}".rstrip("/") + path, headers={"Host": "evil.example"})
        assert answer.status_code == 307
        assert answer.headers["location"] == (target or f"{path}/")


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere.html",
        "/empty/",
        "/empty",
        "/404.html",
        "/.lock",
        "/zcwj/.half-written",
        "/zcwj/%2ehalf-written",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/zcwj/..%2f..%2f..%2f..%2fsecret.txt",
        "/..%5csecret.txt",
        "/index.html%00.png",
        "/index.html/",
        "/" + "a" * 5000,
        "/%ff%fe",
        "/" + "%e2%80%ae" + "index.html",
        "/outside.txt",
    ],
)
def test_what_is_no_file_of_the_site_is_the_sites_own_page(home: Path, client: httpx.Client, path: str) -> None:
    public = home / "outlets" / "portal" / "public"
    (public / "outside.txt").symlink_to(home / "outlets" / "portal" / "secret.txt")
    answer = raw(client, f"GET {path} HTTP/1.1")
    assert b" 404 " in answer.split(b"\r\n", 1)[0]
    assert FILES["404.html"] in answer
    assert b"Content-Security-Policy" in answer or b"content-security-policy" in answer
    assert b"not for the public" not in answer


def raw(client: httpx.Client, line: str) -> bytes:
    """The whole answer to a request line that no client would send."""
    with socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=10) as wire:
        wire.sendall(f"{line}\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: wire.recv(65536), b""))


def test_a_rebuilt_site_is_seen_from_the_next_request_on(home: Path, client: httpx.Client) -> None:
    folder = home / "outlets" / "portal"
    (folder / "generations" / "2").mkdir()
    (folder / "generations" / "2" / "index.html").write_bytes(b"new")
    assert client.get("/").content == FILES["index.html"]
    (folder / "next").symlink_to("generations/2")
    os.replace(folder / "next", folder / "public")
    assert client.get("/").content == b"new"
    assert client.get("/zcwj/").status_code == 404


def test_a_site_that_has_nothing_yet_is_not_found_and_no_error(tmp_path: Path, home: Path) -> None:
    with served(make_app(public_site.site(home), index_of(home), tmp_path / "nothing")) as client:
        assert client.get("/").status_code == 404
        assert client.get("/search").status_code == 200


def test_without_files_only_the_search_is_there(home: Path) -> None:
    with served(make_app(public_site.site(home), index_of(home))) as client:
        assert client.get("/").status_code == 404
        assert client.get("/index.html").status_code == 404
        assert client.get("/search").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_files_are_only_read(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/index.html").status_code == 405
