"""What processes share about an account at a platform: quotas, the token, uploads."""

import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select

from content.account_facts import LEASE, FactBusy, Facts
from content.database import Database
from content.quotas import Budget, Quotas, Span, Spent, next_period, period_of
from content.schema import platform_token
from content.sealing import SealBroken, Sealing
from content.shared_tokens import SharedTokens, Token
from content.uploads import Uploads

T = TypeVar("T")
POSTS = Budget("posts", 30, Span.HOUR)
CALLS = Budget("calls", 100, Span.DAY)
SENDS = Budget("sends", 4, Span.MONTH)


class Ahead:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 30, 15, 59, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Ahead:
    return Ahead()


@pytest.fixture
def quotas(database: Database) -> Quotas:
    return Quotas(database, "weibo:7012345678")


def test_what_was_used_is_no_longer_left_also_for_other_processes(quotas: Quotas, database: Database) -> None:
    quotas.use({POSTS: 1, CALLS: 3})
    other = Quotas(database, quotas.account)
    assert (other.left(POSTS), other.left(CALLS)) == (29, 97)
    assert Quotas(database, "weibo:7099999999").left(CALLS) == 100


def test_a_use_that_one_budget_cannot_pay_takes_nothing_of_the_others(quotas: Quotas) -> None:
    with pytest.raises(Spent) as told:
        quotas.use({CALLS: 3, SENDS: 5})
    assert (told.value.budget, told.value.left, told.value.needed) == (SENDS, 4, 5)
    assert (quotas.left(CALLS), quotas.left(SENDS)) == (100, 4)


def test_a_day_ends_at_midnight_in_china_and_its_calls_come_back(quotas: Quotas, clock: Ahead) -> None:
    quotas.use({CALLS: 100, SENDS: 1})
    with pytest.raises(Spent) as told:
        quotas.use({CALLS: 1})
    assert told.value.again_at == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    clock.now += timedelta(minutes=1)
    assert (quotas.left(CALLS), quotas.left(SENDS)) == (100, 4)


def test_calls_that_are_kept_for_a_delivery_are_not_there_for_another(quotas: Quotas, clock: Ahead) -> None:
    quotas.use({CALLS: 97})
    quotas.hold({CALLS: 2}, "delivery/1", clock.now + timedelta(days=1))
    with pytest.raises(Spent):
        quotas.use({CALLS: 2}, "delivery/2")
    quotas.use({CALLS: 2}, "delivery/1")
    assert (quotas.left(CALLS, "delivery/1"), quotas.left(CALLS)) == (1, 1)


def test_holding_again_replaces_and_settling_gives_back(quotas: Quotas, clock: Ahead) -> None:
    for calls in (60, 40):
        quotas.hold({CALLS: calls}, "delivery/1", clock.now + timedelta(days=1))
    assert quotas.left(CALLS) == 60
    quotas.settle("delivery/1")
    assert quotas.left(CALLS) == 100


def test_what_is_kept_for_a_delivery_that_never_settles_is_free_again_in_the_end(quotas: Quotas, clock: Ahead) -> None:
    quotas.hold({SENDS: 4}, "delivery/1", clock.now + timedelta(hours=2))
    assert quotas.left(SENDS) == 0
    clock.now += timedelta(hours=2)
    assert quotas.left(SENDS) == 4


def test_what_the_platform_says_is_left_counts_when_it_is_less(quotas: Quotas) -> None:
    quotas.use({CALLS: 10})
    quotas.told(CALLS, 95)
    assert quotas.left(CALLS) == 90
    quotas.told(CALLS, 12)
    assert quotas.left(CALLS) == 12


def test_what_was_paid_for_and_not_made_is_given_back(quotas: Quotas, clock: Ahead) -> None:
    quotas.use({POSTS: 1, SENDS: 1})
    quotas.give_back({SENDS: 1})
    quotas.give_back({SENDS: 1})
    assert (quotas.left(SENDS), quotas.left(POSTS)) == (4, 29)


def test_threads_that_spend_at_once_never_spend_more_than_there_is(quotas: Quotas) -> None:
    spent = []

    def spend() -> None:
        for _ in range(10):
            try:
                quotas.use({POSTS: 1})
            except Spent:
                spent.append("too much")

    threads = [threading.Thread(target=spend) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (quotas.left(POSTS), len(spent)) == (0, 10)


@given(some.sampled_from(Span), some.datetimes(datetime(2003, 1, 1), datetime(2060, 1, 1), timezones=some.just(UTC)))
def test_the_next_period_is_another_one_and_nothing_lies_between(span: Span, moment: datetime) -> None:
    begins = next_period(span, moment)
    assert begins > moment
    assert period_of(span, begins) != period_of(span, moment)
    assert period_of(span, begins - timedelta(microseconds=1)) == period_of(span, moment)


def test_a_fact_is_known_until_it_ends_and_to_its_account_alone(database: Database, clock: Ahead) -> None:
    facts = Facts(database, "weibo:7012345678")
    facts.keep("authorised", "2026-12-30", clock.now + timedelta(days=1))
    facts.keep("authorised", "2026-12-31", clock.now + timedelta(days=1))
    assert facts.get("authorised") == "2026-12-31"
    assert (facts.get("another"), Facts(database, "weibo:1").get("authorised")) == ("", "")
    clock.now += timedelta(days=1)
    assert facts.get("authorised") == ""


@pytest.fixture
def tokens(database: Database, tmp_path: Path) -> SharedTokens:
    return SharedTokens(database, "wechat:wx0001", Sealing.of(tmp_path / "token.key"))


def test_one_of_many_workers_fetches_the_token_and_all_use_it(tokens: SharedTokens, clock: Ahead) -> None:
    fetched: list[Token] = []
    used: list[str] = []

    def fetch() -> Token:
        fetched.append(Token(f"token-{len(fetched)}", clock.now + timedelta(hours=2)))
        return fetched[-1]

    threads = [threading.Thread(target=lambda: used.append(tokens.other_than("", fetch).text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(fetched), used) == (1, ["token-0"] * 8)
    assert tokens.other_than("token-0", fetch).text == "token-1"


def test_a_token_that_has_ended_is_fetched_again(tokens: SharedTokens, clock: Ahead) -> None:
    tokens.other_than("", lambda: Token("old", clock.now + timedelta(hours=2)))
    clock.now += timedelta(hours=2)
    assert tokens.current() is None
    assert tokens.other_than("", lambda: Token("new", clock.now + timedelta(hours=2))).text == "new"


def test_a_fetch_that_fails_leaves_the_turn_to_the_next(tokens: SharedTokens, clock: Ahead) -> None:
    def refused() -> Token:
        raise PermissionError("40125")

    with pytest.raises(PermissionError):
        tokens.other_than("", refused)
    assert tokens.other_than("", lambda: Token("good", clock.now + timedelta(hours=2))).text == "good"


def test_who_was_killed_while_fetching_loses_the_turn(tokens: SharedTokens, clock: Ahead) -> None:
    assert tokens._claim()
    assert not tokens._claim()
    clock.now += timedelta(seconds=31)
    assert tokens.other_than("", lambda: Token("next", clock.now + timedelta(hours=2))).text == "next"


def test_the_database_does_not_hold_the_token_itself(tokens: SharedTokens, clock: Ahead, tmp_path: Path) -> None:
    tokens.other_than("", lambda: Token("97_secret", clock.now + timedelta(hours=2)))
    with tokens.database.read() as connection:
        kept = connection.execute(select(platform_token.c.sealed)).scalar_one()
    assert kept and "97_secret" not in kept
    assert "97_secret" not in repr(tokens.current())
    stranger = SharedTokens(tokens.database, tokens.account, Sealing.of(tmp_path / "another.key"))
    assert stranger.current() is None


def test_what_was_sealed_for_one_account_opens_for_no_other(tmp_path: Path) -> None:
    sealing = Sealing.of(tmp_path / "token.key")
    sealed = sealing.seal("97_secret", "wechat:wx0001")
    assert Sealing.of(tmp_path / "token.key").opened(sealed, "wechat:wx0001") == "97_secret"
    for wrong in ("wechat:wx0002", ""):
        with pytest.raises(SealBroken):
            sealing.opened(sealed, wrong)
    for broken in ("", "not base64!", sealed[:-8], sealed.swapcase()):
        with pytest.raises(SealBroken):
            sealing.opened(broken, "wechat:wx0001")


def test_the_key_is_the_owner_s_alone(tmp_path: Path) -> None:
    made = [Sealing.of(tmp_path / "token.key") for _ in range(2)]
    assert made[0] == made[1]
    assert stat.S_IMODE((tmp_path / "token.key").stat().st_mode) == 0o600
    assert made[0].key.hex() not in repr(made[0])
    assert [path.name for path in tmp_path.glob("*token*")] == ["token.key"]


def test_an_upload_is_known_by_its_bytes_its_use_and_its_account(database: Database) -> None:
    mine = Uploads(database, "wechat:wx0001")
    mine.put("cover", b"picture", "media-1")
    mine.put("cover", b"picture", "media-2")
    assert mine.get("cover", b"picture") == "media-2"
    assert (mine.get("body", b"picture"), mine.get("cover", b"another")) == ("", "")
    assert Uploads(database, "wechat:wx0002").get("cover", b"picture") == ""
    mine.forget("cover", b"picture")
    assert mine.get("cover", b"picture") == ""


def test_workers_that_upload_the_same_picture_at_once_all_come_through(database: Database) -> None:
    failed: list[BaseException] = []

    def put(number: int) -> None:
        try:
            Uploads(database, "wechat:wx0001").put("cover", b"picture", f"media-{number}")
        except Exception as problem:
            failed.append(problem)

    threads = [threading.Thread(target=put, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Uploads(database, "wechat:wx0001").get("cover", b"picture").startswith("media-")


def test_of_several_at_once_one_claims_a_fact(database: Database) -> None:
    facts, together = Facts(database, "weibo:1"), threading.Barrier(8)
    until = database.clock() + timedelta(hours=1)
    won = in_threads(8, lambda number: together.wait(10) >= 0 and facts.claim("watched", str(number), until))
    assert sorted(won) == [False] * 7 + [True]
    assert facts.get("watched") == str(won.index(True))


def test_a_claimed_fact_may_be_claimed_again_when_it_has_ended(database: Database, clock: Ahead) -> None:
    facts = Facts(replace(database, clock=clock), "weibo:1")
    assert facts.claim("watched", "a", clock.now + timedelta(hours=1))
    assert not facts.claim("watched", "b", clock.now + timedelta(hours=2))
    clock.now += timedelta(hours=1)
    assert facts.claim("watched", "b", clock.now + timedelta(hours=1))


def test_of_eight_that_want_to_know_one_asks_and_all_learn_it(database: Database) -> None:
    facts, asked, together = Facts(database, "weibo:1"), [], threading.Barrier(8)

    def ask() -> str:
        asked.append(1)
        facts.keep("colour", "red", database.clock() + timedelta(hours=1))
        return "red"

    def want(_number: int) -> str:
        together.wait(10)
        return facts.learnt("colour", lambda: facts.get("colour") or None, ask)

    assert in_threads(8, want) == ["red"] * 8
    assert len(asked) == 1


def test_who_was_told_nothing_lets_the_next_one_ask(database: Database) -> None:
    facts = Facts(database, "weibo:1")
    with pytest.raises(ZeroDivisionError):
        facts.learnt("colour", lambda: None, lambda: str(1 // 0))
    assert facts.learnt("colour", lambda: None, lambda: "red") == "red"


def test_who_was_killed_while_asking_is_waited_for_as_long_as_the_lease(
    database: Database, clock: Ahead, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("content.account_facts.PATIENCE_SECONDS", 0.2)
    facts = Facts(replace(database, clock=clock), "weibo:1")
    assert facts.claim("asking for colour", "a process that is no more", clock.now + LEASE)
    with pytest.raises(FactBusy, match="colour"):
        facts.learnt("colour", lambda: None, lambda: "red")
    clock.now += LEASE
    assert facts.learnt("colour", lambda: None, lambda: "red") == "red"


def in_threads(number: int, act: Callable[[int], T]) -> list[T]:
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(act, range(number)))
