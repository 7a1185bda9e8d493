"""An engine with work of its own, as a process: ``python engine_process.py HOME``. The engine itself is the product's.

Orders: ``{"do": "work", "keys": […], "sleep": seconds, "state": …}`` writes one line per key to ``HOME/done.log``.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from flows import engine, engine_client


@dataclass
class Place:
    home: Path
    has_sandbox_outlets: bool = False

    @property
    def run_folder(self):
        return self.home / "run"

    @property
    def prefect_home(self):
        return self.home / "prefect"


class InlineRunner:
    def each(self, step, work, keys):
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(work, keys))


class Work:
    InlineRunner = InlineRunner

    @staticmethod
    def execute(workspace, order, runner, report):
        if order["do"] == "break":
            raise ValueError("broken on purpose")

        def one(key):
            time.sleep(float(order.get("sleep", 0)))
            with (workspace.home / "done.log").open("a") as log:
                log.write(f"{order.get('mark', '')} {key} {time.monotonic()}\n")
            report({"step": "work", "delivery": key, "state": "done"})
            return key

        done = runner.each("work", one, [str(key) for key in order.get("keys", [])])
        deliveries = [{"item": "1", "outlet": key, "state": "live"} for key in done]
        return {"state": order.get("state", "synchronised"), "done": done, "deliveries": deliveries, "exit": 0}

    @staticmethod
    def tick(workspace, runner, report):
        wanted = workspace.home / "due"
        if wanted.exists():
            wanted.unlink()
            Work.execute(workspace, {"do": "work", "keys": ["due"], "mark": "tick"}, runner, report)

    @staticmethod
    def upkeep(workspace):
        """Never comes back once it was asked to hang."""
        with (workspace.home / "upkeep.log").open("a") as log:
            log.write("upkeep\n")
        if (workspace.home / "break").exists():
            raise ValueError("broken on purpose")
        if (workspace.home / "hang").exists():
            time.sleep(900)


def command(home: Path) -> list[str]:
    return [sys.executable, __file__, str(home)]


def processes_of(home: Path) -> list[int]:
    """Every living process that has this home in its command or among Prefect's settings."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state not in "ZX" and str(home).encode() in told:
            found.append(int(entry.name))
    return found


def wait_for(condition, timeout: float):
    """The first true value of the condition within the time, else its last value."""
    deadline = time.monotonic() + timeout
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return value


def main() -> int:
    home = Path(sys.argv[1])
    engine.UPKEEP_PAUSE = 0.3
    sandbox = engine.Child([sys.executable, "-c", "import time; time.sleep(900)", str(home)], lambda: True)
    return engine.serve(
        Place(home),
        lambda status: print("ready", status, flush=True),
        said=print,
        interval=0.5,
        parts=Work,
        sandbox=sandbox,
    )


__all__ = ["Place", "Work", "command", "engine_client", "processes_of", "wait_for"]

if __name__ == "__main__":
    sys.exit(main())
