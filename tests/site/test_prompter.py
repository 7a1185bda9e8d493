"""The prompter page in a real browser, without any network: it starts, stops and runs at the pace it says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from channels.radio import Radio
from content.vocabulary import Action
from tests.channels import partner_bench as made
from tests.site.conftest import DESK

pytestmark = pytest.mark.browser
TABLET = {"width": 820, "height": 1180}
PLACE = "document.getElementById('stage').scrollTop"
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(params=[DESK, TABLET], ids=["desk", "tablet"])
def prompter(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """The page as a station opens it: a file, and no network."""
    radio = Radio(made.outlet("radio"), made.workbench(tmp_path))
    revision = made.policy(summary="明确任务和时限", words={"radio.minute": "一分钟稿。", "radio.brief": "短稿。"})
    (tmp_path / "prompter.html").write_bytes(radio.render(made.ITEM, revision).parts["prompter.html"].data)
    context = browser.new_context(viewport=request.param, offline=True)
    page, problems = context.new_page(), []
    page.on("console", lambda said: problems.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    page.on("request", lambda asked: problems.append(asked.url) if asked.url != page.url else None)
    page.goto((tmp_path / "prompter.html").as_uri())
    problems.clear()  # the page itself
    yield page
    context.close()
    assert problems == []


def test_the_space_bar_starts_and_stops(prompter: Page) -> None:
    start = prompter.evaluate(PLACE)
    prompter.keyboard.press(" ")
    for _ in range(100):
        prompter.wait_for_timeout(50)
        if prompter.evaluate(PLACE) > start + 20:
            break
    else:
        pytest.fail("the text does not move")
    prompter.keyboard.press(" ")
    expect(prompter.locator("#go")).to_have_text("开始")
    stopped = prompter.evaluate(PLACE)
    prompter.wait_for_timeout(200)
    assert prompter.evaluate(PLACE) == stopped
    prompter.keyboard.press("Home")
    assert prompter.evaluate(PLACE) == start


def test_the_arrows_change_the_speed_and_with_it_the_time_left(prompter: Page) -> None:
    expect(prompter.locator("#speed")).to_have_text("240 字/分")
    for _ in range(12):
        prompter.keyboard.press("ArrowUp")
    expect(prompter.locator("#speed")).to_have_text("360 字/分")
    seconds = int(prompter.locator("section:not([hidden])").get_attribute("data-seconds") or 0)
    assert seconds > 30
    expect(prompter.locator("#left")).to_have_text(f"剩余 0分{round(seconds * 240 / 360)}秒")
    for _ in range(90):
        prompter.keyboard.press("ArrowDown")
    expect(prompter.locator("#speed")).to_have_text("60 字/分")


def test_a_text_takes_the_seconds_that_it_is_said_to_take(prompter: Page) -> None:
    prompter.keyboard.press("3")
    expect(prompter.locator("section:not([hidden])")).to_have_attribute("data-seconds", "1")
    began = prompter.evaluate("performance.now()")
    prompter.keyboard.press(" ")
    expect(prompter.locator("#left")).to_have_text("剩余 0分00秒", timeout=20_000)
    expect(prompter.locator("#go")).to_have_text("开始", timeout=20_000)
    assert prompter.evaluate("performance.now()") - began > 500


def test_the_versions_are_chosen_by_button_and_by_key(prompter: Page) -> None:
    prompter.get_by_role("button", name="20秒稿").click()
    expect(prompter.locator("section:not([hidden])")).to_contain_text("短稿。")
    prompter.keyboard.press("2")
    expect(prompter.locator("section:not([hidden])")).to_contain_text("一分钟稿。")


def test_nothing_is_cut_at_any_size_and_axe_finds_nothing(prompter: Page) -> None:
    for _ in range(30):
        prompter.keyboard.press("+")
    assert prompter.evaluate(SIDEWAYS) == 0
    result = Axe().run(prompter)
    assert [(one["id"], one["help"]) for one in result.response["violations"]] == []


def test_the_mirror_turns_the_text_for_a_glass(prompter: Page) -> None:
    prompter.keyboard.press("m")
    assert "matrix(-1" in prompter.locator("#stage").evaluate("(stage) => getComputedStyle(stage).transform")


def test_a_correction_tells_the_desk_what_to_do(browser: Browser, tmp_path: Path) -> None:
    radio = Radio(made.outlet("radio"), made.workbench(tmp_path))
    page = browser.new_page()
    page.set_content(radio.render(made.ITEM, made.policy(), Action.CORRECT, "有误").text("prompter.html"))
    expect(page.get_by_role("button", name="更正启事")).to_be_visible()
    expect(page.locator("footer")).to_contain_text("原栏目")
    page.close()
