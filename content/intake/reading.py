"""From a file to a revision."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from content.assets import Assets
from content.body import plain_text
from content.cleaning import Cleaned, clean, with_headings
from content.finding import Finding, error, warning
from content.intake import limits
from content.intake.attachments import attachments_from
from content.intake.draft import Draft
from content.intake.errors import IntakeError
from content.intake.fields import fields_from_values, split_values
from content.intake.files import read_bytes
from content.intake.formats import Format, format_of
from content.intake.pictures import Gallery
from content.intake.sidecar import sidecar_values
from content.item import Revision


@dataclass(frozen=True)
class Intake:
    """What a file gave: its revision, and as findings what the cleaning took out (``cleaned``, warnings) and what of
    that was hidden from the readers of the source (``hidden-text``, errors)."""

    revision: Revision
    removed: tuple[Finding, ...]


def read(path: Path, assets: Assets, values: Mapping[str, str] | None = None) -> Intake:
    """Reads a file, its sidecar and *values* (``--set``, which win) into a revision; pictures and attachments go to *assets*.

    The same bytes always give the same revision. Raises IntakeError with all problems of the fields at once.
    """
    path = Path(path)
    data = read_bytes(path, limits.FILE)
    draft = _draft(path, data)
    sources = (draft.values, sidecar_values(path), values or {})
    own, attached = split_values(pair for source in sources for pair in source.items())
    fields = fields_from_values(own, path.name)
    gallery = Gallery(assets, path.parent)
    content = draft.render(gallery, fields.title)
    cleaned = _cleaned(content.html, path.name)
    body = with_headings(cleaned.body) if content.find_headings else cleaned.body
    revision = Revision(
        fields=fields if fields.title else replace(fields, title=content.title),
        body=body,
        pictures=gallery.pictures(),
        attachments=attachments_from(attached, path.parent, assets),
    )
    return Intake(revision, (*_findings(cleaned), *content.findings))


def _draft(path: Path, data: bytes) -> Draft:
    kind = format_of(path.name, data)
    if kind is Format.WORD:
        from content.intake.word import word_draft

        return word_draft(data, path.name)
    from content.intake.text import markdown_draft, text_draft

    return markdown_draft(data, path.name) if kind is Format.MARKDOWN else text_draft(data, path.name)


def _cleaned(html: str, name: str) -> Cleaned:
    cleaned = clean(html)
    if not cleaned.body:
        raise IntakeError(name, "里面没有正文。", "请核对文件；扫描件须先转成文字并校对。", "file-empty")
    if len(plain_text(cleaned.body)) > limits.TEXT_CHARACTERS:
        raise IntakeError(
            name, f"正文超过 {limits.TEXT_CHARACTERS:,} 字。", "请分成几篇提交，或把长表作为附件。", "text-too-long"
        )
    return cleaned


def _findings(cleaned: Cleaned) -> tuple[Finding, ...]:
    return tuple(
        error(
            "hidden-text",
            "正文",
            f"{sentence}。",
            "原稿里有读者看不见的文字，可能被人篡改：请查明来历，从原稿中删去后重新提交。",
        )
        if sentence in cleaned.hidden
        else warning(
            "cleaned",
            "正文",
            f"{sentence}。",
            "请对照原稿核对正文；若删去的内容需要公开，请改用文字、表格、图片或附件。",
        )
        for sentence in cleaned.removed
    )
