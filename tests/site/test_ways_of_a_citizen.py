"""What citizens do on the site, in a real browser: read, print, enlarge, listen, share, with and without a mouse."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from pypdf import PdfReader

from tests.site.conftest import DESK, PHONE, Watched
from tests.site.kinds import examples
from tests.site.town import POLICY_NUMBER

pytestmark = pytest.mark.browser
FOCUSABLE = "a[href], button, input, select, summary, textarea"
SHOWN = "(element) => element.checkVisibility({visibilityProperty: true}) && element.getClientRects().length > 0"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
VOICE = """
window.__said = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  speak(piece) { window.__said.push([piece.lang, piece.text]); setTimeout(() => piece.onend && piece.onend(), 0); },
  cancel() {}, pause() { window.__paused = true; }, resume() { window.__paused = false; },
} });
window.SpeechSynthesisUtterance = function (text) { this.text = text; };
"""
SLOW_VOICE = VOICE.replace("setTimeout(() => piece.onend && piece.onend(), 0);", "")


@pytest.fixture
def page(watched: Watched, site: str, town: Any) -> Iterator[Page]:
    """A phone, with the policy document open. Whatever happens in a test, nothing may go wrong in the page."""
    opened = watched.page()
    opened.goto(f"{site}/{town.addresses['policy']}")
    yield opened
    assert watched.problems(opened) == []


def do(page: Page, what: str) -> None:
    page.locator(f'[data-do="{what}"]').click()


def size_of(page: Page, selector: str) -> float:
    """The size of its letters, in pixels."""
    return float(page.eval_on_selector(selector, "(element) => parseFloat(getComputedStyle(element).fontSize)"))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


# Reading


def test_the_interpretation_is_one_step_from_the_document_and_back(page, site, town):
    page.get_by_role("link", name="今冬困难群众怎么救助、找谁办、多久能办好").click()
    assert page.url == f"{site}/{town.addresses['interpretation']}"
    assert "入冬前把排查、资金、物资一次部署到位" in page.inner_text("main")
    page.get_by_role("link", name=re.compile("困难群众救助保障工作的通知")).first.click()
    assert page.url == f"{site}/{town.addresses['policy']}"


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_document_is_found_by_its_number_however_the_brackets_are_typed(browser, site, town, scripts):
    watched = Watched(browser, java_script_enabled=scripts)
    page = watched.page()
    for number in (POLICY_NUMBER, "荆政办发[2026]31号"):
        page.goto(site)
        page.locator(".search input[name=q]").first.fill(number)
        page.locator(".search button").first.click()
        page.locator("ol.results").get_by_role("link", name=re.compile("救助保障工作的通知")).click()
        assert page.url == f"{site}/{town.addresses['policy']}"
        page.go_back()
        assert "救助" in page.locator("ol.results").inner_text()
    watched.context.close()


def test_a_document_is_found_by_a_word_of_two_characters_and_by_filters(page, site):
    page.goto(f"{site}/search")
    page.get_by_label("关键词").fill("低保")
    page.keyboard.press("Enter")
    expect(page.locator("ol.results mark").first).to_have_text("低保")
    page.goto(f"{site}/catalogue/")
    page.locator("select[name=genre]").select_option("批复")
    page.locator(".filters button").click()
    expect(page.locator("ol.results > li")).to_have_count(2)
    assert "观音垱镇" in page.locator("ol.results").inner_text()


def test_a_document_is_found_from_the_home_page_by_its_column(page, site, town):
    page.goto(site)
    page.get_by_role("link", name="政策文件", exact=True).first.click()
    page.get_by_role("link", name=re.compile("2026年冬季困难群众救助保障工作的通知")).first.click()
    assert page.url == f"{site}/{town.addresses['policy']}"
    assert POLICY_NUMBER in page.inner_text("main")


def test_a_document_is_found_in_the_gazette_by_year_and_number(page, site, town):
    page.goto(site)
    page.get_by_role("link", name="政府公报", exact=True).first.click()
    page.locator("select[name=year]").select_option("2026")
    page.get_by_label("期号、标题或文号").fill("第12号")
    page.keyboard.press("Enter")
    expect(page.locator("ol.results > li")).to_have_count(1)
    page.locator("ol.results a").first.click()
    assert page.url == f"{site}/gazette/2026/12.html"
    place = page.get_by_role("link", name=re.compile("^在 PDF 中阅读第3页：.*救助保障")).get_attribute("href")
    assert re.fullmatch(r"\.\./\.\./gazette/2026/12\.pdf#page=\d+", place)
    page.get_by_role("link", name=re.compile("^荆州市.*2026年冬季困难群众救助保障工作的通知$")).click()
    assert page.url == f"{site}/{town.addresses['policy']}"


def test_the_newest_page_of_a_list_leads_to_the_oldest_and_back(page, site):
    page.goto(f"{site}/bmgg/index.html")
    seen = {page.url}
    while page.locator("nav.pager a[rel=prev]").count():
        page.locator("nav.pager a[rel=prev]").first.click()
        assert page.url not in seen
        seen.add(page.url)
    assert len(seen) > 1
    assert page.locator(".list li").count() == 20
    page.locator("nav.pager a[rel=next]").first.click()
    assert page.url in seen


def test_what_is_withdrawn_says_so_and_what_is_corrected_says_what(page, site, town):
    page.goto(f"{site}/{town.addresses['withdrawn']}")
    assert "检修计划取消" in page.inner_text("main")
    page.goto(f"{site}/{town.addresses['corrected']}")
    assert "路名误写" in page.inner_text(".notice")
    page.goto(f"{site}/{town.addresses['old']}")
    assert "废止" in page.inner_text(".notice >> nth=0")


def test_an_address_that_is_wrong_leads_to_a_whole_page(browser, site):
    watched = Watched(browser)
    page = watched.page()
    watched.open(page, f"{site}/404.html")
    assert page.locator("h1").inner_text() == "没有找到这个页面"
    assert page.evaluate("document.styleSheets.length") > 0
    assert watched.problems(page) == []
    page.locator("main").get_by_role("link", name="首页").click()
    assert page.url.rstrip("/").removesuffix("/index.html") == site
    watched.context.close()


def test_a_consultation_says_whether_it_is_open_today(page, site, town):
    for name, moment, said in (
        ("consultation", "2026-11-25T10:00:00+08:00", "征集中"),
        ("consultation", "2036-12-20T23:59:00+08:00", "征集中"),
        ("consultation", "2036-12-21T00:01:00+08:00", "已结束"),
        ("survey", "2026-10-31T23:59:00+08:00", "未开始"),
    ):
        page.clock.set_fixed_time(moment)
        page.goto(f"{site}/{town.addresses[name]}")
        assert page.inner_text(".ways .status") == said, moment
        assert page.locator(".ways a").first.is_visible() == (said == "征集中")


# Printing


@pytest.mark.parametrize("view", ["plain", "elder"])
def test_what_is_printed_is_the_document_and_not_the_site_around_it(page, town, view):
    if view == "elder":
        do(page, "elder")
    title, body = page.locator("h1").inner_text(), page.locator(".text").inner_text()
    address = page.locator('link[rel="canonical"]').get_attribute("href")
    sheets = PdfReader(io.BytesIO(page.pdf(format="A4", prefer_css_page_size=True))).pages
    printed = squeezed("".join(sheet.extract_text() for sheet in sheets))
    for wanted in (title, POLICY_NUMBER, address, "索引号", *re.findall(r"[\u4e00-\u9fff]{12,}", body)[::9]):
        assert re.search(printable(wanted), printed), wanted
    for control in ("全部栏目", "跳到正文", "朗读", "分享", "搜索", "长者版", "繁體"):
        assert control not in printed
    assert len(sheets) <= 6


def printable(text: str) -> str:
    """A pattern for it in a PDF's text, where a font may give a radical in place of the same-looking character."""
    return "".join(rf"(?:{re.escape(mark)}|[\u2e80-\u2fdf])" for mark in squeezed(text))


# Enlarging


def test_text_is_enlarged_in_steps_and_stays_so(page, site, town):
    plain = size_of(page, ".text p")
    page.locator('[data-size-step="3"]').click()
    assert size_of(page, ".text p") >= 1.4 * plain
    assert page.locator('[data-size-step="3"]').get_attribute("aria-pressed") == "true"
    assert page.evaluate(SIDEWAYS) <= 0
    page.reload()
    assert size_of(page, ".text p") >= 1.4 * plain
    page.goto(f"{site}/{town.addresses['interpretation']}")
    assert size_of(page, ".text p") >= 1.4 * plain
    page.locator('[data-size-step="1"]').click()
    page.reload()
    assert size_of(page, ".text p") == plain


@pytest.fixture(scope="module")
def large_print(playwright: Any) -> Iterator[Browser]:
    """A browser whose user set the letters to twice their size."""
    opened = playwright("--blink-settings=defaultFontSize=32")
    yield opened
    opened.close()


def test_letters_of_twice_the_size_fit_a_phone(large_print, site, town):
    watched = Watched(large_print)
    page = watched.page()
    page.goto(f"{site}/{town.addresses['policy']}")
    assert size_of(page, ".text p") >= 32
    no_kind_scrolls_sideways(watched, page, site, town)
    watched.context.close()


@pytest.mark.parametrize(("width", "elder"), [(320, False), (320, True), (640, False), (1280, False), (1280, True)])
def test_no_page_scrolls_sideways(browser, site, town, width, elder):
    """320 is a desk's 1280 at 400 % (WCAG 1.4.10), 640 the same at 200 %."""
    watched = Watched(browser, viewport={"width": width, "height": 740})
    if elder:
        watched.context.add_init_script('localStorage.setItem("view", "elder")')
    no_kind_scrolls_sideways(watched, watched.page(), site, town)
    watched.context.close()


def no_kind_scrolls_sideways(watched: Watched, page: Page, site: str, town: Any) -> None:
    paths = {
        *examples(town.public).values(),
        *(town.addresses[name] for name in ("policy", "interview", "translation")),
    }
    wide = {}
    for path in sorted(paths):
        watched.open(page, f"{site}/{path}")
        if page.evaluate(SIDEWAYS) > 0:
            wide[path] = page.evaluate(
                "Array.from(document.querySelectorAll('body *')).filter((e) => !e.closest('.table')"
                " && e.getBoundingClientRect().right > document.documentElement.clientWidth)"
                ".map((e) => e.outerHTML.slice(0, 90)).slice(0, 3)"
            )
    assert wide == {}
    assert watched.problems(page) == []


# The keyboard


@pytest.mark.parametrize("name", ["policy", "home", "catalogue", "consultation"])
@pytest.mark.parametrize("elder", [False, True], ids=["plain", "elder"])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(page, site, town, name, elder):
    page.emulate_media(reduced_motion="reduce")  # the page stands still when it is looked at
    page.goto(f"{site}/{town.addresses.get(name, 'catalogue/' if name == 'catalogue' else '')}")
    if elder:
        page.evaluate("localStorage.setItem('view', 'elder')")
        page.reload()
    wanted = page.locator(FOCUSABLE).evaluate_all(
        f"(all) => all.filter({SHOWN}).map((element, number) => element.dataset.number = String(number))"
    )
    reached: list[str] = []
    for step in range(len(wanted) + 5):
        page.keyboard.press("Tab")
        here = page.evaluate(
            """() => { const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
            return { number: e.dataset.number, skip: e.classList.contains("skip"), seen: r.bottom > 0 && r.top < innerHeight && r.right > 0
            && r.left < innerWidth, marked: s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2, html: e.outerHTML.slice(0, 120) } }"""
        )
        if here["html"].startswith("<body"):
            break
        assert here["seen"] and here["marked"], here["html"]
        assert here["skip"] == (step == 0)
        reached += [here["number"]] if here["number"] else []  # a wide table is stopped at as well: it scrolls
    assert reached == wanted


def test_the_skip_link_leads_past_the_head(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.localName") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


# The elder-friendly view


def test_the_elder_view_is_kept_on_every_page_until_it_is_left(page, site, town):
    plain = size_of(page, ".facts dd")
    do(page, "elder")
    assert page.evaluate("document.activeElement.dataset.do") == "plain"
    assert size_of(page, ".facts dd") >= max(24, 1.4 * plain)  # 18 points: 移动互联网应用适老化通用设计规范
    for path in ("", "zcwj/", town.addresses["interpretation"], "catalogue/"):
        page.goto(f"{site}/{path}")
        page.reload()
        assert size_of(page, "main") >= 24, path
    do(page, "plain")
    assert page.evaluate("document.activeElement.dataset.do") == "elder"
    page.goto(f"{site}/{town.addresses['policy']}")
    assert size_of(page, ".facts dd") == plain


def test_the_elder_view_shows_the_title_on_the_first_screen_of_a_phone(page, site, town):
    page.set_viewport_size({"width": 360, "height": 640})
    page.evaluate("localStorage.setItem('view', 'elder')")
    wanted = {"": ".front h3 a", "zcwj/": "h1", "search?q=救助": "h1", town.addresses["policy"]: "h1"}
    for path, title in wanted.items():
        page.goto(f"{site}/{path}")
        assert page.evaluate("document.documentElement.classList.contains('elder')")
        box = page.locator(title).first.bounding_box()
        assert box["y"] + box["height"] <= 640, path
        menu = page.get_by_role("navigation").get_by_role("link", name="全部栏目").first.bounding_box()
        assert menu["y"] < box["y"], path


def test_everything_that_can_be_pressed_in_the_elder_view_is_large(page, site, town):
    for path in ("", town.addresses["policy"], "catalogue/"):
        page.goto(f"{site}/{path}")
        page.evaluate("localStorage.setItem('view', 'elder')")
        page.reload()
        small = page.locator("nav a, button, .list a, .files a, select, input").evaluate_all(
            f"(all) => all.filter({SHOWN}).map((e) => [e, e.getBoundingClientRect()])"
            ".filter(([e, r]) => r.height < 44).map(([e, r]) => `${Math.round(r.height)}: ${e.outerHTML.slice(0, 100)}`)"
        )
        assert small == [], path


# Without JavaScript


def test_everything_is_readable_without_javascript_and_no_control_is_dead(browser, site, town):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    items = {path for name, path in town.addresses.items() if not name.startswith(("document-", "notice-"))}
    for path in {*examples(town.public).values(), *items} - {"404.html"}:
        page.goto(f"{site}/{path}")
        assert page.locator("main").inner_text().strip(), path
        buttons = page.locator("button").all()
        assert all(button.get_attribute("type") == "submit" for button in buttons if button.is_visible()), path
        assert page.locator("[data-while-open] a").count() == page.locator("[data-while-open] a:visible").count()
    page.goto(f"{site}/{town.addresses['policy']}")
    assert "临时救助" in page.inner_text(".text")
    assert page.locator(".text img").evaluate_all("(all) => all.length") > 0
    page.get_by_role("link", name="首页").first.click()
    assert page.url.startswith(site)
    context.close()


# Listening


def test_the_text_is_read_aloud_from_the_title_to_the_last_word(watched, site, town):
    watched.context.add_init_script(VOICE)
    page = watched.page()
    page.goto(f"{site}/{town.addresses['policy']}")
    title, body = page.locator("h1").inner_text(), page.locator(".text p:not(td p, th p, figure p)").all_inner_texts()
    cells = [text for text in page.locator(".text td, .text th").all_inner_texts() if text]
    do(page, "read")
    expect(page.locator('[data-do="stop"]')).to_be_hidden()
    said = page.evaluate("window.__said")
    spoken = squeezed("".join(text for _, text in said))
    assert {language for language, _ in said} == {"zh-CN"}
    assert spoken.startswith(squeezed(title))
    assert [text for text in [*body, *cells] if squeezed(text) not in spoken] == []
    assert max(len(text) for _, text in said) <= 200
    assert len(said) == len({(number, text) for number, (_, text) in enumerate(said)})
    assert watched.problems(page) == []


def test_reading_aloud_pauses_goes_on_and_stops(watched, site, town):
    watched.context.add_init_script(SLOW_VOICE)
    page = watched.page()
    page.goto(f"{site}/{town.addresses['policy']}")
    button = page.locator('[data-do="read"]')
    for label, paused in (("暂停", None), ("继续", True), ("暂停", False)):
        button.click()
        assert button.inner_text() == label
        assert page.evaluate("window.__paused ?? null") == paused
    do(page, "stop")
    assert button.inner_text() == "朗读"
    assert len(page.evaluate("window.__said")) == 1


def test_a_browser_without_a_voice_shows_no_button_for_it(watched, site, town):
    watched.context.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined })")
    page = watched.page()
    page.goto(f"{site}/{town.addresses['policy']}")
    assert page.locator('[data-do="print"]').is_visible()
    assert not page.locator('[data-do="read"]').is_visible()
    assert watched.problems(page) == []


# Passing on


def test_the_address_is_shared_or_copied(watched, site, town):
    watched.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site)
    page = watched.page()
    page.goto(f"{site}/{town.addresses['policy']}")
    canonical = page.locator('link[rel="canonical"]').get_attribute("href")
    page.evaluate("delete Navigator.prototype.share")
    do(page, "share")
    expect(page.locator("[data-status]")).to_have_text("网址已复制")
    assert page.evaluate("navigator.clipboard.readText()") == canonical
    page.evaluate("navigator.share = (what) => { window.__shared = what; return Promise.resolve() }")
    do(page, "share")
    assert page.evaluate("window.__shared.url") == canonical
    assert watched.problems(page) == []


def test_the_qr_code_holds_the_pages_own_address(browser, site, town):
    context = browser.new_context(viewport=DESK)
    page = context.new_page()
    page.goto(f"{site}/{town.addresses['policy']}")
    assert page.locator(".qr img").is_visible()
    canonical = page.locator('link[rel="canonical"]').get_attribute("href")
    shown = context.request.get(f"{site}/").ok and page.locator(".qr img").get_attribute("src")
    assert modules(shown) in [
        [list(row) for row in segno.make(canonical, error=level, boost_error=boost, micro=False).matrix]
        for level in "lmqh"
        for boost in (False, True)
    ]
    context.close()


def modules(source: str) -> list[list[int]]:
    """The dark and light fields of a QR code that stands in a page."""
    import base64

    picture = (
        Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))).convert("L").point(lambda v: 255 * (v < 128))
    )
    inner = picture.crop(picture.getbbox())
    edge = next(x for x in range(inner.width) if not inner.getpixel((x, x)))  # the finder's border is one field wide
    return [
        [int(inner.getpixel((x, y)) > 0) for x in range(0, inner.width, edge)] for y in range(0, inner.height, edge)
    ]


# Languages


def test_traditional_characters_are_a_step_away_and_say_how_they_were_made(page, site, town):
    page.locator(".ways-in").get_by_role("link", name=re.compile("繁")).click()
    assert page.url == f"{site}/hant/{town.addresses['policy']}"
    assert page.evaluate("document.documentElement.lang") == "zh-Hant"
    assert "困難群眾" in page.locator("h1").inner_text()
    assert page.locator(".converted").is_visible()
    page.locator(".ways-in").get_by_role("link", name=re.compile("简体")).click()
    assert page.url == f"{site}/{town.addresses['policy']}"


def test_who_reads_traditional_characters_searches_in_them_and_stays_among_them(page, site, town):
    page.goto(f"{site}/hant/{town.addresses['policy']}")
    page.locator("form.search input").fill("困難群眾救助")
    page.keyboard.press("Enter")
    page.wait_for_url("**/hant/search?**")
    assert page.evaluate("document.documentElement.lang") == "zh-Hant"
    found = page.locator("ol.results > li > a").filter(has_text="困難群眾救助保障")
    found.first.click()
    assert page.url == f"{site}/hant/{town.addresses['policy']}"
    page.go_back()
    page.locator(".ways-in").get_by_role("link", name=re.compile("简体")).click()
    assert page.get_by_label("关键词").input_value() == "困難群眾救助"
    assert page.locator("ol.results > li > a").filter(has_text="困难群众救助保障").count() == 1


def test_the_english_translation_is_a_step_away_and_leads_back(page, site, town):
    page.locator('a[hreflang="en"]').first.click()
    assert page.url == f"{site}/{town.addresses['translation']}"
    assert page.evaluate("document.documentElement.lang") == "en"
    assert "Source" in page.inner_text("main")
    assert page.locator('link[rel="alternate"][hreflang="zh-Hans"]').count() == 1
    page.locator("main").get_by_role("link", name=re.compile("困难群众")).first.click()
    assert page.url == f"{site}/{town.addresses['policy']}"


# Rest and weight


def test_nothing_moves_for_those_who_asked_for_rest(browser, site, town):
    context = browser.new_context(viewport=PHONE, reduced_motion="reduce")
    page = context.new_page()
    for path in ("", town.addresses["policy"]):
        page.goto(f"{site}/{path}")
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
        assert page.evaluate("document.getAnimations().length") == 0
        moving = page.evaluate(
            "Array.from(document.querySelectorAll('*')).filter((e) => getComputedStyle(e).transitionDuration !== '0s'"
            " || getComputedStyle(e).animationName !== 'none').length"
        )
        assert moving == 0
    context.close()


def test_no_page_weighs_more_than_sixty_kilobytes_without_its_pictures(browser, site, town):
    heavy = {}
    for kind, path in {**examples(town.public), "policy": town.addresses["policy"]}.items():
        watched, answers = Watched(browser), []
        page = watched.page()
        page.on("response", lambda answer, kept=answers: kept.append(answer))
        watched.open(page, f"{site}/{path}")
        parts = [answer for answer in answers if answer.request.resource_type != "image"]
        assert {answer.request.resource_type for answer in parts} == {"document", "script", "stylesheet"}, kind
        sent = sum(answer.request.sizes()["responseBodySize"] for answer in parts)
        assert sent > 5_000, kind
        if sent > 60_000 or sum(len(answer.body()) for answer in parts) > 60_000:
            heavy[kind] = sent
        watched.context.close()
    assert heavy == {}
