"""How long an issue of the gazette takes: nine documents and 98 real ones, against WeasyPrint and bare Typst.

    .venv/bin/python tests/bench/bench_gazette.py [--times 3] [--without weasyprint]

The same texts and the same font files for all, in one run; each PDF in a process of its own, the fastest of some turns counts,
taken in turn. Before the times it is proved that the PDFs are right; the command fails where one is not, or an aim is missed. Bare Typst sets the same lines with nothing but page, font and line. The 98 are regulations of the State Council
from ``../shared/data/regulations`` where that is there, the Council taken as the gazette's own organ; else made-up texts of the same length.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT))

from channels import issue as issues_of_channel  # noqa: E402
from channels.issue import BuiltIssue  # noqa: E402
from channels.typeset import Typeset, _packaged_folders  # noqa: E402
from content.assets import Assets  # noqa: E402
from content.body import paragraphs  # noqa: E402
from content.gazette.issues import Issues  # noqa: E402
from content.item import Revision  # noqa: E402
from tests.channels import nine_documents  # noqa: E402
from tests.channels import partner_bench as made  # noqa: E402
from tests.channels.pdf_proofs import faults  # noqa: E402
from tests.ledgers import new_ledger  # noqa: E402

REGULATIONS = ROOT.parent / "shared" / "data" / "regulations"
RIVALS = ROOT / ".venv" / "rivals" / "bin" / "python"
MANY = 98
AIMS = {9: 7.0, MANY: 10.0}
MOST_OVER_BARE = 1.3
WAYS = ("ours", "bare", "weasyprint")


def main(times: int, ways: Sequence[str]) -> bool:
    kept = True
    with tempfile.TemporaryDirectory() as folder:
        for count in (9, MANY):
            place = Path(folder) / str(count)
            kept &= proved(count, fill(place, count))
            seconds = {
                way: min(turn) for way, turn in zip(ways, zip(*turns(place, times, ways), strict=True), strict=True)
            }
            kept &= told(count, seconds)
    return kept


def turns(place: Path, times: int, ways: Sequence[str]) -> list[list[float]]:
    """Seconds of each way in each turn: nobody has the quiet moments for itself."""
    return [[run(way, place) for way in ways] for _ in range(times)]


def run(way: str, place: Path) -> float:
    python = str(RIVALS) if way == "weasyprint" else sys.executable
    done = subprocess.run([python, HERE / "gazette_runs.py", way, place], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{way} failed:\n{done.stderr[-2000:]}")
    return float(json.loads(done.stdout)["seconds"])


def told(count: int, seconds: dict[str, float]) -> bool:
    ours = seconds["ours"]
    lines = [f"{count} documents: tongbu {ours:.2f} s"]
    over = ours / seconds["bare"]
    lines.append(f"  {over:.2f} times bare Typst ({seconds['bare']:.2f} s), aim at most {MOST_OVER_BARE}")
    kept = over <= MOST_OVER_BARE
    if "weasyprint" in seconds:
        faster = seconds["weasyprint"] / ours
        lines.append(
            f"  {faster:.1f} times as fast as WeasyPrint ({seconds['weasyprint']:.2f} s), aim at least {AIMS[count]}"
        )
        kept &= faster >= AIMS[count]
    sys.stdout.write("\n".join(lines) + "\n")
    return kept


def proved(count: int, found: dict[str, list[str]]) -> bool:
    """Prints what is wrong with the issue's PDFs; whether nothing is."""
    said = {
        "warnings": "no warning of the typesetter",
        "qpdf": "qpdf --check finds both PDFs sound",
        "text": "the reading PDF's text is the sources'",
        "bookmarks": "every title and heading is a bookmark",
    }
    lines = [f"{count} documents:"]
    for name, faulty in found.items():
        lines += (
            [f"  NOT SO: {said[name]}: {len(faulty)}", *(f"    {fault}" for fault in faulty[:10])]
            if faulty
            else [f"  {said[name]}"]
        )
    sys.stdout.write("\n".join(lines) + "\n")
    return not any(found.values())


def fill(place: Path, count: int) -> dict[str, list[str]]:
    """What each way starts from: our values, the lines for bare Typst, a page of HTML. Returns what is wrong with our PDFs."""
    (place / "files").mkdir(parents=True)
    assets = Assets(place / "assets")
    revisions = nine_documents.nine(assets) if count == 9 else regulations()
    caught, issue = _built(place, revisions)
    (place / "issue.json").write_text(json.dumps(caught["data"], ensure_ascii=False), encoding="utf-8")
    for name, content in caught["files"].items():
        (place / "files" / name).write_bytes(content)
    bare = [{"title": one.fields.title, "lines": paragraphs(one.body)} for one in revisions]
    (place / "bare.json").write_text(json.dumps(bare, ensure_ascii=False), encoding="utf-8")
    shutil.copy(HERE / "rivals" / "gazette" / "bare.typ", place / "bare.typ")
    (place / "fonts.txt").write_text("\n".join(map(str, _packaged_folders())), encoding="utf-8")
    (place / "issue.html").write_text(_page(revisions, assets), encoding="utf-8")
    return faults(issue, revisions, place)


def _built(place: Path, revisions: Sequence[Revision]) -> tuple[dict[str, Any], BuiltIssue]:
    """What ``build_issue`` hands to ``set_issue``, and the issue with both its PDFs."""
    caught: dict[str, Any] = {}

    def caught_before(skin: Any, data: Any, files: Any, *more: Any) -> Typeset:
        caught.update(data=data, files=dict(files))
        return set_issue(skin, data, files, *more)

    ledger = new_ledger(place / "ledger.sqlite", lambda: made.NOW)
    issues = Issues(ledger.engine, ledger.clock)
    gazette = nine_documents.Gazette(made.outlet("gazette"), made.workbench(place, ledger.clock, issues))
    nine_documents.join(gazette, issues, revisions)
    set_issue, issues_of_channel.set_issue = issues_of_channel.set_issue, caught_before
    try:
        issue = issues_of_channel.build_issue(
            gazette.bench, gazette.outlet, issues, "2026-11", date(2026, 11, 30), None, True
        )
    finally:
        issues_of_channel.set_issue = set_issue
        ledger.engine.dispose()
    return caught, issue


def regulations() -> list[Revision]:
    """98 of them: real ones, or made up."""
    found = sorted(REGULATIONS.glob("*.md"))[:MANY] if REGULATIONS.is_dir() else []
    if len(found) == MANY:
        return [_regulation(path.read_text(encoding="utf-8")) for path in found]
    sys.stderr.write(f"{REGULATIONS} has no {MANY} regulations: made-up texts instead\n")
    text = "各县市区人民政府要按照要求，落实责任，完善制度，加强监督检查，确保各项任务按期完成。" * 4
    return [_policy(f"第{number}号规定", f"<p>{text}</p>" * 24) for number in range(MANY)]


def _regulation(text: str) -> Revision:
    title, _, rest = text.partition("\n")
    body: list[str] = []
    for line in re.sub(r"<!--.*?-->", "", rest, flags=re.S).split("\n"):
        level = re.match(r"(#{2,5}) (.*)", line)
        if level:
            body.append(f"<h{len(level[1])}>{escape(level[2])}</h{len(level[1])}>")
        elif line.strip():
            body.append(f"<p>{escape(line.strip())}</p>")
    return _policy(title.lstrip("# ").strip(), "".join(body))


def _policy(title: str, body: str) -> Revision:
    return Revision(replace(made.FIELDS, title=title, organ="国务院", addressee="", document_number=""), body)


def _page(revisions: Sequence[Revision], assets: Assets) -> str:
    serif, sans = _packaged_folders()
    faces = "".join(
        f'@font-face {{ font-family: "{name}"; src: url("{path.as_uri()}"); }}'
        for name, folder, pattern in (("Noto Serif SC", serif, "NotoSerifSC*"), ("Noto Sans SC", sans, "NotoSansSC*"))
        for path in sorted(folder.glob(pattern))[:1]
    )
    css = (HERE / "rivals" / "gazette" / "gazette.css").read_text(encoding="utf-8")
    articles = "".join(f"<article><h1>{escape(one.fields.title)}</h1>{one.body}</article>" for one in revisions)
    pictured = re.sub(r'src="asset:([0-9a-f]+)"', lambda name: f'src="{assets.path(name[1]).as_uri()}"', articles)
    return f'<html lang="zh-CN"><head><meta charset="utf-8"/><title>公报</title><style>{faces}{css}</style></head><body>{pictured}</body></html>'


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--without", choices=["weasyprint"], help="a rival that is left out")
    given = parser.parse_args()
    wanted = [way for way in WAYS if way != given.without]
    if "weasyprint" in wanted and not RIVALS.exists():
        sys.exit(
            f"{RIVALS} not found: run `make bench-gazette`, which sets the rivals up, or give --without weasyprint"
        )
    os.chdir(tempfile.gettempdir())
    sys.exit(0 if main(given.times, wanted) else 1)
