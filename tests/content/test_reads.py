"""What platforms counted, by delivery and day: kept once, and summed apart from what items count."""

from datetime import date, timedelta
from typing import Any

import pytest

from content import counts, ledger, reads
from content.database import Database
from content.delivery import Prepared, Receipt
from content.reads import Reads
from content.records import Target
from content.vocabulary import State

FIRST, SECOND = date(2026, 11, 24), date(2026, 11, 25)
WEIBO = Target("weibo-main", "weibo", "weibo", direct=True, required=True)
OTHER = Target("weibo-second", "weibo", "weibo", direct=True, required=True)
WECHAT = Target("wechat-main", "wechat", "wechat", direct=True, required=True)


@pytest.fixture
def live(database: Database, office: Any) -> dict[str, int]:
    """One item at three outlets; the delivery's number by outlet."""
    package = office.freeze(office.hand_in(), WEIBO, OTHER, WECHAT)
    found = {}
    for record in ledger.plan(database, package, [WEIBO, OTHER, WECHAT], database.clock()):
        prepared = ledger.keep_prepared(database, record, Prepared())
        claimed = ledger.claim(database, prepared, timedelta(minutes=1), "here/1", "r")
        found[record.outlet] = int(ledger.keep_receipt(database, claimed, Receipt(State.LIVE, record.outlet)).id)
    return found


def test_the_figures_of_a_day_are_kept_once_and_the_newest_are_shown(database: Database, live: dict[str, int]) -> None:
    for _ in range(2):
        reads.keep(database, live["weibo-main"], FIRST, Reads(None, 3, 2, 1))
        reads.keep(database, live["weibo-main"], SECOND, Reads(None, 9, 8, 7))
    assert reads.newest(database) == {live["weibo-main"]: (SECOND, Reads(None, 9, 8, 7))}
    [found] = reads.readers(database, 2026)
    assert (found.deliveries, found.newest, found.counted) == (1, SECOND, Reads(None, 9, 8, 7))


def test_outlets_of_a_row_are_added_up_and_what_nobody_tells_stays_unknown(
    database: Database, live: dict[str, int]
) -> None:
    reads.keep(database, live["weibo-main"], SECOND, Reads(None, 9, 8, 7))
    reads.keep(database, live["weibo-second"], FIRST, Reads(None, 1, None, 0))
    reads.keep(database, live["wechat-main"], FIRST, Reads(100, 5, None, None))
    found = reads.readers(database, 2026)
    assert [one.outlet for one in found] == ["wechat-main", "weibo-main", "weibo-second"]
    rows = {one.row: one for one in reads.by_row(found)}
    assert rows["weibo"].counted == Reads(None, 10, 8, 7)
    assert (rows["weibo"].deliveries, rows["weibo"].newest) == (2, SECOND)
    assert rows["wechat"].counted == Reads(100, 5, None, None)


def test_another_year_has_none_and_nothing_counts_as_an_item(database: Database, live: dict[str, int]) -> None:
    before = counts.counts(database, 2026)
    reads.keep(database, live["wechat-main"], FIRST, Reads(100_000, 5, None, None))
    assert reads.readers(database, 2025) == reads.readers(database, 2027) == []
    assert counts.counts(database, 2026) == before
