"""Chinese text on pictures: fonts from the wheels, found by path, and lines broken by the rules of Chinese setting."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

# The colours of cards and covers: ink, one red, greys.
RED = "#B01F24"
INK = "#1F1B16"
SOFT = "#6B6259"
PAPER = "#FFFFFF"
LINE = "#E6DFD6"


REGULAR = 400
BOLD = 700

# Marks that may not begin a line, and those that may not end one (GB/T 15834—2011, 5.1).
_NOT_FIRST = frozenset("，。、；：？！）》〉」』】〕”’…—～%％℃·,.;:?!)]}")
_NOT_LAST = frozenset("（《〈「『【〔“‘([{")


class FontMissing(RuntimeError):
    """A font wheel is not installed."""


@cache
def font_file(package: str, name: str) -> Path:
    """A font inside an installed wheel, without importing the wheel. Raises FontMissing."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FontMissing(f"the font package {package} is not installed: run make setup")
    found = Path(spec.origin).parent / name
    if not found.is_file():
        raise FontMissing(f"the font package {package} holds no {name}: run make setup")
    return found


def sans(size: int, weight: int = REGULAR) -> "FreeTypeFont":
    """Noto Sans SC at *size* pixels; *weight* is 100 to 900."""
    from PIL import ImageFont

    path = font_file("justmytype_intl_cjk", "fonts/ofl/notosanssc/NotoSansSC[wght].ttf")
    font = ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
    font.set_variation_by_axes([weight])
    return font


def broken(text: str, font: "FreeTypeFont", width: float) -> list[str]:
    """The text in lines no wider than *width* pixels; Latin words and figures stay whole where a line can hold them."""
    lines: list[str] = []
    current = ""
    for piece in _pieces(text):
        if not current or font.getlength(current + piece) <= width:
            current += piece
        else:
            lines, current = _turned(lines, current, piece)
        while font.getlength(current) > width and len(current) > 1:
            fitting = _fitting(current, font, width)
            lines.append(current[:fitting])
            current = current[fitting:]
    return [line.strip() for line in [*lines, current] if line.strip()]


@dataclass(frozen=True)
class Setting:
    """A text set in a box: its lines, the font and the distance between base lines in pixels."""

    lines: tuple[str, ...]
    font: "FreeTypeFont"
    leading: int

    @property
    def height(self) -> int:
        return self.leading * len(self.lines)

    def draw(self, canvas: "ImageDraw", left: float, top: float, colour: str) -> None:
        """Draws the lines from the box's upper left corner."""
        base = (self.leading + self.font.size * 0.76) / 2
        for number, line in enumerate(self.lines):
            hang = self.font.size / 2 if line[0] in _NOT_LAST and not line[0].isascii() else 0
            place = (left - hang, top + base + number * self.leading)
            canvas.text(place, line, font=self.font, fill=colour, anchor="ls")


def set_in(text: str, width: int, height: int, largest: int, smallest: int = 12, weight: int = BOLD) -> Setting:
    """The text as large as the box (pixels) allows, whole, its lines evenly filled."""
    for size in range(largest, smallest - 1, -2):
        found = _set_at(text, size, width, weight)
        if found.height <= height:
            return found
    return _set_at(text, smallest, width, weight)


def _set_at(text: str, size: int, width: int, weight: int) -> Setting:
    font = sans(size, weight)
    lines = broken(text, font, width)
    return Setting(tuple(_evened(text, font, width, len(lines))), font, round(size * 1.4))


def _evened(text: str, font: "FreeTypeFont", width: float, count: int) -> list[str]:
    """The narrowest setting with the same number of lines: no lone character on the last one."""
    low, high = font.getlength(text) / max(count, 1), float(width)
    while high - low > font.size / 4:
        middle = (low + high) / 2
        low, high = (low, middle) if len(broken(text, font, middle)) <= count else (middle, high)
    return broken(text, font, high)


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for character in " ".join(text.split()):
        joins = pieces and character.isascii() and not character.isspace() and pieces[-1][-1:].isascii()
        if joins and not pieces[-1].isspace():
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _turned(lines: list[str], current: str, piece: str) -> tuple[list[str], str]:
    """Ends the current line before *piece*, which takes along the characters that may not stand at the edge."""
    while len(current) > 1 and (piece[0] in _NOT_FIRST or current[-1] in _NOT_LAST):
        current, piece = current[:-1], current[-1] + piece
    return [*lines, current], piece


def _fitting(text: str, font: "FreeTypeFont", width: float) -> int:
    count = len(text) - 1
    while count > 1 and font.getlength(text[:count]) > width:
        count -= 1
    return count
