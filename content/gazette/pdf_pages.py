"""What the PDF of an earlier issue tells of its own pages."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger("tongbu.gazette")


@dataclass(frozen=True)
class PdfPages:
    """*sheets* is how many pages the file has, 0 where that cannot be read; *labelled* the sheet, counted from 1, of every
    page number that the file itself gives (its page labels), empty where it has none."""

    sheets: int = 0
    labelled: Mapping[int, int] = field(default_factory=dict)


def pages_of(path: Path) -> PdfPages:
    """Old scans are often damaged: what cannot be read is left unsaid."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(path)
        labels = reader.page_labels if "/PageLabels" in reader.root_object else []
        return PdfPages(len(reader.pages), _sheets(labels))
    except (
        PyPdfError,
        ArithmeticError,
        AttributeError,
        LookupError,
        OSError,
        RecursionError,
        TypeError,
        ValueError,
    ) as why:
        log.warning("the pages of %s cannot be read: %s", path.name, why)
        return PdfPages()


def _sheets(labels: list[str]) -> dict[int, int]:
    """The first sheet that bears a number."""
    found: dict[int, int] = {}
    for sheet, label in enumerate(labels, 1):
        if label.isascii() and label.isdigit() and len(label) < 7:
            found.setdefault(int(label), sheet)
    return found
