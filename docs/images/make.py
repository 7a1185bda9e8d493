"""Makes ``overview.png``, the picture in the README, from a demo that is played for it.

    .venv/bin/python docs/images/make.py

Needs Chromium, pdftoppm and a Chinese font on the machine; takes about a minute. Nothing in the picture is drawn by
hand: the terminal is the demo's last screen, the pages are what the demo published.
"""

import fcntl
import html
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import tomllib
import unicodedata
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image

HERE = Path(__file__).parent
TONGBU = str(Path(sys.executable).parent / "tongbu")
COLUMNS, ROWS = 100, 40
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-device-scale-factor=2",
]
LARGEST_BYTES = 400_000
COLOURS = (200, 128, 96, 64)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        home = work / "workspace"
        try:
            screen = last_screen(played([TONGBU, "demo", "--home", str(home), "--keep"]), home)
            photograph(home, work)
            script = next((home / "outlets" / "radio" / "drop").glob("1003-*/script.txt")).read_text(encoding="utf-8")
        finally:
            subprocess.run([TONGBU, "stop", "--home", str(home)], check=False, stdout=subprocess.DEVNULL)
        page = work / "overview.html"
        page.write_text(composed(screen, script), encoding="utf-8")
        keep(shot(page.as_uri(), work / "overview", 1200, 1066), HERE / "overview.png")


def played(command: Sequence[str]) -> str:
    """What a command writes on a terminal of 100 × 40, control sequences included."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    with subprocess.Popen(command, stdout=follower, stderr=follower, stdin=subprocess.DEVNULL) as running:
        os.close(follower)
        written = bytearray()
        while chunk := _read(leader):
            written += chunk
    if running.returncode:
        sys.exit(f"the demo failed ({running.returncode}):\n{written.decode(errors='replace')[-2000:]}")
    return written.decode()


def last_screen(written: str, home: Path) -> list[str]:
    """The lines from the last table of deliveries on, with the short name that a user's own workspace has."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written).replace("\r", "")
    lines = plain.replace(str(home), "workspace").split("\n")
    heading = max(number for number, line in enumerate(lines) if line.startswith("item channel"))
    return ["$ .venv/bin/tongbu demo --keep", "…", *(line.rstrip() for line in lines[heading:])]


def photograph(home: Path, work: Path) -> None:
    """An item's page, the two phones and a page of the gazette, as PNG files beside the composition."""
    public = home / "outlets" / "portal" / "public"
    (item,) = public.glob("zcwj/*/t*_*.html")
    accounts = {entry["channel"]: entry["identity"] for entry in _outlets(home)}
    sandbox = re.search(r'"url": "([^"]+)"', (home / "sandbox" / "sandbox.json").read_text()).group(1)
    article = re.search(
        r'href="(/phone/wechat/article/[^"]+)"', _fetched(f"{sandbox}/phone/wechat/{accounts['wechat']}")
    )
    shot(item.as_uri(), work / "site", 760, 1240)
    reading = next(path for path in (home / "gazette").glob("*.pdf") if not path.stem.endswith("-printer"))
    gazette_page(reading, work / "gazette")
    phones = {"weibo": f"/phone/weibo/{accounts['weibo']}", "wechat": article.group(1)}
    for name, path in phones.items():
        taken = shot(f"{sandbox}{path}", work / name, 500, 940)
        with Image.open(taken) as page:
            page.crop((110, 0, 890, page.height)).save(taken)


def shot(address: str, target: Path, width: int, height: int) -> Path:
    """A screenshot at two pixels a point, *width* × *height* points."""
    path = target.with_suffix(".png")
    command = [
        "chromium-headless-shell",
        *CHROMIUM_FLAGS,
        f"--window-size={width},{height}",
        f"--screenshot={path}",
        address,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return path


def gazette_page(pdf: Path, target: Path) -> Path:
    """The first page of the gazette with a document on it."""
    told = subprocess.run(["pdftotext", str(pdf), "-"], check=True, capture_output=True, text=True)  # noqa: S607
    pages = told.stdout.split("\f")
    number = next(place for place, text in enumerate(pages, 1) if re.search(r"〔\d{4}〕\d+号", text) and "各县" in text)
    command = ["pdftoppm", "-png", "-r", "110", "-f", str(number), "-singlefile", str(pdf), str(target)]
    subprocess.run(command, check=True)
    return target.with_suffix(".png")


def composed(screen: Sequence[str], script: str) -> str:
    page = (HERE / "overview.html").read_text(encoding="utf-8")
    page = page.replace("{{ terminal }}", "\n".join(_celled(line) for line in screen))
    return page.replace("{{ script }}", html.escape(_in_paragraphs(script)[:600]))


def keep(picture: Path, target: Path) -> None:
    """Keeps the picture with a palette of as many colours as fit into what a repository should carry."""
    for colours in COLOURS:
        data = _with_palette(picture, colours)
        if len(data) <= LARGEST_BYTES:
            target.write_bytes(data)
            sys.stdout.write(f"{target.name}: {len(data)} bytes, {colours} colours\n")
            return
    sys.exit(f"{target} would have more than {LARGEST_BYTES} bytes")


def _with_palette(picture: Path, colours: int) -> bytes:
    data = BytesIO()
    with Image.open(picture) as full:
        full.convert("RGB").quantize(colours, dither=Image.Dither.NONE).save(data, "PNG", optimize=True)
    return data.getvalue()


def _in_paragraphs(script: str) -> str:
    """The announcer's lines put together: the figure is narrower than the script's 36 characters."""
    head, *paragraphs = script.split("\n\n")
    return "\n\n".join([head, *(paragraph.replace("\n", "") for paragraph in paragraphs)])


def _celled(line: str) -> str:
    """A terminal gives a Chinese character two cells; a browser's monospace font does not, so each gets its own box."""
    wide = (
        f"<i>{html.escape(mark)}</i>" if unicodedata.east_asian_width(mark) in "WF" else html.escape(mark)
        for mark in line
    )
    shown = "".join(wide)
    return re.sub(r" (live|accepted|synchronised) ", r' <b class="\1">\1</b> ', shown) if line[:4] != "item" else shown


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 65536)
    except OSError:
        return b""


def _outlets(home: Path) -> list[dict[str, str]]:
    return tomllib.loads((home / "tongbu.toml").read_text(encoding="utf-8"))["outlets"]


def _fetched(address: str) -> str:
    import httpx

    return httpx.get(address, trust_env=False).raise_for_status().text


if __name__ == "__main__":
    if missing := [name for name in ("chromium-headless-shell", "pdftoppm") if shutil.which(name) is None]:
        sys.exit(f"not installed: {', '.join(missing)}")
    main()
