import io
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from PIL import Image

from content.assets import Assets
from content.intake import IntakeError, read

SIDE = "kind: 政策文件\ntitle: 关于测试的通知\n"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)
SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)


def word(document: str | bytes = "", extra: dict[str, bytes] | None = None, head: str = "") -> bytes:
    stream = io.BytesIO()
    body = document or f"{head}<w:document {SPACE}><w:body><w:p><w:r><w:t>正文</w:t></w:r></w:p></w:body></w:document>"
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", TYPES)
        package.writestr("_rels/.rels", RELATIONS)
        package.writestr("word/document.xml", body)
        for name, content in (extra or {}).items():
            package.writestr(name, content)
    return stream.getvalue()


def huge_paragraphs() -> bytes:
    rows = "".join(f"<w:p><w:r><w:t>{number * 7919}</w:t></w:r></w:p>" for number in range(150_000))
    return word(f"<w:document {SPACE}><w:body>" + rows + "</w:body></w:document>")


def lying_bomb() -> bytes:
    """The directory says ten bytes, the stream holds thirty megabytes."""
    data = word(extra={"word/media/image1.png": bytes(30_000_000)})
    size = (30_000_000).to_bytes(4, "little")
    return data.replace(size, (10).to_bytes(4, "little"))


def picture_bomb() -> bytes:
    """The header of a PNG of 10,000 × 10,000 pixels."""
    stream = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(stream, "PNG")
    return stream.getvalue()


def jpeg() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20)).save(stream, "JPEG")
    return stream.getvalue()


def linked_picture() -> bytes:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r9" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" TargetMode="External" '
        'Target="http://evil.example/x.png"/></Relationships>'
    )
    return word(extra={"word/_rels/document.xml.rels": relations.encode()})


def nested(depth: int) -> bytes:
    inner = "<w:sdt><w:sdtContent>" * depth + "<w:p/>" + "</w:sdtContent></w:sdt>" * depth
    return word(f"<w:document {SPACE}><w:body>{inner}</w:body></w:document>")


def noise(megabytes: int) -> bytes:
    """Text that a zip makes smaller by no more than Word's own XML."""
    line = random.Random(7).randbytes(32 * 1024).hex().encode()
    return b"".join(line + str(number).encode() for number in range(16 * megabytes))


def large_picture() -> bytes:
    return word(extra={"word/media/image1.png": noise(11)})


def xlsx() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", "<workbook/>")
    return stream.getvalue()


ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a zip bomb": ("a.docx", lambda: word(extra={"word/media/image1.png": bytes(150_000_000)}), "zip-bomb"),
    "a bomb of many parts": ("a.docx", lambda: word(extra={f"word/x{n}.xml": b"x" for n in range(2500)}), "zip-bomb"),
    "a bomb that lies about its size": ("a.docx", lying_bomb, "damaged"),
    "a picture of more than 10 MB": ("a.docx", large_picture, "picture-too-large"),
    "a part of more than 24 MB": ("a.docx", lambda: word(noise(25)), "zip-bomb"),
    "an entity that reads a file": ("a.docx", lambda: word(head=ENTITY), "xml-entity"),
    "an entity that explodes": ("a.docx", lambda: word(head=LAUGHS), "xml-entity"),
    "an entity in UTF-16": ("a.docx", lambda: word(f"{ENTITY}<w:document {SPACE}/>".encode("utf-16")), "damaged"),
    "a document with macros": ("a.docx", lambda: word(extra={"word/vbaProject.bin": b"x"}), "macro"),
    "a macro document by name": ("a.docm", word, "macro"),
    "a truncated document": ("a.docx", lambda: word()[:-200], "damaged"),
    "the first bytes of a document": ("a.docx", lambda: word()[:60], "damaged"),
    "broken XML": ("a.docx", lambda: word(f"<w:document {SPACE}><w:body>"), "damaged"),
    "bottomless XML": ("a.docx", lambda: nested(5000), "damaged"),
    "a document without text": ("a.docx", lambda: nested(3), "file-empty"),
    "a document of too many elements": ("a.docx", huge_paragraphs, "too-complex"),
    "a linked picture": ("a.docx", linked_picture, "linked-picture"),
    "a .doc": ("a.doc", lambda: OLE, "wrong-format"),
    "a .wps": ("a.wps", lambda: OLE, "wrong-format"),
    "a .doc that was renamed": ("a.docx", lambda: OLE, "wrong-format"),
    "a document with a password": ("a.docx", lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "wrong-format"),
    "a PDF": ("a.pdf", lambda: b"%PDF-1.7\n" + bytes(500), "wrong-format"),
    "a PDF that was renamed": ("a.docx", lambda: b"%PDF-1.7\n" + bytes(500), "wrong-format"),
    "an RTF": ("a.rtf", lambda: b"{\\rtf1\\ansi x}", "wrong-format"),
    "a page": ("a.html", lambda: b"<!DOCTYPE html><html><body>x</body></html>", "wrong-format"),
    "a page that was renamed": ("a.txt", lambda: b"\n<html><body>x</body></html>", "wrong-format"),
    "a workbook": ("a.docx", xlsx, "wrong-format"),
    "a picture": ("a.docx", jpeg, "wrong-format"),
    "a picture as text": ("a.txt", jpeg, "wrong-format"),
    "a program": ("a.txt", lambda: b"MZ\x90\x00" + bytes(100), "wrong-format"),
    "a document named .txt": ("a.txt", word, "wrong-extension"),
    "text named .docx": ("a.docx", "正文".encode, "wrong-format"),
    "an unknown extension": ("a.xyz", "正文".encode, "wrong-format"),
    "an empty file": ("a.docx", lambda: b"", "file-empty"),
    "only white space": ("a.txt", lambda: b" \n\n ", "file-empty"),
    "binary junk": ("a.txt", lambda: bytes(range(256)) * 50, "not-text"),
    "UTF-16 without its mark": ("a.txt", lambda: "正文 text".encode("utf-16-le"), "not-text"),
    "more text than a body holds": ("a.txt", lambda: b"a" * 2_000_001, "text-too-long"),
    "a file of more than 20 MB": ("a.txt", lambda: b"a" * 21_000_000, "file-too-large"),
}

CHILD = """
import json, resource, sys, time
from pathlib import Path
from content.assets import Assets
from content.intake import IntakeError, read
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
folder = Path(sys.argv[1])
answers = {}
for path in sorted(folder.iterdir()):
    begun = time.process_time()
    try:
        read(next(path.glob("a.*")), Assets(folder / "assets"), {"kind": "news"})
        answer = "taken"
    except IntakeError as problem:
        answer = problem.code
    # Not getrusage: its peak begins with that of the process that started this one.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) // 1024
    answers[path.name] = [answer, round(time.process_time() - begun, 2), peak]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, float, int]]:
    """What a child with one gigabyte of address space says to each file: code, seconds of processor, peak of memory so far in MB."""
    folder = tmp_path_factory.mktemp("hostile")
    for title, (name, make, _) in HOSTILE.items():
        (folder / title).mkdir()
        (folder / title / name).write_bytes(make())
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(folder)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, tuple[str, float, int]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_file_is_refused_within_seconds(title: str, answers: dict[str, tuple[str, float, int]]) -> None:
    code, seconds, _ = answers[title]
    assert code == HOSTILE[title][2]
    assert seconds < 6


def test_hostile_files_cost_little_memory(answers: dict[str, tuple[str, float, int]]) -> None:
    assert max(peak for _, _, peak in answers.values()) < 200


@pytest.mark.parametrize("title", HOSTILE)
def test_a_refusal_says_in_chinese_what_is_wrong_and_how_to_mend_it(title: str, tmp_path: Path) -> None:
    name, make, _ = HOSTILE[title]
    (tmp_path / name).write_bytes(make())
    with pytest.raises(IntakeError) as caught:
        read(tmp_path / name, Assets(tmp_path / "assets"), {"kind": "news"})
    problem = caught.value
    assert name in problem.place
    assert problem.message.endswith(("。", "）。"))
    assert problem.mend.startswith(("请", "可以提交的格式", "图片不能", "程序文件不能"))


def test_a_picture_of_a_hundred_megapixels_is_refused_from_its_header(tmp_path: Path) -> None:
    (tmp_path / "big.png").write_bytes(picture_bomb())
    (tmp_path / "a.md").write_text("---\nkind: news\n---\n![大图](big.png)\n", "utf-8")
    with pytest.raises(IntakeError) as caught:
        read(tmp_path / "a.md", Assets(tmp_path / "assets"))
    assert caught.value.code == "picture-too-many-pixels"
    assert "10000×10000" in caught.value.message


def test_a_hundred_megapixels_inside_word_are_refused_too(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("正文")
    document.add_picture(io.BytesIO(picture_bomb()))
    document.save(str(tmp_path / "a.docx"))
    with pytest.raises(IntakeError) as caught:
        read(tmp_path / "a.docx", Assets(tmp_path / "assets"), {"kind": "news"})
    assert caught.value.code == "picture-too-many-pixels"


def test_a_file_that_is_not_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.docx", tmp_path):
        with pytest.raises(IntakeError) as caught:
            read(path, Assets(tmp_path / "assets"), {"kind": "news"})
        assert caught.value.code == "file-missing"
