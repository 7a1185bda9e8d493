"""The one run: the gate, the website first, the rest at once; what holds it and what does not."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.sandbox.faults import Fault
from content import halts
from content.broadcasts import Progress, get, unfinished
from flows import issues, publishing
from flows.editing import NotPossible

DIRECT = {"portal", "feeds", "app", "weibo-main", "wechat-main"}
PARTNERS = {"radio", "television", "newspaper", "gazette"}


def states_of(document: dict[str, Any]) -> dict[str, str]:
    return {entry["outlet"]: entry["state"] for entry in document["deliveries"]}


def problems_of(document: dict[str, Any]) -> str:
    return "\n".join(document.get("problems", []))


def progress_of(office: Any, document: dict[str, Any]) -> Progress:
    with office.wired.database.read() as connection:
        return get(connection, document["broadcast"]).progress


def close_the_portal(office: Any) -> Path:
    """Puts a file where the site's public folder would be: no page can be written."""
    blocked: Path = office.home / "outlets" / "portal" / "public"
    if blocked.exists():
        blocked.rmdir()
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("no folder")
    return blocked


def test_a_broadcast_takes_the_item_everywhere(office: Any) -> None:
    document = office.broadcast("1001")
    assert document["state"] == "synchronised"
    assert document["exit"] == 0
    states = states_of(document)
    assert {name for name, state in states.items() if state == "live"} == DIRECT
    assert {name for name, state in states.items() if state == "accepted"} == PARTNERS
    assert document["skew_seconds"] < 30
    assert len(office.shared()) == len(office.submitted()) == 1
    assert office.chain_holds()


def test_the_website_is_released_before_every_other_outlet(office: Any) -> None:
    office.broadcast("1001")
    answered = {record.outlet: record.answered_at for record in office.records()}
    assert min(answered.values()) == answered["portal"]
    assert office.record("portal").live_at < min(r.since for r in office.records() if r.outlet != "portal")


def test_a_second_broadcast_posts_nothing(office: Any) -> None:
    office.broadcast("1001")
    tokens = {record.outlet: record.token for record in office.records()}
    document = office.broadcast("1001")
    assert document["state"] == "synchronised"
    assert {record.outlet: record.token for record in office.records()} == tokens
    assert len(office.shared()) == len(office.submitted()) == 1
    assert [len(office.drop(name)) for name in ("radio", "television", "newspaper")] == [1, 1, 1]


def test_one_refusal_does_not_stop_the_others(office: Any) -> None:
    office.fault("weibo", Fault.REFUSE)
    document = office.broadcast("1001")
    assert (document["state"], document["exit"]) == ("partial", 3)
    states = states_of(document)
    assert states.pop("weibo-main") == "refused"
    assert set(states.values()) == {"live", "accepted"}
    assert "20021" in office.record("weibo-main").problem


def test_a_required_outlet_that_is_down_is_shown_before_anything_is_public(quiet_office: Any) -> None:
    document = quiet_office.broadcast("1001")
    assert (document["state"], document["exit"]) == ("refused", 1)
    assert "weibo-main" in problems_of(document)
    assert "wechat-main" in problems_of(document)
    assert quiet_office.nothing_public()
    assert progress_of(quiet_office, document) is Progress.REFUSED


def test_the_run_goes_on_without_an_outlet_only_when_the_caller_says_so(quiet_office: Any) -> None:
    document = quiet_office.broadcast("1001", without=["weibo-main", "wechat-main"])
    assert document["state"] == "synchronised"
    assert set(states_of(document)) == (DIRECT | PARTNERS) - {"weibo-main", "wechat-main"}


def test_an_outlet_left_out_is_sent_by_a_later_broadcast(quiet_office: Any, nursery: Any) -> None:
    quiet_office.broadcast("1001", without=["weibo-main", "wechat-main"])
    quiet_office.nursery = nursery
    quiet_office.start_platforms()
    document = quiet_office.reopen().broadcast("1001")
    quiet_office.stop_platforms()
    assert document["state"] == "synchronised"
    assert len(quiet_office.shared()) == len(quiet_office.submitted()) == 1


def test_an_outlet_that_may_follow_makes_the_run_partial_and_is_sent_by_resolve(
    quiet_office: Any, nursery: Any
) -> None:
    quiet_office.settings('api = "sandbox", rip', 'api = "sandbox" , rip')
    for channel in ("weibo", "wechat"):
        quiet_office.settings(f'channel = "{channel}"\n', f'channel = "{channel}"\nrequired = false\n')
    quiet_office.reopen()
    document = quiet_office.broadcast("1001")
    assert (document["state"], document["exit"]) == ("partial", 3)
    assert states_of(document)["weibo-main"] == "planned"
    assert states_of(document)["portal"] == "live"
    quiet_office.nursery = nursery
    quiet_office.start_platforms()
    quiet_office.resolve_until(lambda: quiet_office.states()["wechat-main"] == "live")
    quiet_office.stop_platforms()
    assert quiet_office.states()["weibo-main"] == "live"
    assert progress_of(quiet_office, document) is Progress.SYNCHRONISED
    assert len(quiet_office.shared()) == len(quiet_office.submitted()) == 1


def test_a_gazette_without_an_open_issue_does_not_hold_the_others(new_office: Any) -> None:
    item = new_office.approve()
    document = new_office.broadcast(item, outlets=["portal", "feeds", "gazette"])
    assert (document["state"], states_of(document)["portal"]) == ("partial", "live")
    assert "gazette open" in new_office.record("gazette", item).problem
    issues.open_issue(new_office.wired, 2026, 11, 131)
    new_office.resolve()
    assert new_office.states(item)["gazette"] == "accepted"


def test_the_gazette_takes_no_item_that_the_gate_holds(quiet_office: Any) -> None:
    assert quiet_office.broadcast("1001")["state"] == "refused"
    with pytest.raises(NotPossible, match="not on the website yet"):
        issues.join(quiet_office.wired, "1001")
    assert quiet_office.gazette_entries() == []


def test_a_new_order_ends_the_pause_after_a_failure(quiet_office: Any, nursery: Any) -> None:
    quiet_office.settings("backoff_seconds = 1 ", "backoff_seconds = 3600 ")
    quiet_office.reopen()
    assert quiet_office.broadcast("1001")["state"] == "refused"
    assert quiet_office.record("weibo-main").not_before > quiet_office.clock()
    quiet_office.nursery = nursery
    quiet_office.start_platforms()
    assert quiet_office.reopen().broadcast("1001")["state"] == "synchronised"
    quiet_office.stop_platforms()


def test_when_the_website_fails_no_other_outlet_is_released(office: Any) -> None:
    ordered = office.order("1001", outlets=["portal", "weibo-main", "radio"], at=office.clock() + timedelta(seconds=90))
    assert office.carry_out(ordered)["exit"] == 3
    blocked = close_the_portal(office)
    office.clock.forward(seconds=90)
    document = office.carry_out(ordered)
    assert document["state"] == "partial"
    assert states_of(document)["weibo-main"] == states_of(document)["radio"] == "prepared"
    assert office.shared() == []
    assert office.drop("radio") == []
    blocked.unlink()
    office.resolve_until(lambda: progress_of(office, document) is Progress.SYNCHRONISED)
    assert len(office.shared()) == 1


def test_a_later_hour_waits_and_nothing_is_public_before(quiet_office: Any) -> None:
    at = quiet_office.clock() + timedelta(hours=3)
    document = quiet_office.broadcast("1001", outlets=["portal", "feeds", "app", "newspaper"], at=at)
    assert (document["state"], document["exit"]) == ("partial", 3)
    assert document["waiting_until"] == at.isoformat()
    assert set(states_of(document).values()) == {"prepared"}
    quiet_office.clock.forward(hours=2, minutes=59)
    quiet_office.resolve()
    assert quiet_office.nothing_public()
    quiet_office.clock.forward(minutes=2)
    quiet_office.resolve()
    assert progress_of(quiet_office, document) is Progress.SYNCHRONISED
    assert quiet_office.pages("1001")


def test_the_embargo_of_the_item_holds_whatever_the_caller_asks(new_office: Any) -> None:
    from content.clock import in_china

    until = in_china(new_office.clock() + timedelta(hours=2))
    text = new_office.document(embargo=f'"{until:%Y-%m-%d %H:%M}"')
    item = new_office.approve(text)
    document = new_office.broadcast(item, outlets=["portal", "feeds"], at=new_office.clock())
    assert document["exit"] == 3
    assert new_office.nothing_public()
    new_office.clock.forward(hours=2, minutes=2)
    new_office.resolve()
    assert set(new_office.states(item).values()) == {"live"}


def test_a_partner_with_a_lead_has_its_copy_before_the_hour_under_an_embargo_line(quiet_office: Any) -> None:
    quiet_office.settings('identity = "drop/newspaper"', 'identity = "drop/newspaper"\nlead_minutes = 120')
    quiet_office.reopen()
    at = quiet_office.clock() + timedelta(hours=3)
    document = quiet_office.broadcast("1001", outlets=["portal", "newspaper", "radio"], at=at)
    assert quiet_office.drop("newspaper") == []
    quiet_office.clock.forward(hours=1, minutes=30)
    quiet_office.resolve()
    [handed] = quiet_office.drop("newspaper")
    assert "禁止早于" in (handed / "交接单.txt").read_text(encoding="utf-8")
    assert quiet_office.drop("radio") == []
    assert not quiet_office.pages("1001")
    quiet_office.clock.forward(hours=1, minutes=31)
    quiet_office.resolve()
    assert progress_of(quiet_office, document) is Progress.SYNCHRONISED


def test_a_rehearsal_of_the_run_releases_nothing(office: Any) -> None:
    document = office.broadcast("1001", rehearse=True)
    assert document["exit"] == 0
    assert set(states_of(document).values()) == {"prepared"}
    assert office.nothing_public()
    office.clock.forward(minutes=5)
    office.resolve()
    assert office.nothing_public()
    office.clock.span = timedelta()
    assert office.broadcast("1001")["state"] == "synchronised"
    assert len(office.shared()) == 1


def test_a_policy_and_its_interpretation_go_together(office: Any) -> None:
    second = office.approve(office.interpretation())
    document = office.broadcast("1001", second)
    assert document["state"] == "synchronised"
    assert {entry["item"] for entry in document["deliveries"]} == {"1001", second}
    assert len(office.shared()) == len(office.submitted()) == 2


def test_when_one_of_two_is_not_signed_neither_goes(office: Any) -> None:
    second = office.submit(office.interpretation())
    office.freeze(second)
    document = office.broadcast("1001", second)
    assert document["state"] == "refused"
    assert f"tongbu sign {second}" in problems_of(document)
    assert office.nothing_public()


def test_an_outlet_that_was_not_signed_cannot_be_added(office: Any) -> None:
    office.settings('id = "television"', 'id = "tv-two"')
    office.reopen()
    document = office.broadcast("1001", outlets=["portal", "tv-two"])
    assert document["state"] == "refused"
    assert "tv-two is not in the signed package" in problems_of(document)


def test_without_the_website_nothing_goes_that_links_to_it(office: Any) -> None:
    document = office.broadcast("1001", outlets=["weibo-main"])
    assert document["state"] == "refused"
    assert "portal" in problems_of(document)
    assert office.nothing_public()


def test_a_halt_stops_claims_and_resuming_lets_them_go_on(office: Any, at_work: Any) -> None:
    publishing.halt(office.wired, "weibo-main", "谣言", at_work.LAST, at_work.ask)
    document = office.broadcast("1001")
    assert document["state"] == "partial"
    assert states_of(document)["weibo-main"] == "prepared"
    assert office.shared() == []
    assert len(office.submitted()) == 1
    office.clock.forward(seconds=5)
    office.resolve()
    assert office.shared() == []
    assert publishing.resume(office.wired, "weibo-main", at_work.LAST, at_work.ask)
    office.resolve()
    assert progress_of(office, document) is Progress.SYNCHRONISED
    assert len(office.shared()) == 1


def test_a_halt_of_everything_keeps_everything_back(office: Any, at_work: Any) -> None:
    publishing.halt(office.wired, halts.ALL_OUTLETS, "演习", at_work.LAST, at_work.ask)
    document = office.broadcast("1001")
    assert document["state"] == "partial"
    assert set(states_of(document).values()) == {"prepared"}
    assert office.nothing_public()


def test_an_outlet_taken_out_of_the_settings_holds_up_nobody_else(office: Any) -> None:
    at = office.clock() + timedelta(hours=1)
    waiting = office.broadcast("1001", outlets=["portal", "television"], at=at)
    office.settings('id = "television"', 'id = "tv-two"')
    office.reopen()
    item = office.approve(office.document(serial=32))
    document = office.broadcast(item, outlets=["portal", "feeds"])
    assert document["state"] == "synchronised"
    office.clock.forward(hours=2)
    office.resolve()
    assert progress_of(office, waiting) is Progress.REFUSED
    assert office.record("portal").state.value != "live"


def test_credentials_that_others_can_read_stop_their_own_outlet_only(office: Any) -> None:
    secret = office.home / "secrets" / "weibo-main.toml"
    ordered = office.order("1001", outlets=["portal", "feeds", "weibo-main"], at=office.clock() + timedelta(seconds=90))
    office.carry_out(ordered)
    secret.chmod(0o644)
    office.clock.forward(seconds=90)
    document = office.reopen().carry_out(ordered)
    states = states_of(document)
    assert (states["portal"], states["feeds"]) == ("live", "live")
    assert states["weibo-main"] in ("planned", "prepared")
    assert "chmod 600" in office.record("weibo-main").problem
    secret.chmod(0o600)
    office.resolve_until(lambda: office.states()["weibo-main"] == "live")
    assert len(office.shared()) == 1


def test_nothing_is_left_unfinished_after_a_synchronised_run(office: Any) -> None:
    office.broadcast("1001")
    with office.wired.database.read() as connection:
        assert unfinished(connection) == []
    settled = office.resolve()
    assert settled["left"] == []
    assert settled["exit"] == 0


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_platform_whose_clock_is_wrong_is_held_for_people_and_stops_nobody(office: Any, minutes: int) -> None:
    office.clock.forward(minutes=minutes)
    document = office.broadcast("1001", outlets=["portal", "feeds", "weibo-main"])
    states = states_of(document)
    assert (states["portal"], states["feeds"], states["weibo-main"]) == ("live", "live", "held")
    record = office.record("weibo-main")
    assert "the receipt cannot be right" in record.problem
    assert record.receipt.remote_id
    assert len(office.shared()) == 1


def test_a_broadcast_that_was_cut_off_goes_on_with_the_next_resolve(office: Any) -> None:
    ordered = office.order("1001")
    assert office.resolve()["broadcasts"] == [{"broadcast": ordered.id, "state": "synchronised"}]
    assert len(office.shared()) == len(office.submitted()) == 1
