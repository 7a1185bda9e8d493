"""The sandbox driven by somebody else's client of WeChat (wechatpy, from the package index), which knows nothing of ours."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import wechatpy
from wechatpy.exceptions import WeChatClientException

from content.clock import in_china
from tests.channels import revisions as made
from tests.channels.sandbox_client import PAGE


class Elsewhere(wechatpy.WeChatClient):
    """The same client with another host in place of the platform's, and no proxy."""

    def __init__(self, box: made.Rehearsal, secret: str = made.SECRET) -> None:
        self.API_BASE_URL = f"{box.url}/wechat/cgi-bin/"
        super().__init__(made.APPID, secret, timeout=5)
        self._http.trust_env = False

    def fetch_access_token(self) -> Any:
        params = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        return self._fetch_access_token(url=f"{self.API_BASE_URL}token", params=params)


@pytest.fixture
def box(served: made.Rehearsal) -> made.Rehearsal:
    served.store.clear_faults()
    for table in ("drafts", "publications", "mass_sends", "calls", "tokens", "media", "settings"):
        served.store.run(f"DELETE FROM {table}")
    return served


@pytest.fixture
def client(box: made.Rehearsal) -> Elsewhere:
    return Elsewhere(box)


def picture(name: str = "a.jpg", data: bytes = b"") -> tuple[str, BytesIO, str]:
    return name, BytesIO(data or made.photograph()), "image/jpeg"


def article(client: Elsewhere, **changes: Any) -> dict[str, Any]:
    cover = client.material.add("image", picture())["media_id"]
    return {
        "title": "荆州发布",
        "content": "<p>正文</p>",
        "thumb_media_id": cover,
        "content_source_url": PAGE,
        **changes,
    }


def refused(act: Any, *arguments: Any) -> int:
    with pytest.raises(WeChatClientException) as problem:
        act(*arguments)
    return int(problem.value.errcode)


def test_a_token_is_fetched_kept_and_fetched_again_when_it_is_over(box: made.Rehearsal, client: Elsewhere) -> None:
    first = client.access_token
    assert client.access_token == first
    box.fault("wechat", "expired-token")
    assert client.draft.count() == {"total_count": 0}
    assert client.access_token != first


def test_a_wrong_secret_is_said(box: made.Rehearsal) -> None:
    assert refused(Elsewhere(box, "x").fetch_access_token) == 40125


def test_materials_are_added_counted_listed_and_deleted(client: Elsewhere) -> None:
    added = client.material.add("image", picture())
    assert added["url"].startswith("http://mmbiz.qpic.cn/")
    assert client.material.get_count()["image_count"] == 1
    listed = client.material.batchget("image")
    assert [entry["media_id"] for entry in listed["item"]] == [added["media_id"]]
    assert client.material.delete(added["media_id"])["errcode"] == 0
    assert refused(client.material.delete, added["media_id"]) == 40007


def test_body_and_temporary_pictures_are_uploaded(client: Elsewhere) -> None:
    assert client.media.upload_image(picture("b.png", made.drawing())).startswith("http://mmbiz.qpic.cn/mmbiz_png/")
    temporary = client.media.upload("image", picture())
    assert temporary["type"] == "image"
    assert refused(client.draft.add, [article(client, thumb_media_id=temporary["media_id"])]) == 40007


def test_a_draft_is_added_read_changed_listed_and_deleted(client: Elsewhere) -> None:
    one = article(client)
    media_id = client.draft.add([one, article(client, title="第二篇")])["media_id"]
    assert [entry["title"] for entry in client.draft.get(media_id)["news_item"]] == ["荆州发布", "第二篇"]
    assert client.draft.update(media_id, 1, {**one, "title": "改过"})["errcode"] == 0
    listed = client.draft.batchget()
    assert (listed["total_count"], listed["item"][0]["content"]["news_item"][1]["title"]) == (1, "改过")
    assert client.draft.delete(media_id)["errcode"] == 0
    assert client.draft.count()["total_count"] == 0


def test_a_draft_is_published_followed_read_and_deleted(client: Elsewhere) -> None:
    media_id = client.draft.add([article(client)])["media_id"]
    publish_id = client.freepublish.submit(media_id)["publish_id"]
    states = [client.freepublish.get(publish_id)["publish_status"] for _ in range(2)]
    assert states == [1, 0]
    assert client.draft.count()["total_count"] == 0
    listed = client.freepublish.batchget(0, 20)
    article_id = listed["item"][0]["article_id"]
    assert client.freepublish.getarticle(article_id)["news_item"][0]["content_source_url"] == PAGE
    assert client.freepublish.delete(article_id, 1)["errcode"] == 0
    assert refused(client.freepublish.getarticle, article_id) == 53600
    assert refused(client.freepublish.submit, media_id) == 40007


@pytest.mark.parametrize(("changes", "code"), [({"title": "长" * 33}, 45003), ({"content": ""}, 44004)])
def test_what_is_refused_has_the_platforms_code(client: Elsewhere, changes: dict[str, str], code: int) -> None:
    assert refused(client.draft.add, [article(client, **changes)]) == code


def test_an_exception_of_the_clients_is_raised_for_a_used_up_minute(box: made.Rehearsal, client: Elsewhere) -> None:
    box.fault("wechat", "rate", call="cgi-bin/draft/count")
    assert refused(client.draft.count) == 45011


def test_a_draft_is_sent_to_all_once(client: Elsewhere) -> None:
    media_id = client.draft.add([article(client)])["media_id"]
    sent = client.message.send_mass_article(media_id, is_to_all=True, client_msg_id="a" * 32)
    assert sent["msg_id"]
    assert [client.message.get_mass(sent["msg_id"])["msg_status"] for _ in range(2)] == ["SENDING", "SEND_SUCCESS"]
    assert client.draft.count()["total_count"] == 0
    other = client.draft.add([article(client)])["media_id"]
    with pytest.raises(WeChatClientException) as spent:
        client.message.send_mass_article(other, is_to_all=True, client_msg_id="b" * 32)
    assert spent.value.errcode == 45028
    assert client.message.delete_mass(sent["msg_id"])["errcode"] == 0


def test_the_figures_of_a_mass_send_are_read(box: made.Rehearsal, client: Elsewhere) -> None:
    client.datacube.API_BASE_URL = f"{box.url}/wechat/datacube/"
    media_id = client.draft.add([article(client)])["media_id"]
    sent = client.message.send_mass_article(media_id, is_to_all=True)
    day = in_china(datetime.fromtimestamp(box.store.clock(), UTC)).date()
    assert refused(client.datacube.get_article_total, day, day) == 61501
    box.store.move_clock(3 * 86_400)
    [total] = client.datacube.get_article_total(day, day)
    assert total["msgid"] == f"{sent['msg_data_id']}_1"
    assert total["details"][-1]["int_page_read_user"] > total["details"][0]["int_page_read_user"] > 0
    [summary] = client.datacube.get_article_summary(f"{day}", f"{day}")
    assert summary["int_page_read_user"] == total["details"][0]["int_page_read_user"]
    assert client.datacube.get_user_read(day, day)[0]["user_source"] == 99999999
    assert refused(client.datacube.get_article_total, day, day + timedelta(days=1)) == 61501
