"""Odd answers: whatever a platform or a gateway says, a channel says one of its own errors and never success."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.base import ChannelError, Unavailable, Unknown
from channels.calls import json_of, number, retry_after
from channels.outcomes import Failed
from channels.wechat.api import Api as WechatApi
from channels.weibo.api import Api as WeiboApi
from channels.weibo.evidence import mid
from content.sealing import Sealing
from content.shared_tokens import SharedTokens
from tests.ledgers import new_ledger

NOW = datetime(2027, 6, 1, 4, 0, tzinfo=UTC)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errcode", "error_code", "error", "idstr", "publish_id", "item"]), inner, max_size=4
        )
    ),
    max_leaves=6,
)


def free(*, posts: bool) -> None:
    """No call is counted."""


def answering(status: int, body: bytes) -> Callable[[], httpx.Client]:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("stable_token"):
            return httpx.Response(200, json={"access_token": "t", "expires_in": 10**17})
        return httpx.Response(status, content=body)

    return lambda: httpx.Client(transport=httpx.MockTransport(handler), verify=False)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedTokens]:
    folder = tmp_path_factory.mktemp("tokens")
    database = new_ledger(folder / "ledger.sqlite", lambda: NOW)
    yield SharedTokens(database, "wechat:wx", Sealing.of(folder / "token.key"))
    database.engine.dispose()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, st.sampled_from([200, 200, 400, 404, 500]))
def test_an_odd_answer_to_a_share_is_never_success(value: object, status: int) -> None:
    body = httpx.Response(200, json=value).content
    api = WeiboApi(answering(status, body), "http://a.test", "t", lambda: NOW, free)
    try:
        post = api.share("甲", "121.62.0.1", b"")
    except (Failed, ChannelError):
        return
    assert status == 200
    assert not mid(post) or (isinstance(post, dict) and 0 <= int(mid(post)) < 10**19)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, st.sampled_from([200, 200, 400, 404, 500]))
def test_an_odd_answer_to_a_submit_is_never_success(tokens: SharedTokens, value: object, status: int) -> None:
    body = httpx.Response(200, json=value).content
    api = WechatApi(answering(status, body), "http://a.test", "wx", "s", tokens, lambda: NOW, print)
    try:
        reply = api.submit("m")
    except (Failed, ChannelError):
        return
    assert status == 200
    assert not number(reply.get("errcode"))


@pytest.mark.parametrize("body", [b"<html>502</html>", b"", b"[" * 100_000, b"\xff\xfe", b'{"errcode":'])
def test_what_is_no_json_is_unknown_for_a_call_that_acts_and_unavailable_for_one_that_reads(
    tokens: SharedTokens, body: bytes
) -> None:
    api = WechatApi(answering(200, body), "http://a.test", "wx", "s", tokens, lambda: NOW, print)
    with pytest.raises(Unknown):
        api.submit("m")
    with pytest.raises(Unavailable):
        api.draft("m")


def test_json_is_read_whatever_its_media_type_and_with_control_characters() -> None:
    body = '\ufeff{"url":"http:\\/\\/a.cn\\/x","errmsg":"a\tb\x01"}'.encode() + b"\xff"
    assert (
        json_of(httpx.Response(200, content=body.rstrip(b"\xff"), headers={"content-type": "text/plain"}))["url"]
        == "http://a.cn/x"
    )


@pytest.mark.parametrize(
    ("value", "found"), [("20502", 20502), (45009, 45009), (-1, -1), (True, None), ("x", None), (1.5, None)]
)
def test_a_code_may_be_a_number_or_text(value: object, found: int | None) -> None:
    assert number(value) == found


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("", 60), ("soon", 60), ("Tue, 01 Jun 2027 04:05:00 GMT", 300), ("9" * 30, 86_400)],
)
def test_the_pause_that_an_answer_asks_for_is_kept(header: str, seconds: int) -> None:
    found = retry_after(httpx.Response(429, headers={"retry-after": header}), NOW)
    assert found == NOW + timedelta(seconds=seconds)


def test_too_many_requests_at_a_gateway_sent_nothing(tmp_path: Path) -> None:
    api = WeiboApi(answering(429, b"slow down"), "http://a.test", "t", lambda: NOW, free)
    with pytest.raises(Unavailable) as caught:
        api.share("甲", "121.62.0.1", b"")
    assert caught.value.retry_after == NOW + timedelta(minutes=1)
