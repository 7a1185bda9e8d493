"""Several processes at the same work at the same moment (engine.md part 5: 16). The oracle is the platform's log."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from channels.sandbox.faults import Fault
from content import ledger
from content.vocabulary import State

SHOW = "2/statuses/show.json"
WORKERS = 8
ITEMS = 8
OUTLETS = ("portal", "feeds", "app", "weibo-main", "radio")
OFF = ("wechat", "television", "newspaper", "gazette")
ATOM = "{http://www.w3.org/2005/Atom}"


def sign_all(office: Any) -> Any:
    """Eight signed items for five outlets, on accounts with the platform's own limits: 100 calls a day at Weibo."""
    for channel in OFF:
        office.settings(f'channel = "{channel}"\n', f'channel = "{channel}"\nactive = false\n')
    office.settings("lease_seconds = 2", "lease_seconds = 60")
    office.settings("follow_seconds = 2", "follow_seconds = 20")
    office.reopen()
    for serial in range(ITEMS):
        office.approve(office.document(serial=serial + 1))
    return office


@pytest.fixture(scope="module")
def busy_office(empty_office: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Only to be copied."""
    return sign_all(empty_office.copy(tmp_path_factory.mktemp("busy") / "home"))


@pytest.fixture
def office(busy_office: Any, nursery: Any, at_work: Any, tmp_path: Path) -> Iterator[Any]:
    copied = busy_office.copy(tmp_path / "工作区", clock=at_work.Ahead(), nursery=nursery)
    with copied.platforms_running():
        yield copied
    copied.close()


@pytest.fixture
def on_postgres(nursery: Any, at_work: Any, tmp_path: Path, postgres_url: str) -> Iterator[Any]:
    made = sign_all(at_work.Office.make(tmp_path / "工作区", postgres_url))
    made.clock, made.nursery = at_work.Ahead(), nursery
    with made.reopen().platforms_running():
        yield made
    made.close()


def items_of(office: Any) -> list[str]:
    return [str(1001 + number) for number in range(ITEMS)]


def everything_is_there_once(office: Any) -> None:
    records = [record for item in items_of(office) for record in office.records(item)]
    assert len(records) == ITEMS * len(OUTLETS)
    assert {record.outlet: record.state.value for record in records} == {
        "portal": "live",
        "feeds": "live",
        "app": "live",
        "weibo-main": "live",
        "radio": "accepted",
    }
    assert all(office.tokens(record.id) == [1] for record in records)
    calls = office.shared()
    assert [call.accepted for call in calls] == [True] * ITEMS
    assert len({call.marker for call in calls}) == ITEMS
    assert len(office.drop("radio")) == ITEMS
    feed = etree.parse(office.public / "feeds" / "all.atom.xml")
    assert len(feed.findall(f"{ATOM}entry")) == ITEMS
    listed = json.loads((office.public / "app" / "feed.json").read_bytes())["items"]
    assert len({entry["id"] for entry in listed}) == len(listed) == ITEMS
    index = (office.public / "zcwj" / "index.html").read_text(encoding="utf-8")
    assert all(index.count(f"_{item}.html") == 1 for item in items_of(office))
    assert office.chain_holds()


def weibo_was_asked_as_by_one_alone(office: Any) -> None:
    """Every item is shared and read back once, and the authorisation is asked for once, whoever comes first."""
    made = Counter(call.call.rpartition("/")[2] for call in office.calls("weibo", ""))
    assert made == {"share.json": ITEMS, "show.json": ITEMS, "get_token_info": 1, "rate_limit_status.json": 1}


def no_errors(answers: list[dict[str, Any]]) -> None:
    assert [answer.get("trace") for answer in answers] == [None] * len(answers)
    assert {answer["signal"] for answer in answers} == {0}


def test_eight_workers_on_the_same_deliveries_claim_each_of_them_once(office: Any) -> None:
    waiting = office.broadcast(*items_of(office), at=office.clock() + timedelta(hours=1))
    keys = [entry["id"] for entry in waiting["deliveries"]]
    portal = [entry["id"] for entry in waiting["deliveries"] if entry["outlet"] == "portal"]
    others = [key for key in keys if key not in portal]
    office.close()
    jobs = []
    for worker in range(WORKERS):
        mine, rest = portal.copy(), others.copy()
        random.Random(worker).shuffle(mine)
        random.Random(worker).shuffle(rest)
        jobs.append({"act": "deliver", "home": str(office.home), "deliveries": mine + rest})
    no_errors(office.nursery.together(jobs))
    office.clock.forward(seconds=10)
    office.resolve()
    everything_is_there_once(office)
    weibo_was_asked_as_by_one_alone(office)


def together_they_run_it(office: Any, workers: int) -> None:
    ordered = office.order(*items_of(office))
    office.close()
    answers = office.nursery.together(
        [{"act": "broadcast", "home": str(office.home), "broadcast": ordered.id}] * workers
    )
    no_errors(answers)
    assert "synchronised" in {answer["result"]["state"] for answer in answers}
    office.clock.forward(seconds=10)
    office.resolve()
    everything_is_there_once(office)
    weibo_was_asked_as_by_one_alone(office)


def test_eight_runs_of_the_same_broadcast_send_everything_once_and_ask_as_often_as_one(office: Any) -> None:
    together_they_run_it(office, WORKERS)


@pytest.mark.postgres
def test_four_runs_on_postgresql_send_everything_once_and_ask_as_often_as_one(on_postgres: Any) -> None:
    together_they_run_it(on_postgres, 4)  # each holds up to 15 of the server's usual 100 connections


def test_one_run_alone_asks_as_often_as_eight_do(office: Any) -> None:
    assert office.broadcast(*items_of(office))["state"] == "synchronised"
    weibo_was_asked_as_by_one_alone(office)


def test_eight_broadcasts_of_the_same_items_send_everything_once(office: Any) -> None:
    ordered = [office.order(*items_of(office)).id for _ in range(WORKERS)]
    office.close()
    jobs = [{"act": "broadcast", "home": str(office.home), "broadcast": name} for name in ordered]
    no_errors(office.nursery.together(jobs))
    office.clock.forward(seconds=70)
    office.resolve()
    everything_is_there_once(office)
    weibo_was_asked_as_by_one_alone(office)
    with office.wired.database.read() as connection:
        from content import broadcasts

        assert {broadcasts.get(connection, name).progress.value for name in ordered} == {"synchronised"}


def until(happens: Callable[[], object], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def at_once(number: int, act: Callable[[], Any]) -> list[Any]:
    together = threading.Barrier(number)

    def run(_number: int) -> Any:
        together.wait(20)
        return act()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


def test_of_eight_that_settle_the_same_lost_answer_one_looks(office: Any) -> None:
    office.settings("quiet_seconds = 0.4", "quiet_seconds = 60", times=2)
    office.reopen()
    office.fault("weibo", Fault.ACCEPT_THEN_DROP)
    office.broadcast("1001", outlets=["portal", "weibo-main"])
    assert office.states("1001")["weibo-main"] == "unknown"
    office.clock.forward(seconds=61)
    answers = at_once(WORKERS, office.resolve)
    assert len(office.calls("weibo", "2/statuses/user_timeline.json")) == 1
    assert office.states("1001")["weibo-main"] == "live"
    assert len(answers) == WORKERS
    assert len(office.shared()) == 1


def test_a_run_that_waits_sees_at_once_what_another_process_learnt(office: Any) -> None:
    """The lease of who asks is a minute; the run ends as soon as that one has the answer."""
    office.fault("weibo", Fault.VISIBILITY_LAG, count=None, value=3600)
    ordered = office.order("1001", outlets=["portal", "weibo-main"])
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(office.carry_out, ordered)
        until(lambda: office.calls("weibo", SHOW))
        record = accepted_and_asked(office)
        began = time.monotonic()
        ledger.keep_receipt(office.wired.database, record, replace(record.receipt, state=State.LIVE, live_at=None))
        assert waiting.result(30)["state"] == "synchronised"
    assert time.monotonic() - began < 5


def accepted_and_asked(office: Any) -> Any:
    """The delivery in the hands of another process that asks: claimed, and not answered yet."""
    for _ in range(200):
        record = office.record("weibo-main")
        with suppress(ledger.Fenced):
            return ledger.claim_asking(office.wired.database, record, timedelta(minutes=1))
        time.sleep(0.02)
    raise AssertionError("the asking could not be claimed")
