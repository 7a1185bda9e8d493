"""The sandbox tells accounts' servers what became of their jobs: once, twice, never, early or late, as the switches say.

What is to be told stands in the sandbox's database, so that a test can look at it and a restart forgets nothing.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from itertools import dropwhile
from typing import Any
from xml.sax.saxutils import escape

from channels.sandbox.accounts import Account
from channels.sandbox.callbacks import Subscriber, subscriber_of
from channels.sandbox.faults import Fault
from channels.sandbox.store import SandboxStore

# The platform tries three times and waits 5 s for each answer (contracts: WeChat 10, unverified).
ATTEMPTS = 3
ANSWER_SECONDS = 5.0
PAUSE_SECONDS = 0.2
PUBLICATION, MASS = "publication", "mass"
RUNNING = 1
USER = "oSandbox_platform_0000000000"
_log = logging.getLogger("tongbu.sandbox")
Told = Callable[[SandboxStore, str], str | None]


def announce(store: SandboxStore, account: Account, call: str, kind: str, job: str) -> None:
    """Puts down that the end of a job is to be told, once or as the switches for this call say."""
    if subscriber_of(store.folder, account.id) is None:
        return

    def hit(fault: Fault) -> float | None:
        switch = store.take(account.platform, account.id, fault, call)
        return switch.value if switch else None

    lost, twice = hit(Fault.EVENT_LOST) is not None, hit(Fault.EVENT_TWICE) is not None
    early, delay = hit(Fault.EVENT_FIRST) is not None, hit(Fault.EVENT_DELAY) or 0
    now = store.clock()
    for _ in range(2 if twice else 1):
        row = (account.id, kind, job, int(now), now + delay, int(early), "lost" if lost else "waiting")
        statement = "INSERT INTO events (appid, kind, job, created, due, early, state) VALUES (?, ?, ?, ?, ?, ?, ?)"
        store.run(statement, *row)


def told(store: SandboxStore, most: int = 200) -> list[dict[str, Any]]:
    """The newest events, newest first. *state* is ``waiting``, ``taken`` (on its way), ``answered``, ``unanswered``,
    ``lost`` (by a switch) or ``void`` (the account has no server any more, or its job has no end)."""
    return [dict(row) for row in store.rows("SELECT * FROM events ORDER BY number DESC LIMIT ?", most)]


def checked(store: SandboxStore, appid: str) -> str:
    """Why the console would not save the account's address, empty when it would (contracts: WeChat 10)."""
    import httpx

    subscriber = subscriber_of(store.folder, appid)
    if subscriber is None:
        return f"accounts.json names no callback of {appid}"
    query = subscriber.check(int(time.time()))
    try:
        answer = httpx.get(subscriber.url, params=query, timeout=ANSWER_SECONDS, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        return f"{subscriber.url} does not answer: {type(problem).__name__}"
    if answer.status_code != 200 or answer.text != query["echostr"]:
        return f"HTTP {answer.status_code}, and not the echostr as it was"
    return ""


class Teller:
    """Delivers what waits. Lives in the server's event loop."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store
        self._tasks: set[asyncio.Task[None]] = set()

    async def before_the_answer(self) -> None:
        """Delivers what is to arrive before the call that caused it is answered."""
        for row in await asyncio.to_thread(self._waiting, 1):
            await self._deliver(row)

    async def after_the_answer(self) -> None:
        """Begins to deliver the rest, each at its moment."""
        for row in await asyncio.to_thread(self._waiting, 0):
            task = asyncio.create_task(self._deliver(row))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _waiting(self, early: int) -> list[Any]:
        """What waits, taken by this process."""
        with self._store.transaction():
            rows = self._store.rows("SELECT * FROM events WHERE state = 'waiting' AND early = ? ORDER BY number", early)
            if rows:
                statement = "UPDATE events SET state = 'taken' WHERE state = 'waiting' AND early = ?"
                self._store.run(statement, early)
        return rows

    async def _deliver(self, row: Any) -> None:
        while self._store.clock() < row["due"]:
            await asyncio.sleep(PAUSE_SECONDS / 4)
        state = await asyncio.to_thread(self._told, row)
        await asyncio.to_thread(self._store.run, "UPDATE events SET state = ? WHERE number = ?", state, row["number"])

    def _told(self, row: Any) -> str:
        """How it ended: ``answered``, or ``unanswered`` after three attempts."""
        subscriber = subscriber_of(self._store.folder, row["appid"])
        xml = message(self._store, row)
        if subscriber is None or xml is None:
            return "void"
        return "answered" if _sent(subscriber, xml) else "unanswered"


def message(store: SandboxStore, row: Any) -> bytes | None:
    """The event's XML; the job's review is over once it is told. None for a job that is gone."""
    words = TELLERS[row["kind"]](store, row["job"])
    if words is None:
        return None
    head = (
        f"<xml><ToUserName>{cdata(row['appid'])}</ToUserName><FromUserName>{cdata(USER)}</FromUserName>"
        f"<CreateTime>{row['created']}</CreateTime><MsgType>{cdata('event')}</MsgType>"
    )
    return f"{head}{words}</xml>".encode()


def _publication(store: SandboxStore, job: str) -> str | None:
    """PUBLISHJOBFINISH; the line break inside the article id is the official sample's (contracts: WeChat 6.4)."""
    row = store.row("SELECT * FROM publications WHERE publish_id = ?", int(job))
    status = _ended(row) if row else None
    if row is None or status is None:
        return None
    statement = "UPDATE publications SET polls = 0, outcome = ?, script = ? WHERE publish_id = ?"
    store.run(statement, status, json.dumps(_left(row)), row["publish_id"])
    articles = json.loads(row["articles"])
    items = [
        f"<item><idx>{place}</idx><article_url>{cdata(one['url'])}</article_url></item>"
        for place, one in enumerate(articles, 1)
    ]
    detail = f"<article_detail><count>{len(items)}</count>{''.join(items)}</article_detail>"
    there = f"<article_id>{cdata(_broken(row['article_id']))}</article_id>{detail}"
    failed = "".join(f"<fail_idx>{place}</fail_idx>" for place in range(1, len(articles) + 1))
    info = f"<publish_id>{job}</publish_id><publish_status>{status}</publish_status>"
    info += there if status == 0 else failed
    return f"<Event>{cdata('PUBLISHJOBFINISH')}</Event><PublishEventInfo>{info}</PublishEventInfo>"


def _left(row: Any) -> list[int]:
    """What is left of the scripted states once the review is over."""
    return list(dropwhile(lambda state: state == RUNNING, json.loads(row["script"])))


def _ended(row: Any) -> int | None:
    """The state that the review ends with; None while the script knows no end."""
    if json.loads(row["script"]):
        return next(iter(_left(row)), None)
    return int(row["outcome"])


TELLERS: dict[str, Told] = {PUBLICATION: _publication}
"""What each kind of job says of itself; a kind adds its own."""


def _sent(subscriber: Subscriber, xml: bytes) -> bool:
    """Signed with the real time, which the server's clock shows too; the sandbox's own may have been put forward."""
    import httpx

    for attempt in range(ATTEMPTS):
        time.sleep(PAUSE_SECONDS if attempt else 0)
        query, body = subscriber.request(xml, USER, int(time.time()))
        headers = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0"}
        try:
            answer = httpx.post(
                subscriber.url, params=query, content=body, headers=headers, timeout=ANSWER_SECONDS, trust_env=False
            )
        except httpx.HTTPError as problem:
            _log.info("the server of %s cannot be told: %s", subscriber.keys.appid, type(problem).__name__)
            continue
        if answer.status_code == 200 and answer.text.strip() in ("", "success"):
            return True
    return False


def _broken(text: str) -> str:
    return f"{text[:20]}\n{text[20:]}"


def cdata(text: str) -> str:
    """The text as XML takes it."""
    return f"<![CDATA[{text}]]>" if "]]>" not in text else escape(text)
