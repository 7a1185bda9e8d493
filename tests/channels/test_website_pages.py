"""Every kind of page: its tags, its data for search engines, its languages, and what it says of a document's life."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import html

from channels.website import Website, icons
from channels.website.layout import STATIC, TEMPLATES, static_files
from channels.website.traditional import hant_page
from channels.website.wording import wording
from content.vocabulary import KIND_LABELS, Action, Kind, Openness
from tests.channels import site_bench as given

POLICY, TOLD, ENGLISH = (f"zcwj/202611/t20261123_{serial}.html" for serial in (1001, 1002, 1003))
ASKED, ANSWERED, TALK, GONE = (f"zxft/202611/t20261123_{serial}.html" for serial in (1004, 1005, 1006, 1007))
URL = "https://www.jingzhou.gov.cn/"
KINDS_OF_PAGE = [
    "index.html",
    "sitemap.html",
    "about.html",
    "404.html",
    "zcwj/index.html",
    "zcwj/page-1.html",
    "catalogue/index.html",
    "catalogue/theme/综合政务/index.html",
    "catalogue/organ/荆州市人民政府办公室/index.html",
    "topic/index.html",
    "topic/优化营商环境/index.html",
    "openness/index.html",
    "openness/决策公开/index.html",
    "series/index.html",
    "series/荆州市人民政府办公室/2016/index.html",
    "en/index.html",
    POLICY,
    TOLD,
    ENGLISH,
    ASKED,
    ANSWERED,
    TALK,
    GONE,
]


def publish(site: Website, serial: int, revision, column: str = "zcwj", **changes):
    given.send(site, given.delivery(given.item(serial, column), "website", **changes), revision)


def filled(folder: Path) -> Website:
    site = Website(given.outlet("website", english_name="Jingzhou"), given.bench(folder))
    for serial in range(1, 43):
        publish(site, serial, given.notice(serial, columns=("zcwj",)), at=given.later(serial))
    topics = {"topics": ("优化营商环境",), "openness": (Openness.DECISION,)}
    publish(site, 1001, given.with_files(given.policy(**topics), site.bench.assets), at=given.later(50))
    publish(site, 1002, given.interpretation(columns=("zcwj",)), at=given.later(51))
    translated = given.policy(
        language="en", document_number="", translation_of=given.POLICY_NUMBER, title="On Open Government"
    )
    publish(site, 1003, replace(translated, body="<p>A text in English.</p>"), at=given.later(52))
    asking = {"kind": Kind.CONSULTATION, "columns": ("zxft",)}
    dates = {
        "opens_on": date(2026, 11, 1),
        "closes_on": date(2026, 11, 30),
        "form_link": "https://www.jingzhou.gov.cn/f",
    }
    publish(site, 1004, given.notice(4, **asking, **dates, document_number="荆政办函〔2026〕58号"), "zxft")
    answers = {"results_of": ("荆政办函〔2026〕58号",), "received": 20, "adopted": 0}
    publish(site, 1005, given.notice(5, **asking, **answers), "zxft")
    talk = given.notice(6, kind=Kind.INTERVIEW, columns=("zxft",), guests=("张明",), held_at=given.NOON, principal=True)
    publish(site, 1006, talk, "zxft")
    publish(site, 1007, given.notice(7, columns=("zxft",)), "zxft")
    given.send(site, given.delivery(given.item(1007, "zxft"), "website", Action.WITHDRAW), given.notice(7), "误发")
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Website:
    """A site with a page of every kind. Tests only read it."""
    return filled(tmp_path_factory.mktemp("pages"))


def page_of(site: Website, address: str) -> html.HtmlElement:
    return html.document_fromstring((site.public / address).read_text())


def pages(site: Website) -> Iterator[tuple[str, html.HtmlElement]]:
    for path in sorted(site.public.rglob("*.html")):
        yield str(path.relative_to(site.public)), html.document_fromstring(path.read_text())


def meta_of(page: html.HtmlElement) -> dict[str, str]:
    return {tag.get("name"): tag.get("content") for tag in page.iter("meta") if tag.get("name")}


def data_of(page: html.HtmlElement) -> list[dict[str, object]]:
    texts = page.xpath("//script[@type='application/ld+json']/text()")
    return [thing for text in texts for thing in json.loads(text)["@graph"]]


def alternates(page: html.HtmlElement) -> dict[str, str]:
    return {tag.get("hreflang"): tag.get("href") for tag in page.xpath("//link[@rel='alternate'][@hreflang]")}


@pytest.mark.parametrize("address", KINDS_OF_PAGE)
def test_every_kind_of_page_has_its_tags_and_none_is_empty(site, address):
    for folder in ("", "hant/") if address not in ("404.html", "en/index.html", ENGLISH) else ("",):
        tags = page_of(site, folder + address).xpath("//meta[@name]")
        meta = {tag.get("name"): tag.get("content") for tag in tags}
        assert len(tags) == len(meta), "a tag stands twice"
        assert {"SiteName", "SiteDomain", "SiteIDCode"} <= meta.keys()
        assert {"ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"} <= meta.keys()
        assert [name for name, text in meta.items() if not text or not text.strip() or text in ("null", "None")] == []
        if re.search(r"/t\d+_", address):
            assert {"ArticleTitle", "PubDate", "ContentSource"} <= meta.keys()
            assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", meta["PubDate"])


@pytest.mark.parametrize("address", [address for address in KINDS_OF_PAGE if address not in ("404.html", GONE)])
def test_search_engines_get_the_way_to_a_page_and_what_it_is(site, address):
    things = data_of(page_of(site, address))
    kinds = [thing["@type"] for thing in things]
    if address == "index.html":
        assert kinds == ["GovernmentOrganization", "WebSite"]
        return
    steps = things[-1]["itemListElement"]
    assert kinds[-1] == "BreadcrumbList"
    assert [step["position"] for step in steps] == list(range(1, len(steps) + 1))
    for step in steps:
        path = unquote(step["item"].removeprefix(URL)) or "index.html"
        assert (site.public / path).is_file(), path


def test_a_document_an_interview_and_an_article_are_told_apart(site):
    law, talk, told = (data_of(page_of(site, address))[0] for address in (POLICY, TALK, TOLD))
    assert law["@type"] == "Legislation"
    assert (law["legislationIdentifier"], law["legislationDate"]) == (given.POLICY_NUMBER, "2016-05-18")
    assert law["legislationLegalForce"] == "https://schema.org/InForce"
    assert (talk["@type"], talk["performer"]) == ("Event", [{"@type": "Person", "name": "张明"}])
    assert (told["@type"], told["datePublished"][:10]) == ("NewsArticle", "2026-11-23")


def test_no_text_can_end_the_data_or_begin_another_element(tmp_path):
    site = Website(given.outlet("website"), given.bench(tmp_path))
    hostile = '</script><script>alert("1")</script><!--&\u2028'
    publish(site, 1001, given.policy(title=hostile, summary=hostile, keywords=(hostile,)))
    page = page_of(site, POLICY)
    assert data_of(page)[0]["name"] == hostile
    assert len(page.xpath("//script")) == 3
    assert not page.xpath("//script[not(@src) and not(@type)]")


def test_translations_and_twins_name_each_other_on_all_their_pages(site):
    said = alternates(page_of(site, POLICY))
    assert said == {"zh-Hans": URL + POLICY, "zh-Hant": f"{URL}hant/{POLICY}", "en": URL + ENGLISH}
    assert alternates(page_of(site, f"hant/{POLICY}")) == said
    assert alternates(page_of(site, ENGLISH)) == said
    assert alternates(page_of(site, "zcwj/index.html")).keys() == {"zh-Hans", "zh-Hant"}


def test_what_is_announced_in_another_language_is_there(site):
    seen = 0
    for path, page in pages(site):
        for language, address in alternates(page).items():
            target = unquote(address.removeprefix(URL))
            there = site.public / (f"{target}index.html" if not target or target.endswith("/") else target)
            assert there.is_file(), f"{path}: {language} {address}"
            seen += 1
    assert seen > 100


def test_an_english_item_has_an_english_frame_and_leads_to_its_original(site):
    page = page_of(site, ENGLISH)
    assert page.get("lang") == "en"
    for part in ("header", "footer", "nav"):
        for element in page.iter(part):
            alone = [text for text in element.itertext() if re.search("[\u4e00-\u9fff]", text) and text != "中文"]
            marked = element.xpath(".//*[starts-with(@lang, 'zh')]")
            inside = {text for one in marked for text in one.itertext()}
            assert not [text for text in alone if text not in inside], part
    assert page.xpath("//header//a[@hreflang='zh-Hans']/@href") == [f"../../{POLICY}"]
    assert page.xpath("//section[@class='ties']//a/@href") == [f"../../{POLICY}"]
    assert page.xpath("//section[@class='ties']//a/@lang") == ["zh-CN"]
    assert page.xpath("//section[@class='ties']/h2/text()") == ["Original"]
    assert "On Open Government" in page_of(site, "en/index.html").text_content()
    assert "On Open Government" not in page_of(site, "zcwj/index.html").text_content()


def test_every_text_of_the_frame_is_there_in_both_languages():
    sections = tomllib.loads((TEMPLATES / "words.toml").read_text())
    chinese_only = {("lists", "title"), ("lists", "description")}
    for section, entries in sections.items():
        for name, texts in entries.items():
            assert texts.keys() == {"zh", "en"}, name
            assert texts["en"].count("{}") == texts["zh"].count("{}"), name
            assert texts["zh"] or (section, name) in chinese_only
    assert {kind: getattr(wording(english=False).kinds, kind) for kind in Kind} == KIND_LABELS


def test_a_traditional_page_is_converted_marked_and_proves_nothing(site):
    page = page_of(site, f"hant/{POLICY}")
    assert page.get("lang") == "zh-Hant"
    text = page.text_content()
    assert "荊州市人民政府辦公室關於做好政務公開和政府網站建設管理工作的通知" in text
    assert "荊政辦發〔2016〕21號" in text
    assert "本頁由機器自動轉換" in text
    source = (site.public / f"hant/{POLICY}").read_text()
    assert "tongbu" not in source
    assert "ld+json" not in source
    assert page.find(".//link[@rel='canonical']").get("href") == URL + POLICY
    assert page.xpath("//p[@class='converted']/a/@href") == [f"../../../{POLICY}"]
    assert page.find_class("script")[0].get("href") == f"../../../{POLICY}"


def test_traditional_pages_lead_on_in_traditional_and_to_the_one_copy_of_files(site):
    page = page_of(site, f"hant/{POLICY}")
    assert page.xpath("//nav[@class='crumbs']/a/@href") == ["../../index.html", "../../zcwj/index.html"]
    picture = page.find(".//figure/img")
    folder = f"../../../{POLICY.removesuffix('.html')}"
    assert picture.get("src").startswith(f"{folder}/pictures/")
    assert [part.split()[0].startswith(f"{folder}/pictures/") for part in picture.get("srcset").split(",")] == [
        True,
        True,
    ]
    assert page.xpath("//section[@class='files']//a/@href")[0].startswith(f"{folder}/attachments/")
    assert page.find(".//form").get("action") == "../../search"
    assert page.xpath("//section[@class='ties']//a[@hreflang='en']/@href") == [f"../../../{ENGLISH}"]
    assert not (site.public / "hant/zcwj/202611/t20261123_1001").exists()
    assert not (site.public / f"hant/{ENGLISH}").exists()


def test_a_form_sends_what_the_search_knows_from_traditional_pages_too(site):
    plain, turned = (page_of(site, f"{folder}catalogue/index.html") for folder in ("", "hant/"))
    values = plain.xpath("//form[@class='filters']//option/@value")
    assert "荆州市人民政府办公室" in values
    assert turned.xpath("//form[@class='filters']//option/@value") == values
    assert "荊州市人民政府辦公室" in turned.xpath("//form[@class='filters']//option/text()")


def test_text_that_looks_like_a_tag_or_a_mark_is_only_converted():
    body = '<p>src="x.jpg" href=\'y\' &lt;img src="t1/a.jpg"&gt; tongbu-item 发展</p>'
    page = f'<html lang="zh-CN"><body><header class="masthead">\n</header>{body}</body></html>'
    turned = hant_page("zcwj/202611/t1.html", page.encode()).decode()
    assert body.replace("发展", "發展") in turned


def test_an_amended_document_says_so_above_its_text(tmp_path):
    site = Website(given.outlet("website"), given.bench(tmp_path))
    publish(site, 1001, given.policy())
    amending = given.policy(
        title="关于修改若干文件的决定", document_number="荆政发〔2026〕3号", amends=(given.POLICY_NUMBER,)
    )
    publish(site, 1002, amending)
    notice = page_of(site, POLICY).find_class("notice")[0]
    assert notice.text_content() == "本文件已被以下文件修改：关于修改若干文件的决定荆政发〔2026〕3号"
    assert notice.find(".//a").get("href") == f"../../{TOLD}"
    assert page_of(site, TOLD).find_class("notice") == []
    given.send(site, given.delivery(given.item(1002), "website", Action.WITHDRAW), amending, "误发")
    assert page_of(site, POLICY).find_class("notice") == []


def test_a_consultation_gives_its_dates_to_readers_and_the_script_and_its_results(site):
    page = page_of(site, ASKED)
    status = page.find_class("status")[0]
    assert (status.get("data-opens"), status.get("data-closes")) == ("2026-11-01", "2026-11-30")
    assert status.get("hidden") is not None
    assert "2026年11月1日至2026年11月30日" in page.text_content()
    taking = page.xpath("//div[@data-while-open]//a/@href")
    assert taking == ["https://www.jingzhou.gov.cn/f"]
    said = page_of(site, ANSWERED).find_class("ways")[0].text_content()
    assert "20 条" in said and "0 条" in said
    assert page.xpath("//section[@class='ties']//a/@href") == [f"../../{ANSWERED}"]


def test_the_catalogue_names_the_four_fields_and_leads_to_its_filters(site):
    page = page_of(site, "catalogue/index.html")
    assert page.xpath("//table//thead//th/text()") == ["索引号", "名称", "内容概述", "生成日期"]
    row = next(row for row in page.iter("tr") if given.POLICY_NUMBER in row.text_content())
    cells = [cell.text_content() for cell in row]
    assert (cells[0], cells[3]) == ("011337057/2026-01001", "2016-05-18")
    assert cells[2] == given.policy().fields.summary
    names = page.xpath("//form[@class='filters']//select/@name")
    assert names == ["theme", "organ", "year", "genre", "effect"]
    links = [unquote(link) for link in page.xpath("//details//a/@href")]
    assert "../catalogue/theme/综合政务/index.html" in links and "../catalogue/year/2016/index.html" in links


def test_feeds_of_the_column_the_topics_and_the_organ_are_announced(site):
    found = page_of(site, POLICY).xpath("//link[@rel='alternate' and @type]/@href")
    assert [unquote(address) for address in found] == [
        "../../feeds/all.rss.xml",
        "../../feeds/all.atom.xml",
        "../../feeds/zcwj.rss.xml",
        "../../feeds/topic/优化营商环境.rss.xml",
        "../../feeds/organ/荆州市人民政府办公室.rss.xml",
    ]
    assert "../../feeds/topic/优化营商环境.rss.xml" in map(
        unquote, page_of(site, "topic/优化营商环境/index.html").xpath("//link[@rel='alternate']/@href")
    )


def test_what_only_a_script_can_do_is_hidden_until_one_runs(site):
    seen = 0
    for path, page in pages(site):
        for button in page.iter("button"):
            own = button.get("type") == "submit"
            hidden = [one for one in [button, *button.iterancestors()] if one.get("hidden") is not None]
            assert own or hidden, path
            seen += not own
    assert seen > 50


def test_a_page_that_answers_anywhere_depends_on_no_folder(site):
    page = page_of(site, "404.html")
    addresses = page.xpath("//a/@href | //link/@href | //script/@src | //form/@action")
    assert [one for one in addresses if not one.startswith(("/", "http", "#"))] == []
    assert page.find(".//form[@role='search']") is not None


def test_the_mark_of_a_government_site_leads_to_its_entry_where_the_office_has_one(tmp_path):
    entry = "https://bszs.conac.cn/sitename?method=show&id=1"
    for options, found in ({}, []), ({"mark_record": entry}, [entry]):
        site = Website(given.outlet("website", **options), given.bench(tmp_path / str(len(options))))
        publish(site, 1001, given.policy())
        badge = page_of(site, POLICY).find_class("badge")[0]
        assert "党政机关网站" in badge.text_content()
        assert badge.xpath("self::a/@href") == found


def test_the_icons_are_what_their_drawing_makes():
    assert (STATIC / "icon.svg").read_bytes() == icons.svg()
    linked = {re.sub(r"-[0-9a-f]{10}\.", ".", name) for name in static_files()}
    assert {"favicon.ico", "static/icon.png", "static/icon.svg", "static/site.css"} <= linked


def test_a_site_without_twins_or_search_offers_neither(tmp_path):
    site = Website(given.outlet("website", traditional=False, search=False), given.bench(tmp_path))
    publish(site, 1001, given.policy())
    assert not (site.public / "hant").exists()
    for path, page in pages(site):
        assert page.find_class("script") == [] and page.find(".//form") is None, path
        assert alternates(page) == {}
