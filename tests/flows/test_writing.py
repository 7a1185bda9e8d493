"""The example that editors copy: what docs/writing.md shows can be handed in as it stands."""

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from content.clock import CHINA
from flows import editing

ROOT = Path(__file__).parents[2]


def test_the_example_for_editors_is_taken_as_it_stands_without_a_finding(
    new_office: Any, at_work: Any, tmp_path: Path
) -> None:
    (example,) = re.findall(
        r"^```markdown\n(.*?)^```$", (ROOT / "docs" / "writing.md").read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    for name in ("water-map.png", "relief-supplies.xlsx"):
        shutil.copy(ROOT / "content" / "samples" / name, tmp_path)
    (tmp_path / "通知.md").write_text(example, encoding="utf-8")
    new_office.wired.workspace.clock = lambda: datetime(2026, 11, 23, 9, tzinfo=CHINA)
    taken = editing.submit(new_office.wired, tmp_path / "通知.md", {}, at_work.EDITOR, at_work.ask)
    revision = taken.stored.revision
    assert taken.findings == ()
    assert re.findall(r"<h([23])>", revision.body) == ["2", "3", "3", "2"]
    assert all(part in revision.body for part in ("<figcaption>", '<section class="footnotes">', "<table>"))
    assert [one.name for one in revision.attachments] == ["应急供水物资储备表.xlsx"]
    assert len(revision.fields.words) == 5
