"""Groups of outlets (政务新媒体矩阵): an order names the set, and holds each outlet."""

from typing import Any

import pytest

from flows.settings import SettingsError, load
from flows.wiring import NoSuchOutlet

MATRIX = "荆州矩阵"


@pytest.fixture
def matrix(office: Any) -> Any:
    for identity in ("2629046977", "wx3ea1d5b2c4f60718"):
        office.settings(f'identity = "{identity}"\n', f'identity = "{identity}"\ngroups = ["{MATRIX}"]\n')
    return office.reopen()


def reached(document: dict[str, Any]) -> set[str]:
    return {delivery["outlet"] for delivery in document["deliveries"]}


def test_a_group_stands_for_its_outlets(matrix: Any) -> None:
    document = matrix.broadcast("1001", outlets=["portal", MATRIX])
    assert document["state"] == "synchronised", document
    assert reached(document) == {"portal", "weibo-main", "wechat-main"}


def test_a_broadcast_may_go_on_without_a_group(matrix: Any) -> None:
    document = matrix.broadcast("1001", without=[MATRIX])
    assert not reached(document) & {"weibo-main", "wechat-main"}
    assert "portal" in reached(document)


def test_an_order_holds_the_outlets_so_that_a_group_changed_since_changes_nothing(matrix: Any) -> None:
    assert matrix.order("1001", outlets=[MATRIX, "weibo-main"]).order.outlets == ("weibo-main", "wechat-main")


def test_a_name_that_is_neither_outlet_nor_group_is_refused_with_those_there_are(matrix: Any) -> None:
    with pytest.raises(NoSuchOutlet, match=f"沙市矩阵: portal, .*{MATRIX}"):
        matrix.order("1001", outlets=["沙市矩阵"])


def test_a_group_cannot_be_called_like_an_outlet(office: Any) -> None:
    office.settings('identity = "2629046977"\n', 'identity = "2629046977"\ngroups = ["radio"]\n')
    with pytest.raises(SettingsError, match="radio is an outlet"):
        load(office.home)
