"""What the checks see in consultations, surveys and their results, interviews and press conferences."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from content.assets import Assets
from content.checks import Context, check
from content.clock import CHINA
from content.finding import Finding
from content.intake import read
from content.item import Fields, Revision
from content.samples import path
from content.vocabulary import Disclosure, Kind

TODAY = date(2026, 11, 23)
BODY = "<p>现公开征集意见，欢迎社会各界参与。</p>"
ASKED = Fields(
    kind=Kind.CONSULTATION,
    title="关于公开征集民生实事项目建议的公告",
    organ="荆州市人民政府办公室",
    disclosure=Disclosure.PROACTIVE,
    columns=("myzj",),
    summary="公开征集明年民生实事项目建议。",
    editor="张三",
    contact="0716-8278407",
    opens_on=date(2026, 11, 2),
    closes_on=date(2026, 11, 30),
    form_link="https://www.jingzhou.gov.cn/ask",
)
ANSWERED = replace(
    ASKED, opens_on=None, closes_on=None, form_link="", results_of=("1001",), received=20, adopted=3, title="征集结果"
)
TRANSCRIPT = "<p>主持人：大家好。</p><p>程望江：大家好。</p>"
INTERVIEW = replace(
    ASKED,
    kind=Kind.INTERVIEW,
    opens_on=None,
    closes_on=None,
    form_link="",
    guests=("市民政局局长 程望江",),
    held_at=datetime(2026, 11, 20, 9, 30, tzinfo=CHINA),
    principal=True,
)
CLOSED = {"1001": replace(ASKED, closes_on=date(2026, 11, 22)), "荆政办函〔2026〕58号": ASKED, "1003": INTERVIEW}
Look = Callable[..., dict[str, Finding]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """The findings by code of *fields* with changes; *here* are the items that the system knows."""

    def findings(
        fields: Fields, body: str = BODY, here: dict[str, Fields] = CLOSED, **changes: object
    ) -> dict[str, Finding]:
        context = Context(TODAY, Assets(tmp_path), ("jingzhou.gov.cn",), known=here.__contains__, fields_of=here.get)
        return {one.code: one for one in check(Revision(replace(fields, **changes), body), context)}  # type: ignore[arg-type]

    return findings


def test_a_complete_consultation_its_results_and_an_interview_have_no_findings(look: Look) -> None:
    assert look(ASKED) == look(ANSWERED) == look(INTERVIEW, TRANSCRIPT) == {}


def test_a_consultation_by_letter_needs_no_form_but_some_way_in(look: Look) -> None:
    assert look(ASKED, form_link="") == {}
    assert set(look(ASKED, form_link=" ", contact="")) == {"way-missing", "field-recommended"}
    assert look(ASKED, form_link="", contact="")["way-missing"].blocks


def test_a_survey_without_its_form_is_refused(look: Look) -> None:
    assert look(ASKED, kind=Kind.SURVEY) == {}
    assert look(ASKED, kind=Kind.SURVEY, form_link="")["field-missing"].place == "参与链接"


def test_results_need_their_figure_and_neither_period_nor_form(look: Look) -> None:
    found = look(ANSWERED, received=None, adopted=None)
    assert (found["field-missing"].place, found["field-recommended"].place) == ("收到意见或答卷数", "采纳数")
    assert "field-recommended" not in look(ANSWERED, kind=Kind.SURVEY, adopted=None)
    assert look(ANSWERED, received=0, adopted=0) == {}


def test_results_that_repeat_the_period_that_is_over_are_not_told_so(look: Look) -> None:
    over = {"opens_on": date(2026, 11, 2), "closes_on": date(2026, 11, 20)}
    assert look(ANSWERED, **over) == {}
    assert "period-past" in look(ASKED, **over)
    assert "period-order" in look(ANSWERED, opens_on=date(2026, 11, 21), closes_on=date(2026, 11, 20))


def test_more_adopted_than_received_is_an_error(look: Look) -> None:
    assert look(ANSWERED, adopted=20) == {}
    assert look(ANSWERED, adopted=21)["adopted-exceeds"].blocks


def test_results_of_what_never_asked_are_an_error(look: Look) -> None:
    found = look(ANSWERED, results_of=("1003",))["results-target"]
    assert found.blocks and "在线访谈" in found.message
    here = CLOSED | {"1004": ANSWERED}
    assert "也是公布结果的稿件" in look(ANSWERED, here=here, results_of=("1004",))["results-target"].message


def test_results_before_the_closing_day_is_over_are_a_warning(look: Look) -> None:
    found = look(ANSWERED, results_of=("荆政办函〔2026〕58号",))["results-early"]
    assert not found.blocks and "2026年11月30日" in found.message
    last_day = {"1001": replace(ASKED, closes_on=TODAY)}
    assert "results-early" in look(ANSWERED, here=last_day)


def test_results_of_something_unknown_here_are_a_warning(look: Look) -> None:
    found = look(ANSWERED, results_of=("荆政办函〔2015〕1号",))
    assert set(found) == {"relation-unknown"} and not found["relation-unknown"].blocks


def test_results_on_another_kind_are_an_error_because_they_would_not_count(look: Look) -> None:
    found = look(ANSWERED, kind=Kind.NEWS)["results-kind"]
    assert found.blocks and "民意征集" in found.mend


@pytest.mark.parametrize("name", ["received", "adopted", "principal"])
def test_figures_where_they_do_not_count_are_a_warning(look: Look, name: str) -> None:
    found = look(ASKED, **{name: True if name == "principal" else 3})
    assert set(found) == {"figures-needless"} and not found["figures-needless"].blocks


def test_a_recording_is_https_on_an_allowed_host(look: Look) -> None:
    assert look(INTERVIEW, TRANSCRIPT, recording="https://www.jingzhou.gov.cn/v/1") == {}
    assert look(INTERVIEW, TRANSCRIPT, recording="http://www.jingzhou.gov.cn/v/1")["recording-link"].blocks
    assert look(INTERVIEW, TRANSCRIPT, recording="https://video.example.com/1")["foreign-host"].place == "视频回放"
    assert {"recording-link", "link-scheme"} <= set(look(INTERVIEW, TRANSCRIPT, recording="javascript:alert(1)"))


def test_a_transcript_in_which_nobody_speaks_is_a_warning_once_it_was_held(look: Look) -> None:
    told = "<p>市民政局局长程望江做客在线访谈。</p><p>会议指出：要抓好落实。</p><p>会议指出：要加强督查。</p>"
    assert not look(INTERVIEW, told)["speakers-missing"].blocks
    assert look(INTERVIEW, told, held_at=datetime(2026, 11, 24, 9, tzinfo=CHINA)) == {}
    assert look(INTERVIEW, told, language="en") == {}


def test_whether_the_principal_came_is_asked_of_interviews_and_press_conferences(look: Look) -> None:
    assert look(INTERVIEW, TRANSCRIPT, principal=False) == {}
    for kind in (Kind.INTERVIEW, Kind.PRESS_CONFERENCE):
        assert look(INTERVIEW, TRANSCRIPT, kind=kind, principal=None)["field-recommended"].place == "主要负责同志参加"


def test_the_samples_of_a_consultation_its_results_and_an_interview_pass(tmp_path: Path) -> None:
    assets = Assets(tmp_path)
    names = ("consultation.md", "consultation-results.md", "interview.md")
    asked, answered, interview = (read(path(name), assets).revision for name in names)
    here = {asked.fields.document_number: asked.fields}
    assert answered.fields.results_of == (asked.fields.document_number,)
    for revision, day in ((asked, date(2026, 10, 29)), (answered, TODAY), (interview, TODAY)):
        context = Context(day, assets, ("jingzhou.gov.cn",), known=here.__contains__, fields_of=here.get)
        assert check(revision, context) == []
