"""Makes the pictures of ``docs/images/gazette`` from the nine documents of the tests.

    .venv/bin/python -m docs.images.gazette_pages

Needs pdftoppm. Nothing is drawn by hand.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tests.channels.test_gazette_layout import built
from tests.site.screenshots import with_palette

TARGET = Path(__file__).parent / "gazette"
PAGES = {"cover": 1, "contents": 2, "attachment-table": 7, "levels": 12, "table": 13}
LARGEST_BYTES, COLOURS = 150_000, (32, 24, 16, 8)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        (work / "issue.pdf").write_bytes(built(work).pdf)
        for name, number in PAGES.items():
            command = [
                "pdftoppm",
                "-png",
                "-r",
                "90",
                "-f",
                str(number),
                "-singlefile",
                work / "issue.pdf",
                work / name,
            ]
            subprocess.run(command, check=True)
            keep((work / f"{name}.png").read_bytes(), name)


def keep(data: bytes, name: str) -> None:
    made = next(
        (small for colours in COLOURS if len(small := with_palette(data, 2000, colours)) <= LARGEST_BYTES), None
    )
    if made is None:
        sys.exit(f"{name}.png would have more than {LARGEST_BYTES} bytes")
    (TARGET / f"{name}.png").write_bytes(made)


if __name__ == "__main__":
    main()
