"""The walk: a filtered tree becomes blocks and lines."""

from typing import NamedTuple

from lxml import etree

from content.cleaning.characters import INVISIBLE, is_blank, readable
from content.cleaning.lines import split_paragraphs, tidy
from content.cleaning.links import is_allowed, is_asset, valid_id
from content.cleaning.model import PLAIN, Block, Break, Image, Link, Marks, Piece, Run, holding
from content.cleaning.report import Report
from content.cleaning.surgery import entries, take_out
from content.cleaning.tables import flattened, table
from content.cleaning.visibility import SEEN, Sight

DEEPEST = 6  # lists and quotations inside each other; deeper ones are unfolded

MARKING = {"strong": "strong", "b": "strong", "em": "em", "i": "em", "u": "u", "ins": "u", "sub": "sub", "sup": "sup"}
STRUCK = frozenset({"s", "strike", "del"})
HEADINGS = {f"h{level}": level for level in range(1, 7)}
LISTS = frozenset({"ul", "ol"})
INLINE = frozenset({"span", "font", "code", "cite", "small", "big", "q", "label", "a"}) | set(MARKING)
HOMES = frozenset({"body", "section"})


class Place(NamedTuple):
    """Where the walk stands: *home* is the block that holds what is found, *depth* counts lists and quotations."""

    home: str = "body"
    depth: int = 0
    in_table: bool = False
    align: str = ""
    raw: bool = False
    sight: Sight = SEEN
    marks: Marks = PLAIN


def walk(tree: etree._Element, report: Report) -> list[Block]:
    """The blocks of a body. h1 becomes h2 and so on down where an h1 occurs; h6 is h5."""
    shift = 1 if next(tree.iter("h1"), None) is not None else 0
    flow = Flow(Place(), report, shift)
    flow.enter(tree, flow.place)
    return flow.finished()


class Flow:
    """Collects the blocks of one home; loose text waits in *pending* until a block begins or the home ends."""

    def __init__(self, place: Place, report: Report, shift: int) -> None:
        self.place = place
        self.report = report
        self.shift = shift
        self.blocks: list[Block] = []
        self.pending: list[Piece] = []
        self.align = place.align

    def finished(self) -> list[Block]:
        self.flush()
        return self.blocks

    def flush(self) -> None:
        """Makes paragraphs of the loose text."""
        pending, self.pending = self.pending, []
        for paragraph in split_paragraphs(pending) if pending else ():
            self.blocks += self._paragraph(tidy(paragraph))

    def enter(self, element: etree._Element, place: Place) -> None:
        """Walks what stands inside *element*."""
        self._text(element.text, place)
        for child in element:
            self._child(child, place)
            self._text(child.tail, place)

    def line_of(self, element: etree._Element, place: Place) -> list[Piece]:
        """All text and pictures inside *element* as one line, blocks in it set apart by a space."""
        flow = Flow(place._replace(home="line"), self.report, self.shift)
        flow.enter(element, flow.place)
        return flow.pending

    def _child(self, element: etree._Element, before: Place) -> None:
        tag = str(element.tag)
        place = before._replace(sight=before.sight.inside(element))
        if tag in STRUCK:
            self.report.note("struck", "".join(element.itertext()))
        elif tag in INLINE:
            self.enter(element, place._replace(marks=_marked(element, tag, place.marks)))
        elif tag == "br":
            self.pending.append(Break())
        elif tag == "img":
            self._image(element, place)
        elif self.place.home == "line":
            self._apart(element, place)
        else:
            self._block(tag, element, place._replace(align=_alignment(element, tag) or place.align))

    def _apart(self, element: etree._Element, place: Place) -> None:
        self.pending.append(Run("\n"))
        self.enter(element, place)
        self.pending.append(Run("\n"))

    def _block(self, tag: str, element: etree._Element, place: Place) -> None:
        self.flush()
        if tag in HEADINGS and place.home in HOMES:
            self._heading(tag, element, place)
        elif tag in LISTS:
            self._list(tag, element, place)
        elif tag == "table":
            self._table(element, place)
        elif tag == "figure" and place.home in HOMES:
            self._figure(element, place)
        elif (tag == "blockquote" and place.home in HOMES) or _is_footnotes(element, place):
            self._home(tag, element, place)
        else:
            self._unwrapped(element, place._replace(raw=place.raw or tag == "pre"))

    def _unwrapped(self, element: etree._Element, place: Place) -> None:
        outer, self.align = self.align, place.align
        self.enter(element, place)
        self.flush()
        self.align = outer

    def _heading(self, tag: str, element: etree._Element, place: Place) -> None:
        level = min(max(HEADINGS[tag] + self.shift, 2), 5)
        line = tidy(self.line_of(element, place), drop=frozenset({"strong"}))
        if any(not isinstance(piece, Break) for piece in line):
            self.blocks.append(Block(f"h{level}", line))

    def _home(self, tag: str, element: etree._Element, place: Place) -> None:
        children = self.inside(element, place, tag)
        attributes = {"class": "footnotes"} if tag == "section" else {}
        if children:
            self.blocks.append(Block(tag, children=children, attributes=attributes))

    def inside(self, element: etree._Element, place: Place, home: str) -> list[Block]:
        """The blocks in *element*, which becomes a *home* of its own."""
        flow = Flow(place._replace(home=home, depth=place.depth + 1, align=""), self.report, self.shift)
        flow.enter(element, flow.place)
        return flow.finished()

    def _list(self, tag: str, element: etree._Element, place: Place) -> None:
        if place.depth >= DEEPEST:
            self.report.note("depth")
            self._unwrapped(element, place)
            return
        children = [entry for part in entries(element) if (entry := self._entry(part, place)) is not None]
        if children:
            self.blocks.append(Block(tag, children=children))

    def _entry(self, element: etree._Element, place: Place) -> Block | None:
        inner = place._replace(sight=place.sight.inside(element))
        entry = holding("li", self.inside(element, inner, "li"))
        name = valid_id(element.get("id") or "")
        if entry is not None and name:
            entry.attributes["id"] = name
        return entry

    def _figure(self, element: etree._Element, place: Place) -> None:
        captions = list(element.iter("figcaption"))
        caption = tidy([piece for part in captions for piece in self.line_of(part, place)])
        for part in captions:
            take_out(part)
        blocks = self.inside(element, place, "section")
        figures = [block for block in blocks if block.tag == "figure" and not block.children]
        if caption and figures:
            figures[-1].children = [Block("figcaption", caption)]
        elif caption:
            blocks += self._paragraph(caption)
        self.blocks += blocks

    def _table(self, element: etree._Element, place: Place) -> None:
        if place.in_table or place.depth >= DEEPEST:
            self.report.note("table" if place.in_table else "depth")
            flattened(self, element, place)
        else:
            self.blocks += table(self, element, place._replace(in_table=True, align=""))

    def _paragraph(self, line: list[Piece]) -> list[Block]:
        if not line:
            return []
        block = Block("p", line)
        if self.place.home in HOMES and _is_picture(block):
            return [Block("figure", [piece]) for piece in line if isinstance(piece, Image)]
        return [Block("p", line, attributes={"class": self.align} if self.align else {})]

    def _text(self, text: str | None, place: Place) -> None:
        if not text:
            return
        seen = _without_invisible(readable(text), self.report)
        if place.sight.hidden:
            if not is_blank(seen):
                self.report.note("hidden", seen)
        elif place.raw:
            self.pending += _broken(seen, place.marks)
        else:
            self.pending.append(Run(seen, place.marks))

    def _image(self, element: etree._Element, place: Place) -> None:
        source = element.get("src") or ""
        if not is_asset(source):
            return
        alternative = _without_invisible(readable(element.get("alt") or ""), self.report)
        if place.sight.hidden:
            self.report.note("hidden", f"图片 {alternative}")
            return
        self.pending.append(Image(source, " ".join(alternative.split()), Marks(place.marks.link)))


def _marked(element: etree._Element, tag: str, marks: Marks) -> Marks:
    if tag != "a":
        return marks.with_name(MARKING[tag]) if tag in MARKING else marks
    href = _without_invisible((element.get("href") or "").strip())
    link = Link(href if is_allowed(href) else "", valid_id(element.get("id") or element.get("name") or ""))
    return marks._replace(link=link) if any(link) and not any(marks.link) else marks


def _is_footnotes(element: etree._Element, place: Place) -> bool:
    return element.tag == "section" and place.home == "body" and "footnotes" in (element.get("class") or "").split()


def _alignment(element: etree._Element, tag: str) -> str:
    if tag == "center":
        return "center"
    style = (element.get("style") or "").replace(" ", "").lower()
    named = (element.get("align") or "").lower()
    classes = (element.get("class") or "").split()
    for side in ("right", "center"):
        if f"text-align:{side}" in style or named == side or side in classes:
            return side
    return ""


def _is_picture(block: Block) -> bool:
    return block.tag == "p" and bool(block.line) and all(isinstance(piece, Image | Break) for piece in block.line)


def _broken(text: str, marks: Marks) -> list[Piece]:
    pieces: list[Piece] = []
    for number, line in enumerate(text.split("\n")):
        pieces += [Break()] if number else []
        pieces.append(Run(line, marks))
    return pieces


def _without_invisible(text: str, report: Report | None = None) -> str:
    if not INVISIBLE.search(text):
        return text
    if report is not None:
        for found in INVISIBLE.findall(text):
            report.note("invisible", f"U+{ord(found):04X}")
    return INVISIBLE.sub("", text)
