"""How long the figures of a year take: in this process, as plain SQL, and as a whole command with its start.

    .venv/bin/python tests/bench/bench_counts.py [deliveries]

160,000 deliveries of 22,000 items at eleven outlets over two years, in a rehearsal workspace of its own. Medians of five,
as ratios against the same statements given to sqlite3 in the same run, and every answer compared with the plain SQL's.
"""

import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from content.clock import unstamp
from content.counts import By, counts, counts_by
from content.database import Database, open_database
from content.vocabulary import Row
from flows.workspace import DATABASE_FILE, make

YEAR = 2026
ITEMS = 22_000
AIM_MS, AIM_RATIO, AIM_COMMAND_MS = 150, 1.5, 500
OUTLETS = [
    *(("portal", "website", "website"), ("nyj-site", "website", "website"), ("weibo-main", "weibo", "weibo")),
    *(("weibo-2", "weibo", "weibo"), ("wechat-main", "wechat", "wechat"), ("wechat-2", "wechat", "wechat")),
    *(("radio", "radio", "other"), ("paper", "newspaper", "other"), ("app", "app", "other")),
    *(("gazette", "gazette", "gazette"), ("feeds", "feeds", "")),
]
COUNTED = "FROM delivery WHERE action = 'publish' AND row <> '' AND live_month"
GROUPED = "SELECT {0}, count(DISTINCT item) " + COUNTED + " {1} GROUP BY {0}"
TOTAL = "SELECT '', count(DISTINCT item) " + COUNTED + " {1}"
STATEMENTS = {"row": GROUPED, "outlet": GROUPED, "": TOTAL}


def main(deliveries: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "ws"
        make(home).database.engine.dispose()
        path = home / DATABASE_FILE
        began = time.perf_counter()
        _fill(path, deliveries)
        print(f"{deliveries} deliveries of {ITEMS} items, made in {time.perf_counter() - began:.1f} s")
        _measure(path)
        _measure_command(home)


def _measure(path: Path) -> None:
    database = open_database(f"sqlite:///{path}")
    with sqlite3.connect(path) as plain:
        direct, expected = _median(lambda: _direct(plain))
        ours, found = _median(lambda: counts(database, YEAR))
        assert found.as_json() == expected, "the figures differ from the plain SQL's"
        _print("counts in this process", ours, AIM_MS, ours / direct)
        print(f"  plain SQL                      {direct:7.0f} ms")
        _print_plans(plain)
    _measure_breakdowns(database)
    database.engine.dispose()


def _measure_breakdowns(database: Database) -> None:
    for by in By:
        taken, _ = _median(lambda by=by: counts_by(database, YEAR, by))
        print(f"  by {by:8}                    {taken:7.0f} ms")


def _measure_command(home: Path) -> None:
    command = Path(sys.executable).parent / "tongbu"
    if not command.exists():
        print(f"the whole command: left out, {command} is not installed")
        return
    argv = [str(command), "--home", str(home), "counts", str(YEAR), "--json"]
    taken, done = _median(lambda: subprocess.run(argv, capture_output=True, text=True, check=False))
    if done.returncode != 0:
        print(f"the whole command: left out, it ended with {done.returncode}: {done.stderr.strip()[-300:]}")
        return
    start, _ = _median(lambda: subprocess.run([str(command), "--help"], capture_output=True, check=False))
    assert json.loads(done.stdout)["rehearsal"] is True
    _print("tongbu counts --json, start included", taken, AIM_COMMAND_MS, taken / start, "× tongbu --help")


def _print(what: str, taken: float, aim: float, ratio: float, against: str = "× plain SQL") -> None:
    verdict = "met" if taken <= aim else "MISSED"
    aimed = f", at most {AIM_RATIO} ×" if against == "× plain SQL" else ""
    print(f"  {what:30} {taken:7.0f} ms  {ratio:5.2f} {against}  (aim: {aim} ms{aimed}; {verdict})")


def _print_plans(plain: sqlite3.Connection) -> None:
    for group, statement in STATEMENTS.items():
        steps = plain.execute("EXPLAIN QUERY PLAN " + statement.format(group, f"<= '{YEAR}-12'")).fetchall()
        print(f"    {group or 'total':8} {'; '.join(step[3] for step in steps)}")


def _median(act: Callable[[], Any]) -> tuple[float, Any]:
    taken, answer = [], None
    for _ in range(5):
        began = time.perf_counter()
        answer = act()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken), answer


def _direct(plain: sqlite3.Connection) -> dict[str, Any]:
    found = {group: _first_live(plain, group, statement) for group, statement in STATEMENTS.items()}
    rows = {row.value: found["row"].get(row.value, 0) for row in Row}
    items = found[""][""]
    outlets = {outlet: number for outlet, number in sorted(found["outlet"].items()) if number}
    return {"year": YEAR, "items": items, "rows": rows, "repeats": sum(rows.values()) - items, "outlets": outlets}


def _first_live(plain: sqlite3.Connection, group: str, statement: str) -> dict[str, int]:
    by_the_end = dict(plain.execute(statement.format(group, f"<= '{YEAR}-12'")).fetchall())
    earlier = dict(plain.execute(statement.format(group, f"< '{YEAR}-01'")).fetchall())
    return {key: number - earlier.get(key, 0) for key, number in by_the_end.items()}


def _fill(path: Path, deliveries: int) -> None:
    """Straight into the tables, foreign keys unchecked: only the query is measured here."""
    connection = sqlite3.connect(path)
    with connection:
        connection.executemany(
            "INSERT INTO item (number, kind, title, organ, level, document_number, submitted_at, effect) "
            "VALUES (?, 'news', 'x', ?, '市', '', '', '有效')",
            ((1001 + n, f"单位{n % 60}") for n in range(ITEMS)),
        )
        columns = "package, item, revision, outlet, channel, row, direct, required, action, round, state, token, not_before, absent_reads, failures, receipt, problem, live_at, live_month, observed_at"
        marks = ", ".join("?" * len(columns.split(", ")))
        connection.executemany(f"INSERT INTO delivery ({columns}) VALUES ({marks})", _deliveries(deliveries))
    connection.close()


def _deliveries(number: int) -> Iterator[tuple[Any, ...]]:
    """In the order in which they would come: by time, items spread over the year, each at most outlets; one in twenty a
    correction."""
    dice = random.Random(1)
    keys = sorted(
        dice.sample(range(ITEMS * len(OUTLETS)), number), key=lambda key: (key // len(OUTLETS), dice.random())
    )
    receipt = json.dumps({"digest": "0" * 64, "evidence": {"read": "x" * 300}})
    for place, key in enumerate(keys):
        outlet, channel, row = OUTLETS[key % len(OUTLETS)]
        action = "correct" if dice.random() < 0.05 else "publish"
        at = _moment(place / number)
        named = (f"p{key}", 1001 + key // len(OUTLETS), f"r{key}", outlet, channel, row, True, True, action, 1)
        yield (*named, "live", 1, at, 0, 0, receipt, "", at, _month(at), at)


def _moment(share: float) -> str:
    """Two years, 2025 and 2026, from 0 to 1."""
    month = int(share * 24)
    day = 1 + int((share * 24 - month) * 28)
    return f"{2025 + month // 12}-{month % 12 + 1:02d}-{day:02d}T02:00:00.000000+00:00"


def _month(at: str) -> str:
    return f"{unstamp(at):%Y-%m}"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 160_000)
