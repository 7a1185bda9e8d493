"""``tongbu counts``: the office's figures of a year, counted from the ledger."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from content.vocabulary import ROW_LABELS, Row, WorkspaceKind
from flows.cli.terminal import HomeOption, JsonOption, Terminal, Usage, terminal
from flows.wiring import Wired

if TYPE_CHECKING:
    from content.activities import Activity
    from content.counts import Line
    from content.reads import Readers

READ_HEADINGS = ("outlet", "row", "deliveries", "阅读人数", "分享转发", "点赞", "评论", "newest day")
BREAKDOWNS = ("row", "channel", "month", "organ", "kind", "level", "outlet")
ACTIVITY, READS = "activity", "reads"


def counts(
    year: Annotated[int, typer.Argument(help="The year, Asia/Shanghai.")],
    by: Annotated[
        str | None, typer.Option("--by", help="channel, month, organ, kind, level, outlet, row, activity or reads.")
    ] = None,
    csv: Annotated[Path | None, typer.Option("--csv", help="Write the breakdown as CSV.")] = None,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="Write all breakdowns as a workbook.")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The office's figures of a year, counted from the ledger."""
    with terminal(as_json=as_json, home=home) as term:
        from content import counts as counting

        if by is not None and by not in (*BREAKDOWNS, ACTIVITY, READS):
            raise Usage(f"--by {by} is not known: {', '.join((*BREAKDOWNS, ACTIVITY, READS))}")
        figures = _Figures(term.wired(), year)
        found = counting.counts(figures.wired.database, year, figures.subtracts, figures.rehearsal)
        document: dict[str, Any] = found.as_json()
        _show(term, document, year, rehearsal=figures.rehearsal)
        if by not in (None, READS):
            document["by"] = _broken_down(term, figures, str(by))
        document |= _read(term, figures)
        for remark in counting.remarks(found):
            term.say(f"  {remark}")
        if csv is not None:
            figures.write_csv(by or "row", csv)
        if xlsx is not None:
            figures.write_xlsx(xlsx)
        term.result(document)


def _broken_down(term: Terminal, figures: "_Figures", by: str) -> dict[str, Any]:
    """Shows the breakdown and returns its JSON, by key."""
    if by == ACTIVITY:
        done = figures.activities()
        term.table("", ["统计指标", "行", "统计数", "单位"], [[a.label, a.row, str(a.number), a.unit] for a in done])
        return {one.key: one.as_json() for one in done}
    lines = figures.by(by)
    _show_breakdown(term, by, lines)
    return {line.key: line.as_json() for line in lines}


def _read(term: Terminal, figures: "_Figures") -> dict[str, Any]:
    """Shows what platforms counted of the year's deliveries, apart from the figures of the form, and returns its JSON;
    nothing where they counted nothing."""
    from content.reads import by_row

    found = figures.readers()
    if not found:
        return {}
    term.table("what the platforms counted (no statutory figure)", READ_HEADINGS, [_read_line(one) for one in found])
    by_rows = {one.row: _without_row(one) for one in by_row(found)}
    return {"reads": {"outlets": {one.outlet: one.as_json() for one in found}, "rows": by_rows}}


def _without_row(one: "Readers") -> dict[str, Any]:
    return {name: value for name, value in one.as_json().items() if name != "row"}


def _read_line(one: "Readers") -> list[str]:
    counted = (one.counted.reads, one.counted.shares, one.counted.likes, one.counted.comments)
    shown = ["" if figure is None else str(figure) for figure in counted]
    return [one.outlet, one.row, str(one.deliveries), *shown, one.newest.isoformat()]


class _Figures:
    """A year's figures by the office's settings."""

    def __init__(self, wired: Wired, year: int) -> None:
        settings = wired.workspace.settings
        self.wired, self.year = wired, year
        self.subtracts = settings.withdrawal_subtracts
        self.rehearsal = settings.kind is WorkspaceKind.REHEARSAL
        self.names = {outlet.id: outlet.name for outlet in settings.outlets}

    def by(self, by: str) -> "list[Line]":
        from content.counts import counts_by

        return counts_by(self.wired.database, self.year, by, self.subtracts, self.names)

    def activities(self) -> "list[Activity]":
        from content.activities import activities

        return activities(self.wired.database, self.year, self.subtracts)

    def readers(self) -> "list[Readers]":
        from content.reads import readers

        return readers(self.wired.database, self.year)

    def write_csv(self, by: str, path: Path) -> None:
        from content.counts_files import write_activities_csv, write_csv, write_readers_csv

        if by == READS:
            write_readers_csv(self.readers(), path, self.rehearsal)
            return
        if by == ACTIVITY:
            write_activities_csv(self.activities(), path, self.rehearsal)
        else:
            write_csv(self.by(by), path, self.rehearsal)

    def write_xlsx(self, path: Path) -> None:
        from content.counts import counts as count
        from content.counts_files import write_xlsx

        found = count(self.wired.database, self.year, self.subtracts, self.rehearsal)
        write_xlsx(found, {by: self.by(by) for by in BREAKDOWNS}, path, self.activities(), self.readers())


def _show(term: Terminal, document: dict[str, Any], year: int, *, rehearsal: bool) -> None:
    """The figures by row, stamped when they are a rehearsal's."""
    stamp = " · 演练 rehearsal, not a statutory figure" if rehearsal else ""
    lines = [[ROW_LABELS[Row(row)], row, str(number)] for row, number in document["rows"].items()]
    lines.append(["公开总数（计1条）", "items", str(document["items"])])
    term.table(f"{year}{stamp}", ["统计口径", "row", "条"], lines)


def _show_breakdown(term: Terminal, by: str, lines: "list[Line]") -> None:
    heading = [by, *(ROW_LABELS[row] for row in Row), "条"]
    table = [[line.label, *(str(line.rows.get(row.value, 0)) for row in Row), str(line.items)] for line in lines]
    term.table("", heading, table)
