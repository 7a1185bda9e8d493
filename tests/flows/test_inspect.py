"""``tongbu inspect`` on a real workspace: a clean site, and everything that somebody did to it, found and named."""

import json
import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from channels.website.inspection.outside import outside_hits
from content.canonical import canonical_json
from content.clock import in_china
from content.inspection.result import Inspection
from content.samples import path as sample
from content.workdays import add_workdays
from flows.cli import app
from flows.inspection import NothingToFetch, inspect
from flows.rebuild import rebuild
from flows.wiring import NoSuchOutlet

FILES = ("portal", "feeds", "app")


@pytest.fixture(scope="module")
def published(empty_office: Any, tmp_path_factory: pytest.TempPathFactory, at_work: Any) -> Any:
    """A site with a policy document, 1001, and its interpretation, 1002; only to be copied."""
    office = empty_office.copy(tmp_path_factory.mktemp("published") / "home")
    items = [office.approve(), office.approve(at_work.interpretation())]
    assert office.broadcast(*items, outlets=FILES)["state"] == "synchronised"
    return office


@pytest.fixture
def site(published: Any, tmp_path: Path, at_work: Any) -> Iterator[Any]:
    office = published.copy(tmp_path / "home", clock=at_work.Ahead())
    yield office
    office.close()


def look(office: Any, **how: Any) -> Inspection:
    return inspect(office.wired, "portal", **how)


def found(office: Any, **how: Any) -> dict[str, list[dict[str, Any]]]:
    """Code → findings as JSON."""
    (seen,) = look(office, **how).as_json()["sites"]
    codes: dict[str, list[dict[str, Any]]] = {}
    for finding in seen["findings"]:
        codes.setdefault(finding["code"], []).append(finding)
    return codes


def alarms(office: Any, **how: Any) -> dict[str, list[str]]:
    """Code → paths, of what blocks."""
    return {
        code: [place["path"] for finding in findings for place in finding["places"]]
        for code, findings in found(office, **how).items()
        if findings[0]["integrity"] or findings[0]["weight"] == "veto"
    }


def page_of(office: Any, item: str = "1001") -> Path:
    (path,) = [path for path in office.pages(f"_{item}") if "hant" not in path.parts]
    return Path(path)


def at(office: Any, path: Path) -> str:
    return str(path.relative_to(office.public))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# A clean site


def test_a_clean_site_has_no_veto_and_the_ledger_notes_the_inspection(site: Any) -> None:
    seen = look(site)
    assert alarms(site) == {}
    assert not seen.blocks
    assert seen.rehearsal
    looked = seen.sites[0].looked
    there = [path for path in site.public.rglob("*") if path.is_file()]
    assert looked.files == len(there)
    assert looked.pages == len([path for path in there if path.suffix == ".html"])
    assert looked.items == 2
    assert site.events("site.inspected")[0]["subject"] == "outlet/portal"
    assert site.chain_holds()


def test_corrections_and_withdrawals_leave_a_clean_site(site: Any, at_work: Any) -> None:
    site.approve(at_work.document(words="请遵照执行。"), "1001")
    site.broadcast("1001", outlets=FILES)
    assert alarms(site) == {}
    site.withdraw("1001")
    assert alarms(site) == {}
    assert "interpretation-orphan" in found(site)


def test_a_site_that_shows_nothing_yet_is_no_alarm(new_office: Any) -> None:
    assert list(found(new_office)) == ["inspection-limited"]


# What somebody did to the files


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(choice=st.data())
def test_one_changed_bit_of_any_file_is_found(published: Any, choice: st.DataObject) -> None:
    files = sorted(path for path in published.public.rglob("*") if path.is_file() and path.stat().st_size)
    path = choice.draw(st.sampled_from(files))
    before = path.read_bytes()
    place = choice.draw(st.integers(0, len(before) - 1))
    changed = bytearray(before)
    changed[place] ^= 1 << choice.draw(st.integers(0, 7))
    path.write_bytes(bytes(changed))
    try:
        named = alarms(published)
    finally:
        path.write_bytes(before)
    assert at(published, path) in named.get("file-altered", []) + named.get("page-altered", [])


def test_a_changed_body_is_named_with_its_line_and_what_should_stand_there(site: Any) -> None:
    page = page_of(site)
    replace(page, "30分钟", "90分钟")
    (finding,) = [one for one in found(site)["page-altered"] if "应为" in one["found"]]
    line = page.read_text(encoding="utf-8")[: page.read_text(encoding="utf-8").index("90分钟")].count("\n") + 1
    assert finding["places"] == [{"path": at(site, page), "line": line}]
    assert "90分钟" in finding["found"]
    assert "30分钟" in finding["found"]


def test_a_changed_frame_is_told_from_a_changed_body(site: Any) -> None:
    page = page_of(site)
    replace(page, "</title>", "！</title>")
    named = alarms(site)
    assert named == {"file-altered": [at(site, page)]}


@pytest.mark.parametrize(
    ("markup", "code"),
    [
        ('<script src="https://evil.example.com/x.js"></script>', "script-foreign"),
        ('<div style="display:none"><a href="https://casino.example.com">博彩</a></div>', "link-hidden"),
        ('<iframe src="https://casino.example.com"></iframe>', "frame-foreign"),
    ],
)
def test_what_was_added_to_a_page_is_named(site: Any, markup: str, code: str) -> None:
    home = site.public / "index.html"
    replace(home, "</body>", markup + "</body>")
    named = alarms(site)
    assert named["file-altered"] == ["index.html"]
    assert named[code] == ["index.html"]


def test_added_removed_hidden_and_linked_files_are_named(site: Any) -> None:
    (site.public / "static" / "shell.php").write_text("<?php eval($_POST[1]); ?>")
    (site.public / ".htaccess").write_text("RewriteEngine on")
    (site.public / "zcwj" / ".git").mkdir()
    (site.public / "zcwj" / ".git" / "config").write_text("x")
    (site.public / "leak").symlink_to("/etc")
    (site.public / "passwd.txt").symlink_to("/etc/passwd")
    removed = page_of(site)
    removed.unlink()
    named = alarms(site)
    assert named["file-added"] == ["static/shell.php"]
    assert sorted(named["file-strange"]) == [".htaccess", "leak", "passwd.txt", "zcwj/.git/config"]
    assert named["file-missing"] == [at(site, removed)]


def test_a_pipe_and_a_name_that_is_no_text_do_not_stop_the_inspection(site: Any) -> None:
    import os

    os.mkfifo(site.public / "pipe")
    with open(os.fsencode(site.public) + b"/\xff\xfe.html", "wb") as stream:
        stream.write(b"<script>alert(1)</script>")
    named = alarms(site)
    assert named["file-strange"] == ["pipe"]
    assert named["file-added"] == ["\\xff\\xfe.html"]
    assert named["script-foreign"] == ["\\xff\\xfe.html"]
    json.dumps(look(site).as_json(), ensure_ascii=False).encode()


def test_an_added_page_is_looked_into(site: Any) -> None:
    (site.public / "zcwj" / "new.html").write_text("<p>http://www.248365365.com/人民政府</p>", encoding="utf-8")
    named = alarms(site)
    assert named["file-added"] == ["zcwj/new.html"]
    assert named["host-in-name"] == ["zcwj/new.html"]


def test_a_public_folder_that_leads_elsewhere_is_named(site: Any, tmp_path: Path) -> None:
    shutil.copytree(site.public, tmp_path / "elsewhere")
    site.public.unlink()
    site.public.symlink_to(tmp_path / "elsewhere")
    assert alarms(site) == {"folder-switched": ["public"]}


# The hijacked annual report


def hijacked_text() -> str:
    return sample("hijacked-annual-report.txt").read_text(encoding="utf-8")


def test_the_hijacked_annual_report_in_place_of_a_page_is_found(site: Any) -> None:
    page = page_of(site)
    text = page.read_text(encoding="utf-8")
    body = text[text.index("<!--tongbu:body-->") : text.index("<!--/tongbu:body-->")]
    page.write_text(text.replace(body, f"<!--tongbu:body--><p>{hijacked_text()}</p>"), encoding="utf-8")
    codes = found(site)
    assert [one["places"][0]["path"] for one in codes["page-altered"]] == [at(site, page)] * len(codes["page-altered"])
    assert "www.248365365.com" in codes["host-in-name"][0]["found"]
    assert "www.qlyewu.com" in json.dumps(codes, ensure_ascii=False)


def test_the_hijacked_annual_report_that_somebody_put_through_is_found(site: Any, at_work: Any) -> None:
    """Its hosts stood on the allow-list when it was signed; afterwards nothing on the disk differs from what was signed."""
    mine, theirs = 'allowed_hosts = ["gov.cn"]', 'allowed_hosts = ["gov.cn", "248365365.com", "qlyewu.com"]'
    site.settings(mine, theirs)
    site.reopen()
    start = at_work.document(41).index("各县、市")
    item = site.approve(at_work.document(41)[:start] + hijacked_text())
    assert site.broadcast(item, outlets=FILES)["state"] == "synchronised"
    site.settings(theirs, mine)
    site.reopen()
    codes = found(site)
    assert not {"page-altered", "file-altered", "file-added"} & codes.keys()
    page = at(site, page_of(site, item))
    named = {one["found"]: [place["path"] for place in one["places"]] for one in codes["host-in-name"]}
    assert any("www.248365365.com" in words and page in paths for words, paths in named.items())
    assert any("www.qlyewu.com" in one["found"] for one in codes["host-foreign"] + codes["host-in-name"])


# What somebody did to the database


def test_a_body_exchanged_on_the_disk_in_the_manifest_and_on_the_shelf_is_found(site: Any) -> None:
    """Somebody has the disk and the database, and not the keys."""
    page = page_of(site)
    replace(page, "30分钟", "90分钟")
    from content.canonical import digest

    site.alter("UPDATE site_file SET digest = :d WHERE path = :p", d=digest(page.read_bytes()), p=at(site, page))
    assert alarms(site)["page-altered"] == [at(site, page)]


def test_an_exchanged_rendition_is_found(site: Any) -> None:
    site.alter("UPDATE rendition SET manifest = replace(manifest, 'body.html', 'b0dy.html') WHERE outlet = 'portal'")
    assert len(alarms(site)["page-unsigned"]) == 2


def test_a_forged_signature_is_found(site: Any) -> None:
    site.alter("UPDATE signoff SET statement = replace(statement, '终审', '初审') WHERE level = '终审'")
    assert len(alarms(site)["signed-altered"]) == 2


def test_a_title_changed_on_the_shelf_is_found(site: Any) -> None:
    site.alter("UPDATE shelf SET data = replace(data, '供水', '供电') WHERE outlet = 'portal' AND item = '1001'")
    assert alarms(site) == {"signed-altered": [at(site, page_of(site))]}


def test_an_item_that_the_ledger_never_sent_is_found(site: Any) -> None:
    site.alter("UPDATE delivery SET state = 'cancelled' WHERE outlet = 'portal' AND item = 1002")
    assert at(site, page_of(site, "1002")) in alarms(site)["page-unsigned"]


def test_a_back_dated_page_and_a_back_dated_shelf_are_found(site: Any) -> None:
    page = page_of(site)
    minute = f"{in_china(site.record('portal').live_at):%Y-%m-%d %H:%M}"
    replace(page, f'content="{minute}"', 'content="2020-01-01 08:00"')
    assert alarms(site)["back-dated"] == [at(site, page)]
    site.alter("UPDATE shelf SET published_at = '2020-01-01T00:00:00.000000+00:00' WHERE item = '1002'")
    assert set(alarms(site)["back-dated"]) == {at(site, page), at(site, page_of(site, "1002"))}


def test_a_withdrawn_page_that_was_put_back_is_found(site: Any) -> None:
    page = page_of(site)
    before = page.read_bytes()
    site.withdraw("1001")
    page.write_bytes(before)
    assert alarms(site)["notice-missing"] == [at(site, page)]


# Links, clocks, interpretations


def test_a_dead_link_costs_more_on_the_home_page(site: Any) -> None:
    replace(site.public / "index.html", "</main>", '<a href="zcwj/nothing.html">x</a></main>')
    replace(page_of(site), "</main>", '<a href="../../index.html#nowhere">x</a></main>')
    dead = {one["found"]: one["points"] for one in found(site)["link-dead"]}
    assert dead["zcwj/nothing.html"] == 0.1
    assert dead["index.html#nowhere"] == 0.01


def test_columns_and_the_home_page_go_stale_with_the_clock(site: Any) -> None:
    site.clock.forward(days=13)
    assert not {"home-stale", "column-stale"} & found(site).keys()
    site.clock.forward(days=2)
    assert "home-stale" in found(site)
    assert "column-stale" not in found(site)
    site.clock.forward(days=180)
    assert [one["places"][0]["path"] for one in found(site)["column-stale"]] == ["zcwj/index.html"]


def test_a_missing_interpretation_is_found_on_the_fourth_working_day(new_office: Any) -> None:
    new_office.broadcast(new_office.approve(), outlets=FILES)
    published = in_china(new_office.record("portal").live_at)
    due, _ = add_workdays(published.date(), 3)
    midnight = published.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    until_due = timedelta(days=(due - published.date()).days) - timedelta(minutes=2)
    new_office.clock.span = midnight + until_due - published
    assert "interpretation-missing" not in found(new_office)
    new_office.clock.forward(minutes=5)
    assert [one["places"][0]["path"] for one in found(new_office)["interpretation-missing"]] == [
        at(new_office, page_of(new_office))
    ]


def test_a_document_that_does_not_link_to_its_interpretation_is_found(site: Any) -> None:
    page, other = page_of(site), at(site, page_of(site, "1002"))
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace(Path(other).name, "x.html"), encoding="utf-8")
    assert [one["places"][0]["path"] for one in found(site)["link-one-way"]] == [at(site, page)]


def test_a_list_without_the_newest_item_is_found(site: Any) -> None:
    names = [page_of(site, item).name for item in ("1001", "1002")]  # they went out together: either may be the newest
    for path in ("catalogue/index.html", "zcjd/index.html", "index.html"):
        text = (site.public / path).read_text(encoding="utf-8")
        for name in names:
            text = text.replace(name, "x.html")
        (site.public / path).write_text(text, encoding="utf-8")
    codes = found(site)
    assert [one["places"][0]["path"] for one in codes["catalogue-stale"]] == ["catalogue/index.html"]
    assert {one["places"][0]["path"] for one in codes["list-behind"]} >= {"zcjd/index.html"}


# While a publication goes on


def test_a_publication_going_on_gives_no_false_alarm(site: Any, at_work: Any) -> None:
    items = [site.approve(at_work.document(serial)) for serial in range(50, 53)]
    problems: list[BaseException] = []
    writer = at_work.Office(site.home)

    def publish() -> None:
        try:
            for item in items:
                writer.broadcast(item, outlets=FILES)
            writer.withdraw(items[0])
        except BaseException as problem:
            problems.append(problem)

    thread = threading.Thread(target=publish)
    thread.start()
    rounds = 0
    while thread.is_alive():
        seen = found(site)
        for code in ("link-dead", "list-behind", "catalogue-stale", "link-one-way"):
            assert not [one for one in seen.get(code, []) if not one["found"].startswith("feeds/")], seen[code]
        assert {code for code, one in seen.items() if one[0]["integrity"]} == set(), seen
        rounds += 1
    thread.join()
    writer.close()
    assert not problems
    assert rounds >= 2
    assert alarms(site) == {}
    assert look(site).sites[0].looked.items == 5


def test_several_processes_find_what_one_finds(site: Any) -> None:
    replace(page_of(site), "30分钟", "90分钟")
    replace(site.public / "index.html", "</main>", '<a href="nothing.html">x</a></main>')
    (site.public / "static" / "shell.php").write_text("x")
    page_of(site, "1002").unlink()
    alone, together = (look(site, processes=number).sites[0].as_json() for number in (1, 2))
    assert alone == together
    assert {"page-altered", "file-added", "file-missing", "link-dead"} <= together["counts"].keys()


def test_a_rebuilt_site_is_clean(site: Any) -> None:
    rebuild(site.wired, "portal", 1)
    assert site.public.readlink().name == "2"
    assert alarms(site) == {}


# Over HTTP


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        return None


class Injecting(Quiet):
    """A server, or somebody before it, that puts an advertisement into pages."""

    def do_GET(self) -> None:
        data = (Path(self.directory) / self.path.lstrip("/")).read_bytes() if self.path == "/index.html" else None
        if data is None:
            super().do_GET()
            return
        changed = data.replace(b"</body>", b'<script src="//ads.example.com/a.js"></script></body>')
        self.send_response(200)
        self.end_headers()
        self.wfile.write(changed)


def serving(handler: Any) -> tuple[ThreadingHTTPServer, str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


@pytest.mark.parametrize(("handler", "clean"), [(Quiet, True), (Injecting, False)])
def test_pages_are_compared_as_the_server_answers_them(site: Any, handler: Any, clean: bool) -> None:
    server, base = serving(partial(handler, directory=str(site.public)))
    try:
        named = alarms(site, live=base)
        files = look(site, live=base).sites[0].looked.files
    finally:
        server.shutdown()
        server.server_close()
    assert named == ({} if clean else {"file-altered": ["index.html"], "script-foreign": ["index.html"]})
    assert files > 20


def test_a_server_that_does_not_answer_is_one_finding(site: Any) -> None:
    assert alarms(site, live="http://127.0.0.1:1") == {"site-unreachable": ["index.html"]}


def test_fetching_needs_an_address(site: Any) -> None:
    with pytest.raises(NothingToFetch, match="--from"):
        look(site, live="")
    with pytest.raises(NoSuchOutlet):
        inspect(site.wired, "feeds")


def test_links_outside_that_cannot_be_opened_are_named_with_their_page() -> None:
    class Answers(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response({"/good": 200, "/shy": 405, "/gone": 404}.get(self.path, 500))
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response({"/good": 200, "/shy": 200, "/gone": 404}.get(self.path, 500))
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return None

    server, base = serving(Answers)
    addresses = {f"{base}/{name}": (f"{name}.html", 1, 2) for name in ("good", "shy", "gone", "broken")}
    addresses |= {"http://127.0.0.1:1/": ("closed.html", 0, 1), "http://[": ("bad.html", 0, 1)}
    try:
        hits = list(outside_hits(addresses, httpx.Client))
    finally:
        server.shutdown()
        server.server_close()
    assert {hit.place: round(hit.points, 4) for hit in hits} == {
        "gone.html": 0.12,
        "broken.html": 0.12,
        "closed.html": 0.01,
        "bad.html": 0.01,
    }


# The command


def run(office: Any, *arguments: str) -> Any:
    return CliRunner().invoke(app, ["inspect", "portal", "--home", str(office.home), *arguments])


def test_the_command_ends_with_0_on_a_clean_site_and_with_1_when_something_blocks(site: Any) -> None:
    clean = run(site, "--json")
    assert clean.exit_code == 0, clean.output
    assert json.loads(clean.stdout)["blocks"] is False
    replace(page_of(site), "30分钟", "90分钟")
    altered = run(site)
    assert altered.exit_code == 1
    assert "page-altered" in altered.stdout
    assert "tongbu rebuild" in altered.stdout
    document = json.loads(run(site, "--json").stdout)
    assert document["weights"]["veto"] >= 1
    assert document["workspace"] == "rehearsal"
    assert canonical_json(document["sites"][0]["counts"])


def test_the_report_is_one_page_that_loads_nothing(site: Any, tmp_path: Path) -> None:
    replace(page_of(site), "30分钟", "<script>alert(1)</script>")
    assert run(site, "--page", str(tmp_path / "report.html")).exit_code == 1
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "演练" in text
    assert text.index("单项否决</h3>") < text.index("提示</h3>")
    assert "页面正文与审签内容不一致" in text
    assert "<script" not in text
    assert "src=" not in text
    assert 'rel="stylesheet"' not in text
