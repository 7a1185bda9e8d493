"""How long many items take to many accounts, against the same calls with bare httpx and the same concurrency.

    .venv/bin/python tests/bench/bench_accounts.py [--items 200] [--accounts 20] [--latency 50]

A matrix of sandbox accounts, half at Weibo, half at WeChat, 50 ms of latency on every platform call. A tenth of the items, half
of them and all of them are handed in and signed by our own code, which is not measured; then each lot is one broadcast inline
in a process of its own. The rival makes the same calls, as the sandbox's log has them, to a sandbox of its own with the same
history, with the same bodies and as many threads. A quick look: --items 20 --accounts 4.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import accounts_bare
import accounts_ours
import httpx
import measured

from channels.sandbox.server import STATE
from channels.sandbox.store import SandboxStore
from content import broadcasts
from flows.runner import AT_ONCE
from flows.wiring import Wired

HERE = Path(__file__).parent
PLATFORMS = ("weibo", "wechat")
AIM = 1.3
SERVE = "import sys, pathlib; from channels.sandbox.server import serve; serve(pathlib.Path(sys.argv[1]))"
MB = 1024 * 1024


@dataclass(frozen=True)
class Lot:
    """What one lot of items took: ours and bare, seconds and bytes by name, and how often each kind of call was made."""

    items: int
    ours: Mapping[str, Any]
    bare: Mapping[str, Any]
    calls: Counter[str]
    sandbox_seconds: float
    sandbox_seconds_bare: float


@dataclass
class Platforms:
    """A sandbox in a process of its own. What its log has grown by since it was last read tells what was called."""

    folder: Path
    url: str
    pid: int
    seen: int = 0
    tokens: dict[str, str] = field(default_factory=dict)
    used: float = 0.0

    def processor_seconds(self) -> float:
        """What the sandbox has used since it was last asked."""
        before, self.used = self.used, measured.used_by(self.pid)
        return self.used - before

    def called(self) -> dict[tuple[str, str], list[str]]:
        """The kinds of the calls that were made since, in their order, by platform and account."""
        store = SandboxStore(self.folder)
        lines = [line for line in store.log(-1) if line.number > self.seen]
        store.close()
        self.seen = max((line.number for line in lines), default=self.seen)
        by_account: dict[tuple[str, str], list[str]] = {}
        for line in reversed(lines):
            by_account.setdefault((line.platform, line.account), []).append(line.call)
        return by_account


def main(items: int, accounts: int, latency: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "ws"
        wired = Wired(accounts_ours.workspace(home, accounts))
        known = accounts_ours.accounts_of(home)
        lots = _signed(wired, items)
        with (
            _platforms(home / "sandbox", known, latency) as near,
            _platforms(Path(folder) / "bare", known, latency) as far,
        ):
            done = [_measured(wired, broadcast, number, near, far) for number, broadcast in lots]
    _print(done, accounts, latency)


def _signed(wired: Wired, items: int) -> list[tuple[int, str]]:
    """How many items each lot has, and its broadcast."""
    sizes = sorted({max(1, items // 10), max(1, items // 2), items})
    began, next_number, lots = time.perf_counter(), 1, []
    for size in sizes:
        lots.append((size, accounts_ours.signed(wired, range(next_number, next_number + size))))
        next_number += size
    _say(f"{next_number - 1} items signed in {time.perf_counter() - began:.0f} s")
    return lots


def _measured(wired: Wired, broadcast: str, items: int, near: Platforms, far: Platforms) -> Lot:
    near.processor_seconds(), far.processor_seconds()
    ours = _child("accounts_ours.py", wired.workspace.home, broadcast)
    assert ours["state"] == "synchronised", ours
    called = near.called()
    plan = wired.workspace.home / "plan.json"
    plan.write_text(json.dumps({**_plan(wired, broadcast, called), "tokens": far.tokens}), encoding="utf-8")
    bare = _child("accounts_bare.py", plan, far.url, AT_ONCE)
    far.tokens = bare["tokens"]
    sandboxes = near.processor_seconds(), far.processor_seconds()
    counted, repeated = _counted(called), _counted(far.called())
    assert counted == repeated, f"the calls differ: {counted} {repeated}"
    _say(f"{items} items: {ours['seconds']:.1f} s, bare {bare['seconds']:.1f} s")
    return Lot(items, ours, bare, counted, *sandboxes)


def _counted(called: Mapping[tuple[str, str], Sequence[str]]) -> Counter[str]:
    return Counter(call for log in called.values() for call in log)


def _plan(wired: Wired, broadcast: str, called: Mapping[tuple[str, str], Sequence[str]]) -> dict[str, Any]:
    """What the bare program is given: every delivery with its account, its calls and its files, in the order of ours."""
    known = {one["outlet"]: one for one in accounts_ours.accounts_of(wired.workspace.home)}
    with wired.database.read() as connection:
        digests = broadcasts.get(connection, broadcast).order.packages
    wanted = list(accounts_ours.files_of(wired, accounts_ours.packages_of(wired, digests)))
    dealt = {
        one["outlet"]: iter(accounts_bare.shared_out(called[one["platform"], one["id"]], len(digests)))
        for one in known.values()
    }
    things = [
        {"account": known[outlet]["id"], "files": files, "calls": next(dealt[outlet])} for outlet, files in wanted
    ]
    return {"accounts": list(known.values()), "things": things}


def _child(script: str, *arguments: object) -> dict[str, Any]:
    argv = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{script} ended with {done.returncode}: {done.stderr.strip()[-2000:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


@contextmanager
def _platforms(folder: Path, known: Sequence[Mapping[str, str]], latency: int) -> Iterator[Platforms]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "accounts.json").write_text(json.dumps(accounts_ours.sandbox_accounts(known)), encoding="utf-8")
    server = subprocess.Popen([sys.executable, "-c", SERVE, str(folder)])
    try:
        url = _url(folder)
        for platform in PLATFORMS:
            switch = {"platform": platform, "account": "*", "fault": "latency", "value": latency}
            httpx.post(f"{url}/admin/faults", json=switch, trust_env=False).raise_for_status()
        yield Platforms(folder, url, server.pid)
    finally:
        server.terminate()
        server.wait()


def _url(folder: Path) -> str:
    until = time.monotonic() + 30
    while not (folder / STATE).exists():
        if time.monotonic() > until:
            raise RuntimeError(f"no sandbox came up in {folder}")
        time.sleep(0.05)
    return str(json.loads((folder / STATE).read_bytes())["url"])


def _print(lots: Sequence[Lot], accounts: int, latency: int) -> None:
    last = lots[-1]
    print(f"{last.items} items to {accounts} sandbox accounts, {latency} ms a call, {AT_ONCE} at once")
    for lot in lots:
        ratio = lot.ours["seconds"] / lot.bare["seconds"]
        print(
            f"  {lot.items:4} items   ours {ratio:5.2f} × bare  ({lot.ours['seconds']:.1f} s, {lot.bare['seconds']:.1f} s)"
            f"   processor {lot.ours['processor_seconds']:.1f} s, bare {lot.bare['processor_seconds']:.1f} s,"
            f" sandbox {lot.sandbox_seconds:.1f} and {lot.sandbox_seconds_bare:.1f} s"
            f"   memory {lot.ours['peak_bytes'] / MB:.0f} MB, bare {lot.bare['peak_bytes'] / MB:.0f} MB"
            f"   {lot.calls.total()} calls each"
        )
    ratio = last.ours["seconds"] / last.bare["seconds"]
    print(f"  aim: at most {AIM} × bare: {'met' if ratio <= AIM else 'MISSED'}")
    growth = (last.ours["peak_bytes"] - lots[0].ours["peak_bytes"]) / MB
    print(f"  memory: {growth:+.0f} MB from {lots[0].items} to {last.items} items (aim: flat)")
    print(f"  Prefect was {'' if any(lot.ours['prefect'] for lot in lots) else 'not '}imported (aim: not)")
    for call, times in sorted(last.calls.items()):
        print(f"    {times:6} {call}")


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--accounts", type=int, default=20)
    parser.add_argument("--latency", type=int, default=50, help="milliseconds")
    given = parser.parse_args()
    main(given.items, given.accounts, given.latency)
