"""A revision is known by its digest: fields that are empty, and fields that came later, leave it as it was."""

from datetime import date

from content.item import Fields, Revision
from content.vocabulary import Kind

ASKED = Fields(
    Kind.CONSULTATION,
    title="关于公开征集意见的公告",
    organ="荆州市人民政府办公室",
    opens_on=date(2026, 11, 2),
    closes_on=date(2026, 11, 30),
    form_link="https://www.jingzhou.gov.cn/ask",
)
# As the first release computed it, before principal, recording, results_of, received and adopted were fields.
OF_OLD = "a9bec1acbfb79932ab72521985855c59b10b77923042205343bf4db53e3532a7"


def test_fields_that_came_later_change_no_old_digest() -> None:
    assert Revision(ASKED, "<p>欢迎参与。</p>").digest == OF_OLD


def test_nought_and_no_are_said_and_survive_being_stored() -> None:
    fields = Fields(Kind.CONSULTATION, results_of=("1001",), received=0, adopted=0, principal=False)
    made = Revision(fields, "<p>无。</p>")
    assert made.content()["fields"] == {
        "kind": "consultation",
        "language": "zh-CN",
        "results_of": ["1001"],
        "received": 0,
        "adopted": 0,
        "principal": False,
    }
    assert Revision.from_content(made.content()) == made
