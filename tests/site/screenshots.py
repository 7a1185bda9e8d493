"""Makes the pictures of ``docs/images/site`` from the town's site, which is published for them.

    .venv/bin/python -m tests.site.screenshots

Needs nginx, Chromium and a Chinese font on the machine; takes about a minute. Nothing is drawn by hand.
"""

import sys
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.chromium import EXECUTABLE, FLAGS
from tests.site import servers
from tests.site.conftest import DESK, PHONE
from tests.site.kinds import TRADITIONAL
from tests.site.searching import searched
from tests.site.town import Town, build_town

TARGET = Path(__file__).parent.parent.parent / "docs" / "images" / "site"
SIZES = {"360": PHONE, "1280": DESK}
LONGEST_PIXELS = {"360": 2600, "1280": 2400}
LARGEST_BYTES = 200_000
COLOURS = (64, 48, 32, 24, 16)
ELDER = 'localStorage.setItem("view", "elder")'


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        town = build_town(Path(folder) / "town")
        with (
            searched(town.home) as port,
            servers.nginx(town.public, Path(folder) / "nginx", port) as site,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=EXECUTABLE, args=FLAGS)
            for name, path in pages(town).items():
                for size in SIZES:
                    keep(picture(browser, f"{site}/{path}", size, elder=name.startswith("elder")), name, size)
            browser.close()


def pages(town: Town) -> Mapping[str, str]:
    """The address of each picture."""
    return {
        "home": "index.html",
        "column": "zcwj/index.html",
        "item": town.addresses["policy"],
        "consultation": town.addresses["consultation"],
        "catalogue": "catalogue/index.html",
        "gazette": "gazette/index.html",
        "issue": "gazette/2026/12.html",
        "search": "search?q=救助",
        "elder-home": "index.html",
        "elder-item": town.addresses["policy"],
        "english": town.addresses["translation"],
        "traditional": TRADITIONAL + town.addresses["policy"],
        "not-found": "no/such/page.html",
    }


def picture(browser: Browser, address: str, size: str, *, elder: bool) -> bytes:
    context = browser.new_context(viewport=SIZES[size], locale="zh-CN", reduced_motion="reduce")
    if elder:
        context.add_init_script(ELDER)
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    taken = page.screenshot(full_page=True)
    context.close()
    return taken


def keep(data: bytes, name: str, size: str) -> None:
    """Keeps the top of the page with a palette of as many colours as fit into what a repository should carry."""
    for colours in COLOURS:
        made = with_palette(data, LONGEST_PIXELS[size], colours)
        if len(made) <= LARGEST_BYTES:
            (TARGET / f"{name}-{size}.png").write_bytes(made)
            sys.stdout.write(f"{name}-{size}.png: {len(made)} bytes, {colours} colours\n")
            return
    sys.exit(f"{name}-{size}.png would have more than {LARGEST_BYTES} bytes")


def with_palette(data: bytes, longest: int, colours: int) -> bytes:
    target = BytesIO()
    with Image.open(BytesIO(data)) as whole:
        top = whole.convert("RGB").crop((0, 0, whole.width, min(whole.height, longest)))
        top.quantize(colours, dither=Image.Dither.NONE).save(target, "PNG", optimize=True)
    return target.getvalue()


if __name__ == "__main__":
    main()
