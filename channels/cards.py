"""Lettering instead of a photograph: the title cover of an article and the key-points card of a Weibo."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from channels.lettering import INK, LINE, PAPER, RED, REGULAR, SOFT, Setting, set_in

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

WIDTH = 1080
MARGIN = 84


def title_card(title: str, size: tuple[int, int]) -> "Image":
    """The title in ink on white, a red band at the left edge; all of the title stands on it."""
    from PIL import Image, ImageDraw

    width, height = size
    picture = Image.new("RGB", size, PAPER)
    canvas = ImageDraw.Draw(picture)
    band = round(min(size) * 0.05)
    canvas.rectangle((0, 0, band, height), fill=RED)
    margin = round(min(size) * 0.15)
    setting = set_in(title, width - band - 2 * margin, height - 2 * margin, largest=round(min(size) * 0.18))
    top = (height - setting.height - band) // 2
    setting.draw(canvas, band + margin, top, INK)
    rule = top + setting.height + band
    canvas.rectangle((band + margin, rule, band + margin + band * 4, rule + max(3, band // 4)), fill=RED)
    return picture


def key_card(title: str, lines: Sequence[str], footer: str) -> "Image":
    """1080 pixels wide and as high as its text: a title on red, the key lines below, the office at the foot."""
    from PIL import Image, ImageDraw

    room = WIDTH - 2 * MARGIN
    heading = set_in(title, room, 520, largest=76)
    entries = [set_in(line, room - 48, 10_000, largest=42, weight=REGULAR) for line in lines]
    head = heading.height + 2 * MARGIN
    body = max(sum(entry.height + 40 for entry in entries) + 2 * 72 - 40, 200) if entries else 120
    picture = Image.new("RGB", (WIDTH, head + body + 132), PAPER)
    canvas = ImageDraw.Draw(picture)
    canvas.rectangle((0, 0, WIDTH, head), fill=RED)
    heading.draw(canvas, MARGIN, MARGIN, PAPER)
    _entries(canvas, entries, head + 72)
    _foot(canvas, footer, head + body)
    return picture


def _entries(canvas: "ImageDraw", entries: Sequence[Setting], top: int) -> None:
    for entry in entries:
        middle = top + entry.leading // 2
        canvas.rectangle((MARGIN, middle - 8, MARGIN + 15, middle + 7), fill=RED)
        entry.draw(canvas, MARGIN + 48, top, INK)
        top += entry.height + 40


def _foot(canvas: "ImageDraw", footer: str, top: int) -> None:
    setting = set_in(footer, WIDTH - 2 * MARGIN, 70, largest=34, weight=REGULAR)
    canvas.rectangle((MARGIN, top, WIDTH - MARGIN, top + 2), fill=LINE)
    setting.draw(canvas, MARGIN, top + (132 - setting.height) // 2, SOFT)
