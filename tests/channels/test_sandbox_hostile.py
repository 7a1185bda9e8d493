"""Whatever a client sends, the sandbox answers as a platform would: with a code, never with a crash of its own."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.sandbox.accounts import Account
from channels.sandbox.app import carried_out
from channels.sandbox.exchange import Call, Upload, parsed
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat import Wechat
from channels.sandbox.weibo import Weibo
from tests.channels import revisions as made

PAGE = f"https://{made.DOMAIN}/a.html"
WORDS = ["M", "mpnews", "text", "newspic", "client_credential", made.APPID, made.SECRET, "2026-11-24", "draft/add"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=40)
    | st.sampled_from(WORDS)
)
NAMES = st.sampled_from(
    [
        "articles",
        "title",
        "content",
        "digest",
        "author",
        "thumb_media_id",
        "content_source_url",
        "media_id",
        "index",
        "offset",
        "count",
        "no_content",
        "type",
        "publish_id",
        "article_id",
        "appid",
        "secret",
        "grant_type",
        "force_refresh",
        "image_info",
        "image_list",
        "image_media_id",
        "article_type",
        "pic_crop_1_1",
        "cgi_path",
        "filter",
        "is_to_all",
        "tag_id",
        "msgtype",
        "mpnews",
        "text",
        "clientmsgid",
        "towxname",
        "msg_id",
        "article_idx",
        "begin_date",
        "end_date",
    ]
)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=6)
)
MARKUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<div>",
            "</div>",
            "<section>",
            "</section>",
            "<article>",
            "<img",
            "src='x'>",
            "<img>",
            "<a",
            "href='//'>",
            "</a>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<style>",
            "<svg>",
            "<script>",
            "</script>",
            "&quot;",
            "&#0;",
            "&#xD800;",
            "\x00",
            "\x0b",
            "<",
            ">",
            "style='",
            '"',
            "甲",
            "<table><tr>",
            "</html>",
            "<body>",
        ]
    ),
    max_size=12,
).map("".join)
FORMS = st.dictionaries(
    st.sampled_from(
        [
            "access_token",
            "status",
            "rip",
            "id",
            "uid",
            "count",
            "page",
            "since_id",
            "max_id",
            "ids",
            "screen_name",
            "trim_user",
            "code",
            "redirect_uri",
            "client_id",
            "client_secret",
            "grant_type",
            "response_type",
            "type",
            "mid",
            "is_batch",
            "isBase62",
            "is_comment",
            "url_long",
            "state",
        ]
    ),
    st.text(max_size=40)
    | st.sampled_from([made.TOKEN, made.UID, PAGE, f"甲 {PAGE}", "9" * 30, "-1", "1", "http://[", "%E4%BB"]),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxStore]:
    folder = tmp_path_factory.mktemp("hostile")
    given_store = SandboxStore(folder)
    given_store.add_account(Account("weibo", made.UID, "荆州发布", made.TOKEN, made.DOMAIN, rights=("repost",)))
    given_store.add_account(Account("wechat", made.APPID, "荆州发布", made.SECRET, quotas={"*": 0}))
    given_store.run(
        "INSERT INTO tokens (token, appid, issued, expires, forced) VALUES ('T', ?, 0, 1e12, 0)", made.APPID
    )
    given_store.keep_media("M", Account("wechat", made.APPID, "", ""), "material", "image/jpeg", made.photograph())
    yield given_store
    given_store.close()


def answered(store: SandboxStore, platform: Wechat | Weibo, call: Call) -> int:
    """The HTTP status; the reply is JSON, or a redirection, and fits into UTF-8."""
    reply = carried_out(store, platform, call).reply
    if reply.status != 302:
        json.loads(reply.encoded().decode())
    return reply.status


def calls_of(platform: Wechat | Weibo) -> list[str]:
    return sorted(platform._calls)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_wechat_answers_any_json(store: SandboxStore, data: st.DataObject) -> None:
    wechat = Wechat(store)
    name = data.draw(st.sampled_from([*calls_of(wechat), "cgi-bin/stable_token", "cgi-bin/token", "", "../x"]))
    body = data.draw(
        st.binary(max_size=60)
        | JSON.map(lambda value: json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    )
    method = (
        "GET" if wechat._calls.get(name, ("POST",))[0] == "GET" else data.draw(st.sampled_from(["POST", "POST", "GET"]))
    )
    query = {"access_token": "T", "type": data.draw(st.sampled_from(["image", "video", "x"]))}
    assert answered(store, wechat, Call(method, name, query, body=body)) == 200


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=MARKUP | st.text(max_size=60), title=st.text(max_size=8))
def test_wechat_answers_any_markup(store: SandboxStore, content: str, title: str) -> None:
    article = {"title": title, "content": content, "thumb_media_id": "M"}
    body = json.dumps({"articles": [article]}, ensure_ascii=False).encode("utf-8", "replace")
    assert answered(store, Wechat(store), Call("POST", "cgi-bin/draft/add", {"access_token": "T"}, body=body)) == 200


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_weibo_answers_any_form(store: SandboxStore, data: st.DataObject) -> None:
    weibo = Weibo(store)
    name = data.draw(
        st.sampled_from([*calls_of(weibo), "oauth2/authorize", "oauth2/access_token", "2/statuses/go", "2/x"])
    )
    form = {"access_token": made.TOKEN, **data.draw(FORMS)}
    picture = data.draw(
        st.none() | st.builds(Upload, st.none() | st.text(max_size=5), st.just("image/png"), st.binary(max_size=9))
    )
    call = Call(
        data.draw(st.sampled_from(["GET", "POST"])), name, form=form, uploads={"pic": picture} if picture else {}
    )
    assert answered(store, weibo, call) < 500
    store.run("DELETE FROM revoked")


@settings(max_examples=300, deadline=None)
@given(
    body=st.binary(max_size=120) | st.text('-b\r\n:;= "namefilContent-Disposition', max_size=120).map(str.encode),
    kind=st.sampled_from(
        ["multipart/form-data; boundary=b", "multipart/form-data", "application/x-www-form-urlencoded", "", ";"]
    ),
)
def test_any_body_is_parsed(body: bytes, kind: str) -> None:
    assert parsed("POST", "x", {}, kind, "", body).body == body


def test_a_very_deep_body_is_an_error_and_no_crash(store: SandboxStore) -> None:
    call = Call("POST", "cgi-bin/draft/add", {"access_token": "T"}, body=b'{"articles":' + b"[" * 100_000)
    assert answered(store, Wechat(store), call) == 200


@pytest.mark.parametrize("call", ["draft/batchget", "freepublish/batchget", "material/batchget_material"])
def test_a_page_beyond_every_number_is_empty(store: SandboxStore, call: str) -> None:
    body = b'{"offset":100000000000000000000000000,"count":20,"type":"image"}'
    assert answered(store, Wechat(store), Call("POST", f"cgi-bin/{call}", {"access_token": "T"}, body=body)) == 200


@pytest.mark.parametrize("number", ["1e400", "NaN", "-1", '"1"', "true", "99999999999999999999"])
@pytest.mark.parametrize("call", ["draft/update", "freepublish/delete", "freepublish/get", "message/mass/delete"])
def test_numbers_of_any_kind_have_an_answer(store: SandboxStore, call: str, number: str) -> None:
    values = f'"index":{number},"publish_id":{number},"msg_id":{number},"article_idx":{number},"media_id":"x","article_id":"x"'
    body = f"{{{values}}}".encode()
    assert answered(store, Wechat(store), Call("POST", f"cgi-bin/{call}", {"access_token": "T"}, body=body)) == 200
