"""Every switch that the contracts list for a simulator is there and does what it says (WeChat 12, Weibo 10)."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from channels.sandbox.faults import FAULT_LABELS, Fault
from channels.sandbox.store import SandboxStore
from tests.channels import revisions as made
from tests.channels.sandbox_client import PAGE, Client

HERE = Path(__file__)
DOCUMENTATION = HERE.parent.parent.parent / "docs" / "sandbox.md"
TWICE = quote("今天开始办理", safe="")

# The number in the contract's list, and the tests that use the switch; in another file where one is named.
WECHAT = {
    1: ("test_any_answer_may_be_plain_text",),
    2: ("test_a_publish_id_is_a_number_or_a_string",),
    3: ("test_an_answer_has_extras_and_no_errcode_or_is_tidy",),
    4: ("test_a_review_goes_through_its_script",),
    5: tuple(
        f"../flows/test_wechat_by_event.py::{name}"
        for name in (
            "test_an_article_is_live_by_event_and_the_platform_is_not_asked",
            "test_an_event_that_comes_twice_is_kept_once",
            "test_an_event_that_comes_before_the_answer_waits_in_the_inbox",
            "test_while_an_event_may_still_come_the_platform_is_not_asked",
            "test_an_event_that_never_comes_is_replaced_by_asking",
        )
    ),
    6: ("test_an_answer_is_lost_after_the_commit",),
    7: ("test_a_token_is_superseded", "test_two_tokens_overlap_for_five_minutes", "test_tokens_of_the_older_family"),
    8: ("test_calls_of_a_day_are_counted", "test_cleared_quotas_begin_anew_ten_times_a_month"),
    9: ("test_a_material_is_not_known_everywhere_at_once",),
    10: (
        "test_sandbox.py::test_a_draft_is_kept_without_scripts_classes_and_foreign_pictures",
        "test_sandbox.py::test_escaped_characters_are_stored_as_they_were_sent",
        "test_links_to_elsewhere_are_refused_or_taken_off",
    ),
    11: ("test_sandbox.py::test_a_draft_vanishes_when_published_and_an_article_when_deleted",),
    12: ("test_sandbox_mass.py::test_the_same_id_is_named_for_24_hours_and_not_sooner_than_after_a_minute",),
    13: ("test_a_foreign_ip_is_named",),
}
WEIBO = {
    1: ("test_an_answer_is_lost_after_the_commit",),
    2: ("test_a_post_may_be_shown_later",),
    3: ("test_the_same_and_the_similar_are_refused_in_their_windows",),
    4: ("test_an_error_code_is_a_number_or_a_string",),
    5: ("test_limits_are_told_with_their_own_codes",),
    6: ("test_numbers_are_rounded_and_addresses_rewritten",),
    7: ("test_numbers_are_rounded_and_addresses_rewritten",),
    8: ("test_topics_are_taken_out_or_refused",),
    9: ("test_the_timeline_ends_at_five",),
    10: ("test_calls_and_posts_are_counted",),
    11: ("test_an_app_needs_a_domain", "test_sandbox.py::test_weibo_refuses_what_its_contract_refuses"),
    12: ("test_a_status_that_was_encoded_twice",),
    13: ("test_a_token_ends_and_is_taken_back", "test_an_authorisation_is_given_for_a_code"),
    14: ("test_closed_calls_say_so", "test_deleting_may_be_closed"),
    15: ("test_a_picture_needs_a_file_name",),
}


@pytest.mark.parametrize(("table", "last"), [(WECHAT, 13), (WEIBO, 15)], ids=["wechat", "weibo"])
def test_no_switch_of_the_contracts_is_missing(table: dict[int, tuple[str, ...]], last: int) -> None:
    assert set(table) == set(range(1, last + 1))
    for names in table.values():
        for name in names:
            file, _, test = name.rpartition("::")
            assert test in named_in(HERE.parent / file if file else HERE), name


def named_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_switch_is_documented_labelled_and_used_by_a_test() -> None:
    documented = DOCUMENTATION.read_text(encoding="utf-8")
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.parent.parent.rglob("test_*.py"))
    for fault in Fault:
        assert f"| `{fault.value}` |" in documented, fault
        assert FAULT_LABELS[fault], fault
        assert f'"{fault.value}"' in tests or re.search(rf"Fault\.{fault.name}\b", tests), fault


@pytest.fixture
def client(served: made.Rehearsal) -> Iterator[Client]:
    served.store.clear_faults()
    for table in ("weibos", "drafts", "publications", "calls", "tokens", "media", "settings", "revoked", "codes"):
        served.store.run(f"DELETE FROM {table}")
    given = Client(served)
    yield given
    given.http.close()


def code(reply: httpx.Response) -> object:
    return reply.json().get("error_code", reply.json().get("errcode", 0))


# Both platforms


@pytest.mark.parametrize(
    ("platform", "call"),
    [
        ("weibo", "2/statuses/share.json"),
        ("wechat", "cgi-bin/draft/add"),
        ("wechat", "cgi-bin/freepublish/submit"),
    ],
)
def test_an_answer_is_lost_after_the_commit(client: Client, platform: str, call: str) -> None:
    client.switch(platform, "accept-then-drop", count=1, call=call)
    act = (lambda: client.share(f"甲 {PAGE}")) if platform == "weibo" else client.published
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        act()
    account = made.UID if platform == "weibo" else made.APPID
    assert [line.accepted for line in client.box.store.calls(platform, account, call)] == [True]


@pytest.mark.parametrize(("fault", "status"), [("500-before", 502), ("500-after-accept", 500)])
def test_a_gateway_answers_with_a_page(client: Client, fault: str, status: int) -> None:
    client.switch("weibo", fault, count=1)
    reply = client.share(f"甲 {PAGE}")
    assert (reply.status_code, reply.headers["content-type"].split(";")[0]) == (status, "text/html")
    assert len(client.box.store.published("weibo", made.UID)) == (status == 500)


@pytest.mark.parametrize("number", [20016, 10001, 21602])
def test_any_code_of_weibo_can_be_told(client: Client, number: int) -> None:
    client.switch("weibo", "code", value=number, count=1)
    assert code(client.share(f"甲 {PAGE}")) == number
    assert code(client.share(f"甲 {PAGE}")) == 0


@pytest.mark.parametrize("number", [-1, 48001, 53501, 89503])
def test_any_code_of_wechat_can_be_told(client: Client, number: int) -> None:
    client.switch("wechat", "code", value=number, count=1, call="cgi-bin/draft/add")
    assert client.draft()["errcode"] == number
    assert "errcode" not in client.draft()


def test_a_code_can_be_told_where_tokens_are_given_out(client: Client) -> None:
    client.switch("wechat", "code", value=40243, count=1, call="cgi-bin/stable_token")
    assert client.token()["errcode"] == 40243


@pytest.mark.parametrize("wrong", [{"value": -2}, {"value": 1e9}, {"script": 7}, {"script": [9]}, {"script": [True]}])
def test_values_out_of_range_are_refused(client: Client, wrong: dict[str, object]) -> None:
    switch = {"platform": "wechat", "fault": "review", "script": [1], **wrong}
    assert client.http.post("/admin/faults", json=switch).status_code == 400
    assert client.box.store.faults() == []


@pytest.mark.parametrize("wrong", [{}, {"ahead": -1}, {"ahead": "x"}, [], {"ahead": True}])
def test_the_clock_goes_ahead_only(client: Client, wrong: object) -> None:
    assert client.http.post("/admin/clock", json=wrong).status_code == 400


# WeChat


def test_any_answer_may_be_plain_text(client: Client) -> None:
    client.switch("wechat", "text-plain")
    query = {"access_token": str(client.token()["access_token"])}
    reply = client.http.get("/wechat/cgi-bin/draft/count", params=query)
    assert reply.headers["content-type"].startswith("text/plain")
    assert reply.json() == {"total_count": 0}


def test_an_answer_may_hold_bytes_that_strict_readers_refuse(client: Client) -> None:
    query = {"access_token": str(client.token()["access_token"])}
    client.switch("wechat", "dirty-bytes")
    content = client.http.get("/wechat/cgi-bin/draft/count", params=query).content
    with pytest.raises(UnicodeDecodeError):
        content.decode()
    with pytest.raises(json.JSONDecodeError):
        json.loads(content.decode(errors="ignore"))
    assert json.loads(content.decode(errors="ignore"), strict=False)["total_count"] == 0


def test_a_publish_id_is_a_number_or_a_string(client: Client) -> None:
    assert isinstance(client.published()["publish_id"], int)
    client.switch("wechat", "publish-id-string")
    told = client.published()["publish_id"]
    assert isinstance(told, str)
    assert client.wechat("freepublish/get", {"publish_id": told})["publish_id"] == told


def test_an_answer_has_extras_and_no_errcode_or_is_tidy(client: Client) -> None:
    assert client.draft().keys() == {"media_id", "item"}
    client.switch("wechat", "tidy")
    told = client.draft()
    assert (told.keys(), told["errcode"]) == ({"media_id", "errcode", "errmsg"}, 0)
    assert client.upload("media/uploadimg", made.drawing(), "a.png").keys() == {"url", "errcode", "errmsg"}


@pytest.mark.parametrize(
    ("script", "seen"),
    [
        ([1, 1, 1, 0], [1, 1, 1, 0, 0]),
        ([1, 2], [1, 2, 2]),
        ([3], [3, 3]),
        ([1, 4], [1, 4, 4]),
        ([0, 6], [0, 6, 6]),
        ([1, 0, 5], [1, 0, 5]),
    ],
)
def test_a_review_goes_through_its_script(client: Client, script: list[int], seen: list[int]) -> None:
    client.switch("wechat", "review", script=script)
    publish_id = client.published()["publish_id"]
    assert [client.status(publish_id) for _ in seen] == seen
    listed = client.wechat("freepublish/batchget", {"offset": 0, "count": 20})
    assert listed["total_count"] == (seen[-1] == 0)


def test_what_a_review_refuses_is_named(client: Client) -> None:
    client.switch("wechat", "review", script=[4])
    told = client.wechat("freepublish/get", {"publish_id": client.published()["publish_id"]})
    assert (told["publish_status"], told["fail_idx"], "article_id" in told) == (4, [1], False)


def test_a_token_is_superseded(client: Client) -> None:
    first = client.token()["access_token"]
    client.switch("wechat", "superseded-token", count=1)
    assert client.wechat("draft/batchget", {"offset": 0, "count": 1})["errcode"] == 40001
    assert client.token()["access_token"] != first
    assert "errcode" not in client.wechat("draft/batchget", {"offset": 0, "count": 1})


def test_two_tokens_overlap_for_five_minutes(client: Client) -> None:
    first = client.token()["access_token"]
    client.ahead(6899)
    assert client.token() == {"access_token": first, "expires_in": 300} or client.token()["expires_in"] in (301, 300)
    client.ahead(6905)
    assert client.token()["access_token"] != first
    assert counted(client, first) == 0
    client.ahead(7205)
    assert counted(client, first) == 42001


def counted(client: Client, token: object) -> object:
    return code(client.http.get("/wechat/cgi-bin/draft/count", params={"access_token": str(token)}))


def test_tokens_of_the_older_family(client: Client) -> None:
    stable = client.token()["access_token"]
    first, second = (older(client)["access_token"] for _ in range(2))
    assert first != second
    assert [counted(client, token) for token in (stable, first, second)] == [0, 0, 0]
    client.ahead(301)
    assert [counted(client, token) for token in (stable, first, second)] == [0, 42001, 0]
    assert older(client, secret="x")["errcode"] == 40125
    assert older(client, secret="")["errcode"] == 41004


def older(client: Client, **more: str) -> dict[str, object]:
    query = {"grant_type": "client_credential", "appid": made.APPID, "secret": made.SECRET, **more}
    return client.http.get("/wechat/cgi-bin/token", params={k: v for k, v in query.items() if v}).json()


def test_a_forced_token_comes_twenty_times_a_day(client: Client) -> None:
    seen = []
    for number in range(21):
        client.ahead(31 * number)
        seen.append(client.token(force_refresh=True))
    assert len({one["access_token"] for one in seen[:20]}) == 20
    assert seen[20]["errcode"] == 45009
    assert client.token()["access_token"] == seen[19]["access_token"]


@pytest.mark.parametrize("token", ["x", "97_" + "a" * 100])
def test_a_token_that_nobody_gave_out_is_refused(client: Client, token: str) -> None:
    assert counted(client, token) == (40014 if len(token) < 40 else 40001)


def test_calls_of_a_day_are_counted(client: Client) -> None:
    publish_id = client.published()["publish_id"]
    for _ in range(100):
        assert "errcode" not in client.wechat("freepublish/get", {"publish_id": publish_id})
    assert client.wechat("freepublish/get", {"publish_id": publish_id})["errcode"] == 45009
    assert client.draft().get("errcode", 0) == 0
    quota = client.wechat("openapi/quota/get", {"cgi_path": "/cgi-bin/freepublish/get"})["quota"]
    assert quota == {"daily_limit": 100, "used": 100, "remain": 0}
    client.ahead(86_400)
    assert "errcode" not in client.wechat("freepublish/get", {"publish_id": publish_id})


def test_cleared_quotas_begin_anew_ten_times_a_month(client: Client, limited: Client) -> None:
    query = {"access_token": str(limited.token()["access_token"])}

    def used_up() -> object:
        return [code(limited.http.get("/wechat/cgi-bin/draft/count", params=query)) for _ in range(3)]

    def clear() -> object:
        return limited.wechat("clear_quota", {"appid": made.APPID})["errcode"]

    assert used_up() == [0, 0, 45009]
    assert clear() == 0
    assert used_up() == [0, 0, 45009]
    assert [clear() for _ in range(10)] == [0] * 9 + [48006]


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Client]:
    """A sandbox whose accounts have very little left."""
    weibo = {**made.ACCOUNTS["weibo"][0], "limit": 6, "posts": 2, "token_days": 1}
    wechat = {**made.ACCOUNTS["wechat"][0], "quotas": {"cgi-bin/draft/count": 2}}
    (tmp_path / "accounts.json").write_text(json.dumps({"weibo": [weibo], "wechat": [wechat]}), encoding="utf-8")
    with made.serving(tmp_path) as url:
        store = SandboxStore(tmp_path)
        given = Client(made.Rehearsal(url, store, tmp_path, made.Assets(tmp_path / "assets")))
        yield given
        given.http.close()
        store.close()


def test_a_material_is_not_known_everywhere_at_once(client: Client) -> None:
    client.switch("wechat", "media-lag", value=10)
    article = {"title": "甲", "content": "<p>乙</p>", "thumb_media_id": client.thumb()}
    assert client.wechat("draft/add", {"articles": [article]})["errcode"] == 40007
    client.ahead(11)
    assert "media_id" in client.wechat("draft/add", {"articles": [article]})


def test_a_temporary_picture_is_no_cover(client: Client) -> None:
    media_id = client.upload("media/upload", made.photograph(), type="image")["media_id"]
    assert client.draft(thumb_media_id=media_id)["errcode"] == 40007


def test_a_deleted_material_is_no_cover(client: Client) -> None:
    media_id = client.thumb()
    query = {"access_token": str(client.token()["access_token"])}
    count = client.http.get("/wechat/cgi-bin/material/get_materialcount", params=query).json()
    assert count["image_count"] == 1
    assert client.wechat("material/del_material", {"media_id": media_id})["errcode"] == 0
    assert client.wechat("material/del_material", {"media_id": media_id})["errcode"] == 40007
    assert client.draft(thumb_media_id=media_id)["errcode"] == 40007


@pytest.mark.parametrize(
    ("query", "name", "data", "number"),
    [
        ({"type": "thumb"}, "a.jpg", made.photograph((900, 900)) + bytes(64 * 1024), 40009),
        ({"type": "thumb"}, "a.png", made.drawing(), 40005),
        ({"type": "image"}, "a.webp", b"RIFF1234WEBP", 40005),
        ({"type": "voice"}, "a.ogg", b"1", 40005),
        ({"type": "video"}, "a.mp4", bytes(10 * 1024 * 1024 + 1), 45001),
        ({"type": "news"}, "a.jpg", made.photograph(), 40004),
    ],
)
def test_materials_have_limits(client: Client, query: dict[str, str], name: str, data: bytes, number: int) -> None:
    assert client.upload("material/add_material", data, name, **query)["errcode"] == number


def test_links_to_elsewhere_are_refused_or_taken_off(client: Client) -> None:
    content = "<p>见<a href='https://www.hubei.gov.cn/a'>省政府网站</a></p>"
    assert client.draft(content=content)["errcode"] == 45166
    client.switch("wechat", "links-stripped")
    kept = client.wechat("draft/get", {"media_id": client.draft(content=content)["media_id"]})
    assert kept["news_item"][0]["content"] == "<p>见省政府网站</p>"


def test_a_link_to_a_preview_is_no_link_to_an_article(client: Client) -> None:
    preview = "<p><a href='http://mp.weixin.qq.com/s?tempkey=a'>x</a></p>"
    assert client.draft(content=preview)["errcode"] == 45166
    assert client.draft(content="<p><mpvoice></mpvoice></p>")["errcode"] == 45166


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("<div style='color:red'><p>甲</p></div>", "<p>甲</p>"),
        ("<div style='color:red'>甲</div>", "<p>甲</p>"),
        ("<section style='position:fixed;COLOR:red'>甲</section>", '<section style="color: red;">甲</section>'),
        ("<section style='--a:1;color:var(--a)'>甲</section>", "<section>甲</section>"),
        ('<p style="font-family:&quot;宋体&quot;">甲</p>', "<p>甲</p>"),
        ("""<p style='font-family:"宋体"'>甲</p>""", "<p style='font-family: \"宋体\";'>甲</p>"),
        ("<article><p>甲</p></article>", "<p>甲</p>"),
        ("a &lt;b&gt; <script>x</script>", "a &lt;b&gt; "),
        ("甲</section><p>乙</p>", "甲<p>乙</p>"),
        (
            '<p><img width="8" src="http://mmbiz.qpic.cn/x/0" alt="a"></p>',
            '<p><img alt="a" data-src="http://mmbiz.qpic.cn/x/0" width="8"></p>',
        ),
    ],
)
def test_content_comes_back_rewritten(client: Client, given: str, kept: str) -> None:
    media_id = client.draft(content=given)["media_id"]
    found = client.wechat("draft/get", {"media_id": media_id})["news_item"][0]["content"]
    assert found.replace("&quot;宋体&quot;", '"宋体"').replace('"', "'") == kept.replace('"', "'")


def test_content_may_have_a_limit_in_characters(client: Client) -> None:
    client.switch("wechat", "content-limit", value=20_000)
    assert client.draft(content="<p>" + "长" * 20_000 + "</p>")["errcode"] == 45002
    assert "media_id" in client.draft(content="<p>" + "长" * 19_000 + "</p>")


@pytest.mark.parametrize(
    ("crop", "number"), [("0_0_1_1", 0), ("0_0_0.5_1", 53402), ("0_0_1", 53402), ("0_0_2_1", 53402)]
)
def test_a_cover_is_cropped_in_its_ratio(client: Client, crop: str, number: int) -> None:
    square = client.upload("material/add_material", made.photograph((300, 300)), type="image")["media_id"]
    assert client.draft(thumb_media_id=square, pic_crop_1_1=crop).get("errcode", 0) == number


def test_a_draft_is_updated_by_its_index(client: Client) -> None:
    media_id = client.draft()["media_id"]

    def update(index: object, articles: object) -> object:
        return client.wechat("draft/update", {"media_id": media_id, "index": index, "articles": articles})["errcode"]

    assert update(0, {"title": "新", "content": "<p>新</p>"}) == 0
    kept = client.wechat("draft/get", {"media_id": media_id})["news_item"]
    assert [one["title"] for one in kept] == ["新"]
    assert kept[0]["thumb_media_id"]
    assert update(1, {"title": "新", "content": "<p>新</p>"}) == 40114
    assert update(0, [{"title": "新", "content": "<p>新</p>"}]) == 47001
    assert update(0, {"title": "长" * 33, "content": "<p>新</p>"}) == 45003


def test_a_draft_of_pictures_needs_known_ones(client: Client) -> None:
    picture = {"image_media_id": client.thumb()}
    one = {"article_type": "newspic", "image_info": {"image_list": [picture]}}
    media_id = client.draft(**one)["media_id"]
    kept = client.wechat("draft/get", {"media_id": media_id})["news_item"][0]
    assert (kept["article_type"], kept["thumb_media_id"]) == ("newspic", picture["image_media_id"])
    assert client.draft(article_type="newspic")["errcode"] == 40007


def test_a_draft_has_one_to_eight_articles_and_one_alone_a_digest(client: Client) -> None:
    article = {"title": "甲", "digest": "摘要", "content": "<p>乙</p>", "thumb_media_id": client.thumb()}
    assert client.wechat("draft/add", {"articles": [article] * 9})["errcode"] == 45008
    assert client.wechat("draft/add", {"articles": []})["errcode"] == 44003
    media_id = client.wechat("draft/add", {"articles": [article] * 8})["media_id"]
    kept = client.wechat("draft/get", {"media_id": media_id})["news_item"]
    assert [one["digest"] for one in kept] == [""] * 8


@pytest.mark.parametrize(
    ("method", "call", "content", "number"),
    [
        ("GET", "draft/add", b"", 43002),
        ("POST", "draft/count", b"{}", 43001),
        ("POST", "draft/add", b"", 44002),
        ("POST", "draft/add", b"articles=1", 47001),
        ("POST", "draft/add", "{'articles'}".encode("gb18030"), 47001),
        ("POST", "draft/add", b'{"articles":"\xff"}', 47001),
        ("POST", "draft/add", b"[]", 47001),
        ("POST", "media/uploadimg", b"{}", 43002),
        ("POST", "no/such", b"{}", 40066),
    ],
)
def test_a_call_of_the_wrong_shape_has_its_code(
    client: Client, method: str, call: str, content: bytes, number: int
) -> None:
    query = {"access_token": str(client.token()["access_token"])}
    reply = client.http.request(method, f"/wechat/cgi-bin/{call}", params=query, content=content)
    assert (reply.status_code, code(reply)) == (200, number)


def test_a_token_in_the_body_is_missing(client: Client) -> None:
    body = {"access_token": client.token()["access_token"]}
    assert code(client.http.post("/wechat/cgi-bin/draft/get", json=body)) == 41001


@pytest.mark.parametrize(
    ("content", "number"),
    [
        (b"", 44002),
        (b"x", 47001),
        (b'{"grant_type":"x"}', 40002),
        (b'{"grant_type":"client_credential"}', 41002),
        (b'{"grant_type":"client_credential","appid":"x"}', 41004),
        (b'{"grant_type":"client_credential","appid":"x","secret":"y"}', 40013),
    ],
)
def test_a_token_is_asked_for_in_full(client: Client, content: bytes, number: int) -> None:
    assert code(client.http.post("/wechat/cgi-bin/stable_token", content=content)) == number
    assert code(client.http.get("/wechat/cgi-bin/stable_token")) == 43002


def test_an_escaped_backslash_before_u_is_no_escape(client: Client) -> None:
    query = {"access_token": str(client.token()["access_token"])}
    body = json.dumps({"articles": [{"title": "C:\\users", "content": "<p>a</p>", "thumb_media_id": client.thumb()}]})
    media_id = client.http.post("/wechat/cgi-bin/draft/add", params=query, content=body).json()["media_id"]
    assert client.wechat("draft/get", {"media_id": media_id})["news_item"][0]["title"] == "C:\\users"


def test_a_foreign_ip_is_named(client: Client) -> None:
    client.switch("wechat", "ip-refused")
    told = client.token()
    assert told["errcode"] == 40164
    assert str(told["errmsg"]).startswith("invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist rid: ")


# Weibo


def test_a_post_may_be_shown_later(client: Client) -> None:
    client.switch("weibo", "delayed", count=1)
    client.switch("weibo", "visibility-lag", value=90)
    assert code(client.share(f"甲 {PAGE}")) == 20032
    assert client.weibo("statuses/user_timeline").json()["statuses"] == []
    client.ahead(91)
    assert len(client.weibo("statuses/user_timeline").json()["statuses"]) == 1


def test_the_same_and_the_similar_are_refused_in_their_windows(client: Client) -> None:
    assert code(client.share(f"今天开始办理 {PAGE}")) == 0
    assert code(client.share(f"今天开始办理 {PAGE}")) == 20019
    assert code(client.share(f"今天，开始办理！ {PAGE}?b ")) == 0
    client.switch("weibo", "similar-refused", value=3600)
    assert code(client.share(f"今天…开始办理 {PAGE}?c ")) == 20017
    assert code(client.share(f"明天开始办理 {PAGE}?c ")) == 0
    client.ahead(3601)
    assert code(client.share(f"今天…开始办理 {PAGE}?c ")) == 0
    client.ahead(86_401)
    assert code(client.share(f"今天开始办理 {PAGE}")) == 0
    client.box.store.clear_faults()
    client.switch("weibo", "repeat-window", value=0)
    assert code(client.share(f"今天开始办理 {PAGE}")) == 0


def test_an_error_code_is_a_number_or_a_string(client: Client) -> None:
    assert code(client.share("没有链接")) == 10017
    client.switch("weibo", "error-code-string")
    assert code(client.share("没有链接")) == "10017"


def test_an_error_may_come_with_http_200(client: Client) -> None:
    client.switch("weibo", "errors-as-200")
    reply = client.share("没有链接")
    assert (reply.status_code, code(reply)) == (200, 10017)


@pytest.mark.parametrize(("value", "number", "status"), [(0, 10023, 400), (10022, 10022, 400), (10024, 10024, 403)])
def test_limits_are_told_with_their_own_codes(client: Client, value: int, number: int, status: int) -> None:
    client.switch("weibo", "rate", value=value)
    reply = client.share(f"甲 {PAGE}")
    assert (reply.status_code, code(reply)) == (status, number)


@pytest.mark.parametrize(("value", "number"), [(0, 45011), (45009, 45009)])
def test_limits_of_wechat_are_told_with_their_own_codes(client: Client, value: int, number: int) -> None:
    client.switch("wechat", "rate", value=value, call="*")
    assert client.token()["errcode"] == number


def test_numbers_are_rounded_and_addresses_rewritten(client: Client) -> None:
    told = client.share(f"今天 {PAGE} 见").json()
    assert told["id"] != int(told["idstr"])
    assert told["id"] // 1000 == int(told["idstr"]) // 1000
    assert told["mid"] == told["idstr"]
    assert re.fullmatch("今天 http://t\\.cn/A6[0-9A-Za-z]{6} 见 \u200b", told["text"])


def test_topics_are_taken_out_or_refused(client: Client) -> None:
    assert client.share(f"#荆州#今天 {PAGE}").json()["text"].startswith("今天 ")
    client.switch("weibo", "topics-refused")
    assert code(client.share(f"#荆州#明天 {PAGE}")) == 10017
    assert code(client.share(f"后天 {PAGE}#a#b ")) == 0


def test_the_timeline_ends_at_five(client: Client) -> None:
    mids = [client.share(f"第{number}条 {PAGE}").json()["idstr"] for number in range(7)][::-1]

    def shown(**query: str) -> list[str]:
        found = client.weibo("statuses/user_timeline", **query).json()["statuses"]
        return [one["idstr"] for one in found]

    assert shown(count="100") == mids[:5]
    assert shown(count="2", page="2") == mids[2:4]
    assert shown(page="2") == []
    assert shown(since_id=mids[2]) == mids[:2]
    assert shown(max_id=mids[3]) == mids[3:5]
    assert client.weibo("statuses/user_timeline", trim_user="1").json()["statuses"][0]["user"] == int(made.UID)
    assert code(client.weibo("statuses/user_timeline", uid="42")) == 21335


def test_calls_and_posts_are_counted(limited: Client) -> None:
    assert [code(limited.share(f"第{number}条 {PAGE}")) for number in range(3)] == [0, 0, 10024]
    limits = limited.weibo("account/rate_limit_status").json()
    assert (limits["user_limit"], limits["remaining_user_hits"]) == (6, 3)
    assert limits["api_rate_limits"][0]["remaining_hits"] == 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\d 00:00:0\d", limits["reset_time"])
    assert [code(limited.weibo("statuses/show", id="1")) for _ in range(3)] == [20101, 20101, 10023]


def test_posts_of_another_hour_do_not_count(limited: Client) -> None:
    assert [code(limited.share(f"第{number}条 {PAGE}")) for number in range(3)] == [0, 0, 10024]
    limited.ahead(3601)
    assert code(limited.share(f"又一条 {PAGE}")) == 0


def test_an_app_needs_a_domain(client: Client) -> None:
    client.switch("weibo", "domain-unbound")
    reply = client.share(f"甲 {PAGE}")
    assert (reply.json()["error"], code(reply)) == ("appkey not bind domain!", 10017)


def test_the_address_of_the_operator_may_be_left_out(client: Client) -> None:
    assert code(client.share(f"甲 {PAGE}", rip="")) == 10016
    client.switch("weibo", "rip-optional")
    assert code(client.share(f"甲 {PAGE}", rip="")) == 0


def test_a_server_in_the_wrong_place_is_refused(client: Client) -> None:
    client.switch("weibo", "ip-refused")
    reply = client.share(f"甲 {PAGE}")
    assert (reply.status_code, code(reply)) == (400, 10004)


def test_a_status_that_was_encoded_twice(client: Client) -> None:
    assert client.share(f"{TWICE} {PAGE}").json()["text"].startswith("%E4%BB%8A")
    assert "encoded twice" in client.box.store.calls("weibo", made.UID)[-1].result
    assert code(client.share(quote(f"今天 {PAGE}", safe=""))) == 10017
    assert "encoded twice" in client.box.store.calls("weibo", made.UID)[-1].result
    client.switch("weibo", "encoded-twice-refused")
    assert code(client.share(f"{TWICE}！ {PAGE}")) == 10017
    assert code(client.share(f"涨幅 5%20 和 {PAGE}?a=%E4%BB%8A%E5%A4%A9 ")) == 0


def test_a_token_ends_and_is_taken_back(limited: Client) -> None:
    info = limited.http.post("/weibo/oauth2/get_token_info", data={"access_token": made.TOKEN}).json()
    assert 86_390 < info["expire_in"] <= 86_400
    limited.ahead(86_401)
    reply = limited.share(f"甲 {PAGE}")
    assert (reply.status_code, code(reply)) == (401, 21327)
    limited.ahead(0)
    assert limited.http.get("/weibo/oauth2/revokeoauth2", params={"access_token": made.TOKEN}).json() == {
        "result": "true"
    }
    assert code(limited.share(f"甲 {PAGE}")) == 21321


def test_an_authorisation_is_given_for_a_code(limited: Client) -> None:
    limited.ahead(86_401)
    back = "https://app.example.com/back"
    ask = {"client_id": "1", "redirect_uri": back, "response_type": "code", "state": "s"}
    sent = limited.http.get("/weibo/oauth2/authorize", params=ask)
    given = httpx.URL(sent.headers["location"])
    assert (sent.status_code, str(given).partition("?")[0], given.params["state"]) == (302, back, "s")
    form = {"client_id": "1", "client_secret": "2", "grant_type": "authorization_code", "redirect_uri": back}
    form["code"] = given.params["code"]
    wrong = limited.http.post("/weibo/oauth2/access_token", data={**form, "redirect_uri": "https://b.example.com"})
    assert (code(wrong), wrong.json()["error"], "error_uri" in wrong.json()) == (21322, "redirect_uri_mismatch", True)
    told = limited.http.post("/weibo/oauth2/access_token", data=form).json()
    assert (told["access_token"], told["expires_in"], told["remind_in"]) == (made.TOKEN, 86_400, "86400")
    assert (told["uid"], told["isRealName"]) == (made.UID, "true")
    assert code(limited.share(f"甲 {PAGE}")) == 0
    assert code(limited.http.post("/weibo/oauth2/access_token", data=form)) == 21325


@pytest.mark.parametrize("call", ["update", "upload", "upload_url_text", "upload_pic"])
def test_closed_calls_say_so(client: Client, call: str) -> None:
    reply = client.http.post(f"/weibo/2/statuses/{call}.json", data={"access_token": made.TOKEN, "status": "x"})
    assert (reply.status_code, code(reply)) == (403, 10014)


def test_deleting_may_be_closed(client: Client) -> None:
    form = {"access_token": made.TOKEN, "id": client.share(f"甲 {PAGE}").json()["idstr"]}
    client.switch("weibo", "destroy-closed", count=1)
    reply = client.http.post("/weibo/2/statuses/destroy.json", data=form)
    assert (reply.status_code, code(reply)) == (403, 10014)
    assert code(client.http.post("/weibo/2/statuses/destroy.json", data=form)) == 0
    assert code(client.http.post("/weibo/2/statuses/destroy.json", data=form)) == 20101


def test_a_post_of_another_account_is_not_deleted(client: Client) -> None:
    mid = client.share(f"甲 {PAGE}").json()["idstr"]
    client.box.store.run("UPDATE weibos SET uid = '42'")
    form = {"access_token": made.TOKEN, "id": mid}
    assert code(client.http.post("/weibo/2/statuses/destroy.json", data=form)) == 20102


def test_a_picture_needs_a_file_name(client: Client) -> None:
    texts = {"access_token": made.TOKEN, "rip": "121.62.0.1", "status": f"图 {PAGE}"}
    parts = [
        f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in texts.items()
    ]
    head = '--b\r\nContent-Disposition: form-data; name="pic"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = "".join([*parts, head]).encode() + made.photograph() + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    reply = client.http.post("/weibo/2/statuses/share.json", content=body, headers=headers)
    assert code(reply) == 20007
    assert client.box.store.published("weibo", made.UID) == []


def test_a_text_that_is_far_too_long_has_another_code(client: Client) -> None:
    assert code(client.share("长" * 301 + PAGE)) == 20013


def test_get_where_post_is_required(client: Client) -> None:
    reply = client.weibo("statuses/share", status=f"甲 {PAGE}")
    assert (reply.status_code, code(reply)) == (405, 10021)
