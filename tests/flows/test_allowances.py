"""What the accounts may still do, as the office sees it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from content.clock import in_china
from flows.allowances import WARNED_AHEAD, allowances, ends_soon
from flows.editing import NotPossible

WECHAT = 'identity = "wx3ea1d5b2c4f60718"\n'


@pytest.fixture
def out(office: Any) -> Any:
    document = office.broadcast("1001", outlets=["portal", "weibo-main", "wechat-main"])
    assert document["state"] == "synchronised", document
    return office


def left(office: Any) -> dict[tuple[str, str], int]:
    return {(entry["outlet"], one["calls"]): one["left"] for entry in allowances(office.wired) for one in entry["left"]}


def test_a_publication_is_seen_in_what_is_left(out: Any) -> None:
    found = left(out)
    assert found["weibo-main", "posts"] == 29
    assert 90 < found["weibo-main", "calls"] < 99
    assert found["wechat-main", "freepublish/submit"] == 99
    assert found["wechat-main", "freepublish/delete"] == 10


def test_the_end_of_an_authorisation_is_known_and_not_soon(out: Any) -> None:
    weibo = next(entry for entry in allowances(out.wired) if entry["outlet"] == "weibo-main")
    assert datetime.fromisoformat(weibo["authorised_until"]) > out.wired.workspace.clock() + timedelta(days=20)
    assert weibo["ends_soon"] is False


def test_a_person_is_warned_seven_days_ahead(out: Any) -> None:
    now = out.wired.workspace.clock()
    assert ends_soon(now + WARNED_AHEAD, now) and ends_soon(now - timedelta(days=1), now)
    assert not ends_soon(now + WARNED_AHEAD + timedelta(seconds=1), now)
    assert not ends_soon(None, now)


def test_outlets_whose_platform_does_not_count_are_left_out(out: Any) -> None:
    assert {entry["outlet"] for entry in allowances(out.wired)} == {"weibo-main", "wechat-main"}


def test_who_signs_sees_what_is_left_of_the_accounts_that_the_package_goes_to(office: Any) -> None:
    only = allowances(office.wired, {"portal", "weibo-main"})
    assert [entry["outlet"] for entry in only] == ["weibo-main"]


def planned(office: Any, serial: int, hour: datetime) -> str:
    """An item that is handed in to go out at an hour."""
    item: str = office.submit(office.document(serial=serial, embargo=f'"{in_china(hour):%Y-%m-%d %H:%M}"'))
    office.set_aside(item)
    return item


def test_a_mass_send_that_a_day_has_no_room_for_is_not_packaged(office: Any) -> None:
    office.settings('identity = "wx3ea1d5b2c4f60718"\noptions = { ', f'{WECHAT}options = {{ mode = "mass", ')
    office.reopen()
    tomorrow = office.wired.workspace.clock() + timedelta(days=1)
    first, second = planned(office, 41, tomorrow), planned(office, 42, tomorrow)
    package = office.sign(office.freeze(first))
    assert office.broadcast(first, outlets=["portal", "wechat-main"])["waiting_until"]
    with pytest.raises(NotPossible, match=r"wechat-main at .*1次群发已用完或已留给其他稿件"):
        office.freeze(second)
    assert office.freeze(first).digest == package.digest, "what has its place keeps it"
    third = planned(office, 43, tomorrow + timedelta(days=1))
    assert office.freeze(third).item_id == third


def test_an_hour_after_the_authorisation_s_end_is_told_before_anybody_signs(out: Any) -> None:
    item = planned(out, 44, out.wired.workspace.clock() + timedelta(days=2_000))
    with pytest.raises(NotPossible, match=r"微博授权将于.*到期"):
        out.freeze(item)
