"""``tongbu inspect``: the live site, looked at as the State Council's inspectors would and against what was signed."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.terminal import DONE, REFUSED, HomeOption, JsonOption, Terminal, terminal

if TYPE_CHECKING:
    from content.inspection.result import Group, SiteResult

SHOWN_PLACES = 5


def inspect(
    outlet: Annotated[str, typer.Argument(help="The website; all of them when left out.")] = "",
    outside: Annotated[bool, typer.Option("--outside", help="Ask links that lead outside, too.")] = False,
    live: Annotated[bool, typer.Option("--live", help="Fetch the pages as readers do, instead of the files.")] = False,
    address: Annotated[
        str, typer.Option("--from", help="With --live: the base address (default: the outlet's read_back).")
    ] = "",
    page: Annotated[Path | None, typer.Option("--page", help="Write a printable report as one HTML file.")] = None,
    processes: Annotated[
        int, typer.Option("--processes", help="How many look at a large site's files; 0: one per core.")
    ] = 0,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Inspect the live site by the indicators of 国办秘函〔2019〕19号, and against what was signed."""
    with terminal(as_json=as_json, home=home) as term:
        from flows.inspection import inspect as inspect_sites

        found = inspect_sites(term.wired(), outlet, address if live or address else None, outside, processes)
        for site in found.sites:
            _show(term, site, rehearsal=found.rehearsal)
        if page is not None:
            from channels.website.inspection.report import write_report

            write_report(found, page)
            term.say(f"report: {page}")
        term.result(found.as_json(), REFUSED if found.blocks else DONE)


def _show(term: Terminal, site: "SiteResult", *, rehearsal: bool) -> None:
    stamp = " · 演练 rehearsal" if rehearsal else ""
    looked, weights = site.looked, site.findings.by_weight()
    term.say(f"{site.outlet}: {site.name} ({site.way}){stamp}")
    outside = f", {looked.links_outside} addresses outside" if looked.links_outside else ""
    term.say(
        f"looked at {looked.files} files, {looked.pages} pages, {looked.items} items, {looked.links} links{outside}"
    )
    groups = list(site.findings.groups())
    if not groups:
        term.say("nothing was found")
        return
    lines = _summary(groups)
    term.table("", ["指标", "性质", "code", "发现", "处"], lines)
    for group in groups:
        _tell(term, group)
    for code, count in site.findings.left_out().items():
        term.say(f"  {code}: {count} more are counted and not named")
    term.say(f"单项否决 {weights['veto']} · 扣分 {weights['deduct']} · 提示 {weights['note']}")


def _summary(groups: "list[Group]") -> list[list[str]]:
    """One line for each code."""
    from content.inspection.rules import WEIGHT_LABELS

    counts: dict[str, int] = {}
    for group in groups:
        counts[group.code.code] = counts.get(group.code.code, 0) + group.count
    known = {group.code.code: group.code for group in groups}
    return [
        [code.indicator, WEIGHT_LABELS[code.weight], name, code.title, str(counts[name])]
        for name, code in known.items()
    ]


def _tell(term: Terminal, group: "Group") -> None:
    """One finding as ``tongbu check`` shows them: where, what, what to do."""
    places = [f"{path}:{line}" if line else path for path, line in group.places[:SHOWN_PLACES]]
    more = f" (+{group.count - len(places)})" if group.count > len(places) else ""
    term.say(f"  {group.code.weight.value:6} {group.code.code} · {', '.join(places)}{more}")
    term.say(f"         {group.code.title}：{group.found}")
    term.say(f"         → {group.code.mend}")
