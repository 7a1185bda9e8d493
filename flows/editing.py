"""What editors and signers do: hand in, check, set aside, freeze, sign. Plain Python, called by the terminal and the desk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from channels.base import CannotRender, Channel, Limited, Refers
from content import items, packages, people, signing
from content.clock import in_china
from content.finding import Finding
from content.intake import Intake, read
from content.item import Fields, Revision
from content.items import StoredRevision
from content.outlet import Outlet
from content.packages import Line, Package
from content.people import PersonError, SignedAct
from content.records import of_item, of_item_at
from content.vocabulary import BEGUN, Action, Severity, State
from flows.wiring import Wired

Passphrase = Callable[[str], str]
"""Gives the passphrase of a named person, from a prompt, a file or the environment."""

NOT_CARRIED = "not-carried"


class Blocked(Exception):
    """Findings keep the item from going on; all of them are in *findings*."""

    def __init__(self, item_ids: Sequence[str], findings: Sequence[Finding]) -> None:
        named = f"items {', '.join(item_ids)} have" if len(item_ids) > 1 else f"item {item_ids[0]} has"
        super().__init__(f"{named} {len(findings)} finding(s) to mend or to set aside first")
        self.findings = tuple(findings)


class NotPossible(Exception):
    """The step does not fit where the item is; the message says what to do."""


@dataclass(frozen=True)
class Submission:
    """What handing in a file led to; *new* is False when these bytes were here already."""

    stored: StoredRevision
    new: bool
    findings: tuple[Finding, ...]


def submit(
    wired: Wired,
    path: Path,
    values: Mapping[str, str],
    by: str,
    passphrase: Passphrase,
    item_id: str | None = None,
) -> Submission:
    """A file becomes an item and its first revision, or a new revision of *item_id*.

    The findings do not keep it out: the editor sees them all and mends them. Raises IntakeError for a file that cannot
    be read, PersonError for the editor's key.
    """
    taken = read(path, wired.workspace.assets, values)
    return hand_in(wired, taken, path, by, passphrase, item_id)


def hand_in(
    wired: Wired, taken: Intake, path: Path, by: str, passphrase: Passphrase, item_id: str | None = None
) -> Submission:
    """What *path* held, under the key of *by*. Raises NotPossible for a revision of *item_id* that another one came after, and
    for another item's: the newest revision is what goes out."""
    statement = {"act": "hand-in", "revision": taken.revision.digest, "item": item_id or "new"}
    act = act_of(wired, by, passphrase, statement)
    stored, new = items.hand_in(wired.database, taken.revision, act, path.name, taken.removed, item_id)
    if item_id and stored.item_id != item_id:
        raise NotPossible(f"{path.name} is what item {stored.item_id} says: it cannot be a revision of item {item_id}")
    if item_id and stored.digest != (newest := latest(wired, item_id)).digest:
        raise NotPossible(
            f"{path.name} is revision {stored.sequence} of item {item_id}, and revision {newest.sequence} came after it: "
            "to say the same again, change a word or a field, so that it is a revision of its own"
        )
    return Submission(stored, new, findings_of(wired, stored.revision, stored.cleaned))


def check_file(wired: Wired, path: Path, values: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings of a file that is not handed in."""
    taken = read(path, wired.workspace.assets, values)
    return findings_of(wired, taken.revision, taken.removed)


def check_item(wired: Wired, item_id: str) -> tuple[Finding, ...]:
    stored = latest(wired, item_id)
    return findings_of(wired, stored.revision, stored.cleaned)


def findings_of(wired: Wired, revision: Revision, cleaned: Sequence[Finding] = ()) -> tuple[Finding, ...]:
    """All findings: what intake removed, the checks of the content, and every carrying outlet's own limits."""
    from content.checks import check

    found = [*cleaned, *check(revision, _context(wired))]
    for outlet in _carrying(wired, revision):
        found += [entry for entry in wired.channel(outlet.id).check(revision) if entry.code != NOT_CARRIED]
    unique = dict.fromkeys(found)
    return tuple(sorted(unique, key=lambda entry: entry.severity is not Severity.ERROR))


def open_findings(wired: Wired, stored: StoredRevision) -> tuple[Finding, ...]:
    """The findings that still stand in the way: every error, and warnings that nobody set aside."""
    with wired.database.read() as connection:
        aside = {entry.code for entry in items.overrides(connection, stored.digest)}
    found = findings_of(wired, stored.revision, stored.cleaned)
    return tuple(entry for entry in found if entry.blocks or entry.code not in aside)


def override(wired: Wired, item_id: str, code: str, by: str, reason: str, passphrase: Passphrase) -> StoredRevision:
    """Sets a warning of the newest revision aside, by name and with a reason. Raises NotPossible for anything else."""
    stored = latest(wired, item_id)
    named = [entry for entry in findings_of(wired, stored.revision, stored.cleaned) if entry.code == code]
    if not named:
        raise NotPossible(f"item {item_id} has no finding {code}: tongbu check {item_id} lists them")
    if any(entry.blocks for entry in named):
        raise NotPossible(f"{code} is an error, not a warning: it must be mended")
    if not reason.strip():
        raise NotPossible("a warning is set aside with a reason: --reason …")
    with wired.database.read() as connection:
        if code in {entry.code for entry in items.overrides(connection, stored.digest)}:
            raise NotPossible(f"{code} of item {item_id} has been set aside already")
    act = act_of(wired, by, passphrase, {"act": "override", "revision": stored.digest, "code": code, "reason": reason})
    items.set_aside(wired.database, stored, code, reason, act)
    return stored


@dataclass(frozen=True)
class Composed:
    """A package before it is closed: its manifest may still say of a line that it goes out with others."""

    stored: StoredRevision
    action: Action
    reason: str
    lines: tuple[Line, ...]
    overrides: tuple[items.Override, ...]
    number: int
    not_after: datetime | None = None


def freeze(
    wired: Wired,
    item_id: str,
    action: Action = Action.PUBLISH,
    reason: str = "",
    outlets: Sequence[str] | None = None,
    not_after: datetime | None = None,
    number: int | None = None,
) -> tuple[Package, bool]:
    """Renders the newest revision for every outlet that carries it and closes the package.

    Freezing again without a change gives the same package, and its sign-offs stand. *number* is the round, for a
    withdrawal the one that it ends. Raises Blocked while findings stand in the way, NotPossible when no outlet carries
    the item or while a withdrawal of it is not confirmed.
    """
    return close(wired, compose(wired, item_id, action, reason, outlets, not_after, number))


def compose(
    wired: Wired,
    item_id: str,
    action: Action = Action.PUBLISH,
    reason: str = "",
    outlets: Sequence[str] | None = None,
    not_after: datetime | None = None,
    number: int | None = None,
) -> Composed:
    """``freeze`` up to where the package is closed."""
    stored = latest(wired, item_id)
    if action is not Action.WITHDRAW:
        _require_withdrawn(wired, item_id)
        standing = open_findings(wired, stored)
        if standing:
            raise Blocked([item_id], standing)
    chosen = _carrying(wired, stored.revision) if outlets is None else [wired.outlet(name) for name in outlets]
    if not chosen:
        raise NotPossible(f"no outlet carries item {item_id}: look at kinds, columns and languages of the outlets")
    lines = render_lines(wired, stored, chosen, action, reason)
    if action is Action.PUBLISH:
        _require_room_at(wired, stored, lines)
    with wired.database.read() as connection:
        overrides = items.overrides(connection, stored.digest)
        number = number or packages.round_of(connection, item_id)
    return Composed(stored, action, reason, tuple(lines), tuple(overrides), number, not_after)


def close(wired: Wired, made: Composed) -> tuple[Package, bool]:
    """Keeps the package; False when it was there already."""
    embargo = made.stored.revision.fields.embargo
    manifest = packages.manifest_of(
        made.stored, made.action, made.reason, made.lines, made.overrides, made.number, embargo, made.not_after
    )
    return packages.freeze(wired.database, manifest, made.lines)


def _require_room_at(wired: Wired, stored: StoredRevision, lines: Sequence[Line]) -> None:
    """An account's limits at the planned hour are looked at before anybody signs; what has its place there keeps it."""
    hour = stored.revision.fields.embargo
    if hour is None or hour <= wired.workspace.clock():
        return
    with wired.database.read() as connection:
        records = of_item(connection, stored.item_id)
    placed = {r.outlet for r in records if r.revision == stored.digest and r.state in (State.PREPARED, *BEGUN)}
    for line in lines:
        channel = wired.channel_if_built(line.outlet)
        problem = channel.problem_at(hour) if isinstance(channel, Limited) and line.outlet not in placed else ""
        if problem:
            raise NotPossible(f"{line.outlet} at {in_china(hour):%Y-%m-%d %H:%M}: {problem}; choose another embargo")


def _require_withdrawn(wired: Wired, item_id: str) -> None:
    """A new round begins only after a confirmed withdrawal (rule 4): gone from every direct outlet that had the item, and
    told to every partner."""
    with wired.database.read() as connection:
        number, records = packages.round_of(connection, item_id), of_item(connection, item_id)
    gone = {
        (r.outlet, r.round)
        for r in records
        if r.action is Action.WITHDRAW
        and (r.state is State.LIVE or (r.state is State.ACCEPTED and not r.target.direct))
    }
    standing = {
        r.outlet
        for r in records
        if r.action in (Action.PUBLISH, Action.CORRECT)
        and r.round < number
        and r.state in BEGUN
        and (r.outlet, r.round) not in gone
    }
    if standing:
        raise NotPossible(
            f"the withdrawal of item {item_id} is not confirmed at {', '.join(sorted(standing))}: "
            "tongbu resolve, or tongbu withdraw again"
        )


def render_lines(
    wired: Wired, stored: StoredRevision, outlets: Sequence[Outlet], action: Action, reason: str
) -> list[Line]:
    """Every outlet's rendition, its bytes kept. Raises Blocked with all that cannot be rendered."""
    settings = wired.workspace.settings
    column = next(iter(stored.revision.fields.columns), settings.site.columns[0].id)
    item = items.assign(wired.database, settings.office, settings.site, stored.item_id, column)
    lines, cannot = [], []
    for outlet in outlets:
        try:
            rendition = _channel(wired, outlet, item.id, action).render(item, stored.revision, action, reason)
        except CannotRender as problem:
            cannot.append(problem.finding)
            continue
        parts = {
            name: (part.media_type, wired.workspace.assets.put(part.data)) for name, part in rendition.parts.items()
        }
        lines.append(Line(outlet.id, outlet.channel, outlet.identity, rendition.digest, parts, tuple(rendition.slots)))
    if cannot:
        raise Blocked([stored.item_id], cannot)
    return lines


def _channel(wired: Wired, outlet: Outlet, item_id: str, action: Action) -> Channel:
    """The outlet's channel; one that speaks of what it carried before is told the receipt of that, as it is now: what is
    said of it is frozen and signed."""
    channel = wired.channel(outlet.id)
    if action not in (Action.CORRECT, Action.WITHDRAW) or not isinstance(channel, Refers):
        return channel
    with wired.database.read() as connection:
        records = of_item_at(connection, item_id, outlet.id)
    carried = [record for record in records if record.action in (Action.PUBLISH, Action.CORRECT)]
    return channel.referring([record.receipt for record in carried if record.receipt is not None])


def preview(wired: Wired, item_id: str, folder: Path) -> list[Path]:
    """Writes every outlet's rendition as files to look at; returns the folders."""
    from content.assets import write_whole

    stored = latest(wired, item_id)
    written = []
    for line in render_lines(wired, stored, _carrying(wired, stored.revision), Action.PUBLISH, ""):
        for name, (_, part_digest) in line.parts.items():
            write_whole(folder / line.outlet / name, wired.workspace.assets.get(part_digest))
        written.append(folder / line.outlet)
    return written


def sign(
    wired: Wired, item_id: str, by: str, level: str, named: str, passphrase: Passphrase
) -> tuple[Package, list[str]]:
    """A sign-off on exactly the manifest whose digest is named (12 characters or more). Returns the levels still missing.

    Raises SignOffRefused, PersonError or NotPossible.
    """
    with wired.database.read() as connection:
        package = packages.latest(connection, item_id)
        who = people.get(connection, by)
        if len(named) < 12 or not package.digest.startswith(named):
            raise NotPossible(f"item {item_id}'s package is {package.digest}, not {named}: look at what you sign")
        levels = wired.workspace.settings.levels_for(package.action)
        signing.check_sign(connection, package, levels, level, who)
    act = act_of(wired, by, passphrase, signing.statement(package, level, by))
    signing.sign(wired.database, package, levels, level, act)
    with wired.database.read() as connection:
        done = {entry.level for entry in signing.of_package(connection, package.digest)}
    return package, [entry.name for entry in levels if entry.name not in done]


def act_of(wired: Wired, by: str, passphrase: Passphrase, statement: Mapping[str, Any]) -> SignedAct:
    """What *by* does, under their own key. Raises PersonError."""
    who = people.find(wired.database, by)
    return people.act(wired.workspace.keys, who, lambda: passphrase(by), statement)


def latest(wired: Wired, item_id: str) -> StoredRevision:
    """Raises NoSuchItem or RevisionAltered."""
    with wired.database.read() as connection:
        return items.latest(connection, item_id)


def _carrying(wired: Wired, revision: Revision) -> list[Outlet]:
    """The active outlets that carry the item: by their settings, and by what their channel takes at all."""
    carrying = []
    for outlet in wired.workspace.settings.active_outlets:
        if outlet.carries(revision.fields):
            codes = {entry.code for entry in wired.channel(outlet.id).check(revision)}
            carrying += [outlet] if NOT_CARRIED not in codes else []
    return carrying


def _context(wired: Wired) -> Any:
    from content.checks import Context

    settings = wired.workspace.settings
    return Context(
        today=in_china(wired.workspace.clock()).date(),
        allowed_hosts=settings.allowed_hosts,
        columns=frozenset(column.id for column in settings.site.columns),
        organs=settings.organs,
        known=lambda reference: _known(wired, reference),
        assets=wired.workspace.assets,
        document_text=lambda reference: _text_of(wired, reference),
        fields_of=lambda reference: _fields_of(wired, reference),
    )


def _known(wired: Wired, reference: str) -> bool:
    with wired.database.read() as connection:
        return items.by_reference(connection, reference) is not None


def _fields_of(wired: Wired, reference: str) -> Fields | None:
    with wired.database.read() as connection:
        found = items.by_reference(connection, reference)
        return items.latest(connection, found).revision.fields if found else None


def _text_of(wired: Wired, reference: str) -> str | None:
    from content.body import plain_text

    with wired.database.read() as connection:
        found = items.by_reference(connection, reference)
        return plain_text(items.latest(connection, found).revision.body) if found else None


__all__ = ["Blocked", "NotPossible", "PersonError", "Submission"]
