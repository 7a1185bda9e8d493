"""Ten thousand damaged replies: none crashes a channel, is taken for a success that it does not say, or posts again.

The good replies are the sandbox's own, recorded over real HTTP; each trial damages one of them.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from sqlalchemy import delete

from channels.base import Channel, ChannelError, Follows, Rendition
from channels.wechat import Wechat
from channels.weibo import Weibo
from content.delivery import Delivery, Prepared, Receipt
from content.schema import quota_use
from content.vocabulary import State
from tests.channels import revisions as made

TRIALS = 1_000
SEEDS = range(5)
ACTS = {"statuses/share.json", "statuses/destroy.json", "freepublish/submit", "freepublish/delete"}
PLENTY = 10**9
ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    1,
    5,
    10**30,
    1.5,
    "",
    "0",
    "1",
    "ok",
    [],
    {},
    [[]],
    {"a": []},
    "\u200b",
    "x" * 5000,
)
CODES = (
    -1,
    0,
    "0",
    40001,
    40007,
    42001,
    "42001",
    45009,
    45065,
    10001,
    "20502",
    20019,
    20032,
    20101,
    21327,
    53600,
    99999,
)
PAGES = (
    b"",
    b"<html>502 Bad Gateway</html>",
    b"null",
    b"[]",
    b"{}",
    b"0",
    b'"ok"',
    b"[" * 3000,
    b"\xff\xfe\x00",
    b"{" + b" " * 9000,
)


def named(request: httpx.Request) -> str:
    return "/".join(request.url.path.split("/")[-2:])


@dataclass
class Replay(httpx.BaseTransport):
    """Answers from what was recorded; *damage* changes what comes for one path."""

    recorded: dict[str, httpx.Response]
    path: str = ""
    damage: Callable[[httpx.Response], httpx.Response] = lambda reply: reply
    acted: list[bytes] = field(default_factory=list)
    said: bytes = b""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        name = named(request)
        reply = self.recorded.get(name)
        if reply is None:
            return httpx.Response(404, content=b"not recorded")
        copied = httpx.Response(reply.status_code, content=reply.content)
        if name == self.path:
            copied = self.damage(copied)
            self.said = copied.content
        if name in ACTS:
            self.acted.append(copied.content)
        return copied


class Recorder(httpx.HTTPTransport):
    """Goes to the sandbox and keeps the last reply of each path."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: dict[str, httpx.Response] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        reply = super().handle_request(request)
        reply.read()
        self.recorded[named(request)] = httpx.Response(reply.status_code, content=reply.content)
        return reply


@dataclass
class Played:
    """A channel whose platform is a recording, with what it was recorded for."""

    channel: Channel
    replay: Replay
    delivery: Delivery
    rendition: Rendition
    prepared: Prepared
    receipt: Receipt


@pytest.fixture(scope="module", params=["weibo", "wechat"])
def game(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with made.rehearsal(tmp_path_factory.mktemp("mutated")) as box:
        yield played(box, request.param)


def played(box: made.Rehearsal, platform: str) -> Played:
    kind, outlet = (Weibo, box.weibo) if platform == "weibo" else (Wechat, box.wechat)
    limits: dict[str, Any] = {"calls_a_day": PLENTY, "posts_an_hour": PLENTY} if platform == "weibo" else {}
    if platform == "wechat":
        limits = {"calls_a_day": dict.fromkeys(("draft/get", "freepublish/submit", "freepublish/get"), PLENTY)}
        limits["calls_a_day"] |= dict.fromkeys(("freepublish/batchget", "draft/batchget", "draft/add"), PLENTY)
    recorder = Recorder()
    bench = replace(box.bench(), client=lambda: httpx.Client(transport=recorder, timeout=5))
    channel = kind(outlet(**limits), bench)
    delivery, rendition = box.delivery(f"{platform}-main"), channel.render(made.ITEM, made.policy())
    prepared = channel.prepare(delivery, rendition)
    receipt = channel.release(delivery, rendition, prepared)
    for _ in range(3):
        live = channel.follow(delivery, rendition, receipt)
    assert live.state is State.LIVE
    channel.find(delivery, rendition)
    box.forget()
    replay = Replay(recorder.recorded)
    deaf = kind(outlet(**limits), replace(bench, client=lambda: httpx.Client(transport=replay)))
    return Played(deaf, replay, delivery, rendition, prepared, receipt)


def damages(chance: random.Random) -> Callable[[httpx.Response], httpx.Response]:
    """One way of damage, drawn; the status may go wrong with it."""
    ways = (_page, _cut, _flipped, _without, _odd, _coded, _coded)
    way, status = chance.choice(ways), chance.choice((200, 200, 200, 400, 403, 404, 500, 502))

    def damage(reply: httpx.Response) -> httpx.Response:
        return httpx.Response(status, content=way(reply.content, chance), headers={"content-type": "text/plain"})

    return damage


def _page(body: bytes, chance: random.Random) -> bytes:
    return chance.choice(PAGES)


def _cut(body: bytes, chance: random.Random) -> bytes:
    return body[: chance.randrange(len(body) or 1)]


def _flipped(body: bytes, chance: random.Random) -> bytes:
    changed = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _without(body: bytes, chance: random.Random) -> bytes:
    values = json.loads(body)
    holder = _somewhere(values, chance)
    if holder:
        holder.pop(chance.choice(list(holder)))
    return json.dumps(values).encode()


def _odd(body: bytes, chance: random.Random) -> bytes:
    values = json.loads(body)
    holder = _somewhere(values, chance)
    if holder:
        holder[chance.choice(list(holder))] = chance.choice(ODD)
    return json.dumps(values).encode()


def _coded(body: bytes, chance: random.Random) -> bytes:
    values = json.loads(body)
    if isinstance(values, dict):
        values[chance.choice(("errcode", "error_code", "error", "errmsg"))] = chance.choice(CODES)
    return json.dumps(values).encode()


def _somewhere(values: Any, chance: random.Random) -> dict[str, Any]:
    """An object anywhere in the reply."""
    found = [values] if isinstance(values, dict) and values else []
    children = list(values.values()) if isinstance(values, dict) else values if isinstance(values, list) else []
    found += [one for child in children if (one := _somewhere(child, chance))]
    return chance.choice(found) if found else {}


def told(act: Callable[[], Receipt | None]) -> Receipt | None:
    """What the channel makes of it; an error of its own is an answer, any other is a crash."""
    try:
        return act()
    except ChannelError as error:
        assert str(error)
        return None


def read(body: bytes) -> Any:
    """The reply as another reader takes it."""
    try:
        return json.loads(body.decode("utf-8", "ignore").lstrip("\ufeff"), strict=False)
    except (ValueError, RecursionError):
        return None


def failed(values: Any, platform: str) -> bool:
    """By the platform's own envelope (contracts: Weibo 1.4, WeChat 1.2); Weibo's 20032 is a success."""
    code = values.get("error_code" if platform == "weibo" else "errcode") if isinstance(values, dict) else None
    return isinstance(code, int | str) and str(code) not in ("0", "ok", "", "20032")


def refused_for_its_token(body: bytes) -> bool:
    """Then nothing was done, and the call is made once more with another token (contracts: WeChat 2.2)."""
    values = read(body)
    return isinstance(values, dict) and str(values.get("errcode")) in ("40001", "40014", "42001")


@pytest.mark.parametrize("seed", SEEDS)
def test_no_damaged_reply_crashes_is_a_success_or_posts_twice(game: Played, seed: int) -> None:
    chance = random.Random(seed)
    outcomes = {_trial(game, chance) for _ in range(TRIALS)}
    assert {"error", "accepted", "live"} <= outcomes, "every kind of outcome was seen"


def _trial(game: Played, chance: random.Random) -> str:
    path = chance.choice([name for name in game.replay.recorded if not name.endswith("stable_token")])
    game.replay.path, game.replay.damage, game.replay.said = path, damages(chance), b""
    game.replay.acted.clear()
    step = chance.choice(("release", "follow", "find"))
    _new_day(game)
    receipt = told(lambda: _step(game, step))
    assert step == "release" or not game.replay.acted, f"{step} acted {game.replay.acted}"
    assert all(map(refused_for_its_token, game.replay.acted[:-1])) and len(game.replay.acted) <= 2, game.replay.acted
    if receipt is None:
        return "error"
    if step == "follow" and receipt.state is State.ACCEPTED:
        return "as it was"
    values = read(game.replay.said) if game.replay.said else {}
    assert not failed(values, game.channel.outlet.channel), (
        f"{path} said {game.replay.said[:300]!r} and {step} gave {receipt.state}"
    )
    if receipt.state is State.LIVE:
        assert receipt.remote_id and (not game.replay.said or isinstance(values, dict)), game.replay.said[:300]
    return receipt.state.value


def _new_day(game: Played) -> None:
    """A reply before may have said that all calls of the day are used up; nothing would be asked any more."""
    database = game.channel._account.shared.quotas.database  # type: ignore[attr-defined]
    with database.note() as connection:
        connection.execute(delete(quota_use))


def _step(game: Played, step: str) -> Receipt | None:
    if step == "release":
        return game.channel.release(game.delivery, game.rendition, game.prepared)
    if step == "find":
        return game.channel.find(game.delivery, game.rendition)
    assert isinstance(game.channel, Follows)
    return game.channel.follow(game.delivery, game.rendition, game.receipt)
