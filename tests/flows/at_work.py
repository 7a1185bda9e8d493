"""A rehearsal office at work, for the tests of the run: a workspace with people, signed items, and the sandbox platforms."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from channels.sandbox.faults import Fault, Switch
from channels.sandbox.store import Logged, SandboxStore
from content import events, people
from content.broadcasts import Broadcast, Order
from content.clock import Clock, in_china, system_clock
from content.packages import Package
from content.records import Record, of_item
from content.schema import attempt, event
from content.vocabulary import State
from flows import editing, publishing, run, together
from flows.settings import SETTINGS_FILE
from flows.wiring import Wired
from flows.workspace import Workspace, make

PASSPHRASE = "correct horse 电池"
EDITOR, FIRST, LAST, WITHDRAWER = "李文", "周岚", "陈国平", "杨柳"
PEOPLE = {EDITOR: (), FIRST: ("初审",), LAST: ("终审",), WITHDRAWER: ("撤稿",)}
WEIBO, WECHAT = "2629046977", "wx3ea1d5b2c4f60718"
FILES = ("portal", "feeds", "app")

DOCUMENT = """---
kind: policy-document
title: {title}
organ: 荆州市人民政府办公室
document_number: {number}
normative: 是
article20: 1
made_on: {day}
in_force_on: {day}
theme: 民政、扶贫、救灾\\社会福利
genre: 通知
disclosure: 主动公开
level: 市
openness: 执行公开、服务公开
columns: zcwj
keywords: 供水、保障
summary: 部署今冬明春供水保障工作，明确抢修时限和服务热线。
editor: 李文静
words:
  weibo:
    text: 【{short}】供水企业接报后30分钟内到场抢修，服务热线24小时有人接听。
  wechat:
    title: {short}
    digest: 接报后30分钟内到场抢修，服务热线24小时有人接听。
---

各县、市、区人民政府，市政府有关部门：

现就做好今冬明春城市供水保障工作通知如下。{words}

## 一、加强管网巡查

供水企业每周巡查主干管网一次，发现漏损的，当日修复。

## 二、及时抢修

接到报修后30分钟内到场，一般故障4小时内恢复供水。
"""
INTERPRETATION = """---
kind: interpretation
title: 今冬供水怎么保障、停水了找谁
organ: 荆州市人民政府办公室
interprets: ["{number}"]
made_on: {day}
theme: 民政、扶贫、救灾\\社会福利
disclosure: 主动公开
level: 市
openness: 决策公开、服务公开
columns: zcjd
keywords: 政策解读、供水
summary: 用问答说明今冬供水保障的措施，停水时找谁、多久能修好。
editor: 李文静
words:
  weibo:
    text: 【今冬停水了找谁】拨打服务热线，24小时有人接听，半小时内到场。
  wechat:
    title: 今冬停水了找谁
    digest: 拨打服务热线，24小时有人接听，半小时内到场。
---

## 问：家里停水了找谁？

答：拨打供水企业的服务热线，全天都有人接听，抢修人员半小时之内赶到。

## 问：多久能修好？

答：一般的故障，四个小时之内恢复；主管网爆管的，会先安排送水车。
"""


def document(serial: int = 31, words: str = "", **fields: str) -> str:
    """A complete policy document, made yesterday."""
    day = today() - timedelta(days=1)
    short = f"荆州部署供水保障（第{serial}号）"
    text = DOCUMENT.format(
        title=f"荆州市人民政府办公室关于做好供水保障工作的通知（第{serial}号）",
        number=f"荆政办发〔{day.year}〕{serial}号",
        day=day.isoformat(),
        short=short,
        words=words,
    )
    more = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return text.replace("words:\n", f"{more}words:\n", 1)


def today() -> date:
    return in_china(system_clock()).date()


def interpretation(serial: int = 31) -> str:
    day = today() - timedelta(days=1)
    return INTERPRETATION.format(number=f"荆政办发〔{day.year}〕{serial}号", day=day.isoformat())


class Ahead:
    """The system's clock, which a test may put forward."""

    def __init__(self) -> None:
        self.span = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.span

    def forward(self, **span: float) -> None:
        self.span += timedelta(**span)


class Nursery:
    """The process that forks children; see ``nursery.py``."""

    def __init__(self) -> None:
        command = [sys.executable, str(Path(__file__).with_name("nursery.py"))]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **request: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def run(self, **job: Any) -> dict[str, Any]:
        [answer] = self.ask(do="run", jobs=[job])
        return dict(answer)

    def together(self, jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return list(self.ask(do="run", jobs=list(jobs)))

    def practise(self, **job: Any) -> dict[str, Any]:
        return dict(self.ask(do="practise", job=job))

    def sandbox(self, home: Path, port: int = 0) -> int:
        return int(self.ask(do="sandbox", folder=str(home / "sandbox"), port=port))

    def end(self, pid: int) -> None:
        self.ask(do="end", pid=pid)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


def ask(_name: str) -> str:
    return PASSPHRASE


def quiet(_progress: dict[str, object]) -> None:
    return None


@dataclass
class Copy:
    """A workspace's folder as others see it: the platforms' log and the files. Nothing of it is open in this process."""

    home: Path
    nursery: Nursery | None = None
    sandbox: int = 0

    # The platforms

    def platforms(self) -> SandboxStore:
        return SandboxStore(self.home / "sandbox")

    def fault(self, platform: str, fault: Fault, count: int | None = 1, call: str = "", value: float = 0) -> None:
        store = self.platforms()
        store.set_fault(Switch(platform, "*", fault, call, value, count))
        store.close()

    def mend(self) -> None:
        store = self.platforms()
        store.clear_faults()
        store.close()

    def calls(self, platform: str, name: str) -> list[Logged]:
        """Every call of this name that reached the platform, accepted or not: the platform's own log."""
        store = self.platforms()
        account = WEIBO if platform == "weibo" else WECHAT
        found = store.calls(platform, account, name)
        store.close()
        return found

    def shared(self) -> list[Logged]:
        return self.calls("weibo", "2/statuses/share.json")

    def submitted(self) -> list[Logged]:
        return self.calls("wechat", "cgi-bin/freepublish/submit")

    def start_platforms(self, port: int = 0) -> None:
        assert self.nursery is not None
        self.sandbox = self.nursery.sandbox(self.home, port)

    def platforms_port(self) -> int:
        return int(json.loads((self.home / "sandbox" / "sandbox.json").read_bytes())["port"])

    def stop_platforms(self) -> None:
        assert self.nursery is not None
        self.nursery.end(self.sandbox)
        self.sandbox = 0

    # The files

    @property
    def public(self) -> Path:
        return self.home / "outlets" / "portal" / "public"

    def pages(self, address_part: str) -> list[Path]:
        """The items' own pages; their twins in traditional characters are left out."""
        found = sorted(self.public.rglob(f"*{address_part}*.html"))
        return [path for path in found if path.relative_to(self.public).parts[0] != "hant"]

    def drop(self, outlet: str) -> list[Path]:
        folder = self.home / "outlets" / outlet / "drop"
        return sorted(folder.iterdir()) if folder.exists() else []

    def nothing_public(self) -> bool:
        """Whether no platform was asked to publish and no file of an item can be seen by anybody."""
        files = [path for path in self.public.rglob("*") if path.is_file()] if self.public.exists() else []
        drops = [entry for name in ("radio", "television", "newspaper") for entry in self.drop(name)]
        return not files and not drops and not self.shared() and not self.submitted()

    def gazette_entries(self) -> list[tuple[str, int]]:
        """Item and sequence of everything in the gazette's issues."""
        with sqlite3.connect(f"file:{self.home}/ledger.sqlite?mode=ro", uri=True) as database:
            return list(database.execute("SELECT item_id, sequence FROM issue_entry"))

    @contextmanager
    def platforms_running(self) -> Iterator[None]:
        self.start_platforms()
        try:
            yield
        finally:
            self.stop_platforms()


@dataclass
class Office(Copy):
    """A workspace and what people do in it. *clock* is the workspace's."""

    clock: Clock = field(default_factory=Ahead)

    def __post_init__(self) -> None:
        self.wired = Wired(Workspace.open(self.home, self.clock))

    def reopen(self) -> "Office":
        """The workspace as a new process would open it, with the settings as they are now."""
        self.close()
        self.__post_init__()
        return self

    def close(self) -> None:
        self.wired.database.engine.dispose()

    @classmethod
    def make(cls, home: Path, database_url: str = "") -> "Office":
        workspace = make(home, database_url=database_url)
        for name, roles in PEOPLE.items():
            people.add(workspace.database, workspace.keys, name, "市政府办公室", roles, PASSPHRASE)
        workspace.database.engine.dispose()
        office = cls(home)
        office.settings("lease_seconds = 60", "lease_seconds = 2")
        office.settings("follow_seconds = 30", "follow_seconds = 2")
        office.settings("backoff_seconds = 30", "backoff_seconds = 1")
        office.settings("quiet_seconds = 2", "quiet_seconds = 0.4", times=2)
        return office.reopen()

    def copy(self, home: Path, **more: Any) -> "Office":
        """The same office elsewhere, without anything of this process open in it."""
        self.close()
        shutil.copytree(self.home, home, symlinks=True)
        return replace(self, home=home, **more)

    def settings(self, old: str, new: str, times: int = 1) -> None:
        path = self.home / SETTINGS_FILE
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == times, f"{old!r} stands {text.count(old)} times in {SETTINGS_FILE}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    document = staticmethod(document)
    interpretation = staticmethod(interpretation)

    # What people do

    def submit(self, text: str, item: str | None = None, by: str = EDITOR) -> str:
        path = self.home.parent / f"{self.home.name}-hand-in.md"
        path.write_text(text, encoding="utf-8")
        submission = editing.submit(self.wired, path, {}, by, ask, item)
        assert not [finding for finding in submission.findings if finding.blocks], submission.findings
        return submission.stored.item_id

    def freeze(self, item: str) -> Package:
        self.set_aside(item)
        return editing.freeze(self.wired, item)[0]

    def set_aside(self, item: str) -> None:
        """All warnings of the item."""
        stored = editing.latest(self.wired, item)
        for code in dict.fromkeys(finding.code for finding in editing.open_findings(self.wired, stored)):
            editing.override(self.wired, item, code, EDITOR, "已核对", ask)

    def approve_together(self, *items: str) -> list[str]:
        """Items that were handed in are frozen in this order and signed: an account may carry them in one push."""
        for item in items:
            self.set_aside(item)
        for package, _ in together.freeze_together(self.wired, items):
            self.sign(package)
        return list(items)

    def sign(self, package: Package) -> Package:
        for level, name in (("初审", FIRST), ("终审", LAST)):
            editing.sign(self.wired, package.item_id, name, level, package.digest, ask)
        return package

    def approve(self, text: str | None = None, item: str | None = None) -> str:
        """Hands in, freezes and signs; returns the item's id."""
        item = self.submit(text or document(), item)
        self.sign(self.freeze(item))
        return item

    def order(self, *items: str, at: datetime | None = None, **narrowed: Any) -> Broadcast:
        given = Order((), **{name: tuple(v) if name != "rehearse" else v for name, v in narrowed.items()})
        return publishing.order_broadcast(self.wired, items, given, at, LAST, ask)

    def broadcast(self, *items: str, at: datetime | None = None, wait: bool = False, **narrowed: Any) -> dict[str, Any]:
        return self.carry_out(self.order(*items, at=at, **narrowed), wait=wait)

    def carry_out(self, ordered: Broadcast, wait: bool = False) -> dict[str, Any]:
        return run.broadcast(self.wired, ordered.id, run.InlineRunner(), quiet, wait=wait)

    def withdraw(self, item: str, reason: str = "内容有误") -> dict[str, Any]:
        return self.carry_out(publishing.withdraw(self.wired, item, reason, WITHDRAWER, ask))

    def resolve(self) -> dict[str, Any]:
        """As a new process does it: channels are built anew."""
        return run.resolve(Wired(self.wired.workspace), run.InlineRunner(), quiet)

    def resolve_until(self, done: Callable[[], bool], seconds: float = 15) -> None:
        """Resolves again and again, the clock put forward by a second each time."""
        assert isinstance(self.clock, Ahead)
        for _ in range(int(seconds)):
            self.resolve()
            if done():
                return
            self.clock.forward(seconds=1)
        raise AssertionError(f"not done in {seconds} s: {self.states()}")

    # What came of it

    def records(self, item: str = "1001") -> list[Record]:
        with self.wired.database.read() as connection:
            return of_item(connection, item)

    def record(self, outlet: str, item: str = "1001") -> Record:
        """The outlet's newest delivery of the item."""
        return [record for record in self.records(item) if record.outlet == outlet][-1]

    def states(self, item: str = "1001") -> dict[str, str]:
        return {record.outlet: record.state.value for record in self.records(item)}

    def tokens(self, delivery_id: str) -> list[int]:
        with self.wired.database.read() as connection:
            query = select(attempt.c.token).where(attempt.c.delivery == int(delivery_id)).order_by(attempt.c.token)
            return [int(token) for token in connection.execute(query).scalars()]

    def events(self, kind: str) -> list[dict[str, Any]]:
        with self.wired.database.read() as connection:
            rows = connection.execute(select(event).where(event.c.kind == kind).order_by(event.c.seq))
            return [dict(row._mapping) | {"data": json.loads(row.data)} for row in rows]

    def chain_holds(self) -> bool:
        return events.verify_chain(self.wired.database) is None

    def alter(self, statement: str, **values: Any) -> None:
        """What somebody does who has the database's file and not the keys."""
        with self.wired.database.engine.begin() as connection:
            assert connection.execute(text(statement), values).rowcount > 0


def problem_of(document: dict[str, Any]) -> str:
    return "\n".join(document.get("problems", []))


__all__ = ["State", "attempt"]
