"""The office's figures: the query agrees with a naive model, and with the rules of the statistics form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from content import ledger
from content.clock import CHINA, in_china, stamp
from content.counts import By, Counts, NoSuchYear, carried_over, counts, counts_by, remarks
from content.database import Database, open_database
from content.delivery import Prepared, Receipt
from content.records import Record, Target
from content.schema import delivery, item, metadata, package, person, revision
from content.vocabulary import Action, Kind, Level, Row, State

ITEMS = (1001, 1002, 1003, 1004)
OUTLETS = {
    "portal": ("website", "website"),
    "nyj-site": ("website", "website"),
    "weibo-main": ("weibo", "weibo"),
    "wechat-main": ("wechat", "wechat"),
    "radio": ("radio", "other"),
    "paper": ("newspaper", "other"),
    "gazette": ("gazette", "gazette"),
    "feeds": ("feeds", ""),
}
MIDNIGHT = datetime(2027, 1, 1, tzinfo=CHINA)
ORGANS = ("市政府办公室", "市人社局", "", "市政府办公室")


@dataclass(frozen=True)
class Sent:
    """A delivery as the naive model sees it; *live_at* None means that it never became live."""

    item: int
    outlet: str
    live_at: datetime | None
    action: Action = Action.PUBLISH
    round: int = 1
    revision: int = 1
    observed_at: datetime | None = None

    @property
    def row(self) -> str:
        return OUTLETS[self.outlet][1]

    @property
    def key(self) -> tuple[Any, ...]:
        return (self.item, self.revision, self.outlet, self.action, self.round)


def lay_ground(database: Database) -> None:
    """People, items, revisions and packages for the deliveries to stand on."""
    at = stamp(datetime(2025, 1, 1, tzinfo=UTC))
    with database.write() as connection:
        connection.execute(
            insert(person).values(name="李文", unit="", roles="", public_key="", disabled=False, added_at=at)
        )
        for number, organ in zip(ITEMS, ORGANS, strict=True):
            kind = Kind.NEWS if number % 2 else Kind.POLICY_DOCUMENT
            level = Level.CITY.value if number < 1003 else ""
            shown = {"kind": kind.value, "title": "", "organ": organ, "level": level, "document_number": ""}
            connection.execute(insert(item).values(number=number, submitted_at=at, effect="有效", **shown))
            for sequence in (1, 2):
                _lay_revision(connection, number, sequence, at)


def _lay_revision(connection: Any, number: int, sequence: int, at: str) -> None:
    name = f"{number}-{sequence}"
    kept = {"content": "{}", "file_name": "", "cleaned": "[]", "handed_in_by": "李文", "signature": ""}
    connection.execute(insert(revision).values(digest=name, item=number, sequence=sequence, handed_in_at=at, **kept))
    serial = number * 10 + sequence
    frozen = {"manifest": "{}", "frozen_at": at, "serial": serial, "action": Action.PUBLISH.value}
    connection.execute(insert(package).values(digest=name, item=number, revision=name, **frozen))


def keep(database: Database, sent: Iterable[Sent]) -> None:
    with database.write() as connection:
        connection.execute(delete(delivery))
        for one in sent:
            connection.execute(insert(delivery).values(**_values(one)))


def _values(one: Sent) -> dict[str, Any]:
    name = f"{one.item}-{one.revision}"
    live = (
        {} if one.live_at is None else {"live_at": stamp(one.live_at), "live_month": f"{in_china(one.live_at):%Y-%m}"}
    )
    observed = one.observed_at or one.live_at
    channel, row = OUTLETS[one.outlet]
    return {
        **{"package": name, "item": one.item, "revision": name, "outlet": one.outlet, "channel": channel, "row": row},
        **{"direct": True, "required": True, "action": one.action.value, "round": one.round, "token": 1},
        **{"state": State.LIVE.value if live else State.ACCEPTED.value, "not_before": "", "problem": ""},
        **{"absent_reads": 0, "failures": 0, "observed_at": stamp(observed) if observed else None},
        **live,
    }


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One SQLite ledger for the many runs of the model."""
    path = tmp_path_factory.mktemp("figures") / "ledger.sqlite"
    made = open_database(f"sqlite:///{path}")
    metadata.create_all(made.engine)
    lay_ground(made)
    yield made
    made.engine.dispose()


@pytest.fixture
def ground(database: Database) -> Database:
    lay_ground(database)
    return database


def withdrawn(sent: list[Sent], year: int) -> set[int]:
    """Items of which every live publication by the year's end was taken back by then."""
    done = [one for one in sent if one.live_at and in_china(one.live_at).year <= year]
    found = set()
    for number in ITEMS:
        mine = [one for one in done if one.item == number]
        taken = {
            (one.outlet, number) for one in mine if one.action is Action.WITHDRAW for number in range(one.round + 1)
        }
        out = [one for one in mine if one.action is Action.PUBLISH]
        if taken and all((one.outlet, one.round) in taken for one in out):
            found.add(number)
    return found


def firsts(sent: list[Sent], left_out: set[int], group: Any) -> dict[Any, datetime]:
    """The first live moment of each (group of the delivery, item)."""
    found: dict[Any, datetime] = {}
    for one in sent:
        if one.action is Action.PUBLISH and one.live_at and one.row and one.item not in left_out:
            key = (group(one), one.item)
            found[key] = min(found.get(key, one.live_at), one.live_at)
    return found


def modelled(sent: list[Sent], year: int, subtracts: bool) -> dict[str, Any]:
    left_out = withdrawn(sent, year) if subtracts else set()

    def number(group: Any) -> dict[str, int]:
        hits = [key[0] for key, at in firsts(sent, left_out, group).items() if in_china(at).year == year]
        return {name: hits.count(name) for name in hits}

    rows = {row.value: number(lambda one: one.row).get(row.value, 0) for row in Row}
    items = number(lambda one: "").get("", 0)
    repeats = sum(rows.values()) - items
    return {"year": year, "items": items, "rows": rows, "repeats": repeats, "outlets": number(lambda one: one.outlet)}


EDGES = [MIDNIGHT - timedelta(seconds=1), MIDNIGHT, MIDNIGHT - timedelta(microseconds=1)]
EDGES += [moment.replace(year=moment.year - 1) for moment in EDGES]
MOMENTS = st.one_of(
    st.none(),
    st.sampled_from(EDGES),
    st.datetimes(datetime(2025, 11, 1), datetime(2027, 3, 1), timezones=st.sampled_from([UTC, CHINA])),
)
SENT = st.builds(
    Sent,
    item=st.sampled_from(ITEMS),
    outlet=st.sampled_from(sorted(OUTLETS)),
    live_at=MOMENTS,
    action=st.sampled_from([Action.PUBLISH] * 5 + [Action.CORRECT, Action.WITHDRAW, Action.WITHDRAW, Action.MARK]),
    round=st.integers(1, 3),
    revision=st.integers(1, 2),
)
LEDGERS = st.lists(SENT, max_size=40, unique_by=lambda one: one.key)
THOROUGH = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(sent=LEDGERS, year=st.sampled_from([2025, 2026, 2027]), subtracts=st.booleans())
@THOROUGH
def test_the_query_agrees_with_a_naive_count(figures: Database, sent: list[Sent], year: int, subtracts: bool) -> None:
    keep(figures, sent)
    assert counts(figures, year, subtracts).as_json() == modelled(sent, year, subtracts)


@given(sent=LEDGERS, by=st.sampled_from(sorted(By)), subtracts=st.booleans())
@THOROUGH
def test_every_breakdown_agrees_with_a_naive_count(
    figures: Database, sent: list[Sent], by: By, subtracts: bool
) -> None:
    keep(figures, sent)
    found = {line.key: (line.rows, line.items) for line in counts_by(figures, 2026, by, subtracts)}
    expected = modelled_lines(sent, By(by), withdrawn(sent, 2026) if subtracts else set())
    assert {key: line for key, line in found.items() if any(line[0].values()) or line[1]} == expected


def modelled_lines(sent: list[Sent], by: By, left_out: set[int]) -> dict[str, tuple[dict[str, int], int]]:
    of_delivery = {
        By.ROW: lambda one: one.row,
        By.CHANNEL: lambda one: OUTLETS[one.outlet][0],
        By.OUTLET: lambda one: one.outlet,
    }
    group = of_delivery.get(by, lambda one: "")
    per_row = firsts(sent, left_out, lambda one: (group(one), one.row))
    in_all = firsts(sent, left_out, group)
    found: dict[str, tuple[dict[str, int], int]] = {}
    for ((value, row), number), at in per_row.items():
        if in_china(at).year == 2026:
            rows, _ = found.setdefault(line_key(by, value, number, at), ({r.value: 0 for r in Row}, 0))
            rows[row] += 1
    for (value, number), at in in_all.items():
        if in_china(at).year == 2026:
            key = line_key(by, value, number, at)
            found[key] = (found[key][0], found[key][1] + 1)
    return found


def line_key(by: By, value: str, number: int, at: datetime) -> str:
    kind = Kind.NEWS if number % 2 else Kind.POLICY_DOCUMENT
    level = Level.CITY.value if number < 1003 else ""
    of_item = {
        By.ORGAN: ORGANS[ITEMS.index(number)],
        By.KIND: kind.value,
        By.LEVEL: level,
        By.MONTH: f"{in_china(at):%Y-%m}",
    }
    return of_item.get(by, value)


@given(sent=LEDGERS)
@THOROUGH
def test_the_total_lies_between_the_highest_row_and_the_sum(figures: Database, sent: list[Sent]) -> None:
    keep(figures, sent)
    for year in (2025, 2026, 2027):
        found = counts(figures, year)
        assert found.items <= sum(found.rows.values())
        assert max(found.rows.values()) <= found.items + carried_over(figures, year)
        assert not any(remark.startswith("错误") for remark in remarks(found))


@given(sent=LEDGERS)
@THOROUGH
def test_all_years_together_count_every_published_item_once(figures: Database, sent: list[Sent]) -> None:
    keep(figures, sent)
    public = {one.item for one in sent if one.action is Action.PUBLISH and one.live_at and one.row}
    assert sum(counts(figures, year).items for year in (2025, 2026, 2027)) == len(public)


@given(sent=LEDGERS, closed=st.datetimes(datetime(2026, 6, 1), datetime(2027, 3, 1), timezones=st.just(CHINA)))
@THOROUGH
def test_later_proof_leaves_a_closed_year_as_it_was(figures: Database, sent: list[Sent], closed: datetime) -> None:
    late = [replace(one, observed_at=one.live_at + timedelta(days=40)) if one.live_at else one for one in sent]
    keep(figures, late)
    known = [one for one in late if one.observed_at and one.observed_at <= closed]
    assert counts(figures, 2026, known_by=closed).as_json() == modelled(known, 2026, False)


def test_the_new_year_begins_at_midnight_in_shanghai(ground: Database) -> None:
    keep(ground, [Sent(1001, "portal", MIDNIGHT - timedelta(seconds=1)), Sent(1002, "portal", MIDNIGHT)])
    assert [counts(ground, year).items for year in (2026, 2027, 2028)] == [1, 1, 0]


def test_an_item_on_two_sides_of_new_year_is_in_the_total_once(ground: Database) -> None:
    keep(ground, [Sent(1001, "portal", MIDNIGHT - timedelta(seconds=1)), Sent(1001, "gazette", MIDNIGHT)])
    before, after = counts(ground, 2026), counts(ground, 2027)
    assert (before.items, before.rows["website"], before.rows["gazette"]) == (1, 1, 0)
    assert (after.items, after.rows["website"], after.rows["gazette"]) == (0, 0, 1)
    assert carried_over(ground, 2027) == 1 and carried_over(ground, 2026) == 0
    assert "政府公报的1条" in remarks(after)[0] and "以前年度" in remarks(after)[0]


def test_the_document_has_exactly_the_contract_s_keys(ground: Database) -> None:
    may = datetime(2026, 5, 3, 9, tzinfo=CHINA)
    keep(ground, [Sent(1001, outlet, may) for outlet in OUTLETS])
    assert counts(ground, 2026).as_json() == {
        "year": 2026,
        "items": 1,
        "rows": {"gazette": 1, "website": 1, "weibo": 1, "wechat": 1, "other": 1},
        "repeats": 4,
        "outlets": {outlet: 1 for outlet in sorted(OUTLETS) if outlet != "feeds"},
    }
    assert counts(ground, 2026, rehearsal=True).as_json()["rehearsal"] is True


def test_an_item_that_is_only_in_a_feed_counts_nowhere(ground: Database) -> None:
    keep(ground, [Sent(1001, "feeds", datetime(2026, 5, 3, tzinfo=CHINA))])
    found = counts(ground, 2026)
    assert (found.items, found.outlets, sum(found.rows.values())) == (0, {}, 0)


def test_a_correction_through_the_ledger_adds_nothing(database: Database, office: Any, clock: Any) -> None:
    target = Target("portal", "website", "website", direct=True, required=True)
    first = office.hand_in()
    publish(database, office.freeze(first, target), target)
    clock.forward(days=1)
    second = office.hand_in("关于做好冬季供水保障工作的通知（更正）", item_id=first.item_id)
    publish(database, office.freeze(second, target, action=Action.CORRECT), target)
    assert counts(database, 2026).as_json()["rows"]["website"] == counts(database, 2026).items == 1


def publish(database: Database, frozen: Any, target: Target) -> Record:
    (record,) = ledger.plan(database, frozen, [target], database.clock())
    record = ledger.keep_prepared(database, record, Prepared())
    record = ledger.claim(database, record, timedelta(minutes=1), "here/1", "r")
    return ledger.keep_receipt(database, record, Receipt(State.LIVE))


OUT = datetime(2026, 5, 3, tzinfo=CHINA)


def taken_back(outlet: str, days: int = 1, round_number: int = 1) -> Sent:
    return Sent(1001, outlet, OUT + timedelta(days=days), Action.WITHDRAW, round_number)


@pytest.mark.parametrize(
    ("withdrawals", "again", "left"),
    [
        ([], [], 1),
        ([taken_back("portal")], [], 1),
        ([taken_back("portal"), taken_back("radio")], [], 0),
        ([taken_back("portal"), replace(taken_back("radio"), live_at=None)], [], 1),
        ([taken_back("portal"), taken_back("radio", days=300)], [], 1),
        ([taken_back("portal"), taken_back("radio")], [Sent(1001, "radio", OUT + timedelta(days=9), round=2)], 1),
    ],
    ids=["none", "in part", "everywhere", "unconfirmed", "next year", "out again"],
)
def test_only_a_withdrawal_everywhere_can_subtract(
    ground: Database, withdrawals: list[Sent], again: list[Sent], left: int
) -> None:
    keep(ground, [Sent(1001, "portal", OUT), Sent(1001, "radio", OUT), *withdrawals, *again])
    assert counts(ground, 2026).items == 1
    assert counts(ground, 2026, withdrawal_subtracts=True).items == left
    assert sum(line.items for line in counts_by(ground, 2026, "organ", withdrawal_subtracts=True)) == left


def test_breakdowns_name_their_lines_in_chinese_and_in_order(ground: Database) -> None:
    keep(
        ground,
        [Sent(1001, "portal", OUT), Sent(1002, "radio", OUT), Sent(1003, "portal", OUT), Sent(1004, "portal", OUT)],
    )
    assert [line.label for line in counts_by(ground, 2026, By.MONTH)] == [f"{month}月" for month in range(1, 13)]
    assert [line.label for line in counts_by(ground, 2026, "row")] == [
        "政府公报",
        "政府网站",
        "政务微博",
        "政务微信",
        "其他方式",
    ]
    assert [line.label for line in counts_by(ground, 2026, "channel")] == ["政府网站", "广播"]
    assert [line.label for line in counts_by(ground, 2026, "kind")] == ["政策文件", "要闻动态"]
    assert [line.label for line in counts_by(ground, 2026, "level")] == ["市", "未填写"]
    assert [line.label for line in counts_by(ground, 2026, "organ")] == ["市政府办公室", "未填写", "市人社局"]
    names = {"portal": "荆州市人民政府门户网站"}
    assert [line.label for line in counts_by(ground, 2026, "outlet", names=names)] == [
        "荆州市人民政府门户网站",
        "radio",
    ]


@pytest.mark.parametrize("year", [0, -1, 10_000])
def test_what_is_no_year_is_refused(ground: Database, year: int) -> None:
    with pytest.raises(NoSuchYear, match="four digits"):
        counts(ground, year)


def test_the_rows_are_answered_from_the_index_alone(figures: Database) -> None:
    query = "SELECT row, count(DISTINCT item) FROM delivery WHERE action = 'publish' AND row <> '' AND live_month <= '2026-12' GROUP BY row"
    with figures.read() as connection:
        plan = " ".join(str(step) for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}"))
    assert "COVERING INDEX delivery_counts" in plan
    assert "TEMP B-TREE" not in plan


ROWS = {"gazette": 0, "website": 112283, "weibo": 8818, "wechat": 4380, "other": 38380}


def test_the_figures_of_a_real_report_are_repeats_and_no_error() -> None:
    """The 2016 report of a city: 161486 in all, 163861 over the channels (domain.md 8)."""
    (said,) = remarks(Counts(2016, 161486, ROWS))
    assert "多2375条" in said and "1.015" in said


def test_a_total_that_equals_the_sum_is_doubted() -> None:
    (said,) = remarks(Counts(2017, 14189, {"website": 5419, "weibo": 3914, "other": 4856}))
    assert "与各渠道之和相等" in said


def test_one_channel_alone_or_none_is_not_doubted() -> None:
    assert remarks(Counts(2017, 5, {"website": 5, "weibo": 0})) == []
    assert remarks(Counts(2017, 0, dict.fromkeys(ROWS, 0))) == []


def test_a_total_above_the_sum_is_an_error() -> None:
    (said,) = remarks(Counts(2016, 163862, ROWS))
    assert said.startswith("错误") and "163862" in said


def test_a_rehearsal_says_so_first() -> None:
    assert "演练" in remarks(Counts(2016, 161486, ROWS, rehearsal=True))[0]


def test_a_changed_organ_moves_the_item_s_line_and_no_figure(ground: Database, tmp_path: Path) -> None:
    keep(ground, [Sent(1001, "portal", OUT)])
    with ground.write() as connection:
        connection.execute(update(item).where(item.c.number == 1001).values(organ="市水利局"))
    assert [(line.key, line.items) for line in counts_by(ground, 2026, "organ")] == [("市水利局", 1)]
