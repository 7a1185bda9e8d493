"""The checks of a revision before the sign-off: everything that is wrong with it, at once.

Every finding's code stands in ``content.checks.codes.CODES``. Limits of single outlets are the channels' own.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator

from content.checks.calendar_text import check_calendar
from content.checks.case import Case
from content.checks.codes import CODES
from content.checks.context import Context
from content.checks.dates import check_dates
from content.checks.files import check_files
from content.checks.form import check_form
from content.checks.links import check_links
from content.checks.needs import check_fields
from content.checks.numbers import check_numbers
from content.checks.origin import check_origin
from content.checks.participation import check_participation
from content.checks.personal import check_personal
from content.checks.relations import check_relations
from content.checks.titles import check_title
from content.checks.wording import check_wording
from content.finding import Finding
from content.item import Revision

__all__ = ["CODES", "Context", "check"]

_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    check_links,
    check_form,
    check_origin,
    check_personal,
    check_fields,
    check_title,
    check_numbers,
    check_dates,
    check_calendar,
    check_relations,
    check_participation,
    check_files,
    check_wording,
)
_MOST_OF_A_CODE = 50


def check(revision: Revision, context: Context) -> list[Finding]:
    """All findings of a revision, errors first. An empty list means: ready for the package.

    Pure but for looking whether *context.assets* holds the files. Takes time in proportion to the text; of one code at
    most 50 findings are listed, a last one counts the rest.
    """
    case = Case(revision, context)
    found = [finding for one in _CHECKS for finding in one(case)]
    return sorted(_listed(found), key=lambda finding: not finding.blocks)


def _listed(found: list[Finding]) -> Iterator[Finding]:
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        by_code[finding.code].append(finding)
    for code, same in by_code.items():
        yield from same[:_MOST_OF_A_CODE]
        rest = same[_MOST_OF_A_CODE:]
        if rest:
            message = f"另有{len(rest)}处同类问题未逐一列出。"
            yield Finding(code, rest[0].severity, "全文", message, "请先改正已列出的各处，再重新检查。")
