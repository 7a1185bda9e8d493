"""主送机关: a field of the item and often the first line of the file as well; a page shows it once."""

import pytest

from channels.fragment import without_addressee
from content.item import Fields, Revision
from content.vocabulary import Kind


def revision(body: str, addressee: str = "各县、市、区人民政府") -> Revision:
    return Revision(Fields(Kind.POLICY_DOCUMENT, addressee=addressee), body)


@pytest.mark.parametrize("line", ["各县、市、区人民政府", "各县、市、区人民政府：", "各县、市、区人民政府:"])
def test_a_first_paragraph_that_repeats_the_addressee_is_left_to_the_head(line: str) -> None:
    assert without_addressee(revision(f"<p>{line}</p><p>现通知如下。</p>")).body == "<p>现通知如下。</p>"


@pytest.mark.parametrize("body", ["<p>各县人民政府：</p><p>现通知如下。</p>", "<h2>各县、市、区人民政府</h2>", ""])
def test_any_other_beginning_stays(body: str) -> None:
    assert without_addressee(revision(body)).body == body


def test_without_an_addressee_nothing_is_taken_away() -> None:
    assert without_addressee(revision("<p>：</p><p>正文。</p>", addressee="")).body == "<p>：</p><p>正文。</p>"
