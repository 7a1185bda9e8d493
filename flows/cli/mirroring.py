"""``tongbu mirror``: carries sites' files to where their readers get them, and looks at what stands there."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from flows.cli.terminal import DONE, PARTLY, REFUSED, HomeOption, JsonOption, Terminal, Usage, terminal
from flows.wiring import Wired

if TYPE_CHECKING:
    from channels.mirror import SiteMirror

SHOWN = 20


def mirror(
    outlet: Annotated[str, typer.Argument(help="The website outlet; every site with a mirror without it.")] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Carry every file anew; take over a folder with files.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Carry nothing; list where the mirror differs.")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Carry what is pending to the sites' mirrors, going on where a cut connection stopped."""
    with terminal(as_json=as_json, home=home) as term:
        if check and everything:
            raise Usage("--check carries nothing: leave --all away")
        wired = term.wired()
        act = _check if check else _carry_everything if everything else _carry
        done = [_told(term, wired, name, act) for name in _sites(wired, outlet)]
        term.result({"mirrors": done}, max((entry.pop("exit") for entry in done), key=_SEVERITY.index, default=DONE))


_SEVERITY = (DONE, PARTLY, REFUSED)


def _sites(wired: Wired, outlet: str) -> Sequence[str]:
    named = [wired.outlet(outlet).id] if outlet else [entry.id for entry in wired.workspace.settings.outlets]
    found = [name for name in named if wired.mirror(name) is not None]
    if not found:
        raise Usage(f"{outlet or 'no website'} has no mirror: set the option mirror in tongbu.toml")
    return found


def _told(
    term: Terminal, wired: Wired, name: str, act: "Callable[[Terminal, Wired, SiteMirror], dict[str, Any]]"
) -> dict[str, Any]:
    """One site's document. What is wrong with one mirror keeps no other from being carried."""
    from channels.base import ChannelError, Refused

    site = wired.mirror(name)
    if site is None:
        raise Usage(f"{name} has no mirror")
    document: dict[str, Any] = {"outlet": name}
    try:
        document["target"] = str(site.address)
        term.say(f"{name} → {site.address}")
        return document | act(term, wired, site) | {"pending": site.pending()}
    except ChannelError as problem:
        term.say(f"  ✗ {problem}")
        exit_code = REFUSED if isinstance(problem, Refused) else PARTLY
        return document | {"pending": site.pending(), "problem": str(problem), "exit": exit_code}


def _carry(term: Terminal, wired: Wired, site: "SiteMirror", *, everything: bool = False) -> dict[str, Any]:
    _require_running(wired, site.outlet)
    with site.ready(everything=everything) as carry:
        done = carry()
    speed = f"{done.bytes / 1e6:.1f} MB in {done.seconds:.1f} s"
    term.say(f"  {done.uploaded} files carried, {done.removed} removed, {speed}")
    for path in done.left[:SHOWN]:
        term.say(f"  ! {path} is not as it was published, and is not carried: publish or correct its item again")
    return asdict(done) | {"exit": PARTLY if done.left else DONE}


def _carry_everything(term: Terminal, wired: Wired, site: "SiteMirror") -> dict[str, Any]:
    return _carry(term, wired, site, everything=True)


def _check(term: Terminal, wired: Wired, site: "SiteMirror") -> dict[str, Any]:
    proof, found = site.differences()
    term.say(f"  compared by {proof}: {len(found) or 'no'} differences, {site.pending()} files pending")
    for entry in found[:SHOWN]:
        term.say(f"  {entry.what:9} {entry.path}")
    if len(found) > SHOWN:
        term.say(f"  … and {len(found) - SHOWN} more: --json lists them all")
    if found:
        term.say("  → tongbu mirror --all carries every file anew; delete extra files on the mirror by hand")
    return {
        "compared_by": proof,
        "differences": [asdict(entry) for entry in found],
        "exit": REFUSED if found else DONE,
    }


def _require_running(wired: Wired, outlet: str) -> None:
    """A halted outlet gets nothing, whoever asks. Raises Refused."""
    from channels.base import Refused
    from content.halts import ALL_OUTLETS, halted

    with wired.database.read() as connection:
        halts = halted(connection)
    for name in (ALL_OUTLETS, outlet):
        if name in halts:
            raise Refused(f"发布点 {outlet} 已暂停（{halts[name]}）。恢复后再传送：tongbu resume。")
