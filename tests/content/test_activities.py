"""Figures of interviews, press conferences, interpretations, responses, consultations and surveys."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert

from content.activities import Activity, activities
from content.clock import CHINA, in_china, stamp
from content.counts import Counts, NoSuchYear
from content.counts_files import write_activities_csv, write_xlsx
from content.database import Database
from content.kinds import data
from content.schema import delivery, item, package, person, revision
from content.vocabulary import Action, Kind, State

ROWS = {"portal": "website", "weibo-main": "weibo", "wechat-main": "wechat", "radio": "other", "gazette": "gazette"}
ROWS |= {"feeds": ""}
MAY, YEAR_END = datetime(2026, 5, 3, 9, tzinfo=CHINA), datetime(2026, 12, 31, 23, 59, 59, tzinfo=CHINA)
NEXT = datetime(2027, 1, 1, tzinfo=CHINA)
Do = Callable[..., None]
Figures = Callable[..., dict[str, int]]


@pytest.fixture
def do(database: Database) -> Do:
    """Puts an item live at outlets: a new one, or a later revision of one that is there."""
    at, known = stamp(datetime(2025, 1, 1, tzinfo=UTC)), set[int]()
    with database.write() as connection:
        connection.execute(
            insert(person).values(name="李文", unit="", roles="", public_key="", disabled=False, added_at=at)
        )

    def put(
        number: int,
        kind: Kind,
        live: dict[str, datetime],
        action: Action = Action.PUBLISH,
        sequence: int = 1,
        document_number: str = "",
        **fields: Any,
    ) -> None:
        name = f"{number}-{sequence}"
        content = json.dumps({"fields": {"kind": kind.value, **fields}, "body": "<p>“正文”</p>"}, ensure_ascii=False)
        with database.write() as connection:
            if number not in known:
                shown = {"kind": kind.value, "title": "", "organ": "", "level": "", "document_number": document_number}
                connection.execute(
                    insert(item).values(
                        number=number, submitted_at=at, effect="有效", index_number=f"011337057/2026-{number}", **shown
                    )
                )
            if (number, sequence) not in known:
                kept = {"content": content, "file_name": "", "cleaned": "[]", "handed_in_by": "李文", "signature": ""}
                connection.execute(
                    insert(revision).values(digest=name, item=number, sequence=sequence, handed_in_at=at, **kept)
                )
                frozen = {"manifest": "{}", "frozen_at": at, "serial": number * 10 + sequence, "action": action.value}
                connection.execute(insert(package).values(digest=name, item=number, revision=name, **frozen))
            for outlet, moment in live.items():
                connection.execute(insert(delivery).values(**_live(number, name, outlet, moment, action)))
        known.update({number, (number, sequence)})  # type: ignore[arg-type]

    return put


def _live(number: int, name: str, outlet: str, moment: datetime, action: Action) -> dict[str, Any]:
    return {
        **{"package": name, "item": number, "revision": name, "outlet": outlet, "channel": outlet, "row": ROWS[outlet]},
        **{"direct": True, "required": True, "action": action.value, "round": 1, "token": 1, "state": State.LIVE.value},
        **{"not_before": "", "problem": "", "absent_reads": 0, "failures": 0},
        **{"live_at": stamp(moment), "live_month": f"{in_china(moment):%Y-%m}", "observed_at": stamp(moment)},
    }


@pytest.fixture
def figures(database: Database) -> Figures:
    """The figures of a year that are not nought."""

    def found(year: int = 2026, **settings: Any) -> dict[str, int]:
        return {one.key: one.number for one in activities(database, year, **settings) if one.number}

    return found


def test_an_empty_year_has_every_line_with_its_row_of_the_form(database: Database) -> None:
    found = activities(database, 2026)
    assert [one.key for one in found] == [entry["key"] for entry in data("activities.toml")["activity"]]
    assert {one.number for one in found} == {0}
    rows = ["B1", "B2.1", "B2.1a", "B2.2", "B2.2a", "B2.3", "B2.4", "B2.5"]
    assert [one.row for one in found if one.row] == rows
    assert [one.unit for one in found if one.key in ("interpretations", "interviews", "surveys")] == ["次", "篇", "期"]


def test_interviews_count_once_they_are_on_the_website(do: Do, figures: Figures) -> None:
    do(1001, Kind.INTERVIEW, {"portal": MAY, "weibo-main": MAY}, principal=True)
    do(1002, Kind.INTERVIEW, {"portal": MAY}, principal=False)
    do(1003, Kind.INTERVIEW, {"weibo-main": MAY}, principal=True)
    assert figures() == {"interviews": 2, "interviews-principal": 1}


def test_an_interview_posted_this_year_is_one_of_the_year_in_which_the_site_had_it(do: Do, figures: Figures) -> None:
    do(1001, Kind.INTERVIEW, {"weibo-main": YEAR_END, "portal": NEXT})
    assert figures(2026) == {}
    assert figures(2027) == {"interviews": 1}


def test_press_conferences_count_wherever_they_were_first_published(do: Do, figures: Figures) -> None:
    do(1001, Kind.PRESS_CONFERENCE, {"radio": YEAR_END, "portal": NEXT}, principal=True)
    do(1002, Kind.PRESS_CONFERENCE, {"feeds": MAY})
    assert figures(2026) == {"press-conferences": 1, "press-conferences-principal": 1}
    assert figures(2027) == {}


def test_interpretations_count_by_piece(do: Do, figures: Figures) -> None:
    do(1001, Kind.INTERPRETATION, {"portal": MAY, "wechat-main": MAY})
    do(1002, Kind.INTERPRETATION, {"portal": NEXT})
    assert figures(2026) == figures(2027) == {"interpretations": 1}


def test_the_same_hotspot_is_responded_to_once(do: Do, figures: Figures) -> None:
    do(1001, Kind.RESPONSE, {"portal": MAY}, responds_to="部分小区自来水发黄")
    do(1002, Kind.RESPONSE, {"weibo-main": MAY, "wechat-main": MAY}, responds_to="部分小区 自来水发黄。")
    do(1003, Kind.RESPONSE, {"wechat-main": MAY}, responds_to="地铁施工围挡占道")
    assert figures() == {"responses": 2, "responses-social": 2, "responses-other": 1}


def test_an_interview_about_a_hotspot_is_a_response_too_but_no_other_way(do: Do, figures: Figures) -> None:
    do(1001, Kind.INTERVIEW, {"portal": MAY}, responds_to="部分小区自来水发黄")
    do(1002, Kind.INTERVIEW, {"portal": MAY})
    assert figures() == {"responses": 1, "interviews": 2}


def test_a_hotspot_posted_later_counts_in_the_row_of_its_first_moment_there(do: Do, figures: Figures) -> None:
    do(1001, Kind.RESPONSE, {"portal": YEAR_END, "weibo-main": NEXT}, responds_to="自来水发黄")
    assert figures(2026) == {"responses": 1, "responses-other": 1}
    assert figures(2027) == {"responses-social": 1}


def test_results_name_their_consultation_in_any_way_and_are_no_consultation(do: Do, figures: Figures) -> None:
    number = "荆政办函〔2026〕58号"
    do(1001, Kind.CONSULTATION, {"portal": MAY}, document_number=number)
    do(1002, Kind.SURVEY, {"portal": MAY, "wechat-main": MAY})
    do(1003, Kind.CONSULTATION, {"portal": MAY}, results_of=[number], received=100, adopted=7)
    do(1004, Kind.SURVEY, {"portal": MAY}, results_of=["011337057/2026-1002"], received=40)
    expected = {"consultations": 1, "surveys": 1, "results": 2, "received": 140, "adopted": 7}
    assert figures() == expected
    do(1005, Kind.CONSULTATION, {"portal": MAY}, results_of=["1001"], received=100, adopted=9)
    assert figures() == expected | {"adopted": 9}


def test_results_count_in_the_year_of_their_first_publication(do: Do, figures: Figures) -> None:
    do(1001, Kind.CONSULTATION, {"portal": MAY})
    do(1002, Kind.CONSULTATION, {"portal": NEXT}, results_of=["1001"], received=100, adopted=0)
    later = NEXT.replace(month=3)
    do(1003, Kind.CONSULTATION, {"portal": later.replace(year=2028)}, results_of=["1001"], received=100, adopted=5)
    assert figures(2026) == {"consultations": 1}
    assert figures(2027) == {"results": 1, "received": 100}
    assert figures(2028) == {"adopted": 5}


def test_results_of_a_consultation_from_before_the_system_count_by_their_name(do: Do, figures: Figures) -> None:
    do(1002, Kind.SURVEY, {"portal": MAY}, results_of=["荆政办函〔2015〕1号"], received=3)
    assert figures() == {"results": 1, "received": 3}


def test_a_correction_mends_the_figure_of_its_year_and_of_no_other(do: Do, figures: Figures) -> None:
    do(1001, Kind.SURVEY, {"portal": MAY}, results_of=["9"], received=100)
    do(1001, Kind.SURVEY, {"portal": MAY}, Action.CORRECT, 2, results_of=["9"], received=110)
    do(1001, Kind.SURVEY, {"portal": NEXT}, Action.CORRECT, 3, results_of=["9"], received=500)
    assert figures(2026) == {"results": 1, "received": 110}
    assert figures(2027) == {}


def test_a_revision_that_never_went_out_says_nothing(do: Do, figures: Figures) -> None:
    do(1001, Kind.INTERVIEW, {"portal": MAY}, principal=False)
    do(1001, Kind.INTERVIEW, {}, Action.CORRECT, 2, principal=True)
    assert figures() == {"interviews": 1}


def test_a_withdrawal_everywhere_subtracts_only_by_the_office_s_setting(do: Do, figures: Figures) -> None:
    do(1001, Kind.INTERVIEW, {"portal": MAY, "radio": MAY}, principal=True)
    do(1001, Kind.INTERVIEW, {"portal": MAY, "radio": MAY}, Action.WITHDRAW, principal=True)
    do(1002, Kind.INTERPRETATION, {"portal": MAY})
    do(1002, Kind.INTERPRETATION, {"portal": MAY}, Action.WITHDRAW)
    assert figures() == {"interviews": 1, "interviews-principal": 1, "interpretations": 1}
    assert figures(withdrawal_subtracts=True) == {}


def test_what_was_proved_after_the_year_was_closed_is_left_out(do: Do, figures: Figures) -> None:
    do(1001, Kind.INTERVIEW, {"portal": MAY})
    assert figures(known_by=MAY.replace(day=2)) == {}
    assert figures(known_by=MAY.replace(day=4)) == {"interviews": 1}


def test_what_is_no_year_is_refused(database: Database) -> None:
    with pytest.raises(NoSuchYear, match="four digits"):
        activities(database, 0)


ONE = [Activity("interviews", "B2.2", "政府网站在线访谈次数", "次", 12)]


def test_the_figures_as_csv_and_as_a_sheet(tmp_path: Path) -> None:
    stream = io.BytesIO()
    write_activities_csv(ONE, stream, rehearsal=True)
    heading, line = csv.reader(io.StringIO(stream.getvalue().decode("utf-8-sig"), newline=""))
    assert heading == ["代码", "统计表行号", "统计指标", "统计数", "单位", "说明"]
    assert line[:5] == ["interviews", "B2.2", "政府网站在线访谈次数", "12", "次"] and line[5].startswith("演练")
    path = tmp_path / "counts.xlsx"
    write_xlsx(Counts(2026, 0, {}, rehearsal=True), {}, path, ONE)
    sheet = load_workbook(path)["回应解读和互动"]
    rows = [[cell.value for cell in cells] for cells in sheet.iter_rows()]
    assert ["政府网站在线访谈次数", "B2.2", "次", 12] in rows
    assert any("演练" in str(value) for cells in rows for value in cells)
    assert not any("单位：条" in str(value) for cells in rows for value in cells)
