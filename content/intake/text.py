"""Text files: plain text and Markdown with YAML front matter."""

import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from content.intake.decoding import decoded
from content.intake.draft import Content, Draft, same_title
from content.intake.errors import IntakeError
from content.intake.pictures import Gallery, place_pictures
from content.intake.sidecar import yaml_values

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_FRONT = re.compile(r"---[ \t]*\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
LONGEST_TITLE = 80


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
