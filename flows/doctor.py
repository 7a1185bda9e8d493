"""Proves that every part of a workspace works, each with what to do where one does not."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING

from flows import engine_client

if TYPE_CHECKING:
    from packaging.requirements import Requirement

    from flows.workspace import Workspace

PYTHON = (3, 11)
SHOWN = ("prefect", "fastapi", "sqlalchemy", "typst", "httpx")
DISK_LEAST = 200 * 1024 * 1024  # bytes: engine.md L6
ANSWER_LIMIT = 5.0  # seconds
PRIVATE_FOLDERS = ("keys", "secrets", "run")
FONTS = (
    ("pylopdf_fonts_zh_cn", "NotoSerifSC", "pylopdf-fonts-zh-cn"),
    ("pylopdf_fonts_zh_cn", "NotoSansSC", "pylopdf-fonts-zh-cn"),
    ("justmytype_intl_cjk", "NotoSansSC[wght]", "justmytype-intl-cjk"),
)


@dataclass(frozen=True)
class Check:
    """One thing looked at. *detail* says what was found; *mend* what to do when it is not *ok*, else empty."""

    name: str
    ok: bool
    detail: str
    mend: str = ""


@dataclass(frozen=True)
class Probe:
    """What can be tried of an outlet without publishing: that *url* answers, that *folder* takes a file."""

    outlet: str
    url: str = ""
    folder: Path | None = None


def examine(
    workspace: "Workspace",
    probes: Sequence[Probe] | Callable[[], Sequence[Probe]] = (),
    integrity: Callable[[], str | None] | None = None,
    last_event: Callable[[], datetime | None] | None = None,
    now: Callable[[], datetime] | None = None,
) -> list[Check]:
    """Every check of a workspace, in the order of importance; none raises.

    *integrity* says what is wrong with the database (None: nothing), *last_event* when the ledger's newest event was.
    *probes* may be a function, asked once the engine, and with it the sandbox, is up. An engine that is not running is
    started, which takes some 20 seconds, and ended again after the outlets were tried.
    """
    tries: list[tuple[str, Callable[[], Check]]] = [
        ("python", _python),
        ("packages", _packages),
        ("fonts", _fonts),
        ("disk", lambda: _disk(workspace.home)),
        ("permissions", lambda: _permissions(workspace.home)),
    ]
    if integrity is not None:
        tries.append(("database", lambda: _database(integrity)))
    if last_event is not None and now is not None:
        tries.append(("clock", lambda: _clock(last_event(), now())))
    checks = [_tried(name, look) for name, look in tries]
    was_running = engine_client.is_running(workspace)
    try:
        checks.append(_tried("engine", lambda: _engine(workspace, was_running=was_running)))
        return [*checks, *_outlets(probes() if callable(probes) else probes)]
    finally:
        if not was_running:
            engine_client.stop(workspace)


def _outlets(probes: Sequence[Probe]) -> Iterator[Check]:
    for probe in probes:
        yield _tried(f"outlet {probe.outlet}", lambda probe=probe: _outlet(probe))  # type: ignore[misc]


def _tried(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Exception as problem:  # noqa: BLE001 - whatever goes wrong is what the check found
        return Check(name, ok=False, detail=f"{type(problem).__name__}: {problem}", mend="see the message")


def _python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    needed = ".".join(str(part) for part in PYTHON)
    return Check("python", sys.version_info >= PYTHON, found, "" if sys.version_info >= PYTHON else f"needs {needed}")


def _packages() -> Check:
    """The versions that the distribution asks for; a fastapi that is too new stops Prefect's server (engine.md 1.1)."""
    wrong = [text for needed in _requirements() if (text := _misfit(needed))]
    shown = ", ".join(f"{name} {metadata.version(name)}" for name in SHOWN)
    if wrong:
        return Check("packages", ok=False, detail="; ".join(wrong), mend="install from the lock file: make setup")
    return Check("packages", ok=True, detail=shown)


def _requirements() -> "Iterator[Requirement]":
    from packaging.requirements import Requirement

    for line in metadata.requires("tongbu") or ():
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            yield needed


def _misfit(needed: "Requirement") -> str:
    try:
        found = metadata.version(needed.name)
    except metadata.PackageNotFoundError:
        return f"{needed.name} is missing"
    return (
        "" if needed.specifier.contains(found, prereleases=True) else f"{needed.name} {found}, not {needed.specifier}"
    )


def _fonts() -> Check:
    missing = sorted({wheel for package, stem, wheel in FONTS if not _has_font(package, stem)})
    if missing:
        return Check(
            "fonts", ok=False, detail=f"missing: {', '.join(missing)}", mend=f"pip install {' '.join(missing)}"
        )
    return Check("fonts", ok=True, detail="Noto Serif SC, Noto Sans SC")


def _has_font(package: str, stem: str) -> bool:
    try:
        folder = Path(str(resources.files(package)))
    except ModuleNotFoundError:
        return False
    return any(path.name.startswith(stem) and path.stat().st_size > 0 for path in folder.rglob("*.[to]tf"))


def _disk(home: Path) -> Check:
    free = shutil.disk_usage(home).free
    detail = f"{free // 1024 // 1024} MB free"
    mend = "" if free >= DISK_LEAST else f"free at least {DISK_LEAST // 1024 // 1024} MB on the disk of {home}"
    return Check("disk", free >= DISK_LEAST, detail, mend)


def _permissions(home: Path) -> Check:
    """Keys, credentials and the engine's own files must be their owner's alone."""
    open_ones = [path for name in PRIVATE_FOLDERS for path in _private(home / name) if _others_may(path)]
    if not open_ones:
        return Check("permissions", ok=True, detail="keys and credentials are their owner's alone")
    names = ", ".join(str(path.relative_to(home)) for path in open_ones[:5])
    mend = f"chmod go= {' '.join(str(path) for path in open_ones[:5])}"
    return Check("permissions", ok=False, detail=f"others may read {len(open_ones)}: {names}", mend=mend)


def _private(folder: Path) -> Iterator[Path]:
    """The folder, and its files unless the folder itself keeps others out of what only the engine writes."""
    if not folder.is_dir():
        return
    yield folder
    if folder.name != "run":
        yield from (path for path in folder.iterdir() if path.is_file())


def _others_may(path: Path) -> bool:
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def _database(integrity: Callable[[], str | None]) -> Check:
    problem = integrity()
    mend = "stop publishing and restore the last backup: tongbu restore" if problem else ""
    return Check("database", problem is None, problem or "opens, and is whole", mend)


def _clock(last: datetime | None, now: datetime) -> Check:
    if last is None or now >= last:
        return Check("clock", ok=True, detail=now.isoformat(timespec="seconds"))
    detail = f"{now.isoformat(timespec='seconds')} is before the ledger's last event at {last.isoformat()}"
    return Check("clock", ok=False, detail=detail, mend="set this machine's clock (NTP) before anything is published")


def _engine(workspace: "Workspace", *, was_running: bool) -> Check:
    try:
        if not was_running:
            engine_client.start_engine(workspace)
        status = engine_client.ping(workspace)
    except engine_client.EngineUnreachable as problem:
        return Check("engine", ok=False, detail=str(problem), mend="broadcasts go out with --inline meanwhile")
    return _engine_found(status, "runs" if was_running else "starts")


def _engine_found(status: dict[str, object], how: str) -> Check:
    detail = f"{how}, Prefect at {status['prefect']}" if status["prefect"] else f"{how} without Prefect"
    mend = "" if status["prefect"] else "read run/prefect.log in the workspace; orders go out meanwhile"
    return Check("engine", bool(status["prefect"]), detail, mend)


def _outlet(probe: Probe) -> Check:
    name = f"outlet {probe.outlet}"
    if probe.folder is not None and (problem := _unwritable(probe.folder)):
        return Check(name, ok=False, detail=problem, mend=f"let this user write to {probe.folder}")
    if probe.url and (problem := _silent(probe.url)):
        return Check(name, ok=False, detail=problem, mend="check the address, the network and the platform's state")
    return Check(name, ok=True, detail=probe.url or str(probe.folder or "nothing to try"))


def _unwritable(folder: Path) -> str:
    """Why no file can be put there; the nearest folder that exists is tried, nothing is made."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        return f"{there} is a file"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"{there} cannot be written"


def _silent(url: str) -> str:
    """Why the address does not answer. Any answer will do: which paths exist is the platform's own affair."""
    import httpx

    try:
        httpx.get(url, timeout=ANSWER_LIMIT, follow_redirects=False, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as problem:
        return f"{url} does not answer: {problem}"
    return ""
