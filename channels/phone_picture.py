"""A small bulletin as long pictures for a phone: 1080 pixels wide, text in the size that people read without zooming."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from lxml import etree

from channels.lettering import BOLD, INK, LINE, PAPER, RED, REGULAR, SOFT, broken, sans
from channels.qr import png_of
from content.body import BLOCKS, TABLE_PARTS, text_of

if TYPE_CHECKING:
    from PIL.Image import Image

WIDTH, SIDE = 1080, 64
TALLEST = 16_000
"""What phones and WeChat still show: a longer bulletin becomes several pictures."""
COLOURS = 32
HEAD_HEIGHT, FOOT_HEIGHT, CODE_SIZE = 330, 120, 200
INDENT = "　　"


@dataclass(frozen=True)
class Style:
    """How a line is set: pixels of its characters and from line to line, and what is left free above the first."""

    size: int
    leading: int
    weight: int = REGULAR
    colour: str = INK
    above: int = 0
    centred: bool = False


@dataclass(frozen=True)
class Line:
    """A line of text, or the code of an address, and where it stands below the one before."""

    text: str
    style: Style
    first: bool = True
    address: str = ""

    @property
    def height(self) -> int:
        return CODE_SIZE + 40 if self.address else self.style.leading + (self.style.above if self.first else 0)


SECTION = Style(36, 60, BOLD, RED, 60)
TITLE = Style(54, 76, BOLD, INK, 44, centred=True)
NUMBER = Style(36, 60, REGULAR, SOFT, 8, centred=True)
HEADING = Style(42, 70, BOLD, INK, 24)
TEXT = Style(42, 70, REGULAR, INK, 14)
SIGNED = Style(40, 66, REGULAR, INK, 10)
WORDS = Style(30, 44, REGULAR, SOFT)


def phone_pictures(data: Mapping[str, Any]) -> list[bytes]:
    """The bulletin as PNG files, from the values that its layout sets; each document is whole on one picture where it can be."""
    parts: list[list[Line]] = [[]]
    for document in _documents(data):
        lines = list(document)
        if parts[-1] and _height([*parts[-1], *lines]) > TALLEST:
            parts.append([])
        for line in lines:
            if _height([*parts[-1], line]) > TALLEST:
                parts.append([])
            parts[-1].append(line)
    return [_drawn(data, part, number, len(parts)) for number, part in enumerate(parts, 1)]


def _documents(data: Mapping[str, Any]) -> Iterator[Iterator[Line]]:
    for section in data["sections"]:
        for place, entry in enumerate(section["entries"]):
            yield _lines_of(entry, section["name"] if place == 0 else "", data["words"]["code"])


def _lines_of(entry: Mapping[str, Any], section: str, words: Sequence[str]) -> Iterator[Line]:
    yield from _set(section, SECTION)
    yield from _set(entry["title"], TITLE)
    yield from _set(entry["number"], NUMBER)
    for notice in entry["notice"]:
        yield from _set(INDENT + notice, TEXT)
    yield from _set(entry["addressee"], TEXT)
    for text, style in _paragraphs(_with_notes_in_place(entry["body"])):
        yield from _set(text, style)
    for text in (*entry["signatures"], entry["date"]):
        yield from (Line(line, SIGNED, place == 0) for place, line in enumerate(_right(text)))
    yield from _set(INDENT + entry["remark"] if entry.get("remark") else "", TEXT)
    if entry.get("code"):
        yield Line("".join(words), WORDS, address=entry["url"])


def _with_notes_in_place(body: str) -> etree._Element:
    root = etree.fromstring(body.encode())
    for note in root.iter("note"):
        note.text = f"（注：{note.text or ''}"
        note.tail = f"）{note.tail or ''}"
    return root


def _paragraphs(element: etree._Element) -> Iterator[tuple[str, Style]]:
    """The running text block by block; the cells of a table's row stand side by side on one line."""
    for child in element:
        if child.tag == "tr":
            yield "｜".join(text_of(cell).strip() for cell in child), TEXT
        elif any(inner.tag in BLOCKS | TABLE_PARTS for inner in child):
            yield from _paragraphs(child)
        elif child.tag in ("h2", "h3", "h4", "h5", "caption"):
            yield text_of(child).strip(), HEADING
        else:
            yield INDENT + text_of(child).strip(), TEXT


def _set(text: str, style: Style) -> Iterator[Line]:
    if not text.strip():
        return
    indent = INDENT if text.startswith(INDENT) else ""
    lines = broken("〓〓" + text.strip() if indent else text.strip(), sans(style.size, style.weight), WIDTH - 2 * SIDE)
    for place, line in enumerate(lines):
        yield Line(line.replace("〓〓", INDENT, 1) if indent and place == 0 else line, style, place == 0)


def _right(text: str) -> list[str]:
    return [text] if text else []


def _height(lines: Sequence[Line]) -> int:
    return HEAD_HEIGHT + FOOT_HEIGHT + sum(line.height for line in lines)


def _drawn(data: Mapping[str, Any], lines: Sequence[Line], number: int, count: int) -> bytes:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (WIDTH, _height(lines)), PAPER)
    pen = ImageDraw.Draw(picture)
    _draw_head(pen, data["issue"], f"（{number}/{count}）" if count > 1 else "")
    top = HEAD_HEIGHT
    for line in lines:
        _draw_line(picture, pen, line, top)
        top += line.height
    foot = "　".join(f"{label}：{value}" for label, value in data["imprint"][:3])
    if data["rehearsal"]:
        foot = f"演练　{foot}"
    pen.line((SIDE, top + 30, WIDTH - SIDE, top + 30), fill=LINE, width=2)
    pen.text((WIDTH / 2, top + 72), broken(foot, sans(28), WIDTH - 2 * SIDE)[0], font=sans(28), fill=SOFT, anchor="mm")
    return _as_png(picture)


def _draw_head(pen: Any, issue: Mapping[str, Any], which: str) -> None:
    pen.rectangle((0, 0, WIDTH, 24), fill=RED)
    name = "".join(issue["masthead"])
    size = min(110, (WIDTH - 2 * SIDE) // max(1, len(name)))
    pen.text((WIDTH / 2, 130), name, font=sans(size, BOLD), fill=RED, anchor="mm")
    pen.text(
        (WIDTH / 2, 232),
        f"{issue['label']}{issue['total']}{which}　{issue['date']}",
        font=sans(32),
        fill=SOFT,
        anchor="mm",
    )
    pen.line((SIDE, 286, WIDTH - SIDE, 286), fill=RED, width=4)


def _draw_line(picture: "Image", pen: Any, line: Line, top: int) -> None:
    style = line.style
    if line.address:
        _draw_code(picture, pen, line, top + 20)
        return
    top += style.above if line.first else 0
    font = sans(style.size, style.weight)
    base = top + (style.leading + style.size * 0.76) / 2
    place, anchor = (SIDE, base), "ls"
    if style.centred:
        place, anchor = (WIDTH // 2, base), "ms"
    elif style is SIGNED:
        place, anchor = (WIDTH - SIDE - 2 * style.size, base), "rs"
    pen.text(place, line.text, font=font, fill=style.colour, anchor=anchor)


def _draw_code(picture: "Image", pen: Any, line: Line, top: int) -> None:
    from PIL import Image

    with Image.open(BytesIO(png_of(line.address))) as code:
        scale = CODE_SIZE // code.width
        drawn = code.convert("RGB").resize((code.width * scale, code.height * scale), Image.Resampling.NEAREST)
    picture.paste(drawn, (SIDE, top))
    pen.text((SIDE + drawn.width + 20, top + drawn.height / 2), line.text, font=sans(30), fill=SOFT, anchor="lm")


def _as_png(picture: "Image") -> bytes:
    from PIL import Image

    made = BytesIO()
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(made, "PNG")
    return made.getvalue()
