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
        golden(f"television/{action}/{name}", data)


def test_the_crawl_is_the_editors_own_words_else_the_title(television: Television) -> None:
    own = television.render(made.ITEM, made.policy(words={"television.text": "政务公开新办法发布"}))
    assert own.text("crawl.txt") == "政务公开新办法发布\n"
    assert television.render(made.ITEM, made.policy()).text("crawl.txt").strip() == made.FIELDS.title


def test_a_crawl_that_is_too_long_is_refused_and_never_cut(television: Television) -> None:
    (finding,) = television.check(made.policy(title=LONG))
    assert finding.code == "television-crawl-long"
    with pytest.raises(CannotRender):
        television.render(made.ITEM, made.policy(title=LONG))


def test_a_withdrawal_goes_out_however_long_the_title_is(television: Television) -> None:
    crawl = television.render(made.ITEM, made.policy(title=LONG), Action.WITHDRAW, "涉密").text("crawl.txt")
    assert crawl == f"撤稿：{LONG}\n"
