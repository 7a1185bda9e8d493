"""Several items in one push (多图文): one draft, one act, a delivery and a proof for each of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from channels.sandbox.faults import Fault
from content.vocabulary import Action, State
from flows import delivery, publishing, run
from flows.editing import Blocked, NotPossible
from flows.together import freeze_together

OUTLETS = ("portal", "wechat-main")
SENDALL = "cgi-bin/message/mass/sendall"
MASS_DELETE = "cgi-bin/message/mass/delete"


@pytest.fixture(scope="module")
def three_signed(signed_office: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An office with three items that were frozen together and signed: 1002 is the headline, then 1001 and 1003."""
    office = signed_office.copy(tmp_path_factory.mktemp("three") / "home")
    second, third = (office.submit(office.document(serial=serial)) for serial in (32, 33))
    assert office.approve_together(second, "1001", third) == ["1002", "1001", "1003"]
    return office


@pytest.fixture(scope="module")
def mass_signed(three_signed: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same at an account that sends to its followers, once a day. The mode is signed, so all is frozen anew."""
    office = three_signed.copy(tmp_path_factory.mktemp("mass") / "home")
    before = 'identity = "wx3ea1d5b2c4f60718"\noptions = { '
    office.settings(before, f'{before}mode = "mass", ')
    office.reopen()
    office.approve_together("1002", "1001", "1003")
    return office


@pytest.fixture
def three(three_signed: Any, nursery: Any, at_work: Any, tmp_path: Path) -> Iterator[Any]:
    with at_the_platforms(three_signed, nursery, at_work, tmp_path) as office:
        yield office


@pytest.fixture
def mass(mass_signed: Any, nursery: Any, at_work: Any, tmp_path: Path) -> Iterator[Any]:
    with at_the_platforms(mass_signed, nursery, at_work, tmp_path) as office:
        yield office


@contextmanager
def at_the_platforms(template: Any, nursery: Any, at_work: Any, tmp_path: Path) -> Iterator[Any]:
    """A copy of the office beside sandbox platforms of its own."""
    office = template.copy(tmp_path / "工作区 一", clock=at_work.Ahead(), nursery=nursery)
    with office.platforms_running():
        yield office
    office.close()


def all_three(office: Any, **more: Any) -> dict[str, Any]:
    return dict(office.broadcast("1002", "1001", "1003", outlets=OUTLETS, **more))


def until_live(office: Any, *items: str, seconds: float = 15) -> None:
    """However slow this machine is: the run itself follows for two seconds only."""
    office.resolve_until(
        lambda: all(office.states(item)["wechat-main"] == "live" for item in items or ("1002", "1001", "1003")), seconds
    )


def at_wechat(office: Any) -> list[Any]:
    return [office.record("wechat-main", item) for item in ("1002", "1001", "1003")]


def shown(office: Any, table: str = "publications") -> list[list[str]]:
    """The titles of what stands at the platform, one list for each act; what was deleted is left out."""
    store = office.platforms()
    acts = [json.loads(row["articles"]) for row in store.rows(f"SELECT articles FROM {table}")]
    store.close()
    return [[one["title"] for one in articles if not one["is_deleted"]] for articles in acts]


def title(serial: int) -> str:
    return f"荆州部署供水保障（第{serial}号）"


def test_three_items_are_one_draft_and_one_publication_in_the_signed_order(three: Any) -> None:
    all_three(three)
    until_live(three)
    assert shown(three) == [[title(32), title(31), title(33)]]
    assert [call.accepted for call in three.submitted()] == [True]
    records = at_wechat(three)
    assert [record.receipt.evidence["index"] for record in records] == ["1", "2", "3"]
    assert len({record.receipt.remote_id for record in records}) == 1
    addresses = [record.receipt.url for record in records]
    assert [address.partition("idx=")[2][0] for address in addresses] == ["1", "2", "3"]
    assert three.chain_holds()


def test_the_order_is_what_was_signed_not_how_the_broadcast_names_them(three: Any) -> None:
    three.broadcast("1003", "1001", "1002", outlets=OUTLETS)
    assert shown(three) == [[title(32), title(31), title(33)]]


def test_the_manifest_names_all_members_and_freezing_again_changes_nothing(three: Any) -> None:
    again = freeze_together(three.wired, ["1002", "1001", "1003"])
    assert not any(fresh for _, fresh in again)
    other = freeze_together(three.wired, ["1001", "1002", "1003"])
    assert all(fresh for _, fresh in other), "another headline is another manifest, for everybody who signs"
    pushes = [package.line("wechat-main").push for package, _ in other]
    assert [push.place for push in pushes] == [1, 2, 3]
    assert len({push.digest for push in pushes}) == 1
    assert all(package.line("weibo-main").push is None for package, _ in other)


def test_what_is_frozen_together_does_not_go_out_apart(three: Any) -> None:
    document = three.broadcast("1002", "1001", outlets=OUTLETS)
    assert document["state"] == "refused"
    assert "in one push with item 1003" in "\n".join(document["problems"])
    assert three.nothing_public()


def test_it_may_go_out_apart_without_the_account(three: Any) -> None:
    assert three.broadcast("1002", "1001", outlets=["portal"])["state"] == "synchronised"
    assert three.submitted() == []


def test_an_item_that_was_packaged_anew_holds_the_others_back(three: Any) -> None:
    three.sign(three.freeze("1003"))
    document = all_three(three)
    assert document["state"] == "refused"
    assert "in one push with item 1003" in "\n".join(document["problems"])
    assert three.nothing_public()


def test_what_was_prepared_alone_goes_out_together_once_it_is_packaged_so(office: Any) -> None:
    """What was not sent belongs to the newest package; the draft of the one is no draft of both."""
    assert office.broadcast("1001", outlets=OUTLETS, rehearse=True)["exit"] == 0
    assert office.states()["wechat-main"] == "prepared"
    office.submit(office.document(serial=32))
    office.approve_together("1002", "1001")
    office.broadcast("1002", "1001", outlets=OUTLETS)
    until_live(office, "1002", "1001")
    assert shown(office) == [[title(32), title(31)]]
    store = office.platforms()
    assert store.number("SELECT count(*) FROM drafts") == 0, "the draft of the one is gone"
    store.close()


def test_a_second_broadcast_of_a_push_sends_nothing(three: Any) -> None:
    all_three(three)
    until_live(three)
    assert all_three(three)["state"] == "synchronised"
    assert len(three.submitted()) == 1


def test_one_is_withdrawn_by_its_index_and_the_others_stay(three: Any) -> None:
    all_three(three)
    until_live(three)
    three.withdraw("1001")
    until_live(three)
    assert shown(three) == [[title(32), title(33)]]
    assert three.record("wechat-main", "1001").action is Action.WITHDRAW


def test_an_item_withdrawn_before_it_went_out_holds_the_others_back(three: Any) -> None:
    assert all_three(three, rehearse=True)["exit"] == 0
    with pytest.raises(NotPossible, match="no outlet has received item 1001"):
        three.withdraw("1001")
    document = all_three(three)
    assert document["state"] == "refused"
    assert three.nothing_public()


@pytest.mark.parametrize("fault", [Fault.ACCEPT_THEN_DROP, Fault.ERROR_AFTER_ACCEPT])
def test_a_lost_answer_leaves_all_unknown_and_each_finds_its_own(three: Any, fault: Fault) -> None:
    three.fault("wechat", fault, call="cgi-bin/freepublish/submit")
    all_three(three)
    until_live(three)
    assert [call.accepted for call in three.submitted()] == [True]
    assert [record.receipt.evidence["index"] for record in at_wechat(three)] == ["1", "2", "3"]
    assert shown(three) == [[title(32), title(31), title(33)]]


def test_an_error_before_acceptance_is_sent_again_as_one(three: Any) -> None:
    three.fault("wechat", Fault.ERROR_BEFORE, call="cgi-bin/freepublish/submit")
    all_three(three)
    until_live(three)
    assert [call.accepted for call in three.submitted()] == [False, True]
    assert shown(three) == [[title(32), title(31), title(33)]]


def test_whichever_is_released_takes_all_along(three: Any) -> None:
    """One claim holds them all: none can be sent alone by somebody else meanwhile."""
    three.broadcast("1002", "1001", "1003", outlets=OUTLETS, rehearse=True)
    prepared = at_wechat(three)
    assert {record.state for record in prepared} == {State.PREPARED}
    assert delivery.release(three.wired, prepared[1].id).state is State.ACCEPTED
    assert {record.state for record in at_wechat(three)} == {State.ACCEPTED}
    assert len(three.submitted()) == 1


def test_workers_that_release_all_members_at_once_send_one_push(three: Any) -> None:
    three.broadcast("1002", "1001", "1003", outlets=OUTLETS, rehearse=True)
    ids = [record.id for record in at_wechat(three)]
    jobs = [{"act": "deliver", "home": str(three.home), "deliveries": [*ids[n:], *ids[:n]]} for n in (0, 1, 2, 0)]
    assert all("result" in answer for answer in three.nursery.together(jobs))
    assert [call.accepted for call in three.submitted()] == [True]
    until_live(three)


def test_the_platform_turning_it_down_turns_all_down(three: Any) -> None:
    three.fault("wechat", Fault.CODE, call="cgi-bin/freepublish/submit", value=48001)
    document = all_three(three)
    assert document["state"] == "partial"
    assert {record.state for record in at_wechat(three)} == {State.REFUSED}


def test_a_picture_that_one_lacks_keeps_all_back_before_anything_is_public(three: Any) -> None:
    three.fault("wechat", Fault.CODE, count=None, call="cgi-bin/draft/add", value=45166)
    document = all_three(three)
    assert document["state"] == "refused"
    assert len(document["problems"]) == 3
    assert three.nothing_public()


def test_following_asks_the_platform_once_for_all(three: Any) -> None:
    all_three(three)
    until_live(three)
    asked = len(three.calls("wechat", "cgi-bin/freepublish/get"))
    assert asked <= 4, "as often as for one article; three times that if each asked by itself"


def test_more_than_eight_are_refused_with_what_to_do(office: Any) -> None:
    items = ["1001", *(office.submit(office.document(serial=serial)) for serial in range(40, 48))]
    for item in items:
        office.set_aside(item)
    with pytest.raises(NotPossible, match="at most 8 items in one push, and these are 9"):
        freeze_together(office.wired, items)


def test_a_refusal_of_several_names_the_item_of_every_finding(new_office: Any) -> None:
    items = [new_office.submit(new_office.document(serial, "指出,要节水。")) for serial in (31, 32)]
    with pytest.raises(Blocked, match="items 1001, 1002 have") as refused:
        freeze_together(new_office.wired, items)
    places = [finding.place for finding in refused.value.findings]
    assert {place.partition(" · ")[0] for place in places} == {"稿件1001", "稿件1002"}
    with pytest.raises(Blocked, match="item 1001 has") as alone:
        freeze_together(new_office.wired, items[:1])
    assert not any("稿件" in finding.place for finding in alone.value.findings)


def test_a_day_s_one_mass_send_carries_all_three(mass: Any) -> None:
    all_three(mass)
    until_live(mass)
    assert [call.accepted for call in mass.calls("wechat", SENDALL)] == [True]
    assert shown(mass, "mass_sends") == [[title(32), title(31), title(33)]]
    assert [record.receipt.evidence["index"] for record in at_wechat(mass)] == ["1", "2", "3"]
    assert len({record.receipt.evidence["clientmsgid"] for record in at_wechat(mass)}) == 1


def test_one_of_a_mass_send_is_withdrawn_by_its_index(mass: Any) -> None:
    all_three(mass)
    until_live(mass)
    mass.withdraw("1003")
    until_live(mass)
    assert shown(mass, "mass_sends") == [[title(32), title(31)]]
    deleted = mass.calls("wechat", MASS_DELETE)
    assert len(deleted) == 1
    assert mass.record("wechat-main", "1003").receipt.evidence["gone"].endswith("#3")


def test_a_mass_send_that_fails_gives_the_day_s_send_back_once(mass: Any) -> None:
    mass.fault("wechat", Fault.DELAYED)
    all_three(mass)
    mass.resolve_until(lambda: all(record.state is State.REFUSED for record in at_wechat(mass)))
    left = {one.name: one.left for one in mass.wired.channel("wechat-main").allowances()}
    assert left["sends"] == 1


@pytest.mark.parametrize("fault", [Fault.ACCEPT_THEN_DROP, Fault.ERROR_AFTER_ACCEPT])
def test_a_lost_answer_to_a_mass_send_of_three_sends_nothing_twice(mass: Any, fault: Fault) -> None:
    mass.fault("wechat", fault, call=SENDALL)
    all_three(mass)
    store = mass.platforms()
    store.run("UPDATE mass_sends SET asked = asked - 61")
    store.close()
    mass.clock.forward(seconds=61)
    until_live(mass, seconds=90)
    assert [call.accepted for call in mass.calls("wechat", SENDALL)].count(True) == 1
    assert shown(mass, "mass_sends") == [[title(32), title(31), title(33)]]


def test_a_correction_of_one_takes_its_article_down_and_publishes_it_anew(three: Any, at_work: Any) -> None:
    all_three(three)
    until_live(three)
    path = three.home.parent / "corrected.md"
    path.write_text(three.document(31, words="抢修时限以本通知为准。"), encoding="utf-8")
    _, package = publishing.correct(three.wired, "1001", path, "时限有误", at_work.EDITOR, at_work.ask)
    three.sign(package)
    three.broadcast("1001", outlets=OUTLETS)
    until_live(three)
    assert shown(three) == [[title(32), title(33)], [title(31)]]


def test_the_run_reports_every_member(three: Any) -> None:
    told: list[dict[str, object]] = []
    ordered = three.order("1002", "1001", "1003", outlets=OUTLETS)
    run.broadcast(three.wired, ordered.id, run.InlineRunner(), told.append, wait=False)
    released = [one["item"] for one in told if one["step"] == "release" and one["outlet"] == "wechat-main"]
    assert sorted(map(str, released)) == ["1001", "1002", "1003"]
