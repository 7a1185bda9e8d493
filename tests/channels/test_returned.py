"""Receipts that partners put into their folders: only what names our delivery and a possible moment makes it live."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from channels.base import Follows, Refused, Unavailable
from channels.drop import Drop
from channels.newspaper import Newspaper
from channels.radio import Radio
from channels.receipts import MOST_BYTES, BadReceipt, Told, receipt_in
from channels.returned import Returned, Visit
from content.clock import CHINA
from content.delivery import Receipt
from content.vocabulary import State
from tests.channels import partner_bench as made
from tests.channels.mirror_places import Place, running_places

LATER = made.NOW + timedelta(days=2)  # 2026-11-25 11:00 in China; handed over on the 23rd at 11:00
SCAN = b"%PDF-1.7 a scan"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Place]]:
    with running_places(tmp_path_factory.mktemp("partners")) as make:
        yield make


class Handed:
    """A newspaper's copy that was handed over two days ago, in a place."""

    def __init__(self, place: Place, folder: Path, **options: Any) -> None:
        address = place.options["mirror"]
        outlet = made.outlet("newspaper", folder=address, **{k: v for k, v in place.options.items() if k != "mirror"})
        outlet = made.replace(outlet, identity=address)
        bench = made.replace(made.workbench(folder, clock=lambda: LATER), secrets=place.secrets)
        self.place, self.paper = place, Newspaper(outlet, bench)
        self.work = made.replace(made.delivery(), since=made.NOW)
        self.rendition = self.paper.render(made.ITEM, made.policy())
        prepared = self.paper.prepare(self.work, self.rendition)
        self.accepted = self.paper.release(self.work, self.rendition, prepared)
        self.name = self.accepted.remote_id
        self.number = self.accepted.evidence["reference"]

    def puts(self, text: str | bytes, file: str = "receipt.json", *, beside: bool = True) -> None:
        path = f"{self.name}/{file}" if beside else f"{self.name}.{file}"
        self.place.put(path, text if isinstance(text, bytes) else text.encode())

    def receipt(self, **changes: Any) -> str:
        values = {"reference": self.number, "date": "2026-11-24", "page": "第2版", "copies": 30000, **changes}
        return json.dumps(values, ensure_ascii=False)

    def follow(self) -> Receipt:
        return self.paper.follow(self.work, self.rendition, self.accepted)


@pytest.fixture(params=["local", "sftp", "s3", "webdav"])
def handed(request: pytest.FixtureRequest, servers: Any, tmp_path: Path) -> Handed:
    return Handed(servers(request.param, f"{tmp_path.name}-{request.param}"), tmp_path)


@pytest.fixture
def local(servers: Any, tmp_path: Path) -> Handed:
    return Handed(servers("local", f"{tmp_path.name}-local"), tmp_path)


def test_handed_over_is_accepted_until_a_receipt_comes(handed: Handed) -> None:
    assert isinstance(handed.paper, Follows)
    assert handed.follow() == handed.accepted
    assert handed.accepted.state is State.ACCEPTED
    manifest = json.loads(handed.place.get(f"{handed.name}/manifest.json") or b"")
    assert manifest["reference"] == handed.number
    assert handed.number in (handed.place.get(f"{handed.name}/交接单.txt") or b"").decode()


def test_a_receipt_beside_the_copy_makes_it_live_with_what_it_states(handed: Handed) -> None:
    handed.puts(handed.receipt(scan="见报.pdf"))
    handed.puts(SCAN, "见报.pdf")
    live = handed.follow()
    assert live.state is State.LIVE
    assert live.live_at is not None
    assert f"{live.live_at.astimezone(CHINA):%Y-%m-%d}" == "2026-11-24"
    assert (live.evidence["page"], live.evidence["printed"]) == ("第2版", "30000")
    assert handed.paper.bench.assets.get(live.evidence["scan"]) == SCAN
    assert json.loads(handed.paper.bench.assets.get(live.evidence["receipt"]))["reference"] == handed.number


def test_a_receipt_is_found_where_the_copy_stood(handed: Handed) -> None:
    handed.puts(handed.receipt(date="2026-11-24", time="18:30"), beside=False)
    live = handed.follow()
    assert live.live_at is not None
    assert f"{live.live_at.astimezone(CHINA):%Y-%m-%d %H:%M}" == "2026-11-24 18:30"


def test_the_filled_in_note_itself_is_a_receipt(local: Handed) -> None:
    note = (local.place.get(f"{local.name}/交接单.txt") or b"").decode()
    filled = note.replace("刊发日期：____年__月__日　版面：第____版", "刊发日期：2026年11月24日　版面：第3版")
    assert filled != note
    local.puts(filled.encode("gb18030"), "回执.txt")
    live = local.follow()
    assert live.state is State.LIVE
    assert live.evidence["page"] == "第3版"
    assert "title" not in live.evidence


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reference": "TB-AAAA-BBBB-CCCC-DDDD"}, "回执号与本次交接的不符"),
        ({"reference": ""}, "没有写明回执号"),
        ({"date": "2026-11-20"}, "早于交稿"),
        ({"date": "2026-11-26"}, "在将来"),
        ({"date": "2026-13-41"}, "无效"),
        ({"date": "昨天"}, "没有写明播出、刊发或撤下的日期"),
        ({"date": ["2026-11-24"]}, "应是文字或整数"),
        ({"scan": "../manifest.json"}, "只写文件名"),
        ({"scan": "没有的.pdf"}, "不在旁边"),
        ({"copies": 0}, "没有印出"),
        ({"reference": "TB-AAAA-BBBB-CCCC-DDDD、TB-AAAA-BBBB-CCCC-EEEE"}, "写了2个回执号"),
    ],
)
def test_a_receipt_that_proves_nothing_is_named_and_kept_aside(local: Handed, changes: Any, said: str) -> None:
    local.puts(local.receipt(**changes))
    with pytest.raises(Unavailable, match=said) as problem:
        local.follow()
    assert f"{local.name}/receipt.json" in str(problem.value)
    (aside,) = (local.paper.bench.folder / "receipts-aside").iterdir()
    assert aside.read_text() == local.receipt(**changes)
    local.puts(local.receipt())
    assert local.follow().state is State.LIVE


@pytest.mark.parametrize(
    "hostile",
    [
        b"[" * 60_000,
        b'{"reference": ' * 4000,
        b"\xff\xfe\x00\xd8" * 20,
        b"{}",
        b"[1]",
        b"null",
        b"\x00" * 900,
        "无".encode(),
    ],
)
def test_a_hostile_receipt_is_named(local: Handed, hostile: bytes) -> None:
    local.puts(hostile)
    with pytest.raises(Unavailable, match="不能采用"):
        local.follow()


def test_a_huge_receipt_is_not_read(handed: Handed) -> None:
    handed.puts(b" " * (MOST_BYTES + 1))
    with pytest.raises(Unavailable, match=f"最多{MOST_BYTES}字节"):
        handed.follow()
    assert not (handed.paper.bench.folder / "receipts-aside").exists()


def test_an_empty_receipt_is_named_and_the_right_one_beside_it_counts(handed: Handed) -> None:
    handed.puts(b"")
    with pytest.raises(Unavailable, match="空文件"):
        handed.follow()
    handed.puts(handed.receipt().encode("utf-16"), "回执.txt")
    assert handed.follow().state is State.LIVE


def test_settings_that_lead_to_another_place_leave_what_was_handed_over(local: Handed) -> None:
    local.puts(local.receipt())
    outlet = made.replace(local.paper.outlet, options={"folder": "sftp://paper@elsewhere.example/in"})
    with pytest.raises(Unavailable, match="identity"):
        Newspaper(outlet, local.paper.bench).follow(local.work, local.rendition, local.accepted)
    assert local.follow().state is State.LIVE


def test_a_place_that_does_not_answer_is_tried_once_for_all_its_deliveries(local: Handed) -> None:
    tried: list[str] = []

    def silent() -> Any:
        tried.append("once")
        raise TimeoutError(0, "服务器在时限内没有应答")

    with ExitStack() as until:
        visit = Visit(lambda: Drop(silent, Path("sent"), "sftp://paper@example/in", {}), until)
        for _ in range(3):
            with pytest.raises(Unavailable, match=r"sftp://paper@example/in .*没有应答.*请检查网络"):
                visit.receipt(Returned(local.number, made.NOW, local.paper.bench), local.name, local.accepted)
    assert tried == ["once"]


def test_a_link_out_of_the_folder_is_no_receipt(local: Handed, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(local.receipt())
    folder = Path(local.accepted.evidence["path"])
    (folder / "receipt.json").symlink_to(secret)
    assert local.follow() == local.accepted


def test_a_receipt_of_one_delivery_proves_no_other(servers: Any, tmp_path: Path) -> None:
    first = Handed(servers("local", f"{tmp_path.name}-1"), tmp_path / "1")
    second = Handed(servers("local", f"{tmp_path.name}-2"), tmp_path / "2")
    assert first.number != second.number
    second.puts(first.receipt())
    with pytest.raises(Unavailable, match="不符"):
        second.follow()


def test_every_attempt_at_a_delivery_has_the_same_number_and_a_restart_keeps_it(local: Handed, tmp_path: Path) -> None:
    again = Newspaper(local.paper.outlet, local.paper.bench)
    assert again.reference(local.work, local.rendition) == local.number
    key = local.paper.bench.folder / "reference.key"
    assert key.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("line", "on"),
    [
        ("播出时间：2026年11月24日18时30分", "2026-11-24 18:30"),
        ("播出时间：2026-11-24 7:05", "2026-11-24 07:05"),
        ("播出时间：2026年11月24日下午6时", "2026-11-24 18:00"),
        ("见报日期: 2026/1/4", "2026-01-04"),
    ],
)
def test_dates_are_read_as_people_write_them(line: str, on: str) -> None:
    told = receipt_in(f"回执号：tb-7k2m-aaaa-bbbb-cccc\n{line}　栏目：新闻联播\n".encode())
    assert told == Told("TB-7K2M-AAAA-BBBB-CCCC", on, "", {"programme": "新闻联播"})


def test_blanks_that_nobody_filled_in_tell_nothing() -> None:
    with pytest.raises(BadReceipt, match="日期"):
        receipt_in("回执号：TB-7K2M-AAAA-BBBB-CCCC\n刊发日期：____年__月__日　版面：第____版\n".encode())


def test_a_place_over_a_network_is_what_was_signed(servers: Any, tmp_path: Path) -> None:
    place = servers("sftp", f"{tmp_path.name}-signed")
    options = {**place.options, "folder": place.options["mirror"]}
    radio = Radio(made.outlet("radio", **options), made.replace(made.workbench(tmp_path), secrets=place.secrets))
    with pytest.raises(Refused, match="identity"):
        radio.prepare(made.delivery(), radio.render(made.ITEM, made.policy()))
