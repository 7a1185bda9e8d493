"""Heads of the event chain, exported once a day and printed on receipts, so that nobody can rewrite it unseen.

The folder belongs on another machine, a write-once medium or paper (engine.md 4.2 L3): a chain is only as safe as the
place where its heads are kept.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from content.assets import write_whole
from content.canonical import canonical_json
from content.clock import in_china, stamp, unstamp
from content.database import Database
from content.events import Head, head
from content.folding import fold
from content.schema import event, workspace

PRINTED_DIGITS = 16
LARGEST_FILE = 10_000
LONGEST_CODE = 200
HEX_DIGEST = re.compile(r"[0-9a-f]{64}")
LARGEST_SEQ = 2**31 - 1
"""The largest number that the event table can hold on PostgreSQL."""
CODE_FORM = re.compile(r"第?\s*([0-9]{1,15})\s*(?:号|[:,\s])\s*((?:[-\s]*[0-9a-f]){16})")


class HeadsDamaged(ValueError):
    """Exported heads that cannot be used. *problems* name every file and its mend; *heads* are the ones that can."""

    def __init__(self, problems: Sequence[str], heads: Sequence[Head]) -> None:
        super().__init__("; ".join(problems))
        self.problems, self.heads = tuple(problems), tuple(heads)


class HeadCodeWrong(ValueError):
    """A text that is not the short form of a head."""


class HeadLost(RuntimeError):
    """The chain no longer contains a head that was exported earlier today, so it may not take that head's place."""


@dataclass(frozen=True)
class HeadCode:
    """The short form of a head, as a person reads it off a 回执单: *digits* are the hash's first 16."""

    seq: int
    digits: str


def export(database: Database, folder: Path, force: bool = False) -> Path | None:
    """Writes the newest link into ``folder/YYYY-MM-DD.json`` (the readers' date) and returns the path.

    None, and nothing is written, when today's file is there already or the chain is empty. *force* writes it again;
    it raises HeadLost when the chain does not contain the head that stands there, HeadsDamaged when that cannot be
    read: then the file is evidence and has to be kept.
    """
    now, newest = database.clock(), head(database)
    path = folder / f"{in_china(now):%Y-%m-%d}.json"
    if newest.seq == 0 or (path.exists() and not force):
        return None
    with database.read() as connection:
        if path.exists():
            _refuse_to_lose(connection, path)
        told = {"seq": newest.seq, "hash": newest.hash, "at": stamp(now), "workspace": _workspace_id(connection)}
    write_whole(path, canonical_json(told) + b"\n")
    return path


def read(paths: Iterable[Path]) -> list[Head]:
    """The heads in these files, by sequence, for ``events.verify_chain``; the same head twice stands there once.

    Raises HeadsDamaged when a file cannot be read, or when two give different hashes for one event; it names them all,
    and its ``heads`` are the others.
    """
    found: dict[int, tuple[Head, Path]] = {}
    problems: list[str] = []
    for path in paths:
        try:
            known = _read_one(path)
        except (OSError, ValueError, TypeError) as problem:
            problems.append(f"{path} is not an exported head ({problem}): take the file from another copy")
            continue
        earlier, where = found.setdefault(known.seq, (known, path))
        if earlier != known:
            problems.append(f"{path} and {where} give different hashes for event {known.seq}: one of them is not ours")
    heads = [found[seq][0] for seq in sorted(found)]
    if problems:
        raise HeadsDamaged(problems, heads)
    return heads


def head_code(known: Head) -> str:
    """The short printable form: ``第128号 3f9a-0c41-77de-b2a6``."""
    digits = known.hash[:PRINTED_DIGITS]
    return f"第{known.seq}号 " + "-".join(digits[start : start + 4] for start in range(0, PRINTED_DIGITS, 4))


def parse_head_code(text: str) -> HeadCode:
    """Reads a short form as people type it: any dashes, spaces, capitals and full-width characters. Raises
    HeadCodeWrong."""
    matched = CODE_FORM.fullmatch(fold(text).strip().lower()) if len(text) <= LONGEST_CODE else None
    if matched is None:
        raise HeadCodeWrong(f"{text[:60]!r} is not a head's code: write it as 第128号 3f9a-0c41-77de-b2a6")
    return HeadCode(int(matched[1]), re.sub(r"[-\s]", "", matched[2]))


def matches(database: Database, code: str) -> bool:
    """Whether the chain's event of this number has a hash that begins so. Raises HeadCodeWrong.

    It looks at one event only; that the chain holds up to there is what ``events.verify_chain`` proves.
    """
    wanted = parse_head_code(code)
    with database.read() as connection:
        kept = _hash_of(connection, wanted.seq)
    return kept is not None and kept.startswith(wanted.digits)


def _refuse_to_lose(connection: Connection, path: Path) -> None:
    (known,) = read([path])
    if _hash_of(connection, known.seq) != known.hash:
        raise HeadLost(
            f"the chain no longer contains event {known.seq} as {path} has it: keep the file, run tongbu verify"
        )


def _hash_of(connection: Connection, seq: int) -> str | None:
    if seq > LARGEST_SEQ:
        return None
    found: str | None = connection.execute(select(event.c.hash).where(event.c.seq == seq)).scalar_one_or_none()
    return found


def _workspace_id(connection: Connection) -> str:
    return connection.execute(select(workspace.c.value).where(workspace.c.name == "id")).scalar_one_or_none() or ""


def _read_one(path: Path) -> Head:
    with path.open("rb") as stream:
        data = stream.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise ValueError(f"larger than {LARGEST_FILE} bytes")
    try:
        values: Any = json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(values, dict):
        raise TypeError("not a JSON object")
    return _head_from(values)


def _head_from(values: dict[str, Any]) -> Head:
    seq, digest, at = values.get("seq"), values.get("hash"), values.get("at")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 1 <= seq <= LARGEST_SEQ:
        raise ValueError("seq must be a number from 1")
    if not isinstance(digest, str) or not HEX_DIGEST.fullmatch(digest):
        raise ValueError("hash must be 64 hex digits")
    if not isinstance(at, str):
        raise TypeError("at must be a moment")
    unstamp(at)
    return Head(seq, digest)
