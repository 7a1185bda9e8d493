"""How long ``tongbu inspect`` takes, and how much memory it needs.

    .venv/bin/python tests/bench/bench_inspect.py [items]

Makes a site of Chinese items of 1,500 characters (1,000; the traditional twins too) with a ledger whose packages are
really signed, and inspects it: time, processor time and memory of the whole command.
"""

import base64
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import measured
import site_ours
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, insert

from content import people
from content.canonical import canonical_json, digest, digest_of
from content.clock import stamp
from content.schema import delivery, item, package, rendition, revision, signoff
from content.shelf import Entry
from content.shelves import DatabaseShelf
from flows.settings import SETTINGS_FILE
from flows.workspace import Workspace

NAME, PORTION = "陈国平", 500
BLANK = {"direct": True, "required": True, "state": "live", "token": 1, "absent_reads": 0, "failures": 0, "problem": ""}


def sign_all(home: Path) -> None:
    """Puts a signed package and a live delivery behind every entry of the shelf."""
    workspace = Workspace.open(home)
    database = workspace.database
    people.add(database, workspace.keys, NAME, "市政府办公室", ("终审",), "correct horse 电池")
    key = workspace.keys.unlock(NAME, "correct horse 电池")
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    assert people.find(database, NAME).public_key == base64.b64encode(public).decode()
    for entries in _portions(DatabaseShelf(database, site_ours.PORTAL)):
        with database.write() as connection:
            _sign(connection, entries, key)
    database.engine.dispose()


def _portions(shelf: DatabaseShelf) -> Iterator[Sequence[Entry]]:
    last = ""
    while entries := shelf.after(last, PORTION):
        yield entries
        last = entries[-1].item_id


def _sign(connection: Connection, entries: Sequence[Entry], key: Ed25519PrivateKey) -> None:
    rows: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (item, revision, package, rendition, signoff, delivery)
    }
    for entry in entries:
        for table, row in _rows(entry, key):
            rows[table].append(row)
    for table, found in rows.items():
        connection.execute(insert(table), found)


def _rows(entry: Entry, key: Ed25519PrivateKey) -> Iterator[tuple[Any, dict[str, Any]]]:
    number, at = int(entry.item_id), stamp(entry.published_at)
    head: Any = entry.data["head"]
    named: Any = entry.data["parts"]
    parts = {"head.json": ["application/json", digest(canonical_json(head))]}
    parts |= {name: ["text/html; charset=utf-8", value] for name, value in named.items()}
    covered = {"channel": "website", "outlet": site_ours.PORTAL, "parts": parts, "slots": ["published_at"]}
    line = {"outlet": site_ours.PORTAL, "channel": "website", "identity": "x", "rendition": digest_of(covered)}
    manifest = {"action": "publish", "item": entry.item_id, "revision": head["revision"], "reason": "", "round": 1}
    manifest |= {
        "outlets": [line | {"slots": ["published_at"]}],
        "overrides": [],
        "not_before": None,
        "not_after": None,
    }
    name = digest_of(manifest)
    said = {"act": "sign", "package": name, "item": entry.item_id, "level": "终审", "person": NAME}
    signature = base64.b64encode(key.sign(canonical_json(said))).decode()
    kept = {"kind": entry.kind, "title": entry.title, "organ": entry.organ, "level": "市", "document_number": ""}
    yield item, {"number": number, "submitted_at": at, "effect": "有效", **kept}
    content = canonical_json({"fields": {"kind": entry.kind, "normative": False}, "body": "x" * 4000}).decode()
    by = {"handed_in_by": NAME, "handed_in_at": at, "signature": "", "cleaned": "[]", "file_name": "x.md"}
    yield revision, {"digest": head["revision"], "item": number, "sequence": 1, "content": content, **by}
    frozen = {"frozen_at": at, "serial": number, "manifest": canonical_json(manifest).decode()}
    yield package, {"digest": name, "item": number, "revision": head["revision"], "action": "publish", **frozen}
    slots = canonical_json({"parts": parts, "slots": ["published_at"]}).decode()
    yield rendition, {"package": name, "outlet": site_ours.PORTAL, "digest": digest_of(covered), "manifest": slots}
    given = {"level": "终审", "person": NAME, "signature": signature, "at": at}
    yield signoff, {"package": name, "statement": canonical_json(said).decode(), **given}
    moments = dict.fromkeys(("not_before", "since", "at", "live_at", "observed_at", "answered_at"), at)
    place = {"outlet": site_ours.PORTAL, "channel": "website", "row": "website", "action": "publish", "round": 1}
    yield delivery, {"package": name, "item": number, "revision": head["revision"], **place, **BLANK, **moments}


def _without_feeds(home: Path) -> None:
    """No page announces feeds, which this workspace has no outlet for."""
    path = home / SETTINGS_FILE
    text = path.read_text(encoding="utf-8")
    assert text.count("options = {") == 1
    path.write_text(text.replace("options = {", "options = { feeds = false,"), encoding="utf-8")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        site_ours.fill(home, count)
        site_ours.settle(home, traditional=True)
        _without_feeds(home)
        site_ours.build(home)
        sign_all(home)
        told = Path(folder) / "told.json"
        shell = f"'{site_ours.TONGBU}' inspect {site_ours.PORTAL} --home '{home}' --json > '{told}' || true"
        taken = measured.run(["/bin/sh", "-c", shell])
        (site,) = json.loads(told.read_text(encoding="utf-8"))["sites"]
        looked = site["looked_at"]
        print(f"{count} items: {looked}, {site['counts']}")
        print(
            f"{taken.seconds:.1f} s on the clock, {taken.processor_seconds:.1f} s of processors, "
            f"{1000 * taken.processor_seconds / looked['pages']:.2f} ms a page, {taken.peak_bytes / 2**20:.0f} MB"
        )


if __name__ == "__main__":
    main()
