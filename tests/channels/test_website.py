"""The website as readers, inspectors and the delivery see it."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import html

from channels.base import CannotRender, Channel, Follows, Refused, Unavailable
from channels.website import Website
from content.item import Attachment
from content.office import Column
from content.vocabulary import Action, Effect, Kind, State
from tests.channels import site_bench as given

WHOLE = (
    "index.html",
    "zcwj/index.html",
    "catalogue/index.html",
    "sitemap.html",
    "about.html",
    "404.html",
    "zcwj/202611/t20261123_1001.html",
)


@pytest.fixture
def site(tmp_path: Path) -> Website:
    return Website(given.outlet("website"), given.bench(tmp_path))


def page_of(site: Website, address: str) -> html.HtmlElement:
    return html.document_fromstring((site.public / address).read_text())


def meta_of(page: html.HtmlElement) -> dict[str, str]:
    return {tag.get("name"): tag.get("content") for tag in page.iter("meta") if tag.get("name")}


def is_data(script: html.HtmlElement) -> bool:
    """Whether it is data, which a browser does not run."""
    return script.get("type") == "application/ld+json" and json.loads(script.text) is not None


def links_of(page: html.HtmlElement) -> list[str]:
    return [link.get("href") for link in page.iter("a") if not link.get("href").startswith("http")]


def publish(site: Website, serial: int, revision, column: str = "zcwj", **changes):
    return given.send(site, given.delivery(given.item(serial, column), "website", **changes), revision)


def test_it_is_a_direct_channel_that_can_be_followed(site):
    assert isinstance(site, Channel)
    assert isinstance(site, Follows)
    assert site.direct
    assert site.row == "website"


def test_a_published_page_is_accepted_and_then_proved_live_by_reading_it_back(site):
    work = given.delivery(given.item(), "website")
    made, receipt = given.send(site, work, given.policy())
    assert receipt.state is State.ACCEPTED
    assert receipt.url == "https://www.jingzhou.gov.cn/zcwj/202611/t20261123_1001.html"
    live = site.follow(work, made, receipt)
    assert (live.state, live.live_at) == (State.LIVE, given.NOON)
    assert live.evidence["page"] == receipt.digest


def test_rendering_is_pure_and_matches_the_kept_files(tmp_path, golden):
    bench = given.bench(tmp_path)
    site = Website(given.outlet("website"), bench)
    revision = given.with_files(given.policy(), bench.assets)
    first, second = (site.render(given.item(), revision) for _ in range(2))
    assert first.digest == second.digest
    assert first.slots == ("published_at",)
    golden("website/policy.head.json", first.parts["head.json"].data)
    golden("website/policy.body.html", first.parts["body.html"].data)
    assert sorted(first.parts) == [
        "attachments/任务分工表.xlsx",
        "body.html",
        "head.json",
        *sorted(f"pictures/{given.digest(given.picture_bytes())[:12]}-{width}.jpg" for width in (480, 1080)),
    ]


def test_whole_pages_match_the_kept_files(site, golden):
    revision = given.with_files(given.policy(), site.bench.assets)
    publish(site, 1001, revision)
    publish(site, 1002, given.interpretation(), "zcjd")
    for name in (*WHOLE, "hant/zcwj/202611/t20261123_1001.html"):
        golden(f"website/{name.replace('/', '_')}", (site.public / name).read_bytes())


def test_content_pages_carry_every_tag_of_the_guideline_and_none_is_empty(site):
    publish(site, 1001, given.with_files(given.policy(), site.bench.assets))
    meta = meta_of(page_of(site, "zcwj/202611/t20261123_1001.html"))
    assert meta["SiteName"] == "荆州市人民政府门户网站"
    assert meta["SiteDomain"] == "www.jingzhou.gov.cn"
    assert meta["SiteIDCode"] == "4210000001"
    assert meta["ColumnName"] == meta["ColumnType"] == "政策文件"
    assert meta["PubDate"] == "2026-11-23 12:00"
    assert meta["ContentSource"] == "荆州市人民政府办公室"
    assert meta["Author"] == "李明"
    assert meta["Image"].startswith("https://www.jingzhou.gov.cn/zcwj/202611/t20261123_1001/pictures/")
    assert meta["Url"].endswith("/zcwj/202611/t20261123_1001.html")
    assert all(value and value != "null" for value in meta.values())


def test_tags_that_have_nothing_to_say_are_left_out(site):
    publish(site, 7, given.notice(7), "bmgg")
    meta = meta_of(page_of(site, "bmgg/202611/t20261123_7.html"))
    assert not {"Keywords", "Author", "Description", "Image"} & meta.keys()
    for name in ("index.html", "bmgg/index.html", "sitemap.html"):
        said = meta_of(page_of(site, name))
        assert {"ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"} <= said.keys()
        assert all(value and value != "null" for value in said.values())


def test_the_footer_holds_all_that_the_guideline_names(site):
    publish(site, 1001, given.policy())
    footer = page_of(site, "zcwj/202611/t20261123_1001.html").find(".//footer").text_content()
    for words in (
        "党政机关网站",
        "我为政府网站找错",
        "站点地图",
        "4210000001",
        "主办单位：荆州市人民政府",
        "0716-8278407",
    ):
        assert words in footer
    assert "鄂ICP备00000001号-1" in footer
    assert "鄂公网安备42100002000001号" in footer


@pytest.mark.parametrize("name", ["id_code", "icp", "police_record", "name"])
def test_a_missing_footer_value_is_refused_by_its_name_before_anything_is_public(tmp_path, name):
    bench = given.bench(tmp_path, site=replace(given.SITE, **{name: ""}))
    site = Website(given.outlet("website"), bench)
    with pytest.raises(Refused, match=name):
        publish(site, 1001, given.policy())
    assert not site.public.exists()


def test_a_malformed_site_code_and_a_column_without_keywords_are_refused(tmp_path):
    wrong = Website(given.outlet("website", id_code="42100"), given.bench(tmp_path))
    with pytest.raises(Refused, match="网站标识码"):
        publish(wrong, 1001, given.policy())
    bare = Website(
        given.outlet("website", columns=[Column("zcwj", "政策文件", "政策文件", "文件", "")]), given.bench(tmp_path)
    )
    with pytest.raises(Refused, match=r"zcwj\.keywords"):
        publish(bare, 1001, given.policy())


def test_a_policy_and_its_interpretation_link_to_each_other_whichever_comes_first(tmp_path):
    for order in (("policy", "interpretation"), ("interpretation", "policy")):
        site = Website(given.outlet("website"), given.bench(tmp_path / order[0]))
        for which in order:
            if which == "policy":
                publish(site, 1001, given.policy())
            else:
                publish(site, 1002, given.interpretation(), "zcjd")
        policy, told = "zcwj/202611/t20261123_1001.html", "zcjd/202611/t20261123_1002.html"
        assert f"../../{told}" in links_of(page_of(site, policy))
        assert f"../../{policy}" in links_of(page_of(site, told))


def test_a_document_that_is_not_on_the_site_is_named_without_a_link(site):
    publish(site, 1002, given.interpretation(), "zcjd")
    page = page_of(site, "zcjd/202611/t20261123_1002.html")
    assert given.POLICY_NUMBER in page.text_content()
    assert not [link for link in links_of(page) if "1001" in link]


def test_no_page_has_a_dead_link_within_the_site(site):
    publish(site, 1001, given.with_files(given.policy(), site.bench.assets))
    publish(site, 1002, given.interpretation(), "zcjd")
    for serial in range(1, 46):
        publish(site, serial, given.notice(serial), "bmgg", at=given.later(serial))
    publish(site, 1003, given.policy(language="en", translation_of=given.POLICY_NUMBER, document_number=""))
    for path in site.public.rglob("*.html"):
        page = html.document_fromstring(path.read_text())
        loaded = [tag.get("src") or tag.get("href") for tag in page.iter("img", "script", "link")]
        linked = {link for link in [*links_of(page), *loaded] if link and not link.startswith(("#", "http", "data:"))}
        for link in (link for link in linked if "feeds/" not in link):
            start = site.public if link.startswith("/") else path.parent
            assert (start / unquote(link.lstrip("/"))).is_file(), f"{path}: {link}"


def test_a_correction_keeps_the_address_and_time_and_says_what_changed(site):
    publish(site, 1001, given.policy())
    work = given.delivery(given.item(), "website", Action.CORRECT, sequence=2, at=given.later(60))
    made, receipt = given.send(site, work, given.policy(title="更正后的标题"), "标题误写")
    text = page_of(site, "zcwj/202611/t20261123_1001.html").text_content()
    assert "更正说明" in text
    assert "标题误写" in text
    assert "发布时间：2026-11-23 12:00" in text
    assert "更新时间：2026-11-23 13:00" in text
    assert "更正后的标题" in (site.public / "zcwj/index.html").read_text()
    assert site.follow(work, made, receipt).live_at == given.later(60)


def test_an_earlier_correction_stays_on_the_page_through_a_mark(site):
    publish(site, 1001, given.policy())
    correct = given.delivery(given.item(), "website", Action.CORRECT, sequence=2, at=given.later(60))
    given.send(site, correct, given.policy(), "日期误写")
    repealed = replace(given.item(), effect=Effect.REPEALED)
    mark = given.delivery(repealed, "website", Action.MARK, sequence=2, at=given.later(90))
    given.send(site, mark, given.policy())
    text = page_of(site, "zcwj/202611/t20261123_1001.html").text_content()
    assert "本文件已废止" in text
    assert "日期误写" in text
    assert "废止" in page_of(site, "zcwj/index.html").text_content()


def mark(site, effect, reason, minutes, **changes):
    marked = replace(given.item(), effect=effect)
    work = given.delivery(marked, "website", Action.MARK, at=given.later(minutes), **changes)
    return work, *given.send(site, work, given.policy(), reason)


def test_an_ended_document_says_why_and_since_when_it_is_marked(site):
    publish(site, 1001, given.policy())
    mark(site, Effect.REPEALED, "已由荆政办发〔2026〕9号代替<b>", 24 * 60)
    address = "zcwj/202611/t20261123_1001.html"
    for path, ended, why in ((address, "本文件已废止。", "原因："), (f"hant/{address}", "本文件已廢止。", "原因：")):
        notice = page_of(site, path).find(".//article/section[@class='notice']").text_content()
        assert ended in notice
        assert f"{why}已由" in notice and "2026〕9" in notice and "<b>" in notice
        assert "2026-11-24" in notice
    mark(site, Effect.VALID, "标注有误", 25 * 60)
    assert page_of(site, address).find(".//article/section[@class='notice']") is None
    assert "标注有误" not in page_of(site, address).text_content()


def test_a_mark_without_a_reason_says_none(site):
    publish(site, 1001, given.policy())
    mark(site, Effect.LAPSED, " ", 60)
    notice = page_of(site, "zcwj/202611/t20261123_1001.html").find(".//article/section[@class='notice']")
    assert "本文件已失效。" in notice.text_content() and "原因" not in notice.text_content()


def test_the_reason_of_a_mark_outlives_corrections_and_withdrawals_and_is_not_theirs(site):
    publish(site, 1001, given.policy())
    mark(site, Effect.REPEALED, "新办法已经施行", 30)
    repealed = replace(given.item(), effect=Effect.REPEALED)
    correct = given.delivery(repealed, "website", Action.CORRECT, sequence=2, at=given.later(60))
    given.send(site, correct, given.policy(), "日期误写")
    assert reasons_on(site) == ["原因：新办法已经施行", "日期误写"]
    gone = given.delivery(repealed, "website", Action.WITHDRAW, sequence=2, at=given.later(90))
    given.send(site, gone, given.policy(), "误发")
    assert "新办法已经施行" not in page_of(site, "zcwj/202611/t20261123_1001.html").text_content()
    again = given.delivery(repealed, "website", round=2, sequence=2, at=given.later(120))
    given.send(site, again, given.policy())
    assert reasons_on(site) == ["原因：新办法已经施行"]


def reasons_on(site):
    page = page_of(site, "zcwj/202611/t20261123_1001.html")
    return [notice.findall("p")[-1].text_content() for notice in page.iterfind(".//article/section[@class='notice']")]


def test_a_mark_is_found_only_where_its_own_reason_is_shown(site):
    publish(site, 1001, given.policy())
    mark(site, Effect.REPEALED, "第一个原因", 30)
    marked = replace(given.item(), effect=Effect.REPEALED)
    work = given.delivery(marked, "website", Action.MARK, at=given.later(60))
    made = site.render(work.item, given.policy(), work.action, "第二个原因")
    assert site.find(work, made) is None
    site.release(work, made, site.prepare(work, made))
    assert site.find(work, made).state is State.LIVE
    assert reasons_on(site) == ["原因：第二个原因"]


def test_a_corrected_item_leaves_its_old_column_its_old_picture_and_its_old_document(site):
    publish(site, 1001, given.policy())
    publish(site, 1002, given.with_files(given.interpretation(), site.bench.assets), "zcjd")
    work = given.delivery(given.item(1002, "zcjd"), "website", Action.CORRECT, sequence=2, at=given.later(5))
    given.send(site, work, given.interpretation(columns=("bmgg",), interprets=()), "栏目有误")
    assert "t20261123_1002" not in (site.public / "zcjd/index.html").read_text()
    assert "t20261123_1002" in (site.public / "bmgg/index.html").read_text()
    assert "t20261123_1002" not in (site.public / "zcwj/202611/t20261123_1001.html").read_text()
    assert not [path for path in site.public.rglob("*.jpg") if path.is_file()]


def test_a_withdrawal_leaves_a_notice_and_nothing_of_the_text(site):
    publish(site, 1001, given.with_files(given.policy(), site.bench.assets))
    publish(site, 1002, given.interpretation(), "zcjd")
    work = given.delivery(given.item(), "website", Action.WITHDRAW, at=given.later(30))
    made, receipt = given.send(site, work, given.with_files(given.policy(), site.bench.assets), "内容需要核实<b>")
    page = page_of(site, "zcwj/202611/t20261123_1001.html")
    assert "本稿件已撤回" in page.text_content()
    assert "内容需要核实<b>" in page.text_content()
    assert "2026-11-23 12:30" in page.text_content()
    assert meta_of(page)["robots"] == "noindex"
    assert site.follow(work, made, receipt).state is State.LIVE
    assert not [path for path in site.public.rglob("*") if path.suffix in (".jpg", ".xlsx")]
    pages = {path: path.read_text() for path in site.public.rglob("*.html")}
    assert not [path for path, text in pages.items() if "政府网站建设管理工作的通知" in text]
    assert not [path for path, text in pages.items() if "政府網站建設管理工作的通知" in text]
    naming = [path.name for path, text in pages.items() if "t20261123_1001.html" in text]
    assert naming == ["t20261123_1001.html"] * 2


def test_a_withdrawn_item_comes_back_only_in_a_new_round(site):
    publish(site, 1001, given.policy())
    given.send(site, given.delivery(given.item(), "website", Action.WITHDRAW), given.policy(), "误发")
    with pytest.raises(Refused, match="撤回"):
        publish(site, 1001, given.policy())
    publish(site, 1001, given.policy(), round=2, at=given.later(600))
    assert "本稿件已撤回" not in (site.public / "zcwj/202611/t20261123_1001.html").read_text()


def test_an_older_revision_never_overwrites_a_newer(site):
    publish(site, 1001, given.policy())
    work = given.delivery(given.item(), "website", Action.CORRECT, sequence=2, at=given.later(5))
    given.send(site, work, given.policy(title="新的标题"), "标题误写")
    before = given.files_under(site.public)
    with pytest.raises(Refused, match="第 2 版"):
        publish(site, 1001, given.policy())
    assert given.files_under(site.public) == before


def test_a_second_release_changes_no_file_and_keeps_the_time(site):
    publish(site, 1001, given.policy())
    before = {path: path.stat().st_mtime_ns for path in site.public.rglob("*") if path.is_file()}
    publish(site, 1001, given.policy(), at=given.later(9))
    assert {path: path.stat().st_mtime_ns for path in site.public.rglob("*") if path.is_file()} == before


def test_find_sees_only_what_stands_complete(site):
    work = given.delivery(given.item(), "website")
    made = site.render(work.item, given.policy())
    assert site.find(work, made) is None
    given.send(site, work, given.policy())
    found = site.find(work, made)
    assert found is not None
    assert found.state is State.LIVE
    (site.public / "zcwj/index.html").write_text("changed")
    assert site.find(work, made) is None


def test_a_changed_page_is_not_live(site):
    work = given.delivery(given.item(), "website")
    made, receipt = given.send(site, work, given.policy())
    page = site.public / work.item.address
    page.write_text(page.read_text().replace("以公开为常态", "以不公开为常态"))
    assert site.follow(work, made, receipt).state is State.ACCEPTED


@contextmanager
def served(folder: Path) -> Iterator[str]:
    folder.mkdir(parents=True, exist_ok=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Tests need no access log."""


def test_live_means_what_the_public_address_answers(tmp_path):
    bench = given.bench(tmp_path)
    work = given.delivery(given.item(), "website")
    with served(tmp_path / "elsewhere") as address:
        site = Website(given.outlet("website", read_back=address), bench)
        made, receipt = given.send(site, work, given.policy())
        seen = site.follow(work, made, receipt)
        assert (seen.state, seen.evidence["read_back"][-4:]) == (State.ACCEPTED, " 404")
    with served(site.public) as address:
        live = Website(given.outlet("website", read_back=address), bench).follow(work, made, receipt)
        assert live.state is State.LIVE
    gone = Website(given.outlet("website", read_back=address), bench).follow(work, made, receipt)
    assert gone.state is State.ACCEPTED


def test_a_departments_site_has_its_own_name_and_columns_and_the_canonical_address(tmp_path):
    options = {
        "name": "荆州市农业农村局",
        "url": "https://nyncj.jingzhou.gov.cn",
        "domain": "nyncj.jingzhou.gov.cn",
        "id_code": "4210000033",
        "organ": "荆州市农业农村局",
        "columns": ["bmgg"],
    }
    site = Website(given.outlet("website", **options), given.bench(tmp_path))
    _, receipt = publish(site, 7, given.notice(7), "bmgg")
    page = page_of(site, "bmgg/202611/t20261123_7.html")
    assert meta_of(page)["SiteIDCode"] == "4210000033"
    assert page.find(".//link[@rel='canonical']").get("href") == given.item(7, "bmgg").url
    assert receipt.url == "https://nyncj.jingzhou.gov.cn/bmgg/202611/t20261123_7.html"
    assert [finding.code for finding in site.check(given.policy())] == ["column-unknown"]


def test_rehearsal_is_stamped_on_every_page_and_no_engine_indexes_it(tmp_path):
    bench = given.bench(tmp_path, office=replace(given.OFFICE, rehearsal=True))
    site = Website(given.outlet("website"), bench)
    publish(site, 1001, given.policy())
    pages = [html.document_fromstring(path.read_text()) for path in site.public.rglob("*.html")]
    assert len(pages) > 4
    for page in pages:
        assert {"zh-CN": "演练", "zh-Hant": "演練"}[page.get("lang")] in page.find(".//body").text_content()
        assert "noindex" in meta_of(page)["robots"]


@pytest.mark.parametrize(
    "name", ["表.html", "a/b.pdf", ".htaccess", "", "x\u202efdp.exe", "图" * 70 + ".pdf", "图.SVG"]
)
def test_attachments_that_cannot_be_files_on_a_server_are_named(site, name):
    revision = replace(given.policy(), attachments=(Attachment(name, "0" * 64, "application/pdf", 9),))
    assert [finding.code for finding in site.check(revision)] == ["attachment-name"]
    with pytest.raises(CannotRender):
        site.render(given.item(), revision)


@pytest.mark.parametrize("name", ["附件1　任务表（2026年）.xlsx", "增长5%#1.pdf"])
def test_usual_chinese_file_names_are_taken_as_they_are(site, name):
    data = b"%PDF-1.7"
    attachment = Attachment(name, site.bench.assets.put(data), "application/pdf", len(data))
    publish(site, 1001, replace(given.policy(), attachments=(attachment,)))
    assert (site.public / "zcwj/202611/t20261123_1001/attachments" / name).read_bytes() == data


def test_two_attachments_of_one_name_are_refused(site):
    one = Attachment("表.xlsx", "0" * 64, "application/x", 9)
    revision = replace(given.policy(), attachments=(one, replace(one, digest="1" * 64)))
    assert [finding.code for finding in site.check(revision)] == ["attachment-name"]


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        '<p onclick="x()">好</p>',
        '<p><a href="javascript:alert(1)">好</a></p>',
        '<p><img src="https://elsewhere.example/x.png" alt=""/></p>',
        f'<p><img src="asset:{"a" * 64}" alt=""/></p>',
        "<p><!-- hidden -->好</p>",
        "<p>没有结束",
        "不在段落里的文字",
        '<p class="red">好</p>',
    ],
)
def test_a_body_outside_the_closed_subset_is_refused(site, body):
    revision = replace(given.policy(), body=body)
    assert site.check(revision)
    with pytest.raises(CannotRender):
        site.render(given.item(), revision)


def test_text_is_never_markup(site):
    hostile = '"><script>alert(1)</script>{{ 7*7 }}'
    revision = given.policy(title=hostile, organ=hostile, keywords=(hostile,), summary=hostile, editor=hostile)
    publish(site, 1001, revision)
    for path in site.public.rglob("*.html"):
        page = html.document_fromstring(path.read_text())
        assert not [
            script for script in page.iter("script") if "alert" in script.text_content() and not is_data(script)
        ]
        assert not page.xpath("//@onerror | //@onclick | //body//meta")
        assert "49" not in page.findtext(".//title")
    assert page_of(site, "index.html").findtext(".//h3/a") == hostile


def test_links_say_when_they_leave_for_a_site_that_is_not_the_governments(site):
    publish(site, 1001, given.policy())
    links = {
        link.text: link for link in page_of(site, "zcwj/202611/t20261123_1001.html").find_class("text")[0].iter("a")
    }
    assert links["技术文档"].get("class") == "external"
    assert "docs.example.com" in links["技术文档"].get("title")
    assert links["省政府网站"].get("class") is None


def test_tables_scroll_and_can_be_reached_by_keyboard(site):
    publish(site, 1001, given.policy())
    frame = page_of(site, "zcwj/202611/t20261123_1001.html").find_class("table")[0]
    assert (frame[0].tag, frame.get("tabindex"), frame.get("role")) == ("table", "0", "region")


def test_pages_need_no_script_and_no_other_host_and_stay_small(site):
    publish(site, 1001, given.with_files(given.policy(), site.bench.assets))
    style = next(site.public.glob("static/*.css")).read_bytes()
    assert not re.search(rb"https?:|@import|url\(", style)
    scripts = [path.read_bytes() for path in site.public.glob("static/*.js")]
    assert len(scripts) == 2 and sum(map(len, scripts)) < 10_000
    assert not any(re.search(rb"https?:|eval|innerHTML|new Function", script) for script in scripts)
    for path in site.public.rglob("*.html"):
        data = path.read_bytes()
        page = html.document_fromstring(data.decode())
        assert not [script for script in page.iter("script") if script.text_content() and not is_data(script)]
        assert not page.xpath("//@style | //style | //@*[starts-with(name(), 'on')]")
        assert len(data) + len(style) + sum(map(len, scripts)) < 60_000
        pointing = page.xpath("//link[@rel='canonical' or @hreflang]")
        tags = [tag for tag in page.iter("img", "link", "script") if tag not in pointing]
        loaded = [tag.get("src") or tag.get("href") or "" for tag in tags]
        assert not [address for address in loaded if address.startswith(("http", "//"))]


def test_every_page_has_landmarks_a_way_past_the_header_and_one_first_heading(site):
    publish(site, 1001, given.policy())
    for path in site.public.rglob("*.html"):
        page = html.document_fromstring(path.read_text())
        assert [len(page.findall(f".//{tag}")) for tag in ("main", "footer", "h1")] == [1, 1, 1]
        assert page.find(".//body/a[@class='skip']").get("href") == f"#{page.find('.//main').get('id')}"
        assert page.get("lang") == ("zh-Hant" if "hant" in path.relative_to(site.public).parts else "zh-CN")


def test_an_interview_says_who_and_when_and_where_to_take_part(site):
    revision = given.notice(
        5,
        kind=Kind.INTERVIEW,
        columns=("zxft",),
        guests=("张明",),
        held_at=given.NOON,
        form_link="https://www.jingzhou.gov.cn/ask?id=1",
    )
    publish(site, 5, revision, "zxft")
    page = page_of(site, "zxft/202611/t20261123_5.html")
    assert "2026年11月23日 12:00" in page.text_content()
    assert page.find_class("ways")[0].find(".//a").get("href") == "https://www.jingzhou.gov.cn/ask?id=1"


def test_the_feeds_are_announced_unless_the_outlet_has_none(tmp_path):
    for feeds, count in ((True, 4), (False, 0)):
        site = Website(given.outlet("website", feeds=feeds), given.bench(tmp_path / str(feeds)))
        publish(site, 1001, given.policy())
        page = page_of(site, "zcwj/202611/t20261123_1001.html")
        assert len(page.xpath("//link[@rel='alternate' and starts-with(@type, 'application/')]")) == count


def test_an_address_that_leads_out_of_the_site_is_refused(site):
    for address in ("../x.html", "/etc/x.html", "zcwj/.htaccess", ""):
        work = given.delivery(replace(given.item(), address=address), "website")
        made = site.render(work.item, given.policy()) if address else site.render(given.item(), given.policy())
        with pytest.raises(Refused, match="地址"):
            site.prepare(work, made)


def test_a_folder_that_cannot_be_made_is_said_before_anything_is_public(tmp_path):
    (tmp_path / "outlet").write_text("a file where the folder should be")
    site = Website(given.outlet("website"), given.bench(tmp_path))
    work = given.delivery(given.item(), "website")
    with pytest.raises(Unavailable, match="outlet"):
        site.prepare(work, site.render(work.item, given.policy()))


def test_a_lost_picture_is_named_to_the_editor(site):
    revision = given.with_files(given.policy(), site.bench.assets)
    site.bench.assets.path(revision.pictures[0].digest).unlink()
    with pytest.raises(CannotRender, match="路线图"):
        site.render(given.item(), revision)


def test_the_pages_head_values_hold_nothing_meant_for_other_channels(site):
    made = site.render(given.item(), given.policy(words={"weibo.text": "微博文字"}))
    head = json.loads(made.text("head.json"))
    assert "words" not in head
    assert "effect" not in head
