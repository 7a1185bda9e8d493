"""What was published, as people see it: the site and the sandbox's phone views in a real Chromium."""

import functools
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
ADDRESSES = ["index.html", "sitemap.html", "zcwj/index.html", "zcjd/index.html"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Nothing: the tests read the pages, not the server's log."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def published(
    signed_office: Any, nursery: Any, at_work: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The policy document and its interpretation, out everywhere, with the sandbox running."""
    office = signed_office.copy(tmp_path_factory.mktemp("browser") / "工作区", clock=at_work.Ahead())
    office.nursery = nursery
    office.start_platforms()
    other = office.approve(at_work.interpretation())
    assert office.broadcast("1001", other)["state"] == "synchronised"
    yield office
    office.stop_platforms()
    office.close()


@pytest.fixture(scope="module")
def site(published: Any) -> Iterator[str]:
    handler = functools.partial(Quiet, directory=str(published.public))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone's page that notes what went wrong in it and what it asked of other hosts."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN")
    made = context.new_page()
    made.problems = []  # type: ignore[attr-defined]
    made.on("console", lambda said: made.problems.append(said.text) if said.type == "error" else None)  # type: ignore[attr-defined]
    made.on("pageerror", lambda problem: made.problems.append(str(problem)))  # type: ignore[attr-defined]
    made.on(
        "request",
        lambda asked: (
            made.problems.append(asked.url)
            if "127.0.0.1" not in asked.url and not asked.url.startswith("data:")
            else None
        ),
    )  # type: ignore[attr-defined]
    yield made
    context.close()


def item_addresses(office: Any) -> list[str]:
    return sorted(str(path.relative_to(office.public)) for path in office.public.rglob("t20*.html"))


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_no_page_scrolls_sideways_or_asks_another_host(
    page: Any, site: str, published: Any, size: dict[str, int]
) -> None:
    page.set_viewport_size(size)
    addresses = [*ADDRESSES, *item_addresses(published)]
    assert len(addresses) >= len(ADDRESSES) + 2
    for address in addresses:
        page.goto(f"{site}/{address}")
        wide, shown = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= shown, address
        assert page.locator("h1").count() == 1, address
    assert page.problems == []


def test_a_citizen_finds_the_document_and_its_interpretation_and_comes_back(page: Any, site: str) -> None:
    page.goto(f"{site}/index.html")
    page.get_by_role("link", name="政策文件").first.click()
    page.get_by_role("link", name="供水保障工作的通知").first.click()
    document = page.url
    assert "荆政办发〔" in page.inner_text("main")
    page.get_by_role("link", name="今冬供水怎么保障、停水了找谁").first.click()
    assert "半小时之内赶到" in page.inner_text("main")
    page.get_by_role("link", name="供水保障工作的通知").first.click()
    assert page.url == document
    assert page.problems == []


def test_the_keyboard_reaches_the_text_at_once(page: Any, site: str, published: Any) -> None:
    page.goto(f"{site}/{item_addresses(published)[0]}")
    page.keyboard.press("Tab")
    focused = page.evaluate(
        "(() => { const e = document.activeElement; const r = e.getBoundingClientRect();"
        " return {href: e.getAttribute('href'), seen: r.width > 0 && r.top >= 0} })()"
    )
    assert focused["href"].startswith("#")
    assert focused["seen"]
    page.keyboard.press("Enter")
    assert page.url.endswith(focused["href"])


def test_pages_are_readable_without_javascript(browser: Browser, site: str, published: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    opened = context.new_page()
    opened.goto(f"{site}/{item_addresses(published)[0]}")
    assert "供水" in opened.inner_text("main")
    context.close()


def test_the_phone_views_show_the_post_and_the_article(page: Any, published: Any) -> None:
    sandbox = f"http://127.0.0.1:{published.platforms_port()}"
    page.goto(sandbox)
    page.get_by_role("link", name="微博").first.click()
    assert "荆州部署供水保障" in page.inner_text("body")
    page.wait_for_load_state("networkidle")
    pictures = page.evaluate("[...document.images].map(image => image.complete && image.naturalWidth)")
    assert pictures
    assert all(pictures)
    page.goto(sandbox)
    page.get_by_role("link", name="微信公众号").first.click()
    page.get_by_text("荆州部署供水保障").first.click()
    assert "供水企业每周巡查主干管网一次" in page.inner_text("body")
    assert page.problems == []
