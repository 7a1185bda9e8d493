"""A Word document made ready for mammoth: what mammoth would lose or show wrongly is put into plain words first.

Automatic numbers become text, headings are found by style, outline level or name, hidden runs are taken out and
noted, and what cannot come along (formulas, charts, revisions) is counted, so that nothing is lost in silence.
"""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from content.intake.numbering import Numbering
from content.intake.word_styles import PLAIN_GROUNDS, Styles
from content.intake.xml_values import attribute, local, value_of, whole

HEADING = "TongbuHeading"
ALIGNED = {"right": "TongbuRight", "end": "TongbuRight", "center": "TongbuCenter"}

LOSSES = {
    "oMath": "公式 {count} 处没有导入",
    "chart": "图表 {count} 处没有导入",
    "relIds": "SmartArt 图形 {count} 处没有导入",
    "OLEObject": "内嵌对象 {count} 处没有导入",
    "txbx": "文本框 {count} 处没有导入",
    "altChunk": "插入的外部文档 {count} 处没有导入",
    "contents": "目录 {count} 行没有导入（各渠道自行生成目录）",
    "ins": "有未处理的修订 {count} 处：新增的文字按已接受导入",
    "del": "有未处理的修订 {count} 处：删除的文字没有导入",
    "commentReference": "批注 {count} 处没有导入",
}
_COUNTED = {"moveTo": "ins", "moveFrom": "del"} | {name: name for name in LOSSES if name != "contents"}
_WRAPPERS = ("fldSimple", "dir", "bdo", "ruby", "rubyBase")
_OFF = frozenset({"0", "false", "off"})


class Story:
    """One part of the document's text (the body, the footnotes). *lost* and *hidden* fill as it is made ready."""

    def __init__(self, root: etree._Element, styles: Styles, numbering: Numbering) -> None:
        self.root = root
        self.styles = styles
        self.numbering = numbering
        self.lost: Counter[str] = Counter()
        self.hidden: list[str] = []

    def make_ready(self) -> None:
        """Changes the tree in place."""
        self._choose_alternatives()
        self._count_losses()
        self._unwrap()
        for run in list(self.root.iter("{*}r")):
            self._look_at_run(run)
        for paragraph in list(self.root.iter("{*}p")):
            self._look_at_paragraph(paragraph)

    def take_title(self, given: str) -> str:
        """Takes the title paragraph out and returns its text, unless a title is given that says something else."""
        found = next(self._title_paragraphs(), None)
        text = "" if found is None else text_of(found).strip()
        if found is None or (given and "".join(given.split()) != "".join(text.split())):
            return given
        _take_out(found)
        return text

    def text(self) -> Iterator[str]:
        """All text that must come through."""
        for entry in self.root.iter("{*}t"):
            if not any(local(above) in ("del", "moveFrom") for above in entry.iterancestors()):
                yield entry.text or ""

    def _title_paragraphs(self) -> Iterator[etree._Element]:
        """The first paragraph with text, when its style is that of a title or it stands centred above more text."""
        filled = [entry for entry in self.root.iter("{*}p") if text_of(entry).strip()][:2]
        if not filled or local(filled[0].getparent()) != "body":
            return
        first = filled[0]
        style = first.find("{*}pPr/{*}pStyle")
        name = "" if style is None else attribute(style, "val")
        centred = name == ALIGNED["center"] and len(filled) > 1 and len(text_of(first)) <= 80
        if first.get("title") == "yes" or centred:
            yield first

    def _choose_alternatives(self) -> None:
        """Of a drawing that is there in two forms the one that mammoth reads stays."""
        for entry in list(self.root.iter("{*}AlternateContent")):
            fallback = entry.find("{*}Fallback")
            kept = fallback if fallback is not None and len(fallback) else entry.find("{*}Choice")
            parent = entry.getparent()
            if parent is not None:
                for child in [] if kept is None else list(kept):
                    entry.addprevious(child)
                parent.remove(entry)

    def _count_losses(self) -> None:
        for entry in self.root.iter(etree.Element):
            name = _COUNTED.get(local(entry))
            inside_properties = local(entry) in ("ins", "del") and not len(entry)
            if name and not inside_properties and local(entry.getparent()) != "oMath":
                self.lost[name] += 1

    def _unwrap(self) -> None:
        for name in _WRAPPERS:
            for entry in list(self.root.iter(f"{{*}}{name}")):
                for child in list(entry):
                    entry.addprevious(child)
                _take_out(entry)
        for entry in list(self.root.iter("{*}rt", "{*}rubyPr")):
            _take_out(entry)
        for entry in self.root.iter("{*}cr"):
            entry.tag = str(entry.tag)[: -len("cr")] + "br"

    def _look_at_run(self, run: etree._Element) -> None:
        texts = [entry for entry in run.iterfind("{*}t") if (entry.text or "").strip()]
        if texts and self._is_hidden(run):
            self.hidden.append("".join(entry.text or "" for entry in texts))
            for entry in texts:
                run.remove(entry)

    def _is_hidden(self, run: etree._Element) -> bool:
        vanish = self._run_setting(run, "vanish")
        size = self._run_setting(run, "sz")
        white = self._run_setting(run, "color").upper() == "FFFFFF"
        tiny = bool(size) and size.isdigit() and int(size) <= 2
        return (bool(vanish) and vanish not in _OFF) or tiny or (white and not self._has_ground(run))

    def _run_setting(self, run: etree._Element, name: str) -> str:
        """A run's own setting, else its style's, else its paragraph's style's."""
        own = run.find(f"{{*}}rPr/{{*}}{name}")
        if own is not None:
            return attribute(own, "val") or "on"
        for style in self._styles_at(run):
            inherited = self.styles.setting(style, "rPr", name)
            if inherited:
                return inherited
        return ""

    def _styles_at(self, run: etree._Element) -> list[str]:
        own = run.find("{*}rPr/{*}rStyle")
        above = next(run.iterancestors("{*}p"), None)
        paragraph = None if above is None else above.find("{*}pPr/{*}pStyle")
        return [attribute(entry, "val") for entry in (own, paragraph) if entry is not None]

    def _has_ground(self, run: etree._Element) -> bool:
        """Whether white text stands on a colour."""
        if run.find("{*}rPr/{*}highlight") is not None:
            return True
        if any(style.shaded for name in self._styles_at(run) for style in self.styles.chain(name)):
            return True
        holders = [run.find("{*}rPr"), *(above.find(f"{{*}}{local(above)}Pr") for above in run.iterancestors())]
        for holder in (entry for entry in holders if entry is not None):
            shade = holder.find("{*}shd")
            table = holder.find("{*}tblStyle")
            if shade is not None and attribute(shade, "fill") not in PLAIN_GROUNDS:
                return True
            if table is not None and any(style.shaded for style in self.styles.chain(attribute(table, "val"))):
                return True
        return False

    def _look_at_paragraph(self, paragraph: etree._Element) -> None:
        properties = paragraph.find("{*}pPr")
        style = value_of(properties, "pStyle") if properties is not None else ""
        style = style or self.styles.default
        if self.styles.is_contents(style):
            self.lost["contents"] += 1
            _empty(paragraph)
            return
        self._write_number(paragraph, properties, style)
        if self.styles.is_title(style):
            paragraph.set("title", "yes")
        level = self._heading_level(properties, style)
        side = (value_of(properties, "jc") if properties is not None else "") or self.styles.setting(style, "pPr", "jc")
        if level and text_of(paragraph).strip():
            _set_style(paragraph, f"{HEADING}{min(level, 4)}")
        elif side in ALIGNED and not self._is_bullet(properties, style):
            _set_style(paragraph, ALIGNED[side])

    def _heading_level(self, properties: etree._Element | None, style: str) -> int:
        outline = value_of(properties, "outlineLvl") if properties is not None else ""
        if outline:
            return whole(outline) + 1 if whole(outline) < 9 else 0
        return self.styles.heading_level(style)

    def _numbered(self, properties: etree._Element | None, style: str) -> tuple[str, int]:
        own = properties.find("{*}numPr") if properties is not None else None
        if own is not None and value_of(own, "numId"):
            return value_of(own, "numId"), min(whole(value_of(own, "ilvl")), 8)
        return self.styles.number(style)

    def _is_bullet(self, properties: etree._Element | None, style: str) -> bool:
        level = self.numbering.level(*self._numbered(properties, style))
        return level is not None and level.form == "bullet"

    def _write_number(self, paragraph: etree._Element, properties: etree._Element | None, style: str) -> None:
        """The automatic number as text before the paragraph's own; bullets stay a list."""
        number_id, depth = self._numbered(properties, style)
        if not number_id or self._is_bullet(properties, style) or not text_of(paragraph).strip():
            return
        text = self.numbering.next_text(number_id, depth)
        space = str(paragraph.tag).rpartition("}")[0] + "}"
        if properties is None:
            properties = etree.Element(f"{space}pPr")
            paragraph.insert(0, properties)
        for entry in properties.findall("{*}numPr"):
            properties.remove(entry)
        _no_number(properties, space)
        run = etree.Element(f"{space}r")
        etree.SubElement(run, f"{space}t").text = text
        paragraph.insert(paragraph.index(properties) + 1, run)


def text_of(element: etree._Element) -> str:
    """All text in a paragraph, line breaks and tabs as spaces."""
    pieces = element.iter("{*}t", "{*}br", "{*}tab")
    return "".join((entry.text or "") if local(entry) == "t" else " " for entry in pieces)


def _no_number(properties: etree._Element, space: str) -> None:
    """List 0 is no list: it also turns off the one of the style (ECMA-376, 17.9.18)."""
    entry = etree.SubElement(properties, f"{space}numPr")
    etree.SubElement(entry, f"{space}ilvl").set(f"{space}val", "0")
    etree.SubElement(entry, f"{space}numId").set(f"{space}val", "0")


def _set_style(paragraph: etree._Element, style: str) -> None:
    space = str(paragraph.tag).rpartition("}")[0] + "}"
    properties = paragraph.find("{*}pPr")
    if properties is None:
        properties = etree.Element(f"{space}pPr")
        paragraph.insert(0, properties)
    for entry in properties.findall("{*}pStyle"):
        properties.remove(entry)
    entry = etree.Element(f"{space}pStyle")
    entry.set(f"{space}val", style)
    properties.insert(0, entry)


def _empty(paragraph: etree._Element) -> None:
    for child in list(paragraph):
        if local(child) != "pPr":
            paragraph.remove(child)


def _take_out(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
