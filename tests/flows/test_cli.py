"""The command line as people use it: the whole way of an item, and what is said when something is wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from content.clock import in_china
from flows.cli import app

PASSPHRASE = "correct horse 电池"
Tongbu = Callable[..., Result]


@pytest.fixture
def tongbu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tongbu:
    """Runs a command in a workspace whose path has spaces and Chinese characters."""
    home = tmp_path / "荆州市 工作区"
    for name in ("李文", "周岚", "陈国平", "杨柳"):
        monkeypatch.setenv(f"TONGBU_PASSPHRASE_{name}", PASSPHRASE)

    def run(*words: str, where: Path = home) -> Result:
        done = CliRunner().invoke(app, ["--home", str(where), *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert "Traceback" not in done.output
        return done

    return run


def document(done: Result) -> dict[str, Any]:
    """The one JSON document on standard output."""
    [line] = done.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.fixture
def item_file(tmp_path: Path, at_work: Any) -> Path:
    path = tmp_path / "供水 保障.md"
    path.write_text(at_work.document(), encoding="utf-8")
    return path


@pytest.fixture
def made(tongbu: Tongbu) -> Tongbu:
    """A workspace with people."""
    assert tongbu("init").exit_code == 0
    for name, role in (("李文", ""), ("周岚", "初审"), ("陈国平", "终审"), ("杨柳", "撤稿")):
        assert tongbu("person", "add", name, "--unit", "办公室", *(["--role", role] if role else [])).exit_code == 0
    return tongbu


@pytest.fixture
def cli(office: Any, tongbu: Tongbu) -> Iterator[Tongbu]:
    """The command line on an office with a signed item and the platforms."""
    office.close()
    yield lambda *words: tongbu(*words, where=office.home)


def test_an_item_goes_the_whole_way(made: Tongbu, item_file: Path, tmp_path: Path) -> None:
    assert document(made("gazette", "open", "--number", "11", "--total", "131", "--json"))["number"] == 11
    submitted = document(made("submit", str(item_file), "--as", "李文", "--json"))["items"][0]
    item = submitted["item"]
    assert submitted["new"]
    for finding in submitted["findings"]:
        done = made("override", item, finding["code"], "--as", "李文", "--reason", "已核对", "--json")
        assert document(done)["code"] == finding["code"]
    previewed = document(made("preview", item, "--to", str(tmp_path / "看 样"), "--json"))
    assert all(any(Path(folder).iterdir()) for folder in previewed["folders"])
    digest = document(made("package", item, "--json"))["digest"]
    for name, level in (("周岚", "初审"), ("陈国平", "终审")):
        last = document(made("sign", item, "--as", name, "--level", level, "--digest", digest[:12], "--json"))
    assert last["missing"] == []
    offline = ["--without", "weibo-main", "--without", "wechat-main"]
    done = made("broadcast", item, *offline, "--as", "陈国平", "--inline", "--json")
    assert done.exit_code == 0
    told = document(done)
    assert told["state"] == "synchronised"
    assert set(told) >= {"broadcast", "state", "skew_seconds", "deliveries"}
    assert set(told["deliveries"][0]) >= {
        "item",
        "outlet",
        "channel",
        "state",
        "url",
        "remote_id",
        "live_at",
        "digest",
    }
    year = told["deliveries"][0]["live_at"][:4]
    counted = document(made("counts", year, "--json"))
    assert set(counted) >= {"year", "items", "rows", "repeats", "outlets"}
    assert counted["rows"] == {"gazette": 0, "website": 1, "weibo": 0, "wechat": 0, "other": 1}
    assert counted["items"] == 1
    received = document(made("receipt", "radio", item, "--on", "2000-01-01", "--as", "李文", "--json"))
    assert "before the hand-over" in received["error"]
    assert document(made("status", item, "--json"))["deliveries"]
    assert document(made("resolve", "--inline", "--json"))["left"] == []
    assert document(made("verify", "--json"))["broken"] is None


def test_a_partners_mail_is_recorded_and_a_second_time_known(office: Any, tongbu: Tongbu, tmp_path: Path) -> None:
    office.broadcast("1001", outlets=["portal", "radio"])
    number, day = office.record("radio").receipt.evidence["reference"], in_china(office.clock()).date()
    office.close()
    box = tmp_path / "收件箱"
    box.mkdir()
    (box / "1.eml").write_text(f"Subject: Re [{number}]\n\n播出时间：{day}\n", encoding="utf-8")
    (box / "2.eml").write_text(f"Subject: Re [{number}]\n\n播出时间：2099-01-01\n", encoding="utf-8")
    (box / "3.eml").write_text("Subject: lunch?\n\n", encoding="utf-8")
    words = ("receipt", "--mail", str(box), "--as", "李文", "--json")
    told = document(tongbu(*words, where=office.home))
    assert [entry["state"] for entry in told["deliveries"]] == ["live", "live"]
    assert (told["problems"], told["unrelated"]) == ([], 1)
    (box / "4.eml").write_text("Subject: TB-AAAA-BBBB-CCCC-DDDD\n\n", encoding="utf-8")
    again = tongbu(*words, where=office.home)
    assert again.exit_code == 3
    assert [entry["mail"] for entry in document(again)["problems"]] == ["4.eml"]


def test_people_see_lines_and_a_table(cli: Tongbu) -> None:
    done = cli("broadcast", "1001", "--as", "陈国平", "--inline")
    assert done.exit_code == 0
    assert "synchronised · skew" in done.stdout
    assert "weibo-main" in done.stdout
    assert "weibo.com/2629046977/" in done.stdout


def test_submitting_the_same_bytes_again_changes_nothing(made: Tongbu, item_file: Path) -> None:
    first = document(made("submit", str(item_file), "--as", "李文", "--json"))["items"][0]
    second = document(made("submit", str(item_file), "--as", "李文", "--json"))["items"][0]
    assert (second["item"], second["digest"], second["new"]) == (first["item"], first["digest"], False)
    assert len(document(made("status", "--json"))["items"]) == 1


def test_the_office_s_other_figures_are_a_breakdown_of_their_own(made: Tongbu, tmp_path: Path) -> None:
    sheet, table = tmp_path / "counts.csv", tmp_path / "counts.xlsx"
    files = ("--csv", str(sheet), "--xlsx", str(table))
    told = document(made("counts", "2026", "--by", "activity", *files, "--json"))["by"]
    assert told["interviews"] == {"row": "B2.2", "label": "政府网站在线访谈次数", "unit": "次", "number": 0}
    assert sheet.read_text(encoding="utf-8-sig").startswith("代码,统计表行号") and table.stat().st_size
    assert "微博微信回应事件数" in made("counts", "2026", "--by", "activity").stdout


def test_a_field_on_the_command_line_wins_over_the_file(made: Tongbu, item_file: Path) -> None:
    done = made("submit", str(item_file), "--set", "editor=赵一", "--as", "李文", "--json")
    other = document(made("submit", str(item_file), "--as", "李文", "--json"))["items"][0]
    assert document(done)["items"][0]["digest"] != other["digest"]


def test_findings_are_all_shown_and_refuse(made: Tongbu, item_file: Path) -> None:
    text = item_file.read_text(encoding="utf-8").replace("genre: 通知", "genre: 告示").replace("editor: 李文静\n", "")
    item_file.write_text(text, encoding="utf-8")
    done = made("check", str(item_file), "--json")
    assert done.exit_code == 1
    assert {"genre-unknown", "field-missing"} <= {finding["code"] for finding in document(done)["findings"]}
    shown = made("check", str(item_file))
    assert shown.exit_code == 1
    assert "责任编辑" in shown.stdout
    assert made("submit", str(item_file), "--as", "李文").exit_code == 1
    blocked = made("package", "1001", "--json")
    assert blocked.exit_code == 1
    assert {"genre-unknown", "field-missing"} <= {finding["code"] for finding in document(blocked)["findings"]}


def test_a_refused_broadcast_exits_with_one_and_lists_every_problem(cli: Tongbu, office: Any) -> None:
    office.stop_platforms()
    done = cli("broadcast", "1001", "--as", "陈国平", "--inline", "--json")
    assert done.exit_code == 1
    told = document(done)
    assert told["state"] == "refused"
    assert {problem.partition(":")[0] for problem in told["problems"]} == {"weibo-main", "wechat-main"}


def test_a_rehearsal_of_a_broadcast_prepares_and_exits_with_zero(cli: Tongbu) -> None:
    later = ["--at", "2199-01-01 09:00", "--outlet", "portal"]
    done = cli("broadcast", "1001", "--rehearse", "--inline", *later, "--as", "陈国平", "--json")
    assert done.exit_code == 0
    assert [entry["state"] for entry in document(done)["deliveries"]] == ["prepared"]


def test_a_refusal_by_one_platform_exits_with_three(cli: Tongbu, office: Any) -> None:
    from channels.sandbox.faults import Fault

    office.fault("weibo", Fault.REFUSE)
    done = cli("broadcast", "1001", "--as", "陈国平", "--inline", "--json")
    assert done.exit_code == 3
    assert document(done)["state"] == "partial"


def test_halt_and_resume(cli: Tongbu) -> None:
    assert document(cli("halt", "weibo-main", "--reason", "核实", "--as", "陈国平", "--json"))["halted"] == "weibo-main"
    assert document(cli("status", "--json"))["halted"] == {"weibo-main": "核实"}
    assert cli("broadcast", "1001", "--as", "陈国平", "--inline").exit_code == 3
    assert document(cli("resume", "weibo-main", "--as", "陈国平", "--json"))["was_halted"]
    assert not document(cli("resume", "weibo-main", "--as", "陈国平", "--json"))["was_halted"]
    assert cli("resolve", "--inline").exit_code in (0, 3)


def test_withdraw_and_correct_say_what_comes_next(cli: Tongbu, item_file: Path, at_work: Any) -> None:
    assert (
        cli("broadcast", "1001", "--outlet", "portal", "--outlet", "radio", "--as", "陈国平", "--inline").exit_code == 0
    )
    item_file.write_text(at_work.document(words="热线改为12345。"), encoding="utf-8")
    done = cli("correct", "1001", str(item_file), "--reason", "热线有误", "--as", "李文")
    assert done.exit_code == 0
    assert "tongbu sign 1001 --level" in done.stdout
    done = cli("withdraw", "1001", "--reason", "内容有误", "--as", "杨柳", "--inline", "--json")
    assert done.exit_code == 0
    assert {entry["outlet"] for entry in document(done)["deliveries"]} == {"portal", "radio"}


def test_a_person_who_is_disabled_can_do_nothing_more(made: Tongbu, item_file: Path) -> None:
    assert made("person", "disable", "李文", "--as", "陈国平").exit_code == 0
    done = made("submit", str(item_file), "--as", "李文")
    assert done.exit_code == 1
    assert "disabled" in done.stderr
    listed = document(made("person", "list", "--json"))["persons"]
    assert [who["disabled"] for who in listed] == [True, False, False, False]


WRONG = [
    (["status", "9999"], 1, "there is no item 9999"),
    (["status", "../1"], 1, "is not an item's id"),
    (["check", "nowhere.md"], 2, "neither a file nor an item's id"),
    (["check", "9999"], 1, "there is no item 9999"),
    (["preview", "9999"], 1, "there is no item 9999"),
    (["package", "9999"], 1, "there is no item 9999"),
    (["sign", "9999", "--as", "陈国平", "--level", "终审", "--digest", "0" * 12], 1, "tongbu package 9999"),
    (["sign", "1001", "--as", "陈国平", "--level", "终审", "--digest", "0" * 12], 1, "look at what you sign"),
    (["sign", "1001", "--as", "陈国平", "--level", "终审", "--digest", ""], 1, "look at what you sign"),
    (["override", "1001", "no-such", "--as", "李文", "--reason", "x"], 1, "tongbu check 1001"),
    (["broadcast", "9999", "--as", "陈国平", "--inline"], 1, "tongbu package 9999"),
    (["broadcast", "abc", "--as", "陈国平", "--inline"], 1, ""),
    (["broadcast", "1001", "--as", "陈国平", "--inline", "--at", "tomorrow"], 2, "write 2026-11-24T09:00"),
    (
        ["broadcast", "1001", "--as", "陈国平", "--inline", "--outlet", "twitter"],
        1,
        "there is no outlet twitter: portal",
    ),
    (["broadcast", "1001", "--as", "王五", "--inline"], 1, "tongbu person add 王五"),
    (["broadcast", "1001", "--inline"], 2, "--as"),
    (["broadcast", "--as", "陈国平"], 2, "ITEMS"),
    (["submit", "nowhere.md", "--as", "李文"], 1, "nowhere.md"),
    (["submit", "nowhere.md", "--set", "editor", "--as", "李文"], 2, "must be field=value"),
    (["submit", "a.md", "b.md", "--item", "1001", "--as", "李文"], 2, "exactly one file"),
    (["submit"], 2, "FILES"),
    (["correct", "9999", "nowhere.md", "--reason", "x", "--as", "李文"], 1, "9999"),
    (["withdraw", "9999", "--reason", "x", "--as", "杨柳", "--inline"], 1, "9999"),
    (["withdraw", "1001", "--as", "杨柳"], 2, "--reason"),
    (["receipt", "radio", "1001", "--on", "2026-11-24", "--as", "李文"], 1, "accepted nothing"),
    (["receipt", "radio", "--as", "李文"], 2, "write OUTLET ITEM --on DATE"),
    (["receipt", "radio", "1001", "--mail", "x.eml", "--as", "李文"], 2, "leave the other words away"),
    (["receipt", "--mail", "nowhere.eml", "--as", "李文"], 1, "nowhere.eml"),
    (["receipt", "twitter", "1001", "--on", "2026-11-24", "--as", "李文"], 1, "there is no outlet twitter"),
    (["resolve", "77", "--as", "周岚", "--as", "陈国平", "--evidence", "x"], 1, "there is no delivery 77"),
    (["resolve", "77", "--verdict", "maybe"], 2, "is not known: live, absent"),
    (["halt", "twitter", "--as", "陈国平"], 1, "there is no outlet twitter"),
    (["counts", "then"], 2, "YEAR"),
    (["counts", "2026", "--by", "colour"], 2, "is not known: "),
    (["gazette", "freeze", "--on", "soon", "--as", "陈国平"], 2, "write 2026-11-30"),
    (["gazette", "freeze", "--copies", "7", "--as", "陈国平"], 1, "公共场所 750, together 5000"),
    (["gazette", "close", "--as", "陈国平"], 1, "gazette freeze"),
    (["gazette", "order", "9999", "--as", "陈国平"], 1, "9999"),
    (["gazette", "show", "2031-1"], 1, "gazette list"),
    (["gazette", "record", "nowhere.csv", "--as", "陈国平"], 1, "nowhere.csv"),
    (["gazette", "labels", "nowhere.csv", "labels.xlsx"], 1, "nowhere.csv"),
    (["verify", "nowhere.json"], 1, "nowhere.json"),
    (["person", "add", "a/b", "--unit", "x"], 1, "cannot be a person's name"),
    (["person", "add", "陈国平", "--unit", "x"], 1, "is there already"),
    (["teleport"], 2, "teleport"),
    (["status", "--colour"], 2, "--colour"),
]


@pytest.mark.parametrize(
    ("words", "code", "said"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_wrong_input_is_told_in_words_with_its_exit_code(
    quiet_office: Any, tongbu: Tongbu, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, said: str
) -> None:
    quiet_office.close()
    monkeypatch.setenv("TONGBU_PASSPHRASE_a/b", PASSPHRASE)
    monkeypatch.chdir(quiet_office.home)
    done = tongbu(*words, where=quiet_office.home)
    assert done.exit_code == code, done.output
    assert said in done.output
    assert done.stdout == ""


@pytest.mark.parametrize("words", [words for words, code, _ in WRONG if code == 1], ids=" ".join)
def test_wrong_input_with_json_is_one_document(
    quiet_office: Any, tongbu: Tongbu, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    quiet_office.close()
    monkeypatch.setenv("TONGBU_PASSPHRASE_a/b", PASSPHRASE)
    monkeypatch.chdir(quiet_office.home)
    told = document(tongbu(*words, "--json", where=quiet_office.home))
    assert told["error"]
    assert told["findings"] == []


@pytest.mark.parametrize(
    "words",
    [["status"], ["counts", "2026"], ["verify"], ["person", "list"], ["broadcast", "1001", "--as", "x"], ["doctor"]],
    ids=" ".join,
)
def test_a_missing_workspace_is_told_how_to_be_made(tongbu: Tongbu, tmp_path: Path, words: list[str]) -> None:
    done = tongbu(*words, where=tmp_path / "无 此 处")
    assert done.exit_code == 1
    assert "init" in done.stderr
    assert not (tmp_path / "无 此 处").exists()


def test_a_place_that_cannot_be_written_is_told(tongbu: Tongbu, tmp_path: Path) -> None:
    (tmp_path / "文件").write_text("x")
    done = tongbu("init", where=tmp_path / "文件" / "工作区")
    assert done.exit_code == 1
    assert "cannot be written" in done.stderr


def test_a_settings_file_that_is_wrong_is_named(made: Tongbu, tmp_path: Path) -> None:
    path = tmp_path / "荆州市 工作区" / "tongbu.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("lease_seconds = 60", "lease_seconds = -60"), "utf-8")
    done = made("status")
    assert done.exit_code == 1
    assert "tongbu.toml: engine.lease_seconds" in done.stderr


def test_a_file_that_cannot_be_read_is_named(made: Tongbu, tmp_path: Path) -> None:
    folder = tmp_path / "目录.md"
    folder.mkdir()
    broken = tmp_path / "坏.docx"
    broken.write_bytes(b"PK\x03\x04 not a document")
    for path in (folder, broken):
        done = made("submit", str(path), "--as", "李文")
        assert done.exit_code == 1
        assert path.name in done.stderr
        assert "unexpectedly" not in done.stderr


def test_without_a_passphrase_nothing_is_asked_where_nobody_can_answer(
    made: Tongbu, item_file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("TONGBU_PASSPHRASE_李文")
    done = made("submit", str(item_file), "--as", "李文")
    assert done.exit_code == 2
    assert "--passphrase-file" in done.stderr
    secret = tmp_path / "口令.txt"
    secret.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
    assert made("submit", str(item_file), "--as", "李文", "--passphrase-file", str(secret)).exit_code == 0
    secret.write_text("something else", encoding="utf-8")
    done = made("submit", str(item_file), "--as", "李文", "--passphrase-file", str(secret))
    assert done.exit_code == 1
    assert "wrong" in done.stderr
    done = made("submit", str(item_file), "--as", "李文", "--passphrase-file", str(tmp_path / "none.txt"))
    assert done.exit_code == 1
    assert "none.txt" in done.stderr


def test_a_program_that_reads_the_output_gets_utf8_and_nothing_else(made: Tongbu, tmp_path: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "", "PYTHONUTF8": ""}
    command = [sys.executable, "-m", "flows.cli", "--home", str(tmp_path / "荆州市 工作区"), "person", "list", "--json"]
    done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["persons"][0]["name"] == "李文"


@pytest.mark.parametrize("words", [["counts", "2026"], ["person", "list", "--json"]])
def test_a_reader_who_leaves_early_is_no_error(made: Tongbu, tmp_path: Path, words: list[str]) -> None:
    command = [sys.executable, "-m", "flows.cli", "--home", str(tmp_path / "荆州市 工作区"), *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        assert started.stdout is not None
        started.stdout.close()  # long before the command has anything to say
        started.stdout = None
        _, said = started.communicate(timeout=60)
    assert (started.returncode, said) == (0, b"")
