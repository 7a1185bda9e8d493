"""``tongbu measure``: what the platforms count, kept by delivery and day, and shown beside the office's figures."""

import csv
import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from channels.sandbox.faults import Fault
from content import reads as kept_reads
from content.clock import in_china, stamp
from content.schema import reads
from flows.cli import app
from flows.measuring import measure

DETAIL, COUNT = "datacube/getarticletotaldetail", "2/statuses/count.json"
SECOND = """
[[outlets]]
id = "wechat-second"
channel = "wechat"
name = "荆州发布（二）"
identity = "wx3ea1d5b2c4f60718"
options = { api = "sandbox" }
"""


@pytest.fixture
def out(office: Any) -> Any:
    """An office whose item went out on both platforms three days ago."""
    office.broadcast("1001", outlets=["portal", "weibo-main", "wechat-main"])
    office.resolve_until(lambda: {office.states()[name] for name in ("weibo-main", "wechat-main")} == {"live"})
    into_the_past(office, timedelta(days=3))
    later(office)
    return office


def into_the_past(office: Any, span: timedelta) -> None:
    """Everything that went out did so before; commands live by the machine's clock."""
    for outlet in ("weibo-main", "wechat-main"):
        record = office.record(outlet)
        moved = {
            "id": int(record.id),
            "at": stamp(record.live_at - span),
            "month": f"{in_china(record.live_at - span):%Y-%m}",
        }
        office.alter("UPDATE delivery SET live_at = :at, live_month = :month WHERE id = :id", **moved)
    store = office.platforms()
    store.run("UPDATE weibos SET created = created - ?", span.total_seconds())
    store.run("UPDATE publications SET submitted = submitted - ?", span.total_seconds())
    store.close()


def later(office: Any, **span: float) -> None:
    """Lets time pass at the office and at the platforms; it is past eight in the morning then."""
    office.clock.forward(**span)
    office.clock.forward(hours=max(0, 9 - in_china(office.clock()).hour))
    store = office.platforms()
    store.move_clock(office.clock.span.total_seconds())
    store.close()


def number_kept(office: Any) -> int:
    with office.wired.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(reads)).scalar_one())


def cli(office: Any, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(office.home), *arguments])


def problems(done: list[Any]) -> dict[str, str]:
    return {one.outlet: one.problem for one in done if one.problem}


def year_of(office: Any) -> int:
    year: int = in_china(office.record("weibo-main").live_at).year
    return year


def test_the_figures_of_each_delivery_are_kept_by_day(out: Any) -> None:
    done = {one.outlet: one for one in measure(out.wired)}
    assert set(done) == {"weibo-main", "wechat-main"}
    assert problems(list(done.values())) == {}
    newest = kept_reads.newest(out.wired.database)
    today = in_china(out.clock()).date()
    day, weibo = newest[int(out.record("weibo-main").id)]
    assert (day, weibo.reads) == (today, None)
    assert weibo.shares
    day, wechat = newest[int(out.record("wechat-main").id)]
    assert (today - day).days == 1
    assert wechat.reads


def test_measuring_again_keeps_the_same_and_costs_no_more_than_it_must(out: Any) -> None:
    measure(out.wired)
    once = number_kept(out)
    measure(out.wired)
    assert number_kept(out) == once
    assert len(out.calls("wechat", DETAIL)) == 1
    later(out, days=1)
    measure(out.wired)
    assert number_kept(out) == once + 2


def test_what_one_platform_says_no_to_keeps_the_other_from_nothing(out: Any) -> None:
    out.fault("wechat", Fault.CODE, count=None, call=DETAIL, value=48001)
    done = measure(out.wired)
    assert list(problems(done)) == ["wechat-main"]
    assert "48001" in problems(done)["wechat-main"]
    assert int(out.record("weibo-main").id) in kept_reads.newest(out.wired.database)


def test_an_account_that_says_no_is_asked_once_and_told_once(out: Any) -> None:
    path = out.home / "tongbu.toml"
    path.write_text(path.read_text(encoding="utf-8") + SECOND, encoding="utf-8")
    (out.home / "secrets" / "wechat-second.toml").write_bytes((out.home / "secrets" / "wechat-main.toml").read_bytes())
    (out.home / "secrets" / "wechat-second.toml").chmod(0o600)
    out.reopen()
    out.alter("UPDATE delivery SET outlet = 'wechat-second' WHERE outlet = 'weibo-main'")
    out.fault("wechat", Fault.CODE, count=None, call=DETAIL, value=48001)
    said = cli(out, "measure")
    assert said.exit_code == 1
    assert said.output.count("48001") == 1
    assert len(out.calls("wechat", DETAIL)) == 1


def test_figures_that_are_not_ready_end_with_three_and_say_when(out: Any) -> None:
    out.fault("wechat", Fault.CODE, call=DETAIL, value=61503)
    said = cli(out, "measure", "--json")
    found = {one["outlet"]: one for one in json.loads(said.stdout)["outlets"]}
    assert said.exit_code == 3
    assert found["wechat-main"]["again_at"]
    assert (found["weibo-main"]["measured"], found["weibo-main"]["problem"]) == (1, "")
    again = cli(out, "measure", "--json")
    assert again.exit_code == 0


def test_platforms_that_cannot_be_reached_are_no_failure_of_the_office(out: Any) -> None:
    out.stop_platforms()
    said = cli(out, "measure")
    assert said.exit_code == 3
    assert "Traceback" not in said.output


def test_an_outlet_may_be_left_out(out: Any) -> None:
    out.settings('api = "sandbox", rip', 'api = "sandbox", measure = false, rip')
    assert [one.outlet for one in measure(out.reopen().wired)] == ["wechat-main"]
    assert out.calls("weibo", COUNT) == []


def test_the_figures_of_the_year_show_readers_in_a_table_of_their_own(out: Any, tmp_path: Path) -> None:
    year = str(year_of(out))
    before = json.loads(cli(out, "counts", year, "--json").stdout)
    assert "reads" not in before
    measure(out.wired)
    after = json.loads(cli(out, "counts", year, "--json").stdout)
    shown = after.pop("reads")
    assert after == before, "what readers did changes no statutory figure"
    assert set(shown["outlets"]) == {"weibo-main", "wechat-main"}
    assert shown["outlets"]["wechat-main"]["reads"] == shown["rows"]["wechat"]["reads"] > 0
    assert shown["outlets"]["weibo-main"]["reads"] is None
    assert "no statutory figure" in cli(out, "counts", year).output
    table, book = tmp_path / "reads.csv", tmp_path / "counts.xlsx"
    assert cli(out, "counts", year, "--by", "reads", "--csv", str(table), "--xlsx", str(book)).exit_code == 0
    lines = list(csv.reader(StringIO(table.read_text(encoding="utf-8-sig"))))
    assert [line[0] for line in lines[1:]] == ["wechat-main", "weibo-main"]
    assert lines[2][3] == "", "what the platform does not tell is left empty"
    sheet = openpyxl.load_workbook(book)["阅读和传播"]
    cells = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert str(shown["outlets"]["wechat-main"]["reads"]) in cells
    assert any("不属于法定统计指标" in cell for cell in cells)
    assert json.loads(cli(out, "counts", str(int(year) - 1), "--json").stdout).get("reads") is None
