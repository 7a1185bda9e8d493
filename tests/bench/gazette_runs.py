"""One way to make an issue's PDF, in a process of its own; prints seconds, pages and bytes as JSON.

    python tests/bench/gazette_runs.py ours|bare|weasyprint FOLDER

*FOLDER* is what ``bench_gazette.py`` filled. The time is from the values to the PDF's bytes: libraries are imported before,
fonts are read within it.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent


def ours(folder: Path) -> Callable[[], bytes]:
    import pypdf  # noqa: F401  (what the printer's PDF needs is not part of the comparison)
    import typst  # noqa: F401

    sys.path.insert(0, str(HERE.parent.parent))
    from channels.issue import set_issue
    from channels.skins import GAZETTE

    data = json.loads((folder / "issue.json").read_text(encoding="utf-8"))
    files = {path.name: path.read_bytes() for path in (folder / "files").iterdir()}
    return lambda: set_issue(GAZETTE, data, files).pdf


def bare(folder: Path) -> Callable[[], bytes]:
    import typst

    fonts = (folder / "fonts.txt").read_text(encoding="utf-8").split("\n")

    def made() -> bytes:
        found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=fonts)
        return bytes(typst.compile(folder / "bare.typ", root=folder, font_paths=found, pdf_standards=["a-2b", "ua-1"]))

    return made


def weasyprint(folder: Path) -> Callable[[], bytes]:
    from weasyprint import HTML
    from weasyprint.text.fonts import FontConfiguration

    def made() -> bytes:
        page = HTML(filename=str(folder / "issue.html"))
        return bytes(page.write_pdf(font_config=FontConfiguration(), pdf_variant="pdf/ua-1"))

    return made


def main(way: str, folder: Path) -> None:
    make = {"ours": ours, "bare": bare, "weasyprint": weasyprint}[way](folder)
    began = time.perf_counter()
    pdf = make()
    seconds = time.perf_counter() - began
    sys.stdout.write(json.dumps({"seconds": seconds, "bytes": len(pdf)}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
