"""The picture of the convenience notice: a plain map of the streets without water."""

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT, FINE = 1200, 800, 2  # drawn twice as large and made smaller: smooth edges
INK, SOFT, LAND, BLOCK, ROAD, EDGE = "#1f2d3d", "#5b6b7b", "#eef1ec", "#e3e8e0", "#ffffff", "#c9d0c8"
DRY, DRY_EDGE, WATER, RED = "#bcd9ef", "#1f6fb2", "#a9cfe3", "#b3261e"
WEST_EAST = (("北京西路", 236, 30), ("江津西路", 560, 34), ("", 398, 16), ("沿江大道", 690, 22))
NORTH_SOUTH = (
    ("太师渊路", 120, 18),
    ("园林路", 318, 28),
    ("", 500, 14),
    ("", 640, 14),
    ("塔桥路", 826, 28),
    ("豉湖路", 1010, 18),
)
GAP = 8  # between a street and the houses
POINTS = ((318, 236, "1"), (826, 420, "2"), (560, 560, "3"))


def draw_map() -> "Image":
    """1200 × 800 pixels, on the scale of a schematic: no survey stands behind it, and it says so."""
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), LAND)
    draw = ImageDraw.Draw(picture)
    _ground(draw)
    _streets(draw)
    _area(draw)
    _names(draw)
    _points(draw)
    _heading(draw)
    _legend(draw)
    return picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).quantize(128).convert("P")


def _font(size: int) -> "FreeTypeFont":
    from PIL import ImageFont
    from pylopdf_fonts_zh_cn import sans_path

    return ImageFont.truetype(str(sans_path()), size * FINE)


def _box(
    draw: "ImageDraw", left: int, top: int, right: int, bottom: int, fill: str, edge: str = "", radius: int = 0
) -> None:
    corners = [left * FINE, top * FINE, right * FINE, bottom * FINE]
    draw.rounded_rectangle(corners, radius * FINE, fill=fill, outline=edge or None, width=2 * FINE if edge else 0)


def _text(
    draw: "ImageDraw", x: int, y: int, text: str, size: int, colour: str = INK, anchor: str = "mm", halo: str = ""
) -> None:
    draw.text(
        (x * FINE, y * FINE), text, font=_font(size), fill=colour, anchor=anchor, stroke_width=4 * FINE if halo else 0,
        stroke_fill=halo or None,
    )  # fmt: skip


def _ground(draw: "ImageDraw") -> None:
    """Blocks between the streets, the river in the south."""
    columns = [(-60, 0), *((x, wide) for _, x, wide in NORTH_SOUTH), (1260, 0)]
    rows = [(40, 0), *sorted((y, wide) for _, y, wide in WEST_EAST)]
    for (left, west), (right, east) in pairwise(columns):
        for (top, north), (bottom, south) in pairwise(rows):
            sides = left + west // 2 + GAP, top + north // 2 + GAP, right - east // 2 - GAP, bottom - south // 2 - GAP
            _box(draw, *sides, BLOCK, radius=6)
    river = [(0, 742), (300, 728), (640, 738), (930, 722), (1200, 734), (1200, 800), (0, 800)]
    draw.polygon([(x * FINE, y * FINE) for x, y in river], fill=WATER)


def _streets(draw: "ImageDraw") -> None:
    for extra, colour in ((4, EDGE), (0, ROAD)):
        for _, y, wide in WEST_EAST:
            _box(draw, -10, y - (wide + extra) // 2, 1210, y + (wide + extra) // 2, colour)
        for _, x, wide in NORTH_SOUTH:
            _box(draw, x - (wide + extra) // 2, 60, x + (wide + extra) // 2, 700, colour)


def _area(draw: "ImageDraw") -> None:
    """The streets' four sides, hatched so that it can be told apart in black and white too."""
    left, top, right, bottom = 332, 251, 812, 543
    _box(draw, left, top, right, bottom, DRY, DRY_EDGE, 4)
    inner_left, inner_top, inner_right, inner_bottom = left + 3, top + 3, right - 3, bottom - 3
    for start in range(inner_left - (inner_bottom - inner_top), inner_right, 22):
        first, last = max(start, inner_left), min(start + inner_bottom - inner_top, inner_right)
        ends = [(x * FINE, (inner_bottom - (x - start)) * FINE) for x in (first, last)]
        draw.line(ends, fill="#a3c9e6", width=3 * FINE)
    _box(draw, left + 120, top + 88, right - 120, bottom - 88, "#ffffff", DRY_EDGE, 10)
    _text(draw, (left + right) // 2, top + 124, "停水区域", 34, DRY_EDGE)
    _text(draw, (left + right) // 2, top + 170, "11月28日22时至29日6时", 20)


def _names(draw: "ImageDraw") -> None:
    for name, y, wide in WEST_EAST:
        for x in (218, 920) if name else ():
            _text(draw, x, y, name, 22 if wide > 24 else 18, SOFT)
    for name, x, wide in NORTH_SOUTH:
        for number, sign in enumerate(name):
            _text(draw, x, 610 + number * 24 - len(name) * 2, sign, 20 if wide > 24 else 16, SOFT)
    _text(draw, 600, 768, "长    江", 26, "#3c7d9c")


def _points(draw: "ImageDraw") -> None:
    for x, y, number in POINTS:
        _box(draw, x - 21, y - 21, x + 21, y + 21, RED, "#ffffff", 21)
        _text(draw, x, y - 1, number, 24, "#ffffff")


def _heading(draw: "ImageDraw") -> None:
    _box(draw, 0, 0, WIDTH, 78, "#ffffff")
    _box(draw, 0, 76, WIDTH, 80, DRY_EDGE)
    _text(draw, 40, 40, "中心城区计划停水区域示意图", 36, anchor="lm")
    _text(draw, 1130, 42, "2026年11月28日22时—29日6时", 20, SOFT, anchor="rm")
    draw.polygon([(x * FINE, y * FINE) for x, y in ((1164, 16), (1152, 52), (1164, 44), (1176, 52))], fill=INK)
    _text(draw, 1164, 64, "北", 16)


def _legend(draw: "ImageDraw") -> None:
    _box(draw, 851, 588, 991, 668, "#ffffff", EDGE, 6)
    _box(draw, 864, 598, 890, 616, DRY, DRY_EDGE, 3)
    _text(draw, 900, 607, "停水区域", 16, anchor="lm")
    _box(draw, 868, 622, 886, 640, RED, radius=9)
    _text(draw, 900, 630, "临时送水点", 16, anchor="lm")
    _text(draw, 921, 655, "示意图，非测绘成果", 12, SOFT)
