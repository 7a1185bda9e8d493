"""The zip that a .docx is, opened with suspicion: nothing is handed on that was not read, measured and looked through."""

import io
import re
import zipfile
import zlib
from collections.abc import Mapping

from content.intake import limits
from content.intake.errors import IntakeError

_MACROS = re.compile(r"vbaProject|vbaData|\.bin\.rels$|macrosheets", re.IGNORECASE)
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_NEEDED = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|word/_rels/[^/]+\.rels|word/(?:document|styles|numbering|footnotes|endnotes)\d*\.xml"
)
DOCUMENT = re.compile(r"word/document\d*\.xml")
_MEDIA = re.compile(r"word/media/[^/]+|media/[^/]+")
_DAMAGED = "请用 Word 或 WPS 打开核对，另存为新的 .docx 后再提交。"
_CHUNK = 256 * 1024


def word_parts(data: bytes, name: str) -> dict[str, bytes]:
    """The parts of a .docx that make up its text and pictures, each within the limits, no XML with a DOCTYPE or an entity.

    Raises IntakeError for what is damaged, too large when unpacked, encrypted, or carries macros.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            _check_directory(package, name)
            return _read_parts(package, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as problem:
        raise IntakeError(name, "Word 文档已损坏或没有传完，打不开。", _DAMAGED, "damaged") from problem


def rebuilt(parts: Mapping[str, bytes]) -> io.BytesIO:
    """A .docx of exactly these parts, in memory."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as package:
        for part, content in parts.items():
            package.writestr(zipfile.ZipInfo(part), content)
    stream.seek(0)
    return stream


def _check_directory(package: zipfile.ZipFile, name: str) -> None:
    entries = package.infolist()
    if len(entries) > limits.ZIP_ENTRIES:
        raise _bomb(name, f"里面有 {len(entries)} 个文件")
    total = sum(entry.file_size for entry in entries)
    if total > limits.ZIP_TOTAL:
        raise _bomb(name, f"解开后有 {total // limits.MEGABYTE} MB")
    for entry in entries:
        _check_entry(entry, name)
    if not any(DOCUMENT.fullmatch(entry) for entry in package.namelist()):
        raise IntakeError(name, "里面没有正文（word/document.xml），不是 Word 文档。", _DAMAGED, "wrong-format")


def _check_entry(entry: zipfile.ZipInfo, name: str) -> None:
    if _MACROS.search(entry.filename):
        raise IntakeError(
            name,
            f"文档带宏（{entry.filename}）。",
            "请另存为不带宏的 .docx 后再提交；若不是本单位加的宏，请先查杀病毒。",
            "macro",
        )
    if entry.flag_bits & 0x1:
        raise IntakeError(name, "文档加了密码。", "请取消密码，保存后再提交。", "encrypted")
    if entry.file_size > limits.ZIP_RATIO_FROM and entry.file_size > limits.ZIP_RATIO * max(entry.compress_size, 1):
        raise _bomb(name, f"{entry.filename} 压缩得异常（{entry.compress_size} 字节解开成 {entry.file_size} 字节）")


def _read_parts(package: zipfile.ZipFile, name: str) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    for entry in package.infolist():
        if not (_NEEDED.fullmatch(entry.filename) or _MEDIA.fullmatch(entry.filename)):
            continue
        if entry.filename in parts:
            raise IntakeError(name, f"里面有两个同名的部分（{entry.filename}）。", _DAMAGED, "damaged")
        is_xml = not _MEDIA.fullmatch(entry.filename)
        content = _read(package, entry, limits.XML_PART if is_xml else limits.PICTURE, name)
        if is_xml:
            _check_xml(content, f"{name} 的 {entry.filename}")
        parts[entry.filename] = content
    return parts


def _read(package: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int, name: str) -> bytes:
    """The part's bytes as they come, never more than the limit, whatever the directory says."""
    chunks: list[bytes] = []
    size = 0
    with package.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise _too_large(entry.filename, limit, name)
            chunks.append(chunk)
    return b"".join(chunks)


def _too_large(part: str, limit: int, name: str) -> IntakeError:
    if _MEDIA.fullmatch(part):
        message = f"有一张图片（{part}）超过 {limit // limits.MEGABYTE} MB。"
        return IntakeError(name, message, "请在 Word 中用“压缩图片”处理后再提交。", "picture-too-large")
    return _bomb(name, f"{part} 解开后超过 {limit // limits.MEGABYTE} MB")


def _check_xml(content: bytes, place: str) -> None:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in content[:200]:
        raise IntakeError(place, "不是 UTF-8 编码。", _DAMAGED, "damaged")
    if _DECLARATION.search(content):
        raise IntakeError(
            place, "含有外部实体声明（DOCTYPE、ENTITY），可能是攻击。", f"请核查来历。{_DAMAGED}", "xml-entity"
        )


def _bomb(name: str, reason: str) -> IntakeError:
    return IntakeError(
        name, f"{reason}，超过限度，可能是压缩炸弹。", "请压缩图片、把长表改作附件，另存为 .docx 后再提交。", "zip-bomb"
    )
