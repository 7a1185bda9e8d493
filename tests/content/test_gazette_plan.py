"""The gazette's sections and groups, as the settings say them: read, and every mistake named with its key."""

import tomllib
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest

from content.gazette.plan import GazettePlan, PlanWrong, plan_of, usual_sections
from content.item import Fields
from content.office import Office
from content.vocabulary import Action, Kind

ERRATA = {"name": "更正", "actions": ["correct", "withdraw"]}


def test_the_settings_of_a_new_workspace_say_the_usual_sections_and_the_copies_of_the_sample_city() -> None:
    values = tomllib.loads(files("flows").joinpath("data", "tongbu.toml").read_text(encoding="utf-8"))
    plan = plan_of(values["gazette"])
    assert plan.sections == usual_sections()
    assert plan.copies == 5000


def test_without_settings_there_are_the_usual_sections_and_no_groups() -> None:
    assert plan_of({}) == GazettePlan()
    assert plan_of({}).copies is None


def test_a_gazette_has_the_name_that_the_office_gives_it_or_the_organs() -> None:
    office = Office("荆州市人民政府", "办公室", "", "", "", "")
    assert office.gazette_name == "荆州市人民政府公报"
    assert replace(office, gazette=plan_of({"name": "荆州政报"})).gazette_name == "荆州政报"
    for name in ("", "  ", 7, "政" * 31, "政\n报"):
        with pytest.raises(PlanWrong, match=r"gazette\.name"):
            plan_of({"name": name})


def test_a_document_stands_in_the_first_section_whose_rules_all_hold() -> None:
    plan = plan_of(
        {
            "sections": [
                {"name": "公告", "genres": ["公告", "通告"], "organ": "^荆州市"},
                {"name": "文件", "kinds": ["policy-document"]},
                ERRATA,
            ]
        }
    )
    organ = "荆州市水利和湖泊局"
    notice = Fields(Kind.POLICY_DOCUMENT, organ=organ, genre="通告")
    assert plan.section_of(notice, Action.PUBLISH) == "公告"
    assert plan.section_of(Fields(Kind.POLICY_DOCUMENT, organ=organ, genre="通知"), Action.PUBLISH) == "文件"
    assert plan.section_of(notice, Action.CORRECT) == "更正"
    assert plan.section_of(Fields(Kind.INTERPRETATION, organ=organ), Action.PUBLISH) is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"colour": 1}, "gazette.colour is not known"),
        ({"sections": {"name": "文件"}}, r"written as \[\[gazette.sections\]\]"),
        ({"sections": [{"name": "文件"}]}, "none takes what is to correct"),
        ({"sections": [ERRATA]}, "none takes what is to publish"),
        ({"sections": [{"name": ""}, ERRATA]}, r"gazette.sections\[1\].name must be a text"),
        ({"sections": [{"name": "文\n件"}, ERRATA]}, r"gazette.sections\[1\].name must be a text"),
        ({"sections": [ERRATA, {"name": "更正"}]}, "更正 stands there twice"),
        ({"sections": [{"name": "文件", "kinds": ["novel"]}, ERRATA]}, "kinds 'novel' is not known"),
        ({"sections": [{"name": "文件", "genres": ["小说"]}, ERRATA]}, "genres '小说' is not known"),
        ({"sections": [{"name": "文件", "kinds": "x"}, ERRATA]}, "kinds must be a list"),
        ({"sections": [{"name": "文件", "organ": "("}, ERRATA]}, "organ is not a pattern"),
        ({"sections": [{"name": "文件", "organ": 5}, ERRATA]}, "organ must be a text"),
        ({"sections": [{"name": "文件", "actions": ["mark"]}, ERRATA]}, "actions 'mark' is not known"),
        ({"groups": [{"name": "人大代表"}]}, r"gazette.groups\[1\].copies must be a whole number"),
        ({"groups": [{"name": "人大代表", "copies": True}]}, "copies must be a whole number"),
        ({"groups": [{"name": "人大代表", "copies": 0}]}, "copies must be a whole number"),
        ({"groups": [{"name": "甲", "copies": 1}, {"name": "甲", "copies": 2}]}, "甲 stands there twice"),
        ({"groups": "x"}, r"written as \[\[gazette.groups\]\]"),
    ],
)
def test_a_mistake_is_named_with_its_key(values: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanWrong, match=said):
        plan_of(values)
