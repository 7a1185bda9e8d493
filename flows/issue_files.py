"""An issue's files for people, in ``gazette/`` of the workspace: both PDFs, the layout report, pictures for phones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from channels.issue import BuiltIssue
from content.assets import write_whole
from content.gazette.contents import PRINTER, READING

ENDINGS = {READING: ".pdf", PRINTER: "-printer.pdf"}
REPORT = ".layout.txt"


def show(folder: Path, issue_id: str, pdfs: Mapping[str, bytes]) -> Path:
    """Writes the PDFs that are there, by READING and PRINTER; returns the reading one's path."""
    for name, data in pdfs.items():
        if name in ENDINGS and data:
            write_whole(folder / f"{issue_id}{ENDINGS[name]}", data)
    return folder / f"{issue_id}{ENDINGS[READING]}"


def show_built(folder: Path, issue_id: str, built: BuiltIssue) -> Path:
    """Writes all that was made of an issue, in the place of what an earlier build left."""
    for old in folder.glob(f"{issue_id}-phone-*.png"):
        old.unlink()
    for number, picture in enumerate(built.phone, 1):
        write_whole(folder / f"{issue_id}-phone-{number}.png", picture)
    write_whole(folder / f"{issue_id}{REPORT}", built.report.encode())
    return show(folder, issue_id, {READING: built.pdf, PRINTER: built.printer})


def beside(reading: Path) -> dict[str, Any]:
    """What stands beside a reading PDF: paths of the printer's PDF (``printer``), the ``report`` and the pictures (``phone``)."""
    stem = reading.name.removesuffix(".pdf")
    found = {"printer": reading.with_name(f"{stem}{ENDINGS[PRINTER]}"), "report": reading.with_name(f"{stem}{REPORT}")}
    phone = sorted(str(path) for path in reading.parent.glob(f"{stem}-phone-*.png"))
    return {name: str(path) for name, path in found.items() if path.exists()} | ({"phone": phone} if phone else {})
