"""Which format a file has: by what is in it, and its name must agree."""

import re
from enum import StrEnum
from pathlib import PurePath

from content.intake.errors import IntakeError


class Format(StrEnum):
    """The formats that are taken in."""

    WORD = "docx"
    MARKDOWN = "md"
    TEXT = "txt"


EXTENSIONS = {".docx": Format.WORD, ".md": Format.MARKDOWN, ".markdown": Format.MARKDOWN, ".txt": Format.TEXT}
_TAKEN = "可以提交的格式：Word 文档（.docx）、Markdown（.md）、纯文本（.txt）。"
_TO_DOCX = "请用 Word 或 WPS 打开，另存为 .docx 后再提交。"

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"{\\rtf", "RTF 文档", _TO_DOCX),
    (b"Rar!\x1a\x07", "RAR 压缩包", "请解压后提交其中的 .docx 文件；压缩包可以作为附件。"),
    (b"7z\xbc\xaf\x27\x1c", "7z 压缩包", "请解压后提交其中的 .docx 文件。"),
    (b"\x1f\x8b", "gzip 压缩文件", "请解压后提交其中的 .docx 文件。"),
    (b"\xff\xd8\xff", "JPEG 图片", "图片不能作正文：请放进 .docx 或 Markdown 稿件，或作为附件。"),
    (b"\x89PNG\r\n", "PNG 图片", "图片不能作正文：请放进 .docx 或 Markdown 稿件，或作为附件。"),
    (b"GIF8", "GIF 图片", "图片不能作正文：请放进 .docx 或 Markdown 稿件，或作为附件。"),
    (b"MZ", "可执行程序", "程序文件不能提交；请立即核查它的来历。"),
    (b"\x7fELF", "可执行程序", "程序文件不能提交；请立即核查它的来历。"),
)
_ZIPS: tuple[tuple[bytes, str, str], ...] = (
    (b"xl/", "Excel 工作簿", "请把表格放进 .docx 或 Markdown 稿件，或把工作簿作为附件。"),
    (b"ppt/", "PowerPoint 演示文稿", "请把文字放进 .docx 稿件，或把演示文稿作为附件。"),
    (b"OFD.xml", "OFD 版式文件", "请提交它的 Word 原稿（.docx），版式文件可以作为附件。"),
    (b"mimetypeapplication/vnd.oasis", "OpenDocument 文档", _TO_DOCX),
)
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)


def format_of(name: str, data: bytes) -> Format:
    """The format, when the content and the name say the same. Raises IntakeError with what the file really is."""
    extension = PurePath(name).suffix.lower()
    found, mend = _recognised(data)
    expected = EXTENSIONS.get(extension)
    if found == Format.WORD and expected is not Format.WORD:
        _refuse_word_name(name, extension)
    if found == Format.WORD:
        return Format.WORD
    if found:
        raise IntakeError(name, f"这是{found}，不能直接提交。", mend, "wrong-format")
    if expected is Format.WORD:
        raise IntakeError(
            name,
            "扩展名是 .docx，内容却不是 Word 文档（可能没有传完，或只是改了名字）。",
            f"请重新导出或复制。{_TAKEN}",
            "wrong-format",
        )
    if expected is None:
        raise IntakeError(name, f"不认识的文件类型“{extension or '（无扩展名）'}”。", _TAKEN, "wrong-format")
    return expected


def _refuse_word_name(name: str, extension: str) -> None:
    if extension == ".docm":
        raise IntakeError(name, "这是带宏的 Word 文档（.docm）。", "请另存为不带宏的 .docx 后再提交。", "macro")
    raise IntakeError(
        name,
        f"内容是 Word 文档（.docx），扩展名却是“{extension}”。",
        "请把扩展名改为 .docx 后再提交。",
        "wrong-extension",
    )


def _recognised(data: bytes) -> tuple[str, str]:
    """What the first bytes say: the Chinese name of a format and how to mend it; empty for text."""
    if data.startswith(OLE):
        return _ole(data)
    if b"%PDF-" in data[:1024]:
        return "PDF 文件", "请提交它的 Word 原稿（.docx）；PDF 可以作为附件。扫描件须先转成文字并校对。"
    if data.startswith(b"PK"):
        return _zip(data)
    for signature, label, mend in _SIGNATURES:
        if data.startswith(signature):
            return label, mend
    if _HTML.match(data[:4096].removeprefix(b"\xef\xbb\xbf")):
        return "网页（HTML）", "请把文字复制到 Word，核对后另存为 .docx 再提交。"
    return "", ""


def _ole(data: bytes) -> tuple[str, str]:
    if _ENCRYPTED in data:
        return "有打开密码的 Office 文档", "请在 Word 的“文件—信息—保护文档”中取消密码，保存后再提交。"
    return "旧格式的 Word 或 WPS 文档（.doc、.wps）", _TO_DOCX


def _zip(data: bytes) -> tuple[str, str]:
    if b"word/" in data or b"[Content_Types].xml" in data[:4096]:
        for mark, label, mend in _ZIPS[:2]:
            if mark in data and b"word/" not in data:
                return label, mend
        return Format.WORD, ""
    for mark, label, mend in _ZIPS:
        if mark in data:
            return label, mend
    return "压缩包", "请解压后提交其中的 .docx 文件；压缩包可以作为附件。"
