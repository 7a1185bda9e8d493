"""Marking a document 有效, 失效 or 废止: a signed action of its own, which reaches website and feeds only (design.md)."""

from dataclasses import replace

from sqlalchemy import Connection

from content import items, ledger, packages
from content.canonical import digest_of
from content.items import StoredRevision
from content.kinds import DOCUMENTS
from content.packages import Line, Mark, NoPackage, Package
from content.records import of_item
from content.vocabulary import BEGUN, KIND_LABELS, Action, Effect, State
from flows.editing import NotPossible, Passphrase, act_of, latest, render_lines
from flows.publishing import recipients_of
from flows.wiring import Wired

REACHED = frozenset({"website", "feeds"})
"""The channels whose pages and entries say a document's effect."""


def mark(
    wired: Wired, item_id: str, effect: Effect, reason: str, by: str, passphrase: Passphrase
) -> tuple[Package, bool]:
    """Freezes the package that marks a document with its effect, for every website and feed that received it.

    It is signed at the usual levels and then broadcast; only then the effect is shown and kept. Asking for the same again
    before it went out gives the same package (then the second value is False). Raises NotPossible for what nobody
    received, for what is withdrawn, and for what has this effect already; Blocked for what cannot be rendered.
    """
    _require_document(wired, item_id)
    number, outlets = recipients_of(wired, item_id)
    reached = [outlet for outlet in map(wired.outlet, outlets) if outlet.channel in REACHED]
    if not reached:
        raise NotPossible(f"no website and no feed shows item {item_id}: there is nothing to mark")
    stored = _shown(wired, item_id, number, effect)
    statement = packages.mark_statement(item_id, stored.digest, effect, reason)
    act = act_of(wired, by, passphrase, statement)
    lines = render_lines(wired, stored, reached, Action.MARK, reason)
    return _freeze(wired, stored, reason, lines, Mark(effect, 0, by, act.signature), number)


def _require_document(wired: Wired, item_id: str) -> None:
    kind = latest(wired, item_id).revision.fields.kind
    if kind not in DOCUMENTS:
        listed = "、".join(label for one, label in KIND_LABELS.items() if one in DOCUMENTS)
        raise NotPossible(f"item {item_id} is {KIND_LABELS[kind]}: only documents have an effect ({listed})")


def _shown(wired: Wired, item_id: str, number: int, effect: Effect) -> StoredRevision:
    """The newest revision that went out: a later one that waits for its sign-offs is not let out by a mark."""
    with wired.database.read() as connection:
        if packages.round_of(connection, item_id) != number:
            raise NotPossible(f"item {item_id} is withdrawn, or is being withdrawn: tongbu status {item_id}")
        records = of_item(connection, item_id)
        item = items.get(connection, wired.workspace.settings.site, item_id)
        under_way = any(r.action is Action.MARK and r.state not in ledger.SETTLED for r in records)
        if item is not None and item.effect is effect and not under_way:
            raise NotPossible(f"item {item_id} is marked {effect.value} already")
        out = {r.revision for r in records if _brought_out(r.action, r.state)}
        return max((items.by_digest(connection, name) for name in out), key=lambda one: one.sequence)


def _brought_out(action: Action, state: State) -> bool:
    return action in (Action.PUBLISH, Action.CORRECT) and state in BEGUN


def _freeze(
    wired: Wired, stored: StoredRevision, reason: str, lines: list[Line], wanted: Mark, number: int
) -> tuple[Package, bool]:
    """Closes the package; one that is not the newest mark over again gets a number of its own."""
    with wired.database.read() as connection:
        overrides = items.overrides(connection, stored.digest)
        newest = _newest(connection, stored.item_id)
    plain = packages.manifest_of(stored, Action.MARK, reason, lines, overrides, number)
    last = newest.turn if newest else 0
    manifest = plain | {"mark": replace(wanted, number=last).as_json()}
    if newest is None or digest_of(manifest) != newest.digest:
        manifest = plain | {"mark": replace(wanted, number=last + 1).as_json()}
    return packages.freeze(wired.database, manifest, lines)


def _newest(connection: Connection, item_id: str) -> Package | None:
    try:
        return packages.latest(connection, item_id, Action.MARK)
    except NoPackage:
        return None
