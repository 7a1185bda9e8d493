"""Attachments: a closed list of types, the content checked against the name, kept by digest."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from content.assets import Assets
from content.intake import limits
from content.intake.decoding import decoded
from content.intake.errors import IntakeError
from content.intake.files import beside, read_bytes
from content.intake.formats import OLE
from content.intake.values import texts_of
from content.item import Attachment

_OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES: Mapping[str, str] = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "wps": "application/vnd.ms-works",
    "et": "application/vnd.ms-excel",
    "zip": "application/zip",
    "rar": "application/vnd.rar",
    "txt": "text/plain",
    "csv": "text/csv",
    "ofd": "application/ofd",
    "jpg": "image/jpeg",
    "png": "image/png",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
}
_ZIP = b"PK\x03\x04"
_STARTS: Mapping[str, tuple[bytes, ...]] = {
    "doc": (OLE,),
    "xls": (OLE,),
    "ppt": (OLE,),
    "wps": (OLE, _ZIP),
    "et": (OLE, _ZIP),
    "docx": (_ZIP,),
    "xlsx": (_ZIP,),
    "pptx": (_ZIP,),
    "ofd": (_ZIP,),
    "zip": (_ZIP, b"PK\x05\x06"),
    "rar": (b"Rar!\x1a\x07",),
    "jpg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"),
}
_INSIDE = {"docx": b"word/", "xlsx": b"xl/", "pptx": b"ppt/", "ofd": b"OFD.xml"}


def attachments_from(given: Any, folder: Path, assets: Assets) -> tuple[Attachment, ...]:
    """The attachments named by ``attachments``: file names, or mappings with ``file`` and ``name``. Raises IntakeError."""
    wanted = [_wanted(entry) for entry in _listed(given)]
    if len(wanted) > limits.ATTACHMENTS:
        raise IntakeError("附件", f"附件超过 {limits.ATTACHMENTS} 个。", "请打包成压缩文件后提交。", "attachments")
    found = tuple(_attachment(file, name, folder, assets) for file, name in wanted)
    names = [attachment.name for attachment in found]
    for name in names:
        if names.count(name) > 1:
            raise IntakeError(f"附件 {name}", "有两个附件同名。", "请改名，让读者分得清。", "attachments")
    return found


def _listed(given: Any) -> list[Any]:
    if isinstance(given, str | None):
        return list(texts_of(given or ""))
    return list(given) if isinstance(given, list | tuple) else [given]


def _wanted(entry: Any) -> tuple[str, str]:
    known = {"file", "name", "文件", "名称"}
    if isinstance(entry, str):
        return entry, PurePath(entry).name
    if isinstance(entry, Mapping) and set(entry) <= known and (entry.get("file") or entry.get("文件")):
        file = str(entry.get("file") or entry.get("文件"))
        return file, str(entry.get("name") or entry.get("名称") or PurePath(file).name)
    raise IntakeError(
        "附件", f"写法不对：{str(entry)[:60]}。", "请写文件名，或写 {file: 文件名, name: 显示的名称}。", "attachments"
    )


def _attachment(file: str, name: str, folder: Path, assets: Assets) -> Attachment:
    place = f"附件 {name}"
    path = beside(folder, file, place)
    extension = path.suffix.lower().lstrip(".").replace("jpeg", "jpg")
    if extension not in MEDIA_TYPES:
        raise IntakeError(
            place,
            f"不接受“{path.suffix or '无扩展名'}”类型的附件。",
            f"可用的类型：{'、'.join(MEDIA_TYPES)}。",
            "attachment-type",
        )
    data = read_bytes(path, limits.ATTACHMENT, place)
    _check_content(data, extension, place)
    return Attachment(_shown(name, extension, place), assets.put(data), MEDIA_TYPES[extension], len(data))


def _shown(name: str, extension: str, place: str) -> str:
    """What readers see: without characters that deceive, with the file's own extension."""
    shown = name.strip()
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in shown) or "/" in shown:
        raise IntakeError(place, "附件名里有看不见的字符或斜杠。", "请重新输入附件名。", "attachment-name")
    own = PurePath(shown).suffix.lower().lstrip(".").replace("jpeg", "jpg")
    if own != extension and own in MEDIA_TYPES:
        raise IntakeError(
            place, f"显示的名称是“.{own}”，文件却是“.{extension}”。", "请让名称和文件的类型一致。", "attachment-name"
        )
    return shown if own == extension else f"{shown}.{extension}"


def _check_content(data: bytes, extension: str, place: str) -> None:
    if not _agrees(data, extension):
        raise IntakeError(
            place,
            f"内容不是 {extension} 文件（可能已损坏，或只是改了扩展名）。",
            "请重新导出后再提交。",
            "attachment-content",
        )
    if b"vbaProject.bin" in data and data.startswith(_ZIP):
        raise IntakeError(place, "附件带宏。", "请另存为不带宏的文件后再提交。", "macro")
    if extension in ("jpg", "png"):
        from content.intake.pictures import fit_to_publish

        fit_to_publish(data, place)


def _agrees(data: bytes, extension: str) -> bool:
    if extension == "pdf":
        return b"%PDF-" in data[:1024]
    if extension == "mp4":
        return data[4:8] == b"ftyp"
    if extension in ("txt", "csv"):
        return _is_text(data)
    return data.startswith(_STARTS[extension]) and _INSIDE.get(extension, b"") in data


def _is_text(data: bytes) -> bool:
    head = data[: 2 * limits.MEGABYTE]
    head = head if len(head) == len(data) else head[: head.rfind(b"\n") + 1] or head
    try:
        text = decoded(head, "附件")
    except IntakeError as problem:
        return problem.code != "not-text"
    return not text.lstrip("\ufeff \t\n").lower().startswith(("<!doctype html", "<html", "<svg", "<script"))
