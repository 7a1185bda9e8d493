"""The body made ready for print: what the Typst walker cannot work out by itself is worked out here, in plain Python."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise

from lxml import etree

from channels.print_parts import NOTES, Closing, lift_closing, mark_annexes, part_attachments, place_notes
from content.body import ASSET, TABLE_PARTS, text_of, tree
from content.folding import INVISIBLE
from content.item import Picture

MEASURE_PT = 441
"""28 characters of 15.75 pt: the type area's width (domain.md 5.1)."""
TALLEST_PT = 400
TABLE_SIZES = ((4, 14.0), (6, 12.0), (9, 10.5), (12, 9.0), (16, 7.5))
"""Up to how many columns a table is set in which size, in points."""
MOST_COLUMNS = TABLE_SIZES[-1][0]
TITLE_CHARACTERS = 20
"""How many characters of 22 pt stand on one line of a title."""
WHOLE_ROWS, WHOLE_CELL = 8, 40
"""A table with no more rows, and no longer cells (characters), stands on one page."""
DEEPEST, MOST_TABLES_IN_EACH_OTHER = 30, 8
"""What the layouts' walker bears with room to spare: Typst counts calls."""
_UNSEEN = re.compile(f"[{INVISIBLE}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
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


class NestedTooDeep(ValueError):
    """Tables, lists or quotations stand in each other deeper than can be set."""


@dataclass(frozen=True)
class Printable:
    """A body made ready: one ``body`` element as text, and what was lifted out of it to stand below."""

    xhtml: str
    closing: Closing


def print_body(
    body: str,
    pictures: Sequence[Picture],
    files: Mapping[str, str],
    organs: Sequence[str] = (),
    date: str = "",
    signed: bool = False,
) -> Printable:
    """The body as the layouts' walker wants it: one ``body`` element, white space collapsed, headings with their
    ``depth`` in the outline (none skipped, PDF/UA-1), tables whole rows only, pictures with file and width in points,
    attachments and notes each in an element of their own.

    *files* gives the file name of a picture by its digest; *organs* and *date* are what a signature may say; *signed* says
    that one follows. Raises ValueError for a body that is not well-formed or names an unknown picture, NestedTooDeep and
    TableTooWide.
    """
    root = tree(body)
    _refuse_depth(root)
    known = {picture.digest: picture for picture in pictures}
    _collapse(root)
    part_attachments(root)
    closing = lift_closing(root, organs, date)
    mark_annexes(root)
    place_notes(root)
    for notes in root.findall(NOTES):
        root.append(notes)
    if signed or closing.signatures or closing.date:
        _mark_last(root)
    _set_depths(root)
    _keep_whole_links(root)
    for number, table in enumerate(root.iter("table"), 1):
        _ready_table(table, number)
    for image in root.iter("img"):
        _ready_picture(image, known, files)
    return Printable(str(etree.tostring(root, encoding="unicode")), closing)


def visible(text: str) -> str:
    """The text without characters that take no room or turn its direction: print shows it in the order of reading."""
    return _UNSEEN.sub("", text)


def _refuse_depth(root: etree._Element) -> None:
    """Walks no deeper than it must: a parser lets 256 levels through."""
    level = [(child, 0, 0) for child in root]
    while level:
        if any(depth > DEEPEST or tables > MOST_TABLES_IN_EACH_OTHER for _, depth, tables in level):
            raise NestedTooDeep("tables, lists or quotations are nested too deep")
        level = [
            (child, depth + (element.tag not in TABLE_PARTS), tables + (element.tag == "table"))
            for element, depth, tables in level
            for child in element
        ]


def _collapse(root: etree._Element) -> None:
    for element in root.iter():
        element.text = re.sub(r"[ \t\r\n]+", " ", visible(element.text or "")) or None
        element.tail = re.sub(r"[ \t\r\n]+", " ", visible(element.tail or "")) or None


def _mark_last(root: etree._Element) -> None:
    """The last paragraph, or the last entry of a list, keeps the signature company, so that no page holds a signature alone
    (GB/T 9704-2012).

    Typst moves such a paragraph whole, so a long one is left where it is.
    """
    blocks = [element for element in root if element.tag not in ("section", "attachment")]
    if not blocks or blocks[-1].get("class") is not None:
        return
    last = next(blocks[-1].iterchildren("li", reversed=True), None) if blocks[-1].tag in ("ul", "ol") else blocks[-1]
    if last is not None and last.tag in ("p", "li") and len(text_of(last)) <= KEPT_CHARACTERS:
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
    size = _table_size(widest)
    shares = _shares(_needs(widest, size))
    for entry in placed:
        entry.cell.set("side", _side(entry, widest))
    for column, share in enumerate(shares):
        _centre_figures([entry for entry in placed if entry.column == column], share, size)
    if len(heads) + len(rows) <= WHOLE_ROWS and all(len(text_of(entry.cell)) <= WHOLE_CELL for entry in placed):
        table.set("whole", "yes")
    table.set("size", str(size))
    table.set("weights", " ".join(str(round(points * 10)) for points in shares))


def _centre_figures(column: Sequence[Placed], share: float, size: float) -> None:
    """Figures end on one line below each other, and the widest of them stands in the middle of its column: *share* points."""
    figures = [entry.cell for entry in column if entry.cell.get("side") == "right"]
    widest = max((columns_wide(text_of(cell, "{}")) for cell in figures), default=0) * size / 2
    for cell in figures:
        cell.set("inward", f"{max(0.0, (share - widest) / 2 - 0.45 * size):.2f}")


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
    single = (_cell_width(entry.cell) for entry in placed if entry.column == column and entry.colspan == 1)
    return max(4, min(44, max(single, default=4)))


def _cell_width(cell: etree._Element) -> int:
    """What a cell wants in half characters; a long head may turn once."""
    width = columns_wide(text_of(cell, "{}"))
    return width if cell.tag != "th" or width <= 6 else max(6, (width + 3) // 4 * 2)


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
_STAY_WITH_LAST = ("的", "市", "县", "省")
_STAY_WITH_NEXT = ("关于", "和", "与", "及", "暨", "第")


def title_lines(title: str, organ: str = "", most: int = TITLE_CHARACTERS, elsewhere: float = 0.8) -> list[str]:
    """A title broken at sense into lines of at most *most* characters, as even as may be (GB/T 9704: 回行时要做到词意完整).

    *elsewhere* is how bad a cut at no known joint is: the higher, the less even the lines may be.
    """
    text = " ".join(title.split())
    if columns_wide(text) <= 2 * most:
        return [text]
    if len(text) > LONGEST_TITLE:
        return [text[start : start + most] for start in range(0, len(text), most)]
    costs = [_cut_cost(text, place, organ, elsewhere) for place in range(1, len(text) + 1)]
    count = -(-columns_wide(text) // (2 * most))
    tried = (_best_lines(text, costs, most, lines) for lines in (count, count + 1))
    found = [(cost + (len(lines) - count) * elsewhere, lines) for cost, lines in filter(None, tried)]
    return min(found)[1] if found else [text]


def _best_lines(text: str, costs: Sequence[float], most: int, count: int) -> tuple[float, list[str]] | None:
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
    return best[len(text)][0], [text[start:end].strip() for start, end in pairwise(cuts)]


def _cut_cost(text: str, place: int, organ: str, elsewhere: float) -> float:
    """How bad it is to end a line before ``text[place]``: 0 at the sense's joints."""
    before, after = text[:place], text[place:]
    if not after:
        return 0.0
    if after[0] in _CLOSING or before[-1] in _OPENING or (before[-1].isascii() and after[0].isascii()):
        return 100.0
    if _cuts_a_figure(before, after):
        return 100.0
    if before.endswith(_STAY_WITH_NEXT) or after.startswith(_STAY_WITH_LAST) or _inside_a_word(text, place):
        return 5.0
    if before[-1] in "》、 " or after.startswith(("关于", "《", "印发", "转发")) or (organ and before.endswith(organ)):
        return 0.0
    return 0.3 if before.endswith(_whole_words()) or after.startswith(_whole_words()) else elsewhere


def _cuts_a_figure(before: str, after: str) -> bool:
    """Whether 2026 would be parted from 年, 3 from 号, 2026年 from 度."""
    if re.search("[0-9０-９]年$", before):
        return after.startswith("度")
    return bool(re.search("[0-9０-９]$", before) and re.match("[\u4e00-\u9fff%％]", after))


def _inside_a_word(text: str, place: int) -> bool:
    return any(
        text.startswith(word, place - cut) for word in _whole_words() for cut in range(1, min(len(word), place + 1))
    )
