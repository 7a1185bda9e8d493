"""The app's webhook against a real receiver that verifies as docs/app.md shows."""

import base64
import json
import logging
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from channels import webhook as hooks
from channels.app import App
from channels.base import Prepared, Refused, SendAgain, Unavailable, Unknown
from content.vocabulary import Action, State
from tests.channels import site_bench as given
from tests.channels.app_backend import KEY, OTHER_KEY, Backend, Plan, documented

REHEARSAL = replace(given.OFFICE, rehearsal=True)
Make = Callable[..., App]


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = given.NOON

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def backend() -> Iterator[Backend]:
    made = Backend(now=given.NOON.timestamp)
    yield made
    made.close()


@pytest.fixture
def make(tmp_path: Path, backend: Backend, clock: Time) -> Make:
    def app(secrets: dict[str, str] | None = None, office: Any = REHEARSAL, **options: Any) -> App:
        values = {"office": office, "clock": clock, "client": lambda: httpx.Client(timeout=1.0, trust_env=False)}
        known = {"webhook_key": KEY} if secrets is None else secrets
        bench = given.bench(tmp_path, secrets=known, **values)
        return App(given.outlet("app", **{"webhook": backend.url, **options}), bench)

    return app


def work(action: Action = Action.PUBLISH, **changes: Any) -> Any:
    return given.delivery(given.item(), "app", action, **changes)


def attempt(app: App, delivery: Any, reason: str = "") -> Any:
    made = app.render(delivery.item, given.policy(), delivery.action, reason)
    return app.release(delivery, made, Prepared())


def look(app: App, delivery: Any) -> Any:
    return app.find(delivery, app.render(delivery.item, given.policy(), delivery.action))


def test_an_event_carries_the_whole_item_and_makes_it_live(make: Make, backend: Backend) -> None:
    app = make()
    _, receipt = given.send(app, work(), given.policy())
    [(event, told)] = backend.events.items()
    assert told["type"] == "item.published"
    assert told["data"]["item"] == json.loads((app.public / "items/1001.json").read_bytes())
    assert told["data"]["order"] == [1, 1]
    assert told["data"]["rehearsal"] is True
    assert receipt.state is State.LIVE
    assert (receipt.evidence["event"], receipt.evidence["acknowledged"]) == (event, "204")


def test_correction_mark_and_withdrawal_go_the_same_way(make: Make, backend: Backend) -> None:
    app = make()
    given.send(app, work(), given.policy())
    given.send(app, work(Action.CORRECT, id="2", sequence=2), given.policy(title="更正"), "标题误写")
    given.send(app, work(Action.MARK, id="3", sequence=2), given.policy(title="更正"))
    given.send(app, work(Action.WITHDRAW, id="4", sequence=2), given.policy(), "误发")
    assert backend.types == ["item.published", "item.corrected", "item.marked", "item.withdrawn"]
    gone = list(backend.events.values())[-1]["data"]["item"]
    assert gone["_tongbu"]["withdrawn"] is True
    assert "政务公开" not in json.dumps(gone, ensure_ascii=False)


def test_a_receiver_with_another_key_refuses_and_nothing_is_public(make: Make, backend: Backend) -> None:
    app = make({"webhook_key": OTHER_KEY})
    with pytest.raises(Refused, match=r"401.*bad signature.*密钥"):
        attempt(app, work())
    assert (backend.refused, backend.events) == (1, {})
    assert not app.public.exists()


def test_both_keys_are_good_while_a_new_one_is_brought_in(make: Make, backend: Backend) -> None:
    app = make({"webhook_key": OTHER_KEY, "webhook_key_old": KEY})
    attempt(app, work())
    backend.keys = (OTHER_KEY,)
    attempt(app, work(id="2", sequence=2))
    assert len(backend.events) == 2


@pytest.mark.parametrize(("late", "good"), [(-301, False), (-299, True), (299, True), (301, False)])
def test_a_replay_outside_the_window_is_refused(make: Make, backend: Backend, late: int, good: bool) -> None:
    attempt(make(), work())
    headers, body = backend.requests[0]
    assert backend.verified((KEY,), headers, body, lambda: given.NOON.timestamp() + late) is good


@pytest.mark.parametrize("changed", ["webhook-id", "webhook-timestamp", "webhook-signature", "body"])
def test_what_was_changed_on_the_way_does_not_verify(make: Make, backend: Backend, changed: str) -> None:
    attempt(make(), work())
    headers, body = backend.requests[0]
    spoilt = {**headers, **({changed: headers[changed][:-1] + "9"} if changed in headers else {})}
    altered = body.replace(b"publish", b"Publish") if changed == "body" else body
    assert backend.verified((KEY,), headers, body, backend.now)
    assert not backend.verified((KEY,), spoilt, altered, backend.now)


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="needs Node.js, in which the documentation's second example is written")
def test_the_documented_check_in_another_language_says_the_same(make: Make, backend: Backend) -> None:
    attempt(make({"webhook_key": OTHER_KEY, "webhook_key_old": KEY}), work())
    (headers, body), now = backend.requests[0], given.NOON.timestamp()
    other = {**headers, "webhook-signature": headers["webhook-signature"][:-3] + "AA="}
    asked = [([KEY], headers, body, now), ([KEY], headers, body, now + 301), ([KEY], headers, body, now - 301)]
    asked += [
        ([KEY], headers, body + b" ", now),
        (["whsec_" + "Q0ND" * 10], headers, body, now),
        ([], headers, body, now),
    ]
    asked += [([OTHER_KEY], headers, body, now), ([OTHER_KEY, KEY], other, body, now), ([KEY], {}, body, now)]
    told = [[keys, head, base64.b64encode(sent).decode(), at] for keys, head, sent, at in asked]
    run = "for (const [k, h, b, t] of JSON.parse(require('fs').readFileSync(0))) console.log(verified(k, h, Buffer.from(b, 'base64'), t));"
    script = f"{documented('javascript')}\n{run}"
    done = subprocess.run([str(NODE), "-e", script], input=json.dumps(told), capture_output=True, text=True, check=True)
    said = [line == "true" for line in done.stdout.split()]
    assert said == [backend.verified(keys, head, sent, lambda at=at: at) for keys, head, sent, at in asked]
    assert said == [True, False, False, False, False, False, True, True, False]


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The specification's own example, as its libraries' tests have it."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    said = hooks.signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


LOST = {
    "cut off": Plan(200, cut=True, taken=True),
    "500 after it was taken": Plan(500, taken=True),
    "bad gateway": Plan(502, b"<html>bad gateway</html>"),
    "a page instead of an answer": Plan(200, b"<!DOCTYPE html><title>login</title>", {"Content-Type": "text/html"}),
    "time-out said": Plan(408),
    "slow": Plan(204, seconds=1.3, taken=True),
}


@pytest.mark.parametrize("plan", LOST.values(), ids=LOST.keys())
def test_a_lost_answer_is_unknown_and_the_same_event_settles_it(make: Make, backend: Backend, plan: Plan) -> None:
    app = make()
    backend.plans = [plan]
    with pytest.raises(Unknown):
        attempt(app, work())
    assert not app.public.exists()
    with pytest.raises(SendAgain):
        look(app, work(state=State.UNKNOWN))
    assert attempt(app, work(token=2)).state is State.LIVE
    assert len(backend.attempts) == 2
    assert len(set(backend.attempts)) == len(backend.events) == 1


def test_every_attempt_has_its_own_time_and_the_same_id(make: Make, backend: Backend, clock: Time) -> None:
    backend.plans = [Plan(500)]
    with pytest.raises(Unknown):
        attempt(make(), work())
    clock.moment += timedelta(minutes=10)
    backend.now = clock.moment.timestamp
    attempt(make(), work(token=2))
    first, second = (headers for headers, _ in backend.requests)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 600


REFUSALS = {
    "gone": (Plan(410), "410.*停用"),
    "with words": (Plan(422, "字段不全\r\n请补充".encode(), {"Content-Type": "text/plain"}), "422.*字段不全 请补充"),
    "with a message": (Plan(400, b'{"message": "no such app"}'), "no such app"),
    "moved": (Plan(308, headers={"Location": "http://127.0.0.1:9/"}), "308.*新地址"),
    "too large": (Plan(413), "413.*大小"),
}


@pytest.mark.parametrize(("plan", "said"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_no_is_refused_with_the_receivers_words(make: Make, backend: Backend, plan: Plan, said: str) -> None:
    app = make()
    backend.plans = [plan]
    with pytest.raises(Refused, match=said):
        attempt(app, work())
    assert len(backend.requests) == 1
    assert not app.public.exists()


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_names_a_time_is_left_alone_until_then(make: Make, backend: Backend, status: int) -> None:
    backend.plans = [Plan(status, headers={"Retry-After": "90"})]
    with pytest.raises(Unavailable) as caught:
        attempt(make(), work())
    assert caught.value.retry_after == given.later(1.5)


def test_without_a_connection_nothing_was_sent(make: Make, backend: Backend) -> None:
    backend.close()
    with pytest.raises(Unavailable, match="连接不上"):
        attempt(make(), work())


def test_the_status_address_settles_what_the_receiver_took(make: Make, backend: Backend) -> None:
    app = make(webhook_status=f"{backend.url}/events/")
    backend.plans = [Plan(204, cut=True, taken=True)]
    with pytest.raises(Unknown):
        attempt(app, work())
    receipt = look(app, work(state=State.UNKNOWN))
    assert (receipt.state, receipt.evidence["acknowledged"]) == (State.LIVE, "status")
    assert len(backend.attempts) == 1


def test_a_receiver_that_does_not_drop_repetitions_is_asked_or_a_person_is(
    make: Make, backend: Backend, clock: Time
) -> None:
    backend.plans = [Plan(502)]
    app = make(webhook_repeat=False, webhook_status=f"{backend.url}/events")
    with pytest.raises(Unknown):
        attempt(app, work())
    with pytest.raises(Unavailable) as caught:
        look(app, work(state=State.UNKNOWN))
    clock.moment = caught.value.retry_after
    assert look(app, work(state=State.UNKNOWN)) is None
    with pytest.raises(Unknown, match="请与后台核实") as alone:
        look(make(webhook_repeat=False), work(state=State.UNKNOWN))
    assert not isinstance(alone.value, SendAgain)


def test_a_status_address_that_talks_of_something_else_proves_nothing(make: Make, backend: Backend) -> None:
    app = make(webhook_status=f"{backend.url}/events")
    backend.told = lambda _headers, _event: Plan(200, b'{"id": "evt_other", "received": false}')  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        look(app, work(state=State.UNKNOWN))


def test_files_that_could_not_be_written_after_the_acknowledgement_are_unknown(make: Make, backend: Backend) -> None:
    app = make()
    (app.bench.folder / "public").mkdir(parents=True)
    (app.bench.folder / "public" / "app").write_text("in the way")
    with pytest.raises(Unknown):
        attempt(app, work())
    (app.bench.folder / "public" / "app").unlink()
    assert look(app, work(state=State.UNKNOWN)).state is State.LIVE
    assert len(backend.attempts) == 1


def test_a_late_worker_tells_nobody(make: Make, backend: Backend) -> None:
    app = make()
    attempt(app, work())
    attempt(app, work(Action.WITHDRAW, id="2"), "误发")
    with pytest.raises(Refused, match="撤回"):
        attempt(app, work(id="1"))
    assert backend.types == ["item.published", "item.withdrawn"]


BAD_ADDRESSES = [
    "ftp://app.example.gov.cn/",
    "app.example.gov.cn",
    "https://",
    "https://user:secret@app.example.gov.cn/",
    "https://app.example.gov.cn/?token=x",
    "https://app.example.gov.cn/#x",
    "https://app.example.gov.cn:99999/",
    "https://[::1/",
    "https://app.example.gov.cn/a b",
    "https://app.example.gov.cn/\n",
    17,
]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_an_address_that_is_none_is_refused_before_the_hour(make: Make, address: object) -> None:
    with pytest.raises(Refused, match="app-main 的 webhook"):
        given.send(make(webhook=address), work(), given.policy())


INNER = [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.1.1",
    "169.254.169.254",
    "[::1]",
    "[::ffff:10.0.0.1]",
    "[fe80::1]",
    "0.0.0.0",
]


@pytest.mark.parametrize("host", INNER)
def test_production_calls_no_inner_address(make: Make, host: str) -> None:
    with pytest.raises(Refused, match="内部网络"):
        given.send(make(office=given.OFFICE, webhook=f"https://{host}/hook"), work(), given.policy())


OWN = ["10.1.2.3", "172.16.0.9", "192.168.1.1", "[::ffff:10.0.0.1]", "[fd00::8]"]


@pytest.mark.parametrize("host", OWN)
def test_a_backend_in_the_offices_own_network_needs_the_offices_word(make: Make, host: str) -> None:
    address = f"https://{host}/hook"
    with pytest.raises(Refused, match="allow_private = true"):
        make(office=given.OFFICE, webhook=address)._webhook.check()
    make(office=given.OFFICE, webhook=address, allow_private=True)._webhook.check()
    with pytest.raises(Refused, match="true 或 false"):
        make(office=given.OFFICE, webhook=address, allow_private="yes")._webhook.check()


@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "[::1]", "[fe80::1]", "0.0.0.0", "100.64.0.1"])
def test_this_machine_and_its_link_are_never_called_whatever_the_office_says(make: Make, host: str) -> None:
    with pytest.raises(Refused, match="内部网络") as refused:
        make(office=given.OFFICE, webhook=f"https://{host}/hook", allow_private=True)._webhook.check()
    assert "allow_private" not in str(refused.value)


def test_production_looks_at_what_a_name_leads_to(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.8", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_n: found)
    with pytest.raises(Refused, match=r"10\.0\.0\.8"):
        given.send(make(office=given.OFFICE, webhook="https://app.example.gov.cn/"), work(), given.policy())


def test_production_demands_https(make: Make, backend: Backend) -> None:
    with pytest.raises(Refused, match="https"):
        given.send(make(office=given.OFFICE), work(), given.policy())
    assert backend.requests == []


@pytest.mark.parametrize("key", ["", "secret", "whsec_", "whsec_???", "whsec_c2hvcnQ=", KEY.removeprefix("whsec_")])
def test_a_key_that_is_none_is_refused_and_never_shown(make: Make, key: str) -> None:
    with pytest.raises(Refused, match="webhook_key") as caught:
        given.send(make({"webhook_key": key}), work(), given.policy())
    assert len(key) < 7 or key not in str(caught.value)


def test_no_key_is_logged_or_kept(make: Make, backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app = make()
    backend.plans = [Plan(500)]
    with pytest.raises(Unknown) as caught:
        attempt(app, work())
    receipt = attempt(app, work(token=2))
    shown = " ".join([caplog.text, repr(caught.value), repr(receipt), repr(app.bench)])
    assert "hooks" in caplog.text
    assert not re.search(f"{KEY}|{KEY.removeprefix('whsec_')}|v1,", shown)


def test_a_signed_ping_proves_that_the_receiver_answers(make: Make, backend: Backend) -> None:
    assert "204" in make().answers()
    assert backend.types == ["ping"]
    with pytest.raises(Refused, match="401"):
        make({"webhook_key": OTHER_KEY}).answers()
    assert make(webhook="").answers() == ""


def test_an_answer_that_drips_is_given_up_and_unknown(
    make: Make, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "ANSWER_SECONDS", 0.15)
    backend.plans = [Plan(200, b"x" * 100, drips=True, taken=True)]
    with pytest.raises(Unknown, match="迟迟没有传完"):
        attempt(make(), work())


def test_an_answer_without_end_is_not_waited_for(make: Make, backend: Backend) -> None:
    backend.plans = [Plan(204, taken=True), Plan(200, b"x" * 5_000_000, taken=True)]
    attempt(make(), work())
    assert attempt(make(), work(id="2", sequence=2)).state is State.LIVE
