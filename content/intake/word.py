"""Word documents (.docx) by way of mammoth, which never sees a byte that ``package`` and ``word_text`` did not."""

import re
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from lxml import etree

from content.cleaning.report import shortened
from content.finding import Finding, error, warning
from content.intake import limits
from content.intake.draft import Content, Draft
from content.intake.errors import IntakeError
from content.intake.numbering import numbering_from
from content.intake.package import DOCUMENT, rebuilt, word_parts
from content.intake.pictures import Gallery
from content.intake.word_styles import Styles
from content.intake.word_text import ALIGNED, HEADING, LOSSES, Story
from content.intake.xml_values import attribute

_STORIES = re.compile(r"word/(?:document|footnotes|endnotes)\d*\.xml")
_STYLE_MAP = "\n".join(
    [
        *(f"p.{HEADING}{level} => h{level + 1}:fresh" for level in range(1, 5)),
        f"p.{ALIGNED['right']} => p.right:fresh",
        f"p.{ALIGNED['center']} => p.center:fresh",
        "u => u",
        "strike => s",
    ]
)
_NOTES = re.compile(r'<ol><li id="(?:foot|end)note-')
_BACK = re.compile(r'\s*<a href="#(?:foot|end)note-ref-[^"]*">↑</a>')
_DAMAGED = "请用 Word 或 WPS 打开核对，另存为新的 .docx 后再提交。"
_FAILURES = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    LookupError,
    OSError,
    RecursionError,
    AssertionError,
)


def word_draft(data: bytes, name: str) -> Draft:
    """A .docx: headings by style, else by their numbers; tables, pictures and notes kept. Raises IntakeError."""
    parts = word_parts(data, name)
    for part, content in parts.items():
        if part.endswith(".rels"):
            _check_relations(content, name)
    return Draft(partial(_render, parts, name))


def _render(parts: dict[str, bytes], name: str, gallery: Gallery, title: str) -> Content:
    stories = _stories(parts, name)
    for story in stories.values():
        story.make_ready()
    main = next(story for part, story in stories.items() if DOCUMENT.fullmatch(part))
    title = main.take_title(title)
    ready = parts | {
        part: etree.tostring(story.root, xml_declaration=True, encoding="UTF-8") for part, story in stories.items()
    }
    html = _converted(ready, name, gallery)
    return Content(_with_notes(html), title, findings=_findings(list(stories.values()), html))


def _stories(parts: dict[str, bytes], name: str) -> dict[str, Story]:
    trees = {part: _tree(content, f"{name} 的 {part}") for part, content in parts.items() if part.endswith(".xml")}
    if sum(1 for root in trees.values() for _ in root.iter()) > limits.XML_ELEMENTS:
        raise IntakeError(name, "文档过于复杂（排版元素太多）。", "请拆成几篇，或把长表作为附件。", "too-complex")
    styles = Styles(_named(trees, "styles"))
    numbering = numbering_from(_named(trees, "numbering"))
    return {part: Story(root, styles, numbering) for part, root in trees.items() if _STORIES.fullmatch(part)}


def _named(trees: dict[str, etree._Element], stem: str) -> etree._Element | None:
    return next((root for part, root in trees.items() if part.startswith(f"word/{stem}")), None)


def _tree(content: bytes, place: str) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as problem:
        raise IntakeError(place, "内容已损坏，读不下去。", _DAMAGED, "damaged") from problem


def _check_relations(content: bytes, name: str) -> None:
    """A picture that only points to a file elsewhere cannot be published, and asking for it would betray the draft."""
    for entry in _tree(content, name).iter("{*}Relationship"):
        if attribute(entry, "TargetMode") != "External":
            continue
        target = shortened(attribute(entry, "Target"))
        if attribute(entry, "Type").endswith("/image"):
            raise IntakeError(
                name,
                f"有一张图片只是链接，没有嵌入文档：{target}。",
                "请在 Word 中删去该图，用“插入—图片—此设备”重新插入。",
                "linked-picture",
            )
        if attribute(entry, "Type").endswith(("/aFChunk", "/subDocument", "/frame")):
            raise IntakeError(
                name, f"文档链接了外部文件：{target}。", "请把外部内容复制进文档后再提交。", "linked-file"
            )


def _converted(parts: dict[str, bytes], name: str, gallery: Gallery) -> str:
    import mammoth

    try:
        result = mammoth.convert_to_html(
            rebuilt(parts),
            style_map=_STYLE_MAP,
            include_embedded_style_map=False,
            convert_image=mammoth.images.img_element(_picture_taker(gallery)),
        )
    except _FAILURES as problem:
        raise IntakeError(name, "Word 文档的结构有误，无法转换。", _DAMAGED, "damaged") from problem
    return str(result.value)


def _picture_taker(gallery: Gallery) -> Callable[[Any], dict[str, str]]:
    count = 0

    def take(image: Any) -> dict[str, str]:
        nonlocal count
        count += 1
        with image.open() as stream:
            data = stream.read(limits.PICTURE + 1)
        extension = str(image.content_type or "").rpartition("/")[2]
        return {"src": gallery.add(data, f"图{count}.{extension}", str(image.alt_text or ""))}

    return take


def _with_notes(html: str) -> str:
    """mammoth puts the notes last, as a list with a way back that readers of a printed page cannot use."""
    found = _NOTES.search(html)
    if not found:
        return html
    notes = _BACK.sub("", html[found.start() :])
    return f'{html[: found.start()]}<section class="footnotes">{notes}</section>'


def _findings(stories: list[Story], html: str) -> tuple[Finding, ...]:
    lost: Counter[str] = sum((story.lost for story in stories), Counter())
    findings = [_lost(LOSSES[name].format(count=lost[name])) for name in LOSSES if lost[name]]
    missing = Counter(_characters("".join(text for story in stories for text in story.text()))) - Counter(
        _characters("".join(etree.HTML(f"<html><body>{html}</body></html>").itertext()))
    )
    if missing.total():
        findings.append(_lost(f"约 {missing.total()} 个字没有导入"))
    hidden = [text for story in stories for text in story.hidden]
    if hidden:
        findings.append(_hidden(hidden))
    return tuple(findings)


def _characters(text: str) -> str:
    return "".join(text.split())


def _lost(sentence: str) -> Finding:
    return warning("cleaned", "正文", f"{sentence}。", "请对照原稿核对；需要公开的内容请改用文字、表格、图片或附件。")


def _hidden(texts: list[str]) -> Finding:
    excerpts = "、".join(f"“{shortened(text)}”" for text in texts[:3])
    return error(
        "hidden-text",
        "正文",
        f"删除了隐藏文字：{excerpts}（共 {len(texts)} 处）。",
        "原稿里有读者看不见的文字，可能被人篡改：请在 Word 中显示隐藏文字，查明来历，删去后重新提交。",
    )
