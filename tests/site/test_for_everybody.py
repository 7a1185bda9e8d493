"""axe-core on every kind of page, in both views, on a phone and on a desk."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.site.conftest import DESK, PHONE, Watched
from tests.site.kinds import KINDS, SEARCHES, TRADITIONAL, examples

pytestmark = pytest.mark.browser
OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
ELDER = 'try { localStorage.setItem("view", "elder") } catch (blocked) { window.__broken.push("no storage") }'
SIZES = {"phone": PHONE, "desk": DESK}


ITEMS = ("policy", "interpretation", "map", "translation", "interview", "consultation", "results", "press", "corrected", "withdrawn", "old")  # fmt: skip


def judged(town: Any, *, thoroughly: bool) -> list[str]:
    """One page of every kind, in traditional characters too; on a phone every kind of item as well."""
    kinds = examples(town.public)
    items = ITEMS if thoroughly else ("policy", "consultation")
    converted = [TRADITIONAL + kinds["home"], TRADITIONAL + town.addresses["policy"]]
    return sorted({*SEARCHES, *kinds.values(), *(town.addresses[name] for name in items), *converted})


@pytest.mark.parametrize(("size", "view"), [("desk", "plain"), ("phone", "plain"), ("phone", "elder")])
def test_axe_finds_nothing_on_any_kind_of_page(browser: Browser, site: str, town: Any, view: str, size: str) -> None:
    paths = judged(town, thoroughly=size == "phone")
    assert len(paths) > len(KINDS)
    watched, axe = Watched(browser, viewport=SIZES[size]), Axe()
    if view == "elder":
        watched.context.add_init_script(ELDER)
    page, found = watched.page(), {}
    for path in paths:
        watched.open(page, f"{site}/{path}")
        assert page.evaluate("document.documentElement.classList.contains('elder')") == (view == "elder"), path
        result = axe.run(page, options=OPTIONS)
        if result.violations_count:
            found[path] = [_told(violation) for violation in result.response["violations"]]
    problems = watched.problems(page)
    watched.context.close()
    assert found == {}
    assert problems == []


def _told(violation: dict[str, Any]) -> str:
    nodes = [node["html"][:120] for node in violation["nodes"][:3]]
    return f"{violation['id']}: {violation['help']} {nodes}"
