"""The inspection's pure rules: what a page carries, where links lead, freshness, dates, tags, the result."""

import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from content.inspection.columns import ColumnState, column_hits, home_hits, months_before
from content.inspection.hijack import Trusted, foreign_in_text, hijacked
from content.inspection.items import Dated, Interpreted, date_hits, interpretation_hits, results_hits
from content.inspection.page import Page
from content.inspection.result import GROUPS, PLACES, Findings, Hit
from content.inspection.rules import Weight, clock_of, codes
from content.inspection.tags import Footer, PageKind, footer_hits, tag_hits
from content.inspection.targets import Leads, Place

INSPECTION_HEAD = """# What `tongbu inspect` looks for

By the indicators of 《政府网站与政务新媒体检查指标》 (国办秘函〔2019〕19号). *Weight*: a `veto` (单项否决) fails the site, a `deduct`
(扣分) costs points, a `note` (提示) is for the editors. *integrity*: the site shows what nobody signed. A veto or an
integrity finding ends the command with 1.

* The rules, thresholds and words stand in `content/data/inspection.toml`: an office corrects them there.
* A column that has nothing and no page on the site is `column-waiting`; one whose page stands there empty is `column-blank`.
* Freshness is judged by when items were published, on the server's clock; an item without a date on its page counts as not
  updated.
* Not looked at: whether the site is reachable over a week (站点无法访问), services (服务不实用), answers to messages.

This file is written by `pytest tests/content/test_inspection.py --update-golden`.

| code | what | indicator | weight | rule | what to do |
|---|---|---|---|---|---|
"""
PLACE = Place("zcwj/202611/t20261123_1001.html", frozenset({"www.jingzhou.gov.cn"}))
TRUSTED = Trusted(("gov.cn",))
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

CLEAN = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>关于供水的通知</title>
<link rel="stylesheet" href="../../static/site-1.css"><script src="../../static/site-1.js" defer></script>
<script type="application/ld+json">{"@context": "https://schema.org"}</script></head><body>
<a class="skip" href="#content">跳到正文</a><div hidden><button type="button">朗读</button><a href="../../index.html">首页</a></div>
<main id="content"><!--tongbu:body--><p>详见<a href="https://www.hubei.gov.cn/help">省政府网站</a>，电话<a href="tel:0716-12345">12345</a>，
版本1.2.3，附件：供水表.xlsx。</p><!--/tongbu:body--><img src="t20261123_1001/a.png" alt="图"></main>
<a href="https://beian.miit.gov.cn/"><svg viewBox="0 0 1 1"></svg></a></body></html>"""


def found(extra: str, where: str = "</main>") -> dict[str, str]:
    """Code → words of what a page carries, with *extra* put into it."""
    page = Page(CLEAN.replace(where, extra + where, 1).encode())
    return {hit.code: hit.found for hit in hijacked(page, PLACE, TRUSTED)}


def test_a_page_as_we_write_it_carries_nothing_foreign() -> None:
    assert found("") == {}


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="https://evil.example.com/x.js"></script>',
        '<script src="//evil.example.com/x.js"></script>',
        '<script src="\\\\evil.example.com/x.js"></script>',
        "<SCRIPT SRC=http:evil.example.com/x.js></SCRIPT>",
        '<script src="data:text/javascript,alert(1)"></script>',
        "<script>document.write('x')</script>",
        '<script type="module">import "x"</script>',
        '<script type=" application/ld+json ; x">alert(1)</script>',
        '<img src="a.png" onerror="alert(1)">',
        "<svg/onload=alert(1)>",
        '<a href="javascript:alert(1)">查询</a>',
        '<a href="JaVaScRiPt:alert(1)">查询</a>',
        '<a href=" java\nscript:alert(1)">查询</a>',
        '<a href="&#106;avascript:alert(1)">查询</a>',
        '<form action="javascript:alert(1)"><button>查询</button></form>',
        '<button formaction="vbscript:x">查询</button>',
        '<svg><a xlink:href="javascript:alert(1)"><text>查询</text></a></svg>',
        '<svg><set attributeName="href" to="javascript:alert(1)"/></svg>',
        '<link rel="stylesheet" href="https://cdn.example.com/a.css">',
        "\0<script>alert(1)</script>",
    ],
)
def test_a_script_that_is_not_ours_is_named(markup: str) -> None:
    assert "script-foreign" in found(markup)


@pytest.mark.parametrize(
    "markup",
    [
        '<iframe src="https://casino.example.com/"></iframe>',
        '<iframe srcdoc="<p>x</p>"></iframe>',
        '<iframe src="data:text/html,x"></iframe>',
        '<object data="//casino.example.com/a.swf"></object>',
        '<embed src="http://casino.example.com/a.swf">',
        '<meta http-equiv="refresh" content="0;url=https://casino.example.com/">',
        '<meta http-equiv="Refresh" content="3, //casino.example.com/">',
        '<base href="https://casino.example.com/">',
    ],
)
def test_a_foreign_frame_or_redirection_is_named(markup: str) -> None:
    assert "frame-foreign" in found(markup)


@pytest.mark.parametrize(
    "markup",
    [
        '<div style="display:none"><a href="https://casino.example.com">博彩</a></div>',
        '<div style="DISPLAY : none !important"><p><a href="https://casino.example.com">博彩</a></p></div>',
        '<a style="visibility:hidden" href="https://casino.example.com">博彩</a>',
        '<a style="font-size:0" href="https://casino.example.com">博彩</a>',
        '<a href="https://casino.example.com"><span style="font-size:0px">博彩</span></a>',
        '<div style="position:absolute;left:-9999px"><a href="https://casino.example.com">博彩</a></div>',
        '<div style="text-indent:-9999px"><a href="https://casino.example.com">博彩</a></div>',
        '<div style="height:0;overflow:hidden"><a href="https://casino.example.com">博彩</a></div>',
        '<a style="color:#fff" href="https://casino.example.com">博彩</a>',
        '<a style="color:#e8e8e8;background:#e8e8e8" href="https://casino.example.com">博彩</a>',
        '<font color="white"><a href="https://casino.example.com">博彩</a></font>',
        '<div hidden><a href="https://casino.example.com">博彩</a></div>',
        '<noscript><a href="https://casino.example.com">博彩</a></noscript>',
        '<marquee height="1" width="4"><a href="https://casino.example.com">博彩</a></marquee>',
        '<a href="https://casino.example.com"></a>',
        '<a href="https://casino.example.com"> &nbsp; </a>',
        '<!-- <a href="https://casino.example.com">博彩</a> -->',
        "<!--[if IE]><script src=x></script><![endif]-->",
    ],
)
def test_a_hidden_link_is_named(markup: str) -> None:
    assert "link-hidden" in found(markup)


def test_a_link_on_a_hidden_place_inside_the_site_is_no_hidden_link() -> None:
    assert found('<div style="display:none"><a href="../../index.html">首页</a></div>') == {}


def test_white_text_on_a_dark_ground_is_seen() -> None:
    shown = '<div style="background:#9c1c1f"><a style="color:#fff" href="https://www.hubei.gov.cn/">省政府</a></div>'
    assert found(shown) == {}


@pytest.mark.parametrize(
    ("markup", "code", "name"),
    [
        ('<a href="https://bank.example.com/a">银行</a>', "link-foreign", "bank.example.com"),
        ('<a href="https://www.jingzhou.gov.cn@bank.example.com/">市政府</a>', "link-foreign", "bank.example.com"),
        ('<a href="https://www.jingzhou.gov.cn.evil.com/">市政府</a>', "link-foreign", "evil.com"),
        ('<form action="https://bank.example.com/a"></form>', "link-foreign", "bank.example.com"),
        ('<img src="http://pixel.example.com/1.gif" alt="">', "link-foreign", "pixel.example.com"),
        ('<img srcset="a.png 1x, //pixel.example.com/2.png 2x" alt="">', "link-foreign", "pixel.example.com"),
        ('<p style="background:url(//pixel.example.com/a.png)">x</p>', "link-foreign", "pixel.example.com"),
        ("<p>网站www.qlyewu.com可以下载。</p>", "host-foreign", "www.qlyewu.com"),
        ("<p>网站www.<b>qlyewu</b>.com可以下载。</p>", "host-foreign", "www.qlyewu.com"),
        ("<p>网站ｗｗｗ．ｑｌｙｅｗｕ．ｃｏｍ可以下载。</p>", "host-foreign", "www.qlyewu.com"),
        ("<p>《www.248365365.com/办公室关于做好工作的通知》</p>", "host-in-name", "www.248365365.com"),
        ("<p>通过www.248365365.com公报公开</p>", "host-in-name", "www.248365365.com"),
        ("<p>邮箱a@163.com</p>", "mail-foreign", "163.com"),
    ],
)
def test_a_foreign_host_is_named(markup: str, code: str, name: str) -> None:
    assert name in found(markup)[code]


def test_a_foreign_host_in_a_title_is_named() -> None:
    assert "www.248365365.com" in found("www.248365365.com/人民政府", "</title>")["host-in-name"]


def test_a_style_sheet_that_loads_from_elsewhere_is_named() -> None:
    (hit,) = foreign_in_text("a{}\n@import url(//evil.example.com/a.css);", "static/site.css", TRUSTED)
    assert (hit.code, hit.line) == ("link-foreign", 2)
    assert list(foreign_in_text('<svg xmlns="http://www.w3.org/2000/svg">', "static/a.svg", TRUSTED)) == []


def test_a_page_that_hides_behind_a_depth_of_elements_is_named() -> None:
    assert "file-strange" in found("<div>" * 20_000 + '<a href="https://casino.example.com">a</a>')


def test_many_hidden_links_take_time_that_grows_with_their_number() -> None:
    began = time.process_time()
    assert "link-hidden" in found("<p style='display:none'>" * 500 + '<a href="//casino.example.com">a</a>' * 3_000)
    assert time.process_time() - began < 20


# Where links lead


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("../../index.html", "index.html"),
        ("../../", "index.html"),
        ("t20261123_1001/a%20b.png", "zcwj/202611/t20261123_1001/a b.png"),
        ("/zcwj/", "zcwj/index.html"),
        ("https://www.jingzhou.gov.cn/zcwj/index.html?x=1", "zcwj/index.html"),
        ("//www.jingzhou.gov.cn", "index.html"),
        ("../../../../etc/passwd", "etc/passwd"),
        ("#content", PLACE.path),
        ("", PLACE.path),
        ("?page=2", PLACE.path),
        ("%E6%96%87.html", "zcwj/202611/文.html"),
    ],
)
def test_a_link_inside_leads_to_a_file(written: str, path: str) -> None:
    target = PLACE.target(written)
    assert (target.leads, target.path) == (Leads.INSIDE, path)


@pytest.mark.parametrize(
    ("written", "leads"),
    [
        ("https://a.com", Leads.OUTSIDE),
        ("\\\\a.com/x", Leads.OUTSIDE),
        ("http:\\\\a.com", Leads.OUTSIDE),
        ("ftp://a.com", Leads.OUTSIDE),
        ("mailto:a@b.cn", Leads.NOWHERE),
        ("http://[", Leads.NOWHERE),
        ("data:text/html,x", Leads.DATA),
        ("\x01javascript:x", Leads.RUNS),
    ],
)
def test_other_links_are_told_apart(written: str, leads: Leads) -> None:
    assert PLACE.target(written).leads is leads


# Columns


def column(name: str, type_: str, days: int | None, **more: bool) -> ColumnState:
    newest = NOON - timedelta(days=days) if days is not None else None
    return ColumnState(name, type_, f"{name}/index.html", more.get("shown", True), more.get("stands", True), newest)


def codes_of(columns: list[ColumnState]) -> list[str]:
    return [hit.code for hit in column_hits(columns, NOON)]


@pytest.mark.parametrize(
    ("name", "type_", "fresh", "stale"),
    [
        ("荆州要闻", "工作动态", 14, 15),
        ("政策文件", "政策文件", 184, 185),
        ("人事任免", "机构职能", 365, 366),
        ("工作规划", "工作动态", 365, 366),
    ],
)
def test_a_column_is_stale_after_its_own_clock(name: str, type_: str, fresh: int, stale: int) -> None:
    assert codes_of([column(name, type_, fresh)]) == []
    assert codes_of([column(name, type_, stale)]) == ["column-stale"]


def test_a_column_without_a_clock_never_is() -> None:
    assert clock_of("机构概况", "概况信息") is None
    assert codes_of([column("机构概况", "概况信息", 5000)]) == []


def test_items_without_a_date_count_as_not_updated() -> None:
    assert codes_of([column("荆州要闻", "工作动态", None)]) == ["column-stale"]


def test_five_strict_stale_columns_are_a_veto_and_four_are_none() -> None:
    stale = [column(f"要闻{n}", "工作动态", 30) for n in range(5)]
    assert "columns-stale" not in codes_of(stale[:4])
    assert codes_of(stale).count("columns-stale") == 1
    yearly = [column(f"规划{n}", "概况信息", 400) for n in range(9)]
    assert "columns-stale" not in codes_of(yearly)
    assert "columns-stale" in codes_of([*yearly, stale[0]])


def test_five_blank_columns_are_a_veto_and_hidden_ones_are_a_remark() -> None:
    blank = [column(f"栏目{n}", "概况信息", None, shown=False) for n in range(5)]
    assert "columns-blank" not in codes_of(blank[:4])
    assert "columns-blank" in codes_of(blank)
    hidden = [column(f"栏目{n}", "概况信息", None, shown=False, stands=False) for n in range(9)]
    assert codes_of(hidden) == ["column-waiting"]


def test_the_home_page_needs_something_new_every_two_weeks() -> None:
    assert list(home_hits(NOON - timedelta(days=14), NOON)) == []
    assert [hit.code for hit in home_hits(NOON - timedelta(days=14, seconds=1), NOON)] == ["home-stale"]
    assert [hit.code for hit in home_hits(None, NOON)] == ["home-stale"]


def test_months_are_calendar_months() -> None:
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date(2026, 3, 1), 12) == date(2025, 3, 1)


# Items


def dated(**changes: object) -> list[str]:
    values: dict[str, object] = {
        "path": "p",
        "made_on": date(2026, 11, 20),
        "published_at": NOON,
        "page_date": "2026-11-23 12:00",
        "first_live": (NOON, NOON),
    }
    return [hit.code for hit in date_hits(Dated(**{**values, **changes}))]  # type: ignore[arg-type]


def test_dates_that_agree_are_no_finding() -> None:
    assert dated() == []
    assert dated(first_live=None, made_on=None, page_date=None) == []


def test_a_page_that_shows_another_time_than_the_server_is_back_dated() -> None:
    assert dated(page_date="2026-11-22 12:00") == ["back-dated"]


def test_a_shelf_that_shows_another_time_than_the_ledger_is_back_dated() -> None:
    later = NOON + timedelta(days=1)
    assert dated(first_live=(later, later)) == ["back-dated"]


def test_a_document_made_after_it_was_published_and_one_published_late() -> None:
    assert dated(made_on=date(2026, 11, 24)) == ["dates-reversed"]
    assert dated(made_on=date(2026, 10, 26)) == []
    assert dated(made_on=date(2026, 10, 23)) == ["published-late"]


def interpreted(now: datetime, interpretations: tuple[datetime, ...] = (), **changes: object) -> list[str]:
    values: dict[str, object] = {
        "path": "p",
        "title": "通知",
        "kind": "policy-document",
        "normative": True,
        "in_effect": True,
        "published_at": NOON,
        "interpretations": interpretations,
    }
    return [hit.code for hit in interpretation_hits(Interpreted(**{**values, **changes}), now)]  # type: ignore[arg-type]


def test_an_interpretation_is_missing_on_the_fourth_working_day() -> None:
    """NOON is a Monday: the third working day after it is Thursday the 26th."""
    thursday = datetime(2026, 11, 26, 15, 59, tzinfo=UTC)
    assert interpreted(thursday) == []
    assert interpreted(thursday + timedelta(minutes=1)) == ["interpretation-missing"]
    assert interpreted(thursday + timedelta(days=9), normative=False) == []
    assert interpreted(thursday + timedelta(days=9), in_effect=False) == []
    assert interpreted(thursday + timedelta(days=9), kind="interpretation") == []


def test_an_interpretation_in_time_and_one_that_came_late() -> None:
    later = NOON + timedelta(days=30)
    assert interpreted(later, (NOON,)) == []
    assert interpreted(later, (NOON + timedelta(days=5),)) == ["interpretation-late"]


def test_a_survey_without_results_is_overdue_after_three_months() -> None:
    def at(closes_on: date) -> list[Hit]:
        return list(results_hits("p", "问卷", "survey", closes_on, NOON))

    assert at(date(2026, 8, 23)) == []
    assert [hit.code for hit in at(date(2026, 8, 22))] == ["results-overdue"]
    assert list(results_hits("p", "通知", "policy-document", date(2020, 1, 1), NOON)) == []


# Tags and footer


def tags(*metas: str, kind: PageKind = PageKind.OTHER) -> list[tuple[str, str]]:
    page = Page(f"<html><head>{''.join(metas)}</head><body></body></html>".encode())
    return [(hit.code, hit.found) for hit in tag_hits(page, kind, "p")]


SITE_TAGS = (
    '<meta name="SiteName" content="荆州市人民政府">',
    '<meta name="SiteDomain" content="www.jingzhou.gov.cn">',
    '<meta name="SiteIDCode" content="4210000001">',
)


def test_tags_that_are_there_are_no_finding() -> None:
    assert tags(*SITE_TAGS) == []


def test_missing_empty_and_malformed_tags_are_named() -> None:
    assert tags(*SITE_TAGS[:2]) == [("tag-missing", "SiteIDCode")]
    assert tags(*SITE_TAGS, '<meta name="Keywords" content="null">') == [("tag-empty", "Keywords=“null”")]
    assert tags(*SITE_TAGS, '<meta name="Author" content=" ">') == [("tag-empty", "Author=“”")]
    assert [code for code, _ in tags(*SITE_TAGS, kind=PageKind.CONTENT)] == ["tag-missing"] * 7
    wrong = '<meta name="PubDate" content="2026年11月23日">'
    assert tags(*SITE_TAGS, wrong) == [("tag-wrong", "PubDate=“2026年11月23日”")]


def test_a_footer_says_what_it_must() -> None:
    footer = Footer(
        (("网站标识码", "4210000001"), ("主办单位", "荆州市人民政府")), frozenset({"网站标识码"}), "https://r.gov.cn/"
    )
    whole = '<a href="https://r.gov.cn/">找错</a><a href="/sitemap.html">站点地图</a><p>4210000001 荆州市<b>人民政府</b></p>'

    def lacking(markup: str, *, translated: bool = False) -> list[str]:
        return [hit.code for hit in footer_hits(Page(markup.encode()), PLACE, footer, translated=translated)]

    assert lacking(whole) == []
    assert lacking(whole.replace("人民政府", "people")) == ["footer-incomplete"]
    assert lacking(whole.replace("人民政府", "people"), translated=True) == []
    assert lacking(whole.replace("https://r.gov.cn/", "#")) == ["error-report-missing"]
    assert len(lacking("")) == 4


# The result


def test_findings_with_the_same_words_stand_together_and_altered_files_one_by_one() -> None:
    findings = Findings()
    findings.add(Hit("footer-incomplete", f"page-{n}.html", "网站标识码") for n in range(100))
    findings.add(Hit("file-altered", f"page-{n}.html", "内容与发布记录不一致") for n in range(3))
    groups = list(findings.groups())
    assert [group.count for group in groups] == [1, 1, 1, 100]
    assert len(groups[-1].places) == PLACES
    assert findings.by_weight() == {"veto": 3, "deduct": 100, "note": 0}
    assert findings.blocks


def test_a_flood_of_findings_is_counted_and_does_not_fill_the_memory() -> None:
    findings = Findings()
    findings.add(Hit("file-added", f"{n}.html", "x") for n in range(GROUPS + 7))
    assert len(list(findings.groups())) == GROUPS
    assert findings.counts["file-added"] == GROUPS + 7
    assert findings.left_out() == {"file-added": 7}


def test_every_code_is_documented(request: pytest.FixtureRequest) -> None:
    """``docs/inspection.md`` is written by this test with ``--update-golden``."""
    path = Path(__file__).parent.parent.parent / "docs" / "inspection.md"
    lines = [
        f"| `{one.code}` | {one.title} | {one.indicator} | {one.weight.value}{' · integrity' if one.integrity else ''} | {one.source} | {one.mend} |\n"
        for one in codes().values()
    ]
    wanted = INSPECTION_HEAD + "".join(lines)
    if request.config.getoption("--update-golden"):
        path.write_text(wanted, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == wanted, "the rules changed: run this test with --update-golden"


def test_every_code_says_by_which_rule_and_what_to_do() -> None:
    assert all(code.source and code.mend and code.title and code.indicator for code in codes().values())
    assert all(code.weight is Weight.VETO for code in codes().values() if code.integrity)
