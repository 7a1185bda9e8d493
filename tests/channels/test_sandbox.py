"""The sandbox platforms as independent clients meet them: rules, replies, faults, pages and memory."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from channels.sandbox.accounts import AccountsUnreadable, accounts_in, make_accounts
from channels.sandbox.server import STATE, SandboxRunning, running, serve
from channels.sandbox.store import SandboxStore
from tests.channels import revisions as made
from tests.channels.sandbox_client import PAGE, Client


@pytest.fixture
def box(served: made.Rehearsal) -> made.Rehearsal:
    served.store.clear_faults()
    for table in ("weibos", "drafts", "publications", "calls", "tokens"):
        served.store.run(f"DELETE FROM {table}")
    return served


@pytest.fixture
def client(box: made.Rehearsal) -> Iterator[Client]:
    made_client = Client(box)
    yield made_client
    made_client.http.close()


@pytest.mark.parametrize(
    ("status", "more", "code"),
    [
        ("", {}, 20008),
        ("没有链接", {}, 10017),
        ("链接不对 https://www.jingzhou.gov.cn.evil.com/", {}, 10017),
        ("长" * 131 + PAGE, {}, 20012),
        (f"没有 IP {PAGE}", {"rip": ""}, 10016),
        (f"没有令牌 {PAGE}", {"access_token": ""}, 21301),
        (f"令牌不对 {PAGE}", {"access_token": "x"}, 21332),
    ],
)
def test_weibo_refuses_what_its_contract_refuses(
    box: made.Rehearsal, client: Client, status: str, more: dict[str, str], code: int
) -> None:
    reply = client.share(status, **more)
    assert reply.json()["error_code"] == code
    assert reply.status_code >= 400
    assert box.store.published("weibo", made.UID) == []


def test_weibo_rewrites_addresses_and_takes_topics_out(client: Client) -> None:
    text = client.share(f"#荆州#今天 {PAGE} 见").json()["text"]
    assert text.startswith("今天 http://t.cn/A6")
    assert text.endswith(" 见 \u200b")


def test_weibo_knows_what_was_just_said(client: Client) -> None:
    assert client.share(f"甲 {PAGE}").status_code == 200
    assert client.share(f"甲 {PAGE}").json()["error_code"] == 20019


def test_weibo_shows_five_posts_at_most_newest_first(client: Client) -> None:
    made_ids = [client.share(f"第{number}条 {PAGE}").json()["idstr"] for number in range(7)]
    shown = client.weibo("statuses/user_timeline", count="100").json()["statuses"]
    assert [post["idstr"] for post in shown] == made_ids[:1:-1]
    assert all(len(mid) == 16 for mid in made_ids)


@pytest.mark.parametrize(
    ("name", "data", "code"), [("a.jpg", b"BM1234", 20005), ("a.gif", b"GIF8" + bytes(5 << 20), 20006)]
)
def test_weibo_looks_at_the_picture(client: Client, name: str, data: bytes, code: int) -> None:
    form = {"access_token": made.TOKEN, "rip": "121.62.0.1", "status": f"图 {PAGE}"}
    reply = client.http.post("/weibo/2/statuses/share.json", data=form, files={"pic": (name, data)})
    assert reply.json()["error_code"] == code


def test_weibo_keeps_the_picture_byte_by_byte(box: made.Rehearsal, client: Client) -> None:
    data = made.photograph() + b"\r\n--\r\n\r\n"
    form = {"access_token": made.TOKEN, "rip": "121.62.0.1", "status": f"图 {PAGE}"}
    post = client.http.post("/weibo/2/statuses/share.json", data=form, files={"pic": ("a.jpg", data)}).json()
    assert client.http.get(f"/media/wb{post['idstr']}").content == data


def test_weibo_closed_calls_say_so(client: Client) -> None:
    reply = client.http.post("/weibo/2/statuses/update.json", data={"access_token": made.TOKEN, "status": "x"})
    assert (reply.status_code, reply.json()["error_code"]) == (403, 10014)


def test_a_stable_token_is_the_same_until_it_is_forced(client: Client) -> None:
    first = client.token()
    assert client.token()["access_token"] == first["access_token"]
    forced = client.token(force_refresh=True)
    assert forced["access_token"] != first["access_token"]
    assert client.token(force_refresh=True)["access_token"] == forced["access_token"]
    old = client.http.get("/wechat/cgi-bin/draft/count", params={"access_token": str(first["access_token"])})
    assert old.json()["errcode"] == 40001


@pytest.mark.parametrize(
    ("more", "code"), [({"secret": "x"}, 40125), ({"appid": "x"}, 40013), ({"grant_type": "x"}, 40002)]
)
def test_a_token_needs_the_right_credentials(client: Client, more: dict[str, str], code: int) -> None:
    assert client.token(**more)["errcode"] == code


def test_wechat_answers_errors_with_http_200_and_a_request_id(client: Client) -> None:
    reply = client.http.post("/wechat/cgi-bin/draft/add", json={})
    assert (reply.status_code, reply.json()["errcode"]) == (200, 41001)
    assert " rid: " in reply.json()["errmsg"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"title": "长" * 33}, 45003),
        ({"digest": "长" * 129}, 45004),
        ({"author": "长" * 17}, 45110),
        ({"content": ""}, 44004),
        ({"content": "长" * 400_000}, 45002),
        ({"content_source_url": "https://a.cn/" + "b" * 1024}, 41039),
        ({"thumb_media_id": "x"}, 40007),
        ({"content": "<p><a href='https://www.example.com'>x</a></p>"}, 45166),
    ],
)
def test_a_draft_is_refused_for_what_its_contract_refuses(
    client: Client, changes: dict[str, object], code: int
) -> None:
    assert client.draft(**changes)["errcode"] == code


def test_a_draft_is_kept_without_scripts_classes_and_foreign_pictures(client: Client) -> None:
    content = "<p class='a' onclick='x()'>甲<script>x</script><img src='https://www.example.com/a.png'>乙</p>"
    media_id = client.draft(content=content)["media_id"]
    kept = client.wechat("draft/get", {"media_id": media_id})["news_item"][0]
    assert kept["content"] == "<p>甲乙</p>"
    assert kept["digest"] == "甲乙"


def test_escaped_characters_are_stored_as_they_were_sent(client: Client) -> None:
    article = {"title": "甲", "content": "<p>乙</p>", "thumb_media_id": client.thumb()}
    query = {"access_token": str(client.token()["access_token"])}
    body = json.dumps({"articles": [article]}, ensure_ascii=True)
    media_id = client.http.post("/wechat/cgi-bin/draft/add", params=query, content=body).json()["media_id"]
    assert client.wechat("draft/get", {"media_id": media_id})["news_item"][0]["title"] == "\\u7532"


def test_a_picture_answer_is_text_with_escaped_slashes(client: Client) -> None:
    query = {"access_token": str(client.token()["access_token"])}
    reply = client.http.post(
        "/wechat/cgi-bin/media/uploadimg", params=query, files={"media": ("a.png", made.drawing(), "image/png")}
    )
    assert reply.headers["content-type"].startswith("text/plain")
    assert "errcode" not in reply.json()
    assert b"http:\\/\\/mmbiz.qpic.cn\\/" in reply.content


def test_a_picture_without_a_name_is_missing(client: Client) -> None:
    query = {"access_token": str(client.token()["access_token"])}
    boundary = 'Content-Disposition: form-data; name="media"\r\nContent-Type: image/png\r\n\r\n'
    body = b"--b\r\n" + boundary.encode() + made.drawing() + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    reply = client.http.post("/wechat/cgi-bin/media/uploadimg", params=query, content=body, headers=headers)
    assert reply.json()["errcode"] == 41005


def test_a_draft_vanishes_when_published_and_an_article_when_deleted(client: Client) -> None:
    media_id = client.draft(content_source_url=PAGE)["media_id"]
    publish_id = client.wechat("freepublish/submit", {"media_id": media_id})["publish_id"]
    assert isinstance(publish_id, int)
    assert client.wechat("draft/get", {"media_id": media_id})["errcode"] == 40007
    assert client.wechat("freepublish/submit", {"media_id": media_id})["errcode"] == 40007
    assert client.wechat("freepublish/get", {"publish_id": publish_id})["publish_status"] == 1
    done = client.wechat("freepublish/get", {"publish_id": str(publish_id)})
    assert done["publish_status"] == 0
    listed = client.wechat("freepublish/batchget", {"offset": 0, "count": 20, "no_content": 1})
    assert listed["item"][0]["content"]["news_item"][0]["content_source_url"] == PAGE
    assert "content" not in listed["item"][0]["content"]["news_item"][0]
    article = {"article_id": done["article_id"]}
    assert client.wechat("freepublish/delete", {**article, "index": 1})["errcode"] == 0
    assert client.wechat("freepublish/getarticle", article)["errcode"] == 53600
    assert client.wechat("freepublish/get", {"publish_id": publish_id})["publish_status"] == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        {"platform": "weibo", "fault": "fire"},
        {"platform": "weibo", "fault": "rate", "count": 0},
        {"platform": "x"},
    ],
)
def test_a_wrong_switch_is_refused_with_a_reason(client: Client, wrong: object) -> None:
    reply = client.http.post("/admin/faults", json=wrong)
    assert reply.status_code == 400
    assert reply.json()["error"]


def test_a_switch_is_used_up_and_can_be_cleared(client: Client) -> None:
    client.http.post("/admin/faults", json={"platform": "weibo", "fault": "rate", "count": 2})
    assert [client.share(f"{number} {PAGE}").status_code for number in range(3)] == [400, 400, 200]
    assert client.http.get("/admin/faults").json() == {"faults": []}
    client.http.post("/admin/faults", json={"platform": "weibo", "fault": "rate", "count": None})
    assert client.http.delete("/admin/faults").json() == {"faults": []}


def test_a_switch_for_one_account_leaves_the_others_alone(client: Client) -> None:
    client.http.post("/admin/faults", json={"platform": "weibo", "fault": "rate", "account": "42", "count": None})
    assert client.share(f"甲 {PAGE}").status_code == 200


def test_latency_delays_every_call(client: Client) -> None:
    client.http.post("/admin/faults", json={"platform": "weibo", "fault": "latency", "value": 150, "count": None})
    start = time.monotonic()
    client.weibo("statuses/user_timeline")
    assert time.monotonic() - start > 0.14


def test_an_answer_waits_for_no_acknowledgement(client: Client) -> None:
    """The quickest of twenty counts: Nagle's algorithm would hold back each of them for 40 ms."""
    spans = []
    for _ in range(20):
        began = time.monotonic()
        client.weibo("statuses/user_timeline", count="1")
        spans.append(time.monotonic() - began)
    assert min(spans) < 0.03


def test_a_dropped_connection_answers_not_one_byte(box: made.Rehearsal, client: Client) -> None:
    box.fault("weibo", "accept-then-drop")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.share(f"甲 {PAGE}")
    assert len(box.store.published("weibo", made.UID)) == 1


def test_pages_show_what_was_published_under_the_drill_banner(client: Client) -> None:
    client.share(f"今天 {PAGE} <b>")
    media_id = client.draft(content_source_url=PAGE, title="甲<乙>")["media_id"]
    client.wechat("freepublish/submit", {"media_id": media_id})
    paths = ["/", f"/phone/weibo/{made.UID}", f"/phone/wechat/{made.APPID}", "/log"]
    pages = {path: client.http.get(path).text for path in paths}
    assert all("演练" in page for page in pages.values())
    assert f'href="{PAGE}"' in pages[f"/phone/weibo/{made.UID}"]
    assert "&lt;b&gt;" in pages[f"/phone/weibo/{made.UID}"]
    link = pages[f"/phone/wechat/{made.APPID}"].partition('href="/phone/wechat/article/')[2].partition('"')[0]
    article = client.http.get(f"/phone/wechat/article/{link}")
    assert "甲&lt;乙&gt;" in article.text
    assert "script" not in article.headers["content-security-policy"]
    assert client.http.get("/phone/weibo/42").status_code == 404


def test_a_page_of_another_site_cannot_reach_the_sandbox(client: Client) -> None:
    assert client.http.get("/", headers={"Host": "evil.example.com"}).status_code == 400


def test_the_log_holds_no_token(client: Client) -> None:
    client.share(f"甲 {PAGE}")
    client.draft()
    page = client.http.get("/log").text
    assert made.TOKEN not in page
    assert made.SECRET not in page


def test_new_accounts_are_taken_over_on_reload(box: made.Rehearsal, client: Client) -> None:
    more = {
        **made.ACCOUNTS,
        "weibo": [*made.ACCOUNTS["weibo"], {"uid": "42", "name": "荆农", "token": "t", "domain": "b.cn"}],
    }
    path = box.store.folder / "accounts.json"
    path.write_text(json.dumps(more), encoding="utf-8")
    assert ["weibo", "42", "荆农"] in client.http.post("/admin/reload").json()["accounts"]
    path.write_text("{", encoding="utf-8")
    assert client.http.post("/admin/reload").status_code == 400
    path.write_text(json.dumps(made.ACCOUNTS), encoding="utf-8")


def test_a_daily_limit_counts_every_call(tmp_path: Path) -> None:
    accounts = {"weibo": [{**made.ACCOUNTS["weibo"][0], "limit": 2}]}
    (tmp_path / "accounts.json").write_text(json.dumps(accounts), encoding="utf-8")
    with made.serving(tmp_path) as url:
        headers = {"Authorization": f"OAuth2 {made.TOKEN}"}
        address = f"{url}/weibo/2/statuses/user_timeline.json"
        codes = [httpx.get(address, headers=headers, trust_env=False).status_code for _ in range(3)]
    assert codes == [200, 200, 400]


@pytest.mark.parametrize("text", ["[", "[]", '{"weibo":[{"uid":"1"}]}', '{"wechat":[7]}'])
def test_unreadable_accounts_are_named_with_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "accounts.json").write_text(text, encoding="utf-8")
    with pytest.raises(AccountsUnreadable, match=r"accounts\.json"):
        SandboxStore(tmp_path)


def test_a_second_sandbox_on_the_folder_is_refused(box: made.Rehearsal) -> None:
    with pytest.raises(SandboxRunning, match="已有一个沙箱"):
        serve(box.store.folder)
    state = running(box.store.folder)
    assert state is not None
    assert state["url"] == box.url


def start(folder: Path) -> subprocess.Popen[bytes]:
    program = "import sys, pathlib; from channels.sandbox.server import serve; serve(pathlib.Path(sys.argv[1]))"
    return wait_for(folder, subprocess.Popen([sys.executable, "-c", program, str(folder)]))


def wait_for(folder: Path, child: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
    for _ in range(400):
        if (folder / STATE).exists() and json.loads((folder / STATE).read_bytes())["pid"] == child.pid:
            return child
        time.sleep(0.05)
    raise AssertionError("the sandbox did not start")


def test_what_was_published_survives_a_kill_and_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "沙 箱"
    folder.mkdir()
    (folder / "accounts.json").write_text(json.dumps(made.ACCOUNTS), encoding="utf-8")
    child = start(folder)
    form = {"access_token": made.TOKEN, "rip": "121.62.0.1", "status": f"甲 {PAGE}"}
    url = json.loads((folder / STATE).read_bytes())["url"]
    assert httpx.post(f"{url}/weibo/2/statuses/share.json", data=form, trust_env=False).status_code == 200
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child = start(folder)
    store = SandboxStore(folder)
    assert len(store.published("weibo", made.UID)) == 1
    store.close()
    child.terminate()
    assert child.wait(10) == 0
    assert not (folder / STATE).exists()
    assert running(folder) is None


def test_a_folder_of_its_own_gets_accounts_once(tmp_path: Path) -> None:
    assert make_accounts(tmp_path / "box")
    first = accounts_in(tmp_path / "box")
    assert [account.platform for account in first] == ["weibo", "wechat"]
    assert (tmp_path / "box" / "accounts.json").stat().st_mode & 0o077 == 0
    assert not make_accounts(tmp_path / "box")
    assert accounts_in(tmp_path / "box") == first


def test_a_sandbox_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    """Its tables lack what came later; what it has stays."""
    (tmp_path / "accounts.json").write_text(json.dumps(made.ACCOUNTS), encoding="utf-8")
    with sqlite3.connect(tmp_path / "sandbox.sqlite3") as database:
        database.execute(
            "CREATE TABLE accounts (platform TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, secret TEXT NOT NULL,"
            " domain TEXT NOT NULL, daily_limit INTEGER NOT NULL, since REAL NOT NULL, PRIMARY KEY (platform, id))"
        )
        database.execute("INSERT INTO accounts VALUES ('weibo', '42', '荆农', 't', 'b.cn', 7, 1.0)")
    for _ in range(2):
        store = SandboxStore(tmp_path)
        old, new = store.account("weibo", "42"), store.account("weibo", made.UID)
        store.close()
        assert old is not None
        assert new is not None
        assert (old.limit, old.posts, new.posts) == (7, 0, 30)


def test_a_post_has_a_page_of_its_own(client: Client) -> None:
    mid = client.share(f"今天 {PAGE} <b>").json()["idstr"]
    listed = client.http.get(f"/phone/weibo/{made.UID}").text
    assert f'href="/phone/weibo/post/{mid}"' in listed
    assert "&lt;b&gt;" in client.http.get(f"/phone/weibo/post/{mid}").text
    assert client.http.get("/phone/weibo/post/x").status_code == 404
    client.http.post("/weibo/2/statuses/destroy.json", data={"access_token": made.TOKEN, "id": mid})
    assert client.http.get(f"/phone/weibo/post/{mid}").status_code == 404


def test_every_article_of_a_push_has_its_page(client: Client) -> None:
    thumb = client.thumb()
    articles = [{"title": f"第{n}篇", "content": f"<p>正文{n}</p>", "thumb_media_id": thumb} for n in (1, 2)]
    media_id = client.wechat("draft/add", {"articles": articles})["media_id"]
    client.wechat("freepublish/submit", {"media_id": media_id})
    listed = client.http.get(f"/phone/wechat/{made.APPID}").text
    links = re.findall(r'href="(/phone/wechat/article/[^"]+)"', listed)
    assert ["正文1" in client.http.get(links[0]).text, "正文2" in client.http.get(links[1]).text] == [True, True]
    assert client.http.get(f"{links[0]}/3").status_code == 404


def test_the_log_says_what_was_taken_and_what_was_refused(client: Client) -> None:
    client.share("没有链接")
    client.share(f"甲 {PAGE}")
    page = client.http.get("/log").text
    assert "<b>10017</b> text not find domain!" in page
    assert page.count("<b>已受理</b>") == 1


def test_the_command_serves_a_folder_without_a_workspace(tmp_path: Path) -> None:
    folder = tmp_path / "platforms"
    command = [Path(sys.executable).with_name("tongbu"), "sandbox", "--folder", folder]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path)
    try:
        wait_for(folder, child)
        account = accounts_in(folder)[0]
        query = {"access_token": account.secret}
        url = json.loads((folder / STATE).read_bytes())["url"]
        info = httpx.post(f"{url}/weibo/oauth2/get_token_info", data=query, trust_env=False).json()
        assert info["uid"] == int(account.id)
    finally:
        child.terminate()
        child.wait(10)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["platforms"]
