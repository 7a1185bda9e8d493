"""The town's site behind the real nginx, and a browser in front of it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.chromium import EXECUTABLE, FLAGS
from tests.site import servers
from tests.site.searching import searched
from tests.site.town import Town, build_town

PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
# Where a policy is broken is noted, whatever the page does about it.
LISTEN = """
window.__broken = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return build_town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def search_port(town: Town) -> Iterator[int]:
    with searched(town.home) as port:
        yield port


@pytest.fixture(scope="session")
def site(town: Town, search_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address under which the town's site is served, its search included."""
    with servers.nginx(town.public, tmp_path_factory.mktemp("nginx"), search_port) as address:
        yield address


@pytest.fixture(scope="module")
def playwright() -> Iterator[Callable[..., Browser]]:
    """Starts a browser, with further flags. It ends with its module: while it runs, nobody else in this process can run
    an event loop."""
    with sync_playwright() as started:
        yield lambda *flags: started.chromium.launch(executable_path=EXECUTABLE, args=[*FLAGS, *flags])


@pytest.fixture(scope="module")
def browser(playwright: Callable[..., Browser]) -> Iterator[Browser]:
    opened = playwright()
    yield opened
    opened.close()


class Watched:
    """A context of a browser that notes what goes wrong in its pages: errors, other hosts, dialogs, broken policies."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self.context: BrowserContext = browser.new_context(**({"viewport": PHONE, "locale": "zh-CN"} | options))
        self.context.add_init_script(LISTEN)
        self._problems: list[str] = []

    def page(self) -> Page:
        made = self.context.new_page()
        made.on("console", lambda said: self._note("console", said.text) if said.type == "error" else None)
        made.on("pageerror", lambda problem: self._note("error", str(problem)))
        made.on("dialog", lambda dialog: (self._note("dialog", dialog.message), dialog.dismiss()))
        made.on("request", lambda asked: self._note_foreign(asked.url))
        return made

    def open(self, page: Page, address: str) -> None:
        """Goes there; the site's own page for what is not there is asked for where nothing is."""
        missing = address.endswith("/404.html")
        page.goto(address.replace("/404.html", "/no/such/page.html"))
        if missing:
            self._problems = [said for said in self._problems if "404 (Not Found)" not in said]

    def problems(self, page: Page) -> list[str]:
        """What went wrong up to now, with the policies that the page breaks."""
        return [*self._problems, *page.evaluate("window.__broken || []")]

    def _note(self, what: str, said: str) -> None:
        self._problems.append(f"{what}: {said}")

    def _note_foreign(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self._note("asked", url)


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    made = Watched(browser)
    yield made
    made.context.close()


@pytest.fixture(scope="session")
def jar() -> Path:
    found = Path(__file__).parent.parent / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    assert found.exists(), "the checker of HTML is not installed: make tests/node_modules/.ready"
    return found
