"""The printer's copy of a PDF: pages in multiples of four, with bleed and crop marks, one on a sheet or as a booklet.

Most printers impose pages themselves and want them one on a sheet, in reading order (PAGES). A copy shop that prints on
double sheets and stitches them through the fold (骑马订) wants them in pairs (BOOKLET).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pypdf import PageObject, PdfWriter
    from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

PAGES, BOOKLET = "pages", "booklet"
WAYS = {PAGES: "一页一张，按阅读顺序，由印刷厂自行拼版", BOOKLET: "两页一张，按骑马订的顺序拼好"}
BLEED_PT = 3 * 72 / 25.4
SLUG_PT = 12 * 72 / 25.4
"""How far the sheet reaches beyond the trimmed page: room for bleed and marks."""
MARK_FROM_PT, MARK_TO_PT = 4 * 72 / 25.4, 10 * 72 / 25.4
HAIRLINE_PT = 0.25


@dataclass(frozen=True)
class Side:
    """One side of a sheet: its pages from left to right, None for a blank one."""

    pages: tuple[int | None, ...]


def impose(pdf: bytes, title: str, way: str = PAGES) -> bytes:
    """The printer's copy of a PDF that was typeset with 3 mm of bleed. Blank pages stand before the last one, which is the
    back cover. The same input gives the same bytes: what was compressed is copied as it is."""
    from pypdf import PdfReader, PdfWriter

    reader, writer = PdfReader(BytesIO(pdf)), PdfWriter()
    pages = list(reader.pages)
    forms = [_form(page, writer) for page in pages]
    width, height = _trimmed(pages[0])
    for side in sides(len(pages), way):
        _add_side(writer, [None if page is None else forms[page] for page in side.pages], width, height)
    writer.add_metadata({"/Title": title, "/Producer": "tongbu"})
    made = BytesIO()
    writer.write(made)
    return made.getvalue()


def blanks(count: int) -> int:
    """How many blank pages a document of *count* pages gets."""
    return -count % 4


def sides(count: int, way: str) -> Iterator[Side]:
    """The sides in the order in which they are printed; a sheet of a booklet has its outer side first."""
    order: list[int | None] = [*range(count - 1), *([None] * blanks(count)), count - 1]
    if way == PAGES:
        yield from (Side((page,)) for page in order)
        return
    for sheet in range(len(order) // 4):
        first, last = 2 * sheet, len(order) - 1 - 2 * sheet
        yield Side((order[last], order[first]))
        yield Side((order[first + 1], order[last - 1]))


def _form(page: "PageObject", writer: "PdfWriter") -> "StreamObject":
    """The page as a picture that can be put on a sheet, its stream as it was."""
    from pypdf.generic import ArrayObject, FloatObject, NameObject

    held = cast("StreamObject", cast("StreamObject", page["/Contents"]).clone(writer))
    held.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Form"),
            NameObject("/BBox"): ArrayObject([FloatObject(value) for value in page.mediabox]),
            NameObject("/Resources"): cast("DictionaryObject", page["/Resources"]).clone(writer),
        }
    )
    _on_black_alone(cast("DictionaryObject", held["/Resources"]))
    return held


def _on_black_alone(resources: "DictionaryObject") -> None:
    """Greys without a profile: text is printed with black ink and not mixed from four."""
    from pypdf.generic import DictionaryObject, NameObject

    spaces = cast("DictionaryObject", resources["/ColorSpace"]) if "/ColorSpace" in resources else DictionaryObject()
    for name, space in list(spaces.items()):
        parts = space.get_object()
        if isinstance(parts, list) and parts[0] == "/ICCBased" and parts[1].get_object().get("/N") == 1:
            spaces[NameObject(name)] = NameObject("/DeviceGray")


def _add_side(writer: "PdfWriter", forms: Sequence["StreamObject | None"], width: float, height: float) -> None:
    from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

    page = writer.add_blank_page(len(forms) * width + 2 * SLUG_PT, height + 2 * SLUG_PT)
    drawn = DecodedStreamObject()
    drawn.set_data("\n".join([*_placed(forms, width, height), *_marks(len(forms), width, height)]).encode("ascii"))
    shown = {NameObject(f"/P{place}"): form.indirect_reference for place, form in enumerate(forms) if form is not None}
    page[NameObject("/Resources")] = DictionaryObject(
        {
            NameObject("/XObject"): DictionaryObject(shown),
            NameObject("/ColorSpace"): DictionaryObject({NameObject("/All"): _every_ink()}),
        }
    )
    page[NameObject("/Contents")] = writer._add_object(drawn)
    _set_boxes(page, len(forms) * width, height)


def _placed(forms: Sequence["StreamObject | None"], width: float, height: float) -> Iterator[str]:
    """Each page where it belongs, cut at the fold and at the bleed."""
    for place, form in enumerate(forms):
        if form is None:
            continue
        left = SLUG_PT + place * width
        before = BLEED_PT if place == 0 else 0.0
        beyond = BLEED_PT if place == len(forms) - 1 else 0.0
        clip = (left - before, SLUG_PT - BLEED_PT, width + before + beyond, height + 2 * BLEED_PT)
        move = (left - BLEED_PT, SLUG_PT - BLEED_PT)
        yield f"q {_numbers(*clip)} re W n 1 0 0 1 {_numbers(*move)} cm /P{place} Do Q"


def _marks(count: int, width: float, height: float) -> Iterator[str]:
    """Crop marks at the four corners, dashed marks at the fold, in every ink."""
    left, right, bottom, top = SLUG_PT, SLUG_PT + count * width, SLUG_PT, SLUG_PT + height
    yield f"q /All CS 1 SCN {HAIRLINE_PT} w"
    for x, outward in ((left, -1), (right, 1)):
        for y, away in ((bottom, -1), (top, 1)):
            yield _line(x + outward * MARK_FROM_PT, y, x + outward * MARK_TO_PT, y)
            yield _line(x, y + away * MARK_FROM_PT, x, y + away * MARK_TO_PT)
    yield "[2 2] 0 d"
    for fold in (left + place * width for place in range(1, count)):
        for y, away in ((bottom, -1), (top, 1)):
            yield _line(fold, y + away * MARK_FROM_PT, fold, y + away * MARK_TO_PT)
    yield "Q"


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f"{_numbers(x, y)} m {_numbers(to_x, to_y)} l S"


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.3f}" for value in values)


def _every_ink() -> "ArrayObject":
    """The colour of marks, which stands on every plate."""
    from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject

    tint = {
        NameObject("/FunctionType"): NumberObject(2),
        NameObject("/Domain"): ArrayObject([FloatObject(0), FloatObject(1)]),
        NameObject("/C0"): ArrayObject([FloatObject(1)]),
        NameObject("/C1"): ArrayObject([FloatObject(0)]),
        NameObject("/N"): NumberObject(1),
    }
    return ArrayObject(
        [NameObject("/Separation"), NameObject("/All"), NameObject("/DeviceGray"), DictionaryObject(tint)]
    )


def _set_boxes(page: "PageObject", width: float, height: float) -> None:
    from pypdf.generic import RectangleObject

    near, over = SLUG_PT - BLEED_PT, SLUG_PT + BLEED_PT
    page.bleedbox = RectangleObject((near, near, width + over, height + over))
    page.trimbox = RectangleObject((SLUG_PT, SLUG_PT, SLUG_PT + width, SLUG_PT + height))


def _trimmed(page: "PageObject") -> tuple[float, float]:
    return float(page.trimbox.width), float(page.trimbox.height)
