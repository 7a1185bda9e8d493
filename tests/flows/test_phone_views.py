"""What was published to Weibo and WeChat as people see it on their phones, in a real Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import EXECUTABLE, FLAGS

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
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
