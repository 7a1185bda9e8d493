"""The addresses that WeChat calls, over real HTTP: who is let in, what is kept, and what a flood can do."""

import logging
import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from channels.wechat.callback_crypto import aes_key_of
from content import inbox as inbox_module
from content.inbox import Inbox
from flows import settings
from flows.examining import callback_checks
from flows.public.callbacks import MOST_AT_ONCE, Receiver, receivers_of
from flows.settings import SettingsError, callback_secrets_of
from tests.channels.test_wechat_callback import published, secure
from tests.flows import callbacks, public_site
from tests.flows.callbacks import AES_KEY, OUTLET, TOKEN, signed

APPID = "wx3ea1d5b2c4f60718"
PATH = f"/callback/wechat/{OUTLET}"
COMMAND = Path(sys.executable).with_name("tongbu")


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    return callbacks.receiver(APPID, tmp_path, aes_key="")


@pytest.fixture
def site(receiver: Receiver) -> Iterator[httpx.Client]:
    with callbacks.receiving({OUTLET: receiver}) as client:
        yield client


def kept(receiver: Receiver) -> list[Path]:
    folder = receiver.inbox.folder
    return sorted(folder.iterdir()) if folder.exists() else []


def test_the_check_of_the_address_is_echoed_as_plain_text(site: httpx.Client) -> None:
    answer = site.get(PATH, params=signed() | {"echostr": "4375120948345356249"})
    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    for query in ({"echostr": "1"}, signed("guess") | {"echostr": "1"}, signed(at=1) | {"echostr": "1"}):
        answer = site.get(PATH, params=query)
        assert (answer.status_code, answer.text) == (403, "Forbidden")
    assert site.get(PATH, params=signed() | {"echostr": "<script>\n"}).status_code == 400


def test_a_signed_event_is_kept_once_and_answered_success(site: httpx.Client, receiver: Receiver) -> None:
    for nonce in ("1", "1", "2"):
        answer = site.post(PATH, params=signed(nonce=nonce), content=published())
        assert (answer.status_code, answer.text) == (200, "success")
    [message] = receiver.inbox.about("publication", "2247503051")
    assert (message["status"], message["addresses"]["1"]) == ("0", "http://mp.weixin.qq.com/s?mid=1")
    assert len(kept(receiver)) == 1


def test_events_of_different_moments_are_two(site: httpx.Client, receiver: Receiver) -> None:
    for at in (1481013459, 1481013460):
        assert site.post(PATH, params=signed(nonce=str(at)), content=published(at=at)).status_code == 200
    assert len(receiver.inbox.about("publication", "2247503051")) == 2


def test_what_is_not_signed_leaves_nothing(site: httpx.Client, receiver: Receiver) -> None:
    for query in (
        {},
        signed("guess"),
        signed() | {"nonce": "other"},
        signed(at=time.time() - 400),
        {"signature": "签名"},
    ):
        assert site.post(PATH, params=query, content=published()).status_code == 403
    assert kept(receiver) == []


def test_a_signature_that_was_seen_carries_no_other_message(site: httpx.Client, receiver: Receiver) -> None:
    query = signed(nonce="7")
    assert site.post(PATH, params=query, content=published(status="0")).status_code == 200
    assert site.post(PATH, params=query, content=published(status="4")).status_code == 403
    assert len(kept(receiver)) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"x" * (1 << 17), 413),
        (b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><xml>&f;</xml>', 400),
        (b"{}", 400),
        (b"", 400),
        (b"<xml/>", 400),
        (published().replace(b"2247503051", b"../../../etc/cron.d/x"), 400),
    ],
)
def test_a_signed_body_that_is_no_message_is_refused(
    site: httpx.Client, receiver: Receiver, body: bytes, status: int
) -> None:
    assert site.post(PATH, params=signed(), content=body).status_code == status
    assert kept(receiver) == []


def test_readers_words_are_answered_and_not_kept(site: httpx.Client, receiver: Receiver) -> None:
    words = "<xml><FromUserName>o1</FromUserName><MsgType>text</MsgType><Content>身份证号</Content></xml>".encode()
    answer = site.post(PATH, params=signed(), content=words)
    assert (answer.status_code, answer.text, kept(receiver)) == (200, "success", [])


def test_only_outlets_that_have_callbacks_have_an_address(site: httpx.Client) -> None:
    for path in ("/callback/wechat/other", "/callback/wechat/", "/callback/weibo/weibo-main", f"{PATH}/x", "/callback"):
        assert site.post(path, params=signed(), content=published()).status_code == 404
    assert site.put(PATH, params=signed(), content=published()).status_code == 405


def test_with_a_key_only_what_is_encrypted_is_kept(tmp_path: Path) -> None:
    known = callbacks.receiver(APPID, tmp_path)
    keys = known.callback.keys
    assert keys.aes_key == aes_key_of(AES_KEY)
    with callbacks.receiving({OUTLET: known}) as client:
        assert client.post(PATH, params=signed(), content=published()).status_code == 403
        query, body = secure(keys, published(), int(time.time()), "n5")
        assert client.post(PATH, params=query, content=body.replace(b"CDATA[", b"CDATA[A", 1)).status_code == 403
        assert kept(known) == []
        assert client.post(PATH, params=query, content=body).text == "success"
        assert len(kept(known)) == 1


def test_a_flood_of_genuine_events_does_not_fill_the_disk(tmp_path: Path) -> None:
    known = callbacks.receiver(APPID, tmp_path, aes_key="")
    small = Receiver(known.callback, Inbox(known.inbox.folder, most=25))
    with callbacks.receiving({OUTLET: small}) as client:
        for number in range(100):
            body = published().replace(b"2247503051", str(number).encode())
            assert client.post(PATH, params=signed(nonce=str(number)), content=body).text == "success"
    assert len(kept(small)) == 25
    assert small.inbox.about("publication", "99")
    assert inbox_module.MOST_FILES * inbox_module.LARGEST_BYTES < 64 * 1024 * 1024


def test_a_flood_of_forgeries_is_told_once_a_minute(
    site: httpx.Client, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "tongbu.callbacks"):
        for number in range(50):
            assert site.post(PATH, params=signed("guess", str(number)), content=published()).status_code == 403
    assert len([record for record in caplog.records if record.name == "tongbu.callbacks"]) == 1
    assert kept(receiver) == []
    assert TOKEN not in caplog.text


def test_an_inbox_that_cannot_be_written_lets_the_platform_try_again(
    site: httpx.Client, receiver: Receiver, tmp_path: Path
) -> None:
    (tmp_path / "inbox").write_text("in the way")
    assert site.post(PATH, params=signed(), content=published()).status_code == 503
    (tmp_path / "inbox").unlink()
    assert site.post(PATH, params=signed(), content=published()).text == "success"
    assert len(kept(receiver)) == 1


def test_slow_senders_do_not_keep_the_platform_out(site: httpx.Client, receiver: Receiver) -> None:
    """Only who has a signature may be slow at all, and not for long."""
    host, port = site.base_url.host, site.base_url.port
    head = f"POST {PATH}?{{}} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n<xml>"
    wires = [socket.create_connection((host, port)) for _ in range(3)]
    for number, wire in enumerate(wires):
        wire.sendall(head.format(urlencode(signed(nonce=f"s{number}"))).encode())
    assert site.post(PATH, params=signed(), content=published()).text == "success"
    wires[0].settimeout(10)
    assert b" 408 " in wires[0].recv(200)
    for wire in wires:
        wire.close()
    assert MOST_AT_ONCE > 3


# Credentials


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return public_site.workspace(tmp_path / "工作区 一")


def secrets(home: Path, text: str) -> Path:
    folder = home / "secrets"
    folder.mkdir(exist_ok=True)
    path = folder / f"{OUTLET}.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    return path


@contextmanager
def a_plain_user() -> Iterator[None]:
    """Root may read everything: it lays that down for a moment."""
    before = os.geteuid()
    os.seteuid(before or 65_534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_only_the_callbacks_own_credentials_are_taken(home: Path) -> None:
    secrets(home, f'secret = "5ecret"\ncallback_token = " {TOKEN} "\ncallback_aes_key = "{AES_KEY}"\n')
    assert callback_secrets_of(home, OUTLET) == {"callback_token": TOKEN, "callback_aes_key": AES_KEY}
    known = receivers_of(home, settings.load(home))
    assert list(known) == [OUTLET]
    assert "5ecret" not in repr(known)
    assert TOKEN not in repr(known)


def test_without_a_token_there_are_no_callbacks(home: Path) -> None:
    assert receivers_of(home, settings.load(home)) == {}
    secrets(home, 'secret = "5ecret"\n')
    assert receivers_of(home, settings.load(home)) == {}


def test_a_token_in_the_environment_leaves_the_file_alone(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets(home, "this is no TOML, and nobody may read it").chmod(0o644)
    monkeypatch.setenv("TONGBU_SECRET_WECHAT_MAIN_CALLBACK_TOKEN", TOKEN)
    assert callback_secrets_of(home, OUTLET) == {"callback_token": TOKEN}
    assert receivers_of(home, settings.load(home))[OUTLET].callback.keys.aes_key is None


def test_a_file_that_this_user_may_not_read_is_left_alone(home: Path) -> None:
    secrets(home, f'callback_token = "{TOKEN}"').parent.chmod(0)
    with a_plain_user():
        assert callback_secrets_of(home, OUTLET) == {}


def test_a_key_that_is_none_stops_the_start_and_is_not_shown(home: Path) -> None:
    secrets(home, f'callback_token = "{TOKEN}"\ncallback_aes_key = "{AES_KEY[:-1]}"\n')
    with pytest.raises(SettingsError, match="callback_aes_key of wechat-main") as caught:
        receivers_of(home, settings.load(home))
    assert AES_KEY[:-1] not in str(caught.value)


def test_the_process_answers_callbacks_beside_the_search(home: Path) -> None:
    """As a user of its own would run it: the token from the environment, no secrets, and the inbox as the only thing written."""
    environment: dict[str, Any] = {**os.environ, "TONGBU_SECRET_WECHAT_MAIN_CALLBACK_TOKEN": TOKEN}
    command = [COMMAND, "--home", home, "public", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        search, address = process.stdout.readline().split()[-1], process.stdout.readline().split()[-1]
        assert address.endswith(PATH)
        assert httpx.get(address, params=signed() | {"echostr": "55"}, trust_env=False).text == "55"
        answer = httpx.post(address, params=signed(), content=published(), trust_env=False)
        assert (answer.text, answer.headers["content-security-policy"][:18]) == ("success", "default-src 'none'")
        assert httpx.get(search, trust_env=False).status_code == 200
        assert httpx.post(address, params=signed("guess"), content=published(), trust_env=False).status_code == 403
    finally:
        process.terminate()
        process.wait(10)
    assert process.returncode == 0
    assert sorted(entry.name for entry in home.iterdir()) == ["inbox", "outlets", "tongbu.toml"]
    assert len(list(Inbox.of(home, "wechat", APPID).folder.iterdir())) == 1


def test_the_process_answers_callbacks_where_no_website_has_a_search(home: Path) -> None:
    without_search(home)
    shutil.rmtree(home / "outlets")
    secrets(home, f'callback_token = "{TOKEN}"')
    with process_of(home) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        assert address.endswith(PATH)
        assert httpx.get(address, params=signed() | {"echostr": "55"}, trust_env=False).text == "55"
        assert httpx.post(address, params=signed(), content=published(), trust_env=False).text == "success"
        for path in ("/search?q=a", "/search.rss?q=a", "/suggest?q=a", "/hant/search?q=a", "/", "/index.html"):
            answer = httpx.get(address.replace(PATH, path), trust_env=False)
            assert (answer.status_code, answer.headers["x-content-type-options"]) == (404, "nosniff"), path
    assert process.returncode == 0
    assert len(list(Inbox.of(home, "wechat", APPID).folder.iterdir())) == 1


def test_files_are_served_where_no_website_has_a_search(home: Path) -> None:
    without_search(home)
    with process_of(home, "--static") as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        assert httpx.get(f"{address}index.html", trust_env=False).status_code == 200
        assert httpx.get(f"{address}search?q=a", trust_env=False).status_code == 404


def test_without_search_callbacks_and_files_there_is_nothing_to_serve(home: Path) -> None:
    without_search(home)
    command = [COMMAND, "--home", home, "public", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "there is nothing to serve: portal" in done.stderr) == (1, True), done.stderr
    assert "callback_token" in done.stderr


def without_search(home: Path) -> None:
    path = home / settings.SETTINGS_FILE
    text = path.read_text(encoding="utf-8")
    portal = 'id = "portal"\n'
    for old, new in ((portal, f"{portal}options.search = false\n"), ("feeds = false", "feeds = false, search = false")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@contextmanager
def process_of(home: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [COMMAND, "--home", home, "public", "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def test_the_doctor_says_when_an_event_came_last(quiet_office: Any) -> None:
    assert callback_checks(quiet_office.wired) == []
    path = quiet_office.home / "secrets" / f"{OUTLET}.toml"
    before = path.read_text()
    path.write_text(f'{before}callback_token = "{TOKEN}"\n')
    [check] = callback_checks(quiet_office.wired)
    assert (check.ok, check.detail) == (True, "in the clear; no event has come yet")
    Inbox.of(quiet_office.home, "wechat", APPID).keep("publication", "1", ["a"], {})
    assert f"came at {datetime.now(UTC):%Y-%m-%d}" in callback_checks(quiet_office.wired)[0].detail
    path.write_text(f'{before}callback_token = "{TOKEN}"\ncallback_aes_key = "short"\n')
    [check] = callback_checks(quiet_office.wired)
    assert (check.ok, "short" in check.detail) == (False, False)


def test_outlets_of_one_account_share_its_inbox() -> None:
    one, other = Inbox.of(Path("/w"), "wechat", APPID), Inbox.of(Path("/w"), "wechat", APPID)
    assert one == other != Inbox.of(Path("/w"), "wechat", "wxother")
