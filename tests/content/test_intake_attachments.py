import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from content.assets import Assets
from content.intake import IntakeError, read
from content.intake.attachments import MEDIA_TYPES, attachments_from
from content.item import Attachment

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)


def zipped(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name in names:
            package.writestr(name, b"x")
    return stream.getvalue()


def image(kind: str) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (8, 8)).save(stream, kind)
    return stream.getvalue()


GOOD = {
    "pdf": b"%PDF-1.7\n",
    "doc": OLE,
    "docx": zipped("word/document.xml"),
    "xls": OLE,
    "xlsx": zipped("xl/workbook.xml"),
    "ppt": OLE,
    "pptx": zipped("ppt/presentation.xml"),
    "wps": OLE,
    "et": OLE,
    "zip": zipped("a.txt"),
    "rar": b"Rar!\x1a\x07\x01\x00",
    "txt": "文字".encode("gb18030"),
    "csv": "甲,乙\n".encode(),
    "ofd": zipped("OFD.xml"),
    "jpg": image("JPEG"),
    "png": image("PNG"),
    "mp3": b"ID3\x04" + bytes(20),
    "mp4": b"\x00\x00\x00\x18ftypmp42",
}


def attach(folder: Path, given: Any) -> tuple[Attachment, ...]:
    return attachments_from(given, folder, Assets(folder / "assets"))


def code(folder: Path, given: Any) -> str:
    with pytest.raises(IntakeError) as caught:
        attach(folder, given)
    return caught.value.code


@pytest.mark.parametrize("extension", MEDIA_TYPES)
def test_every_allowed_type_is_taken_and_its_content_is_looked_at(extension: str, tmp_path: Path) -> None:
    (tmp_path / f"表.{extension}").write_bytes(GOOD[extension])
    found = attach(tmp_path, [f"表.{extension}"])
    assert [(entry.name, entry.media_type, entry.size) for entry in found] == [
        (f"表.{extension}", MEDIA_TYPES[extension], len(GOOD[extension]))
    ]
    assert Assets(tmp_path / "assets").get(found[0].digest) == GOOD[extension]
    (tmp_path / f"假.{extension}").write_bytes(b"<!DOCTYPE html><script>x</script>")
    assert code(tmp_path, [f"假.{extension}"]) in ("attachment-content", "picture", "svg")


def test_a_name_for_readers_gets_the_extension_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(GOOD["xlsx"])
    assert attach(tmp_path, [{"file": "a.xlsx", "name": "储备计划表"}])[0].name == "储备计划表.xlsx"
    assert attach(tmp_path, "a.xlsx")[0].name == "a.xlsx"
    assert attach(tmp_path, None) == ()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["x.svg"], "attachment-type"),
        (["x.html"], "attachment-type"),
        (["x.exe"], "attachment-type"),
        (["x"], "attachment-type"),
        (["../x.pdf"], "foreign-file"),
        (["没有.pdf"], "file-missing"),
        (["empty.pdf"], "file-empty"),
        (["macro.xlsx"], "macro"),
        ([{"file": "a.pdf", "name": "表\u202efdp.pdf"}], "attachment-name"),
        ([{"file": "a.pdf", "name": "表.doc"}], "attachment-name"),
        ([{"file": "a.pdf", "size": "1"}], "attachments"),
        (["a.pdf", "a.pdf"], "attachments"),
        ([["a.pdf"]], "attachments"),
    ],
)
def test_a_wrong_attachment_is_refused(given: Any, expected: str, tmp_path: Path) -> None:
    for name in ("x.svg", "x.html", "x.exe", "x", "a.pdf"):
        (tmp_path / name).write_bytes(GOOD["pdf"])
    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "macro.xlsx").write_bytes(zipped("xl/workbook.xml", "xl/vbaProject.bin"))
    assert code(tmp_path, given) == expected


def test_attachments_come_from_the_front_matter(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(GOOD["pdf"])
    (tmp_path / "a.md").write_text("---\nkind: news\n附件:\n  - {file: a.pdf, name: 附表}\n---\n正文\n", "utf-8")
    assert [entry.name for entry in read(tmp_path / "a.md", Assets(tmp_path / "x")).revision.attachments] == [
        "附表.pdf"
    ]
