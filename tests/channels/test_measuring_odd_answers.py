"""Whatever a platform says of its readers, what is kept is a number that it can be, and nothing fails but with a channel's error."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import ChannelError, Figure, Measurable
from channels.outcomes import Failed
from channels.wechat.measuring import SHAPES, measured
from channels.weibo.api import Api
from channels.weibo.measuring import measured as weibo_measured
from content.account_facts import Facts
from content.delivery import Receipt
from content.vocabulary import State
from tests.ledgers import new_ledger

NOW = datetime(2026, 11, 26, 4, 0, tzinfo=UTC)
LIVE = Measurable(
    "d1", Receipt(State.LIVE, "5000000000000001", evidence={"msg_data_id": "7", "index": "1"}), NOW - timedelta(days=3)
)
NAMES = [
    "id",
    "idstr",
    "msgid",
    "list",
    "detail_list",
    "details",
    "stat_date",
    "read_user",
    "reposts",
    "comments",
    "attitudes",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.sampled_from(["7_1", "5000000000000001", "2026-11-24", "2026-13-40", "12", "-1", "", "１２"])
    | st.just(5000000000000001)
    | st.floats(allow_nan=False)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=12,
)
DETAILS = st.dictionaries(st.sampled_from(NAMES), LEAVES, max_size=8)


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    database = new_ledger(tmp_path_factory.mktemp("facts") / "ledger.sqlite", lambda: NOW)
    yield Facts(database, "wechat:wx")
    database.engine.dispose()


def whole(figures: list[Figure]) -> bool:
    counted = [(one.reads.reads, one.reads.shares, one.reads.likes, one.reads.comments) for one in figures]
    return all(number is None or 0 <= number < 2**31 for numbers in counted for number in numbers)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reply=VALUES
    | st.fixed_dictionaries(
        {
            "list": st.lists(
                st.fixed_dictionaries({"msgid": st.just("7_1"), "detail_list": st.lists(DETAILS, max_size=4)}),
                max_size=3,
            )
        }
    )
)
@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_odd_figures_of_articles_are_left_out(facts: Facts, shape: str, reply: Any) -> None:
    facts.forget(f"{SHAPES[shape].interface}/2026-11-23")
    try:
        figures = list(measured(lambda _interface, _day: reply, SHAPES[shape], [LIVE], facts, NOW))
    except ChannelError:
        return
    assert whole(figures)
    assert all(date(2026, 11, 23) <= one.day <= date(2026, 11, 25) for one in figures)


@settings(max_examples=200, deadline=None)
@given(reply=VALUES | st.lists(DETAILS, max_size=4), status=st.sampled_from([200, 200, 403, 502]))
def test_odd_counts_of_weibos_are_left_out(reply: Any, status: int) -> None:
    answer = httpx.Response(status, content=json.dumps(reply).encode())
    client = httpx.Client(transport=httpx.MockTransport(lambda _request: answer))
    api = Api(lambda: client, "http://a.test", "t", lambda: NOW, lambda *, posts: None)
    try:
        figures = list(weibo_measured(api, [LIVE], NOW))
    except (ChannelError, Failed):
        return
    assert status == 200
    assert whole(figures)
    assert {one.delivery for one in figures} <= {"d1"}


def test_the_names_that_are_tried_do_make_figures(facts: Facts) -> None:
    facts.forget("getarticletotaldetail/2026-11-23")
    detail = {"stat_date": "2026-11-24", "read_user": "12", "share_user": 2**31, "like_user": True, "comment_count": -1}
    reply = {"list": [{"msgid": "7_1", "detail_list": [detail, {"stat_date": "2026-11-26"}, None]}, "7_1"]}
    [figure] = measured(lambda _interface, _day: reply, SHAPES["new"], [LIVE], facts, NOW)
    assert (figure.reads.reads, figure.reads.shares, figure.reads.likes, figure.reads.comments) == (
        12,
        None,
        None,
        None,
    )
