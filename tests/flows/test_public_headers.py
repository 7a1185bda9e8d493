"""The headers that the public process sends, and the web servers' configurations beside it."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows import settings
from flows.public.headers import HEADERS, file_headers
from flows.public.server import view_of, website_of
from tests.flows import public_site

SERVERS = Path(__file__).parent.parent.parent / "docs" / "server"


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_web_servers_send_the_same_headers(name: str) -> None:
    text = (SERVERS / name).read_text(encoding="utf-8")
    lines = [line.replace('"', "").rstrip(";").split() for line in text.splitlines()]
    for header, value in HEADERS.items():
        wanted = [header, *value.split()]
        assert any(words[place : place + len(wanted)] == wanted for words in lines for place in (0, 1)), header


def test_no_policy_lets_a_foreign_or_written_in_script_run() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self';")


@pytest.mark.parametrize(
    ("path", "kind", "saved"),
    [
        ("a/attachments/x.html", "application/octet-stream", True),
        ("a/attachments/x.SVG", "application/octet-stream", True),
        ("a/attachments/x.PDF", "application/pdf", True),
        ("a/pictures/x.svg", "image/svg+xml", False),
        ("attachments.html", "text/html; charset=utf-8", False),
        ("noname", "application/octet-stream", False),
    ],
)
def test_a_file_is_sent_as_what_it_may_be(path: str, kind: str, saved: bool) -> None:
    headers = file_headers(path)
    assert (headers["content-type"], "content-disposition" in headers) == (kind, saved)


def test_a_site_without_a_search_gives_way_to_one_that_has_one(tmp_path: Path) -> None:
    known = settings.load(public_site.workspace(tmp_path / "ws"))
    first, others = known.outlets[0], known.outlets[1:]
    silent = replace(first, options={**first.options, "search": False})
    assert website_of(known).id == first.id == "portal"
    assert view_of(known, silent) is None
    assert website_of(replace(known, outlets=(silent, *others))).id == "nyj-site"
    assert website_of(replace(known, outlets=(silent,))).id == "portal"


def test_a_site_of_a_department_is_named_as_its_own_pages_name_it(tmp_path: Path) -> None:
    known = settings.load(public_site.workspace(tmp_path / "ws"))
    assert view_of(known, website_of(known, "nyj-site")).name != known.site.name
