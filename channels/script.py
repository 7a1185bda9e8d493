"""The script that radio and television are handed: spoken paragraphs, their reading time, and the forms of correction."""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from channels.print_body import place_cells
from channels.speech import reading_seconds, short_lines, spoken
from content.body import points_to_note, text_of, tree, without_first
from content.clock import in_china
from content.item import Fields, Item, Revision
from content.office import Office, Site
from content.vocabulary import KIND_LABELS, Action

LEVELS = ("h2", "h3", "h4", "h5")


@dataclass(frozen=True)
class Script:
    """What is read: *heading* is for the eye only (更正稿, 撤稿通知 or nothing), *paragraphs* are spoken text. A kill
    notice is for the desk, not ``read_aloud``."""

    heading: str
    title: str
    paragraphs: tuple[str, ...]
    pace: int
    read_aloud: bool = True

    @property
    def seconds(self) -> int:
        return reading_seconds(self.title + "".join(self.paragraphs), self.pace)


def script_of(revision: Revision, action: Action, reason: str, medium: str, site: Site, pace: int) -> Script:
    """The script for *medium* (``radio`` or ``television``).

    The editor's own words are taken where given: ``<medium>.title``, and ``radio.text`` for both, since both read it
    aloud (``television.text`` is the crawl).
    """
    fields = revision.fields
    title = _line(fields.word(f"{medium}.title", fields.title), site)
    if action is Action.WITHDRAW:
        return Script("撤稿通知", title, tuple(_withdrawal(fields, reason, site)), pace, read_aloud=False)
    paragraphs = tuple(_paragraphs(revision, fields.word("radio.text"), site))
    if action is Action.CORRECT:
        return Script("更正稿", title, (*_correction(fields, reason, site), *paragraphs), pace)
    return Script("", title, paragraphs, pace)


def script_text(script: Script, item: Item, fields: Fields, office: Office) -> str:
    """The script as a page to read from: a head of facts, the title, short lines, a blank line after each paragraph."""
    head = [
        *(["【演练】本稿为演练稿，严禁播出。"] if office.rehearsal else []),
        *([f"【{script.heading}】"] if script.heading else []),
        f"稿件号：{item.id}　类别：{KIND_LABELS[fields.kind]}",
        f"发布单位：{'、'.join([fields.organ, *fields.joint_organs])}",
        *([f"口播时长：约{duration(script.seconds)}（每分钟{script.pace}字）"] if script.read_aloud else []),
    ]
    blocks = ["\n".join(short_lines(paragraph)) for paragraph in (script.title, *script.paragraphs)]
    return "\n".join(head) + "\n\n" + "\n\n".join(blocks) + "\n"


def script_facts(script: Script, item: Item, fields: Fields, action: Action, reason: str) -> dict[str, object]:
    """What ``script.json`` says beside the text."""
    return {
        "item": item.id,
        "index_number": item.index_number,
        "address": item.url,
        "action": action.value,
        "reason": reason,
        "kind": fields.kind.value,
        "organ": fields.organ,
        "title": fields.title,
        "spoken_title": script.title,
        "paragraphs": list(script.paragraphs),
        "pace": script.pace,
        "reading_seconds": script.seconds,
        "embargo": in_china(fields.embargo).isoformat() if fields.embargo else None,
    }


def duration(seconds: int) -> str:
    """3分5秒."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}分{rest}秒" if minutes else f"{rest}秒"


def _paragraphs(revision: Revision, own_text: str, site: Site) -> Iterator[str]:
    body = without_first(revision.body, revision.fields.addressee)
    said = own_text.split("\n") if own_text else _written(tree(body))
    for text in said:
        line = _line(text, site)
        if line:
            yield line if line[-1] in "。！？" else line.rstrip("，、：；") + "。"


def _written(element: etree._Element) -> Iterator[str]:
    """The body's sentences in reading order; a table is read row by row, a cell over several rows in each;
    pictures and notes are not read."""
    for child in element:
        if child.tag == "table":
            yield from _rows(child)
        elif child.tag == "section" and child.get("class") == "footnotes":
            continue
        elif child.tag == "figure":
            yield from (text_of(caption) for caption in child.iter("figcaption"))
        elif child.tag in ("ul", "ol", "li", "blockquote", "section") and _holds_blocks(child):
            yield from _written(child)
        else:
            yield _without_pictures(child)


def _holds_blocks(element: etree._Element) -> bool:
    return any(child.tag in ("li", "p", "ul", "ol", "table", "blockquote", *LEVELS) for child in element)


def _without_pictures(element: etree._Element) -> str:
    """The text, without pictures' alternative text and without the raised figures that point to notes."""
    pieces = [element.text or ""]
    for child in element:
        if child.tag == "br":
            pieces.append("，")
        elif child.tag != "img" and not points_to_note(child):
            pieces.append(_without_pictures(child))
        pieces.append(child.tail or "")
    return "".join(pieces)


def _rows(table: etree._Element) -> Iterator[str]:
    for caption in table.iter("caption"):
        yield text_of(caption)
    rows = list(table.iter("tr"))
    shown: list[list[etree._Element]] = [[] for _ in rows]
    for entry in sorted(place_cells(rows), key=lambda entry: entry.column):
        for row in shown[entry.row : entry.row + entry.rowspan]:
            row.append(entry.cell)
    for row in shown:
        cells = [text for cell in row if (text := " ".join(_without_pictures(cell).split()))]
        if cells and all(cell.tag == "th" for cell in row):
            yield f"各栏依次是：{'、'.join(cells)}。"
        elif cells:
            yield f"{'，'.join(cells)}。"


def _correction(fields: Fields, reason: str, site: Site) -> list[str]:
    because = f"更正原因是：{_line(reason, site).rstrip('。')}。" if reason else ""
    return [f"我台此前播出的{_line(fields.title, site)}有误，现予更正。{because}以下是更正后的内容。"]


def _withdrawal(fields: Fields, reason: str, site: Site) -> list[str]:
    because = f"撤稿原因：{_line(reason, site).rstrip('。')}。" if reason else ""
    return [
        f"请立即停止播出{_line(fields.title, site)}，未播出的不再播出，已播出的请从回放、点播中撤下。{because}",
        "处理完毕后请填写回执交回。",
    ]


def _line(text: str, site: Site) -> str:
    return spoken(" ".join(text.split()), site.name or "政府门户网站")
