"""Text files: plain text and Markdown with YAML front matter."""

import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from content.intake import limits
from content.intake.draft import Content, Draft, same_title
from content.intake.errors import IntakeError
from content.intake.pictures import Gallery, place_pictures
from content.intake.sidecar import yaml_values

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_FRONT = re.compile(r"---[ \t]*\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
LONGEST_TITLE = 80


def decoded(data: bytes, name: str) -> str:
    """The text of a file in UTF-8, UTF-16 with its mark, or GB 18030, line ends as ``\\n``. Raises IntakeError."""
    text = _decoded(data, name).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    found = _CONTROL.search(text)
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise _not_text(f"{name} 第{line}行", f"里面有控制字符（U+{ord(found.group()):04X}），不是文本文件。")
    if len(text) > limits.TEXT_CHARACTERS:
        raise IntakeError(
            name, f"正文超过 {limits.TEXT_CHARACTERS:,} 字。", "请分成几篇提交，或把长表作为附件。", "text-too-long"
        )
    if not text.strip():
        raise IntakeError(name, "文件里没有文字。", "请核对后重新提交。", "file-empty")
    return text


def text_draft(data: bytes, name: str) -> Draft:
    """Plain text: a line is a paragraph, numbered short lines become headings, the first line may be the title."""
    lines = [line for line in decoded(data, name).split("\n") if line.strip()]
    return Draft(_text_renderer(lines))


def markdown_draft(data: bytes, name: str) -> Draft:
    """Markdown (CommonMark with tables and footnotes); a single top heading is the title where no field gives one."""
    text = decoded(data, name)
    front, body = split_front_matter(text, name)
    return Draft(_markdown_renderer(body), yaml_values(front, f"{name} 的文首字段"))


def split_front_matter(text: str, name: str) -> tuple[str, str]:
    """The YAML between two lines of ``---`` at the beginning, and what follows."""
    if not re.match(r"---[ \t]*\n", text):
        return "", text
    found = _FRONT.match(text)
    if not found:
        raise IntakeError(
            name, "文首字段没有结束：只有开头的一行“---”。", "请在字段之后另起一行写“---”。", "front-matter"
        )
    return found.group(1), text[found.end() :]


def _decoded(data: bytes, name: str) -> str:
    marked = next((codec for mark, codec in _BOMS if data.startswith(mark)), None)
    for codec in (marked,) if marked else ("utf-8", "gb18030"):
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    raise _not_text(name, "不是能识别的文本（试过 UTF-8、UTF-16、GB18030）。")


def _not_text(place: str, message: str) -> IntakeError:
    return IntakeError(place, message, "请用记事本打开核对，另存为 UTF-8 编码的文本后再提交。", "not-text")


def _text_renderer(lines: list[str]) -> Callable[[Gallery, str], Content]:
    def render(gallery: Gallery, title: str) -> Content:
        own, rest = _own_title(lines, title)
        return Content("".join(f"<p>{escape(line)}</p>" for line in rest), own)

    return render


def _own_title(lines: list[str], title: str) -> tuple[str, list[str]]:
    """The first line as the title, when it looks like one or repeats the given one, and the other lines."""
    first = lines[0].strip()
    if title:
        return title, lines[1:] if same_title(first, title) else lines
    looks = len(first) <= LONGEST_TITLE and len(lines) > 1 and not first.endswith(tuple("。，；：、！？,;:"))
    return (first, lines[1:]) if looks else ("", lines)


def _markdown_renderer(text: str) -> Callable[[Gallery, str], Content]:
    def render(gallery: Gallery, title: str) -> Content:
        own, rest = _heading_as_title(str(_parser().render(text)), title)
        return Content(place_pictures(rest, gallery), own)

    return render


def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    from content.intake.footnotes import footnotes

    return MarkdownIt("commonmark", {"html": True}).enable("table").use(footnotes)


def _heading_as_title(html: str, title: str) -> tuple[str, str]:
    """The first heading as the title when it is the only h1 and stands before all else."""
    found = re.match(r"\s*<h1>(.*?)</h1>", html, re.DOTALL)
    if not found or "<h1" in html[found.end() :]:
        return title, html
    own = _plain(found.group(1))
    if title and not same_title(own, title):
        return title, html
    return own, html[found.end() :]


def _plain(html: str) -> str:
    from content.body import plain_text
    from content.cleaning import clean

    return plain_text(clean(html).body)
