"""The search as a citizen meets it: in a real Chromium, under the policy that the public process sends."""

from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from channels.website.layout import static_files
from flows.public.app import make_app
from tests.chromium import EXECUTABLE, FLAGS
from tests.flows import public_site
from tests.flows.public_site import NUMBER, TITLE, index_of, served

pytestmark = pytest.mark.browser
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home = public_site.workspace(tmp_path_factory.mktemp("browser") / "ws")
    public = home / "outlets" / "portal" / "public"
    for path, data in static_files().items():
        (public / path).parent.mkdir(parents=True, exist_ok=True)
        (public / path).write_bytes(data)
    with served(make_app(public_site.site(home), index_of(home), public)) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(params=[PHONE, DESK], ids=["phone", "desk"])
def page(browser: Browser, client: httpx.Client, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page on which nothing may be refused by the policy and no script may fail."""
    context = browser.new_context(viewport=request.param, base_url=str(client.base_url))
    opened, problems = context.new_page(), []
    opened.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda problem: problems.append(str(problem)))
    opened.on("dialog", lambda dialog: (problems.append("a script of the text ran"), dialog.dismiss()))
    yield opened
    assert problems == []
    context.close()


def test_a_document_is_found_by_its_number_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/search")
    page.get_by_label("关键词").focus()
    page.keyboard.type("荆政办发[2016]21号")
    page.keyboard.press("Enter")
    expect(page.locator("ol.results > li > a").first).to_have_text(TITLE)
    expect(page.get_by_label("关键词")).to_have_value("荆政办发[2016]21号")
    page.locator("ol.results > li > a").first.press("Enter")
    assert page.url.endswith("/zcwj/202611/t20261123_1001.html")


def test_suggestions_come_while_the_reader_types(page: Page) -> None:
    page.goto("/search")
    page.get_by_label("关键词").press_sequentially("荆政办发〔2016〕")
    option = page.locator("datalist option")
    expect(option).to_have_count(1)
    assert (option.get_attribute("value"), option.get_attribute("label")) == (NUMBER, TITLE)


@pytest.mark.parametrize(
    "address", ["/search", "/search?q=医保 改革", "/search?q=储水&page=2", "/search?q=，", "/search?q=查无此事"]
)
def test_the_page_is_accessible_and_fits_the_screen(page: Page, address: str) -> None:
    page.goto(address)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_filters_work_without_a_script(browser: Browser, client: httpx.Client) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=str(client.base_url))
    page = context.new_page()
    page.goto("/search")
    page.get_by_label("体裁").select_option("通知")
    page.get_by_role("button", name="搜索").click()
    expect(page.locator("ol.results > li")).to_have_count(1)
    context.close()
