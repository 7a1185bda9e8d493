"""The sandbox's mass sends as an independent client meets them (contracts: WeChat 7)."""

from collections.abc import Iterator

import httpx
import pytest

from tests.channels import revisions as made
from tests.channels.official_account import cleared
from tests.channels.sandbox_client import Client

PAGE = f"https://{made.DOMAIN}/a.html"


class Masses(Client):
    """A client that sends to all."""

    def message(self, media_id: object, **changes: object) -> dict[str, object]:
        news = {"filter": {"is_to_all": True}, "msgtype": "mpnews", "mpnews": {"media_id": media_id}}
        return {**news, "send_ignore_reprint": 0, "clientmsgid": "0" * 32, **changes}

    def sendall(self, media_id: object = None, **changes: object) -> dict[str, object]:
        if media_id is None:
            media_id = self.draft(content_source_url=PAGE)["media_id"]
        return self.wechat("message/mass/sendall", self.message(media_id, **changes))

    def text(self, words: str = "甲", **changes: object) -> dict[str, object]:
        text = {"filter": {"is_to_all": True}, "msgtype": "text", "text": {"content": words}, **changes}
        return self.wechat("message/mass/sendall", text)


@pytest.fixture
def client(served: made.Rehearsal) -> Iterator[Masses]:
    made_client = Masses(cleared(served))
    yield made_client
    made_client.http.close()


def pass_seconds(box: made.Rehearsal, seconds: float) -> None:
    box.store.run("UPDATE mass_sends SET submitted = submitted - ?, asked = asked - ?", seconds, seconds)
    box.store.run("UPDATE calls SET at = at - ?", seconds)


def test_a_submitted_job_has_two_numbers_and_its_draft_is_gone(client: Masses) -> None:
    media_id = client.draft(content_source_url=PAGE)["media_id"]
    reply = client.sendall(media_id)
    assert (reply["errcode"], reply["errmsg"]) == (0, "send job submission success")
    assert isinstance(reply["msg_id"], int)
    assert isinstance(reply["msg_data_id"], int)
    assert client.wechat("draft/get", {"media_id": media_id})["errcode"] == 40007


def test_its_status_comes_without_errcode_and_runs_first(client: Masses) -> None:
    number = client.sendall()["msg_id"]
    first = client.wechat("message/mass/get", {"msg_id": number})
    assert first == {"msg_id": number, "msg_status": "SENDING"}
    assert client.wechat("message/mass/get", {"msg_id": str(number)})["msg_status"] == "SEND_SUCCESS"
    assert client.wechat("message/mass/get", {"msg_id": 7})["errcode"] == 40059


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"filter": {}}, 40035),
        ({"filter": {"is_to_all": False}}, 40152),
        ({"msgtype": "post"}, 45162),
        ({"clientmsgid": "0" * 33}, 45067),
        ({"clientmsgid": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}, 45067),
        ({"mpnews": {"media_id": "x"}}, 40007),
    ],
)
def test_a_message_is_refused_for_what_its_contract_refuses(
    client: Masses, changes: dict[str, object], code: int
) -> None:
    assert client.sendall(**changes)["errcode"] == code


def test_the_same_id_is_named_for_24_hours_and_not_sooner_than_after_a_minute(
    served: made.Rehearsal, client: Masses
) -> None:
    number = client.sendall()["msg_id"]
    assert client.sendall("x")["errcode"] == 45066
    pass_seconds(served, 61)
    again = client.sendall("x")
    assert (again["errcode"], again["msg_id"], "msg_data_id" in again) == (45065, number, False)
    pass_seconds(served, 86_400)
    assert client.sendall("x")["errcode"] == 40007


def test_without_an_id_the_same_content_is_not_taken_twice(served: made.Rehearsal, client: Masses) -> None:
    first = client.text()
    assert "msg_data_id" not in first
    pass_seconds(served, 61)
    assert client.text()["errcode"] == 45065


def test_one_send_a_day_and_a_failed_one_does_not_count(served: made.Rehearsal, client: Masses) -> None:
    served.fault("wechat", "delayed")
    failed = client.sendall(clientmsgid="a")["msg_id"]
    client.wechat("message/mass/get", {"msg_id": failed})
    assert client.wechat("message/mass/get", {"msg_id": failed})["msg_status"] == "SEND_FAIL"
    assert client.sendall(clientmsgid="b")["errcode"] == 0
    spent = client.sendall(clientmsgid="c")
    assert spent["errcode"] == 45028
    pass_seconds(served, 86_400)
    assert client.sendall(clientmsgid="d")["errcode"] == 0


def test_a_service_account_has_four_sends_a_month(served: made.Rehearsal, client: Masses) -> None:
    with made.changed(served, served.store.account("wechat", made.APPID), quotas={"sends a month": 4}):
        codes = [client.sendall(clientmsgid=str(number))["errcode"] for number in range(5)]
    assert codes == [0, 0, 0, 0, 45028]


@pytest.mark.parametrize("tag", [None, 0, -1, "101", True, 10**30, 103])
def test_a_group_must_be_one_that_the_account_has(served: made.Rehearsal, client: Masses, tag: object) -> None:
    with made.changed(served, served.store.account("wechat", made.APPID), tags=(101, 102)):
        assert client.sendall(filter={"is_to_all": False, "tag_id": tag})["errcode"] == 40152
        assert client.sendall(filter={"is_to_all": False, "tag_id": 102})["errcode"] == 0
    assert "只发给标签 102 的粉丝" in httpx.get(f"{client.box.url}/phone/wechat/{made.APPID}", trust_env=False).text


def test_each_follower_of_a_service_account_gets_four_a_month(served: made.Rehearsal, client: Masses) -> None:
    def send(number: int, tag: int) -> object:
        to = {"is_to_all": True} if not tag else {"is_to_all": False, "tag_id": tag}
        return client.sendall(clientmsgid=str(number), filter=to)["errcode"]

    with made.changed(served, served.store.account("wechat", made.APPID), quotas={"sends a month": 4}):
        codes = [send(number, tag) for number, tag in enumerate((101, 101, 0, 101, 101, 102, 0, 0, 0))]
    assert codes == [0, 0, 0, 0, 45028, 0, 0, 0, 0]


def test_a_subscription_account_has_one_send_a_day_to_whomever(client: Masses) -> None:
    group = {"is_to_all": False, "tag_id": 101}
    assert client.sendall(clientmsgid="a", filter=group)["errcode"] == 0
    assert client.sendall(clientmsgid="b", filter={**group, "tag_id": 102})["errcode"] == 45028
    assert client.sendall(clientmsgid="c")["errcode"] == 45028


def test_only_what_was_sent_can_be_deleted_and_a_missing_index_deletes_all(client: Masses) -> None:
    number = client.sendall()["msg_id"]
    assert client.wechat("message/mass/delete", {"msg_id": number, "article_idx": 1})["errcode"] == 40059
    for _ in range(2):
        client.wechat("message/mass/get", {"msg_id": number})
    assert client.wechat("message/mass/delete", {"msg_id": number, "article_idx": 2})["errcode"] == 40114
    assert client.wechat("message/mass/delete", {"msg_id": number})["errcode"] == 0
    assert client.wechat("message/mass/get", {"msg_id": number})["msg_status"] == "DELETE"
    phone = httpx.get(f"{client.box.url}/phone/wechat/{made.APPID}", trust_env=False).text
    assert "还没有发布文章" in phone


def test_a_preview_is_seen_by_nobody_else_and_leaves_the_draft(client: Masses) -> None:
    media_id = client.draft(content_source_url=PAGE)["media_id"]
    assert client.wechat("message/mass/preview", client.message(media_id))["errcode"] == 40003
    shown = client.wechat("message/mass/preview", client.message(media_id, towxname="lihua"))
    assert shown["errcode"] == 0
    assert client.wechat("draft/get", {"media_id": media_id})["news_item"]
    assert client.box.store.number("SELECT count(*) FROM mass_sends") == 0


def test_ten_deletions_a_day(served: made.Rehearsal, client: Masses) -> None:
    codes = [client.wechat("message/mass/delete", {"msg_id": 7})["errcode"] for _ in range(11)]
    assert codes == [40059] * 10 + [45009]
    pass_seconds(served, 86_400)
    assert client.wechat("message/mass/delete", {"msg_id": 7})["errcode"] == 40059
