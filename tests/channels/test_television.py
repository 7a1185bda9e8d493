"""Television: the script and the crawl."""

from collections.abc import Callable
from pathlib import Path

import pytest

from channels.base import CannotRender, Channel
from channels.television import Television
from content.vocabulary import Action
from tests.channels import partner_bench as made

LONG = "荆州市人民政府办公室关于" + "进一步" * 20 + "的通知"


@pytest.fixture
def television(tmp_path: Path) -> Television:
    return Television(made.outlet("television"), made.workbench(tmp_path))


@pytest.mark.parametrize("action", [Action.PUBLISH, Action.CORRECT, Action.WITHDRAW])
def test_script_and_crawl_are_as_they_were_reviewed(
    television: Television, golden: Callable[[str, bytes], None], action: Action
) -> None:
    assert isinstance(television, Channel)
    for name, data in made.files_of(television.render(made.ITEM, made.policy(), action, "期限有误")).items():
        if not name.endswith(".docx"):  # how a zip is packed differs between machines
            golden(f"television/{action}/{name}", data)


def test_the_crawl_is_the_editors_own_words_else_the_title(television: Television) -> None:
    own = television.render(made.ITEM, made.policy(words={"television.crawl": "政务公开新办法发布"}))
    assert own.text("crawl.txt") == "政务公开新办法发布\n"
    assert television.render(made.ITEM, made.policy()).text("crawl.txt").strip() == made.FIELDS.title


def test_a_crawl_that_is_too_long_is_refused_and_never_cut(television: Television) -> None:
    (finding,) = television.check(made.policy(title=LONG))
    assert finding.code == "television-crawl-long"
    with pytest.raises(CannotRender):
        television.render(made.ITEM, made.policy(title=LONG))


def test_a_withdrawal_goes_out_however_long_the_title_is_and_has_no_crawl(television: Television) -> None:
    rendition = television.render(made.ITEM, made.policy(title=LONG), Action.WITHDRAW, "涉密")
    assert LONG in rendition.text("script.txt")
    assert "crawl.txt" not in rendition.parts


def test_the_stations_crawl_may_be_longer_or_shorter(tmp_path: Path) -> None:
    television = Television(made.outlet("television", crawl=10, versions=[]), made.workbench(tmp_path))
    (finding,) = television.check(made.policy())
    assert "不超过10字" in finding.mend
    assert not Television(made.outlet("television", crawl=100), made.workbench(tmp_path)).check(made.policy(title=LONG))


def test_a_crawl_length_that_cannot_be_read_is_a_finding_that_names_it(tmp_path: Path) -> None:
    television = Television(made.outlet("television", crawl="长"), made.workbench(tmp_path))
    (finding,) = television.check(made.policy())
    assert (finding.code, "crawl" in finding.message) == ("television-settings", True)
    with pytest.raises(CannotRender):
        television.render(made.ITEM, made.policy())


def test_television_speaks_to_viewers(television: Television) -> None:
    assert "观众" in television.render(made.ITEM, made.policy(), Action.CORRECT, "有误").text("script-notice.txt")
