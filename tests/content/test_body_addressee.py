"""主送机关: a field of the item and often the first line of the file as well; readers see it once."""

import pytest

from content.body import without_first

NAMED = "各县、市、区人民政府"


@pytest.mark.parametrize("line", [NAMED, f"{NAMED}：", f" {NAMED}:"])
def test_a_first_paragraph_that_repeats_the_addressee_is_left_out(line: str) -> None:
    assert without_first(f"<p>{line}</p><p>现通知如下。</p>", NAMED) == "<p>现通知如下。</p>"


@pytest.mark.parametrize("body", ["<p>各县人民政府：</p><p>现通知如下。</p>", f"<h2>{NAMED}</h2>", ""])
def test_any_other_beginning_stays(body: str) -> None:
    assert without_first(body, NAMED) == body


def test_without_an_addressee_nothing_is_taken_away() -> None:
    assert without_first("<p>：</p><p>正文。</p>", "") == "<p>：</p><p>正文。</p>"
