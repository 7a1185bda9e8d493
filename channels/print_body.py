"""The body made ready for print: what the Typst walker cannot work out by itself is worked out here, in plain Python."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise

from lxml import etree

from content.body import ASSET, text_of, tree
from content.item import Picture

MEASURE_PT = 441
"""28 characters of 15.75 pt: the type area's width (domain.md 5.1)."""
TALLEST_PT = 480
TABLE_SIZES = ((4, 14.0), (6, 12.0), (9, 10.5), (12, 9.0), (16, 7.5))
"""Up to how many columns a table is set in which size, in points."""
MOST_COLUMNS = TABLE_SIZES[-1][0]
TITLE_CHARACTERS = 20
"""How many characters of 22 pt stand on one line of a title."""
KEPT_CHARACTERS = 168
"""Six lines: the longest last paragraph that moves to the next page with the signature."""
LONGEST_TITLE = 300
"""A longer text is no title: it is cut without looking for sense."""


class TableTooWide(ValueError):
    """A table has more columns than can be held; *number* counts tables from 1."""

    def __init__(self, number: int, columns: int, most: int = MOST_COLUMNS) -> None:
        super().__init__(f"table {number} has {columns} columns, more than {most}")
        self.number = number
        self.columns = columns


def print_body(body: str, pictures: Sequence[Picture], files: Mapping[str, str], signed: bool = False) -> str:
    """The body as the layouts' walker wants it: one ``body`` element, white space collapsed, headings with their
    ``depth`` in the outline (none skipped, PDF/UA-1), tables whole rows only, pictures with file and width in points.

    *files* gives the file name of a picture by its digest; *signed* says that a signature follows. Raises ValueError for a body that is not well-formed or
    names an unknown picture, and TableTooWide.
    """
    root = tree(body)
    known = {picture.digest: picture for picture in pictures}
    _collapse(root)
    for notes in root.findall("section[@class='footnotes']"):
        root.append(notes)
    if signed:
        _mark_last(root)
    _set_depths(root)
    _keep_whole_links(root)
    for number, table in enumerate(root.iter("table"), 1):
        _ready_table(table, number)
    for image in root.iter("img"):
        _ready_picture(image, known, files)
    return str(etree.tostring(root, encoding="unicode"))


def _collapse(root: etree._Element) -> None:
    for element in root.iter():
        element.text = re.sub(r"[ \t\r\n]+", " ", element.text or "") or None
        element.tail = re.sub(r"[ \t\r\n]+", " ", element.tail or "") or None


def _mark_last(root: etree._Element) -> None:
    """The last paragraph keeps the signature company, so that no page holds a signature alone (GB/T 9704-2012).

    Typst moves such a paragraph whole, so a long one is left where it is.
    """
    blocks = [element for element in root if element.tag != "section"]
    if (
        blocks
        and blocks[-1].tag == "p"
        and blocks[-1].get("class") is None
        and len(text_of(blocks[-1])) <= KEPT_CHARACTERS
    ):
        blocks[-1].set("last", "yes")


def _set_depths(root: etree._Element) -> None:
    """The outline's levels without a gap, and which headings are those of chapters (第一章), which stand centred."""
    before = 0
    for element in root.iter("h2", "h3", "h4", "h5"):
        before = min(int(element.tag[1]) - 1, before + 1)
        element.set("depth", str(before))
        if re.match(r"第[一二三四五六七八九十百零]+[编章节]", text_of(element).strip()):
            element.set("chapter", "yes")


def _keep_whole_links(root: etree._Element) -> None:
    seen: set[str] = set()
    for element in root.iter():
        name = element.attrib.pop("id", None)
        if name and name not in seen and re.fullmatch(r"[\w.:-]+", name):
            element.set("id", name)
            seen.add(name)
    for link in root.iter("a"):
        target = link.get("href", "")
        if not (target[1:] in seen if target.startswith("#") else re.match(r"(https?://|mailto:)\S", target)):
            link.attrib.pop("href", None)


def _ready_picture(image: etree._Element, known: Mapping[str, Picture], files: Mapping[str, str]) -> None:
    name = image.get("src", "").removeprefix(ASSET)
    if name not in known:
        raise ValueError(f"the body names a picture that the revision does not hold: {name[:80]}")
    picture = known[name]
    width = min(float(MEASURE_PT), picture.width * 0.48)
    height = width * picture.height / max(picture.width, 1)
    image.set("width", f"{width * min(1.0, TALLEST_PT / max(height, 1.0)):.2f}")
    image.set("file", files[name])
    image.set("alt", image.get("alt") or picture.alt or picture.name)


@dataclass(frozen=True)
class Placed:
    """A cell in its table: *row* and *column* count from 0."""

    cell: etree._Element
    row: int
    column: int
    rowspan: int
    colspan: int


def _ready_table(table: etree._Element, number: int) -> None:
    _lift_heads(table)
    heads = [row for part in table.findall("thead") for row in part.findall("tr")]
    rows = table.findall("tr") + [row for part in table.findall("tbody") for row in part.findall("tr")]
    placed = [*place_cells(heads), *place_cells(rows)]
    columns = max((cell.column + cell.colspan for cell in placed), default=1)
    if columns > MOST_COLUMNS:
        raise TableTooWide(number, columns)
    _fill_rows(heads, columns)
    _fill_rows(rows, columns)
    widest = [_column_width(placed, column) for column in range(columns)]
    for entry in placed:
        entry.cell.set("side", _side(entry, widest))
    size = _table_size(widest)
    table.set("size", str(size))
    table.set("weights", " ".join(str(round(points * 10)) for points in _shares(_needs(widest, size))))


def _table_size(widest: Sequence[int]) -> float:
    """The size of the table's text: what its columns allow, smaller down to 10.5 pt where that saves turned lines."""
    largest = next(size for most, size in TABLE_SIZES if len(widest) <= most)
    fitting = (size for _, size in TABLE_SIZES if 10.5 <= size <= largest and sum(_needs(widest, size)) <= MEASURE_PT)
    return next(fitting, largest)


def _needs(widest: Sequence[int], size: float) -> list[float]:
    return [width * size / 2 + 1.1 * size for width in widest]


def _shares(needs: Sequence[float]) -> list[float]:
    """How wide each column becomes: narrow ones get what they need, wide ones share what is left."""
    shares = dict.fromkeys(range(len(needs)), 0.0)
    left = float(MEASURE_PT)
    for done, column in enumerate(sorted(shares, key=needs.__getitem__)):
        shares[column] = min(needs[column], left / (len(needs) - done))
        left -= shares[column]
    scale = MEASURE_PT / sum(shares.values())
    return [share * scale for share in shares.values()]


def _lift_heads(table: etree._Element) -> None:
    """A first row of head cells only becomes the repeated head, so that it stands on every page."""
    first = next(table.iter("tr"), None)
    if first is None or table.find("thead") is not None or any(cell.tag != "th" for cell in first):
        return
    head = etree.Element("thead")
    table.insert(1 if table.find("caption") is not None else 0, head)
    head.append(first)


def place_cells(rows: Sequence[etree._Element]) -> Iterator[Placed]:
    """Where each cell stands; spans are cut to what is there, so that no cell lies on another."""
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while (number, column) in taken:
                column += 1
            down = min(_span(cell, "rowspan"), len(rows) - number)
            across = _free_run(taken, number, column, _span(cell, "colspan"))
            taken |= {(number + y, column + x) for y in range(down) for x in range(across)}
            cell.set("rowspan", str(down))
            cell.set("colspan", str(across))
            yield Placed(cell, number, column, down, across)
            column += across


def _span(cell: etree._Element, name: str) -> int:
    text = cell.get(name, "1")
    return max(1, min(int(text), 1000)) if text.isdecimal() and len(text) < 5 else 1


def _free_run(taken: set[tuple[int, int]], row: int, column: int, wanted: int) -> int:
    return next((x for x in range(1, wanted) if (row, column + x) in taken), wanted)


def _fill_rows(rows: Sequence[etree._Element], columns: int) -> None:
    """Adds the cells that a short row lacks: the walker hands cells over one after another."""
    taken: set[tuple[int, int]] = set()
    for number, row in enumerate(rows):
        column = 0
        for cell in row:
            while (number, column) in taken:
                column += 1
            across, down = int(cell.get("colspan", "1")), int(cell.get("rowspan", "1"))
            taken |= {(number + y, column + x) for y in range(down) for x in range(across)}
        missing = sum((number, column) not in taken for column in range(columns))
        for _ in range(missing):
            etree.SubElement(row, "td")


def _column_width(placed: Sequence[Placed], column: int) -> int:
    single = (
        columns_wide(text_of(entry.cell, "{}")) for entry in placed if entry.column == column and entry.colspan == 1
    )
    return max(4, min(44, max(single, default=4)))


def _side(entry: Placed, widths: Sequence[int]) -> str:
    if entry.cell.tag == "th" or entry.colspan > 1:
        return "center"
    if re.fullmatch(r"[-+−]?[\d,，.]+[%％‰]?", text_of(entry.cell, "{}").strip()):
        return "right"
    return "center" if widths[entry.column] <= 16 else "left"


@lru_cache(maxsize=1)
def _whole_words() -> tuple[str, ...]:
    """Words of official titles that a line never cuts in two."""
    return tuple(resources.files("channels").joinpath("data", "title_words.txt").read_text(encoding="utf-8").split())


def columns_wide(text: str) -> int:
    """The width of a text in half characters."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text.strip())


_OPENING, _CLOSING = "《〈“‘（〔【", "》〉”’）〕】，、。；：！？"
_STAY_WITH_NEXT = ("关于", "和", "与", "及", "暨", "第")


def title_lines(title: str, organ: str = "", most: int = TITLE_CHARACTERS) -> list[str]:
    """A title broken at sense into lines of at most *most* characters, as even as may be (GB/T 9704: 回行时要做到词意完整)."""
    text = " ".join(title.split())
    if columns_wide(text) <= 2 * most:
        return [text]
    if len(text) > LONGEST_TITLE:
        return [text[start : start + most] for start in range(0, len(text), most)]
    costs = [_cut_cost(text, place, organ) for place in range(1, len(text) + 1)]
    count = -(-columns_wide(text) // (2 * most))
    return _best_lines(text, costs, most, count) or _best_lines(text, costs, most, count + 1) or [text]


def _best_lines(text: str, costs: Sequence[float], most: int, count: int) -> list[str] | None:
    """The cheapest way to cut into *count* lines, by dynamic programming; ``costs[n]`` is that of a cut after n + 1."""
    ideal = columns_wide(text) / count
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for left in range(count, 0, -1):
        reached: dict[int, tuple[float, tuple[int, ...]]] = {}
        for start, (cost, cuts) in best.items():
            for end in range(start + 1, min(start + 2 * most, len(text)) + 1):
                width = columns_wide(text[start:end])
                if width > 2 * most or (left == 1 and end < len(text)):
                    continue
                total = cost + ((width - ideal) / ideal) ** 2 * 4 + costs[end - 1]
                if end not in reached or total < reached[end][0]:
                    reached[end] = (total, (*cuts, end))
        best = reached
    if len(text) not in best:
        return None
    cuts = (0, *best[len(text)][1])
    return [text[start:end].strip() for start, end in pairwise(cuts)]


def _cut_cost(text: str, place: int, organ: str) -> float:
    """How bad it is to end a line before ``text[place]``: 0 at the sense's joints."""
    before, after = text[:place], text[place:]
    if not after:
        return 0.0
    if after[0] in _CLOSING or before[-1] in _OPENING or (before[-1].isascii() and after[0].isascii()):
        return 100.0
    if before.endswith(_STAY_WITH_NEXT) or after.startswith("的") or _inside_a_word(text, place):
        return 5.0
    if before[-1] in "》、" or after.startswith(("关于", "《", "印发", "转发")) or (organ and before.endswith(organ)):
        return 0.0
    return 0.3 if before.endswith(_whole_words()) or after.startswith(_whole_words()) else 0.8


def _inside_a_word(text: str, place: int) -> bool:
    return any(
        text.startswith(word, place - cut) for word in _whole_words() for cut in range(1, min(len(word), place + 1))
    )
