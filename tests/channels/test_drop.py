"""Handing copy over: whole or not at all, once, and provable afterwards."""

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from channels.base import Refused, Unavailable, Unknown
from channels.drop import Drop
from content.canonical import digest

FILES = {"script.txt": "口播稿".encode(), "pictures/01.png": b"picture"}
DIGEST = "1a" * 32
NAME = "1001-r1-publish-1a1a1a1a"


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    made = Drop(tmp_path / "交接 目录", tmp_path / "sent")
    made.ready()
    return made


def killed_at(drop: Drop, step: int) -> bool:
    """Delivers in a child that dies by SIGKILL before its *step*-th sync or rename; True when it died there."""
    child = os.fork()
    if child == 0:
        left = [step]

        def counted(real: Callable[..., object]) -> Callable[..., object]:
            def call(*given: object, **named: object) -> object:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*given, **named)

            return call

        os.fsync = counted(os.fsync)  # type: ignore[assignment]
        os.rename = counted(os.rename)  # type: ignore[assignment]
        os.replace = counted(os.replace)  # type: ignore[assignment]
        os.mkdir = counted(os.mkdir)  # type: ignore[assignment]
        try:
            drop.deliver(NAME, DIGEST, FILES)
        except BaseException:
            os._exit(3)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_delivery_appears_whole_with_a_manifest_of_digests(drop: Drop) -> None:
    folder = drop.deliver(NAME, DIGEST, FILES)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == {
        name: digest(data) for name, data in FILES.items()
    }
    assert manifest["rendition"] == DIGEST


def test_nothing_hidden_is_left_behind(drop: Drop) -> None:
    drop.deliver(NAME, DIGEST, FILES)
    assert [path.name for path in drop.folder.iterdir()] == [NAME]


def test_delivering_twice_changes_nothing(drop: Drop) -> None:
    folder = drop.deliver(NAME, DIGEST, FILES)
    before = (folder / "script.txt").stat().st_ino
    assert drop.deliver(NAME, DIGEST, FILES) == folder
    assert (folder / "script.txt").stat().st_ino == before


def test_a_name_taken_by_other_content_is_refused_and_left_alone(drop: Drop) -> None:
    folder = drop.deliver(NAME, DIGEST, FILES)
    with pytest.raises(Refused, match="内容不同"):
        drop.deliver(NAME, "2b" * 32, {"script.txt": b"other"})
    assert (folder / "script.txt").read_bytes() == FILES["script.txt"]


def test_a_name_taken_by_a_strange_folder_is_refused(drop: Drop) -> None:
    (drop.folder / NAME).mkdir()
    with pytest.raises(Refused, match="已被占用"):
        drop.deliver(NAME, DIGEST, FILES)


def test_what_was_never_delivered_is_provably_absent(drop: Drop) -> None:
    assert drop.delivered(NAME, DIGEST) is False


def test_a_folder_that_the_partner_took_counts_as_delivered_and_is_not_sent_again(drop: Drop) -> None:
    drop.deliver(NAME, DIGEST, FILES).rename(drop.folder.parent / "taken")
    assert drop.delivered(NAME, DIGEST) is True
    drop.deliver(NAME, DIGEST, FILES)
    assert not (drop.folder / NAME).exists()


def test_our_record_survives_what_the_partner_does_to_its_files(drop: Drop) -> None:
    folder = drop.deliver(NAME, DIGEST, FILES)
    (folder / "script.txt").write_text("改过的稿子")
    (folder / "manifest.json").unlink()
    assert (drop.sent / NAME / "script.txt").read_bytes() == FILES["script.txt"]
    assert drop.delivered(NAME, DIGEST) is True


def test_an_unmarked_record_without_folder_is_for_a_person_to_settle(drop: Drop) -> None:
    drop.deliver(NAME, DIGEST, FILES).rename(drop.folder.parent / "taken")
    (drop.sent / f"{NAME}.delivered").unlink()
    with pytest.raises(Unknown, match="核实"):
        drop.delivered(NAME, DIGEST)


def test_killed_at_any_step_it_is_delivered_exactly_once_and_never_in_part(tmp_path: Path) -> None:
    step = 0
    died = True
    while died:
        step += 1
        drop = Drop(tmp_path / f"drop{step}", tmp_path / f"sent{step}")
        drop.ready()
        died = killed_at(drop, step)
        public = drop.folder / NAME
        assert not public.exists() or {str(path.relative_to(public)) for path in public.rglob("*.*")} == {
            *FILES,
            "manifest.json",
        }
        if not drop.delivered(NAME, DIGEST):
            assert not public.exists()
            drop.deliver(NAME, DIGEST, FILES)
        assert [path.name for path in drop.folder.iterdir()] == [NAME]
        assert drop.delivered(NAME, DIGEST) is True
    assert step > 15


def test_a_partner_that_grabs_at_once_never_sees_a_part_of_it(drop: Drop) -> None:
    seen: list[set[str]] = []
    stop = threading.Event()

    def grab() -> None:
        while not stop.is_set():
            for folder in drop.folder.glob("[!.]*"):
                seen.append({path.name for path in folder.rglob("*.*")})
                folder.rename(drop.folder.parent / f"taken-{len(seen)}")

    partner = threading.Thread(target=grab)
    partner.start()
    try:
        for number in range(20):
            drop.deliver(f"{NAME}{number}", DIGEST, FILES)
    finally:
        stop.set()
        partner.join()
    assert all(names == {"script.txt", "01.png", "manifest.json"} for names in seen)
    assert all(drop.delivered(f"{NAME}{number}", DIGEST) for number in range(20))


def test_a_folder_that_cannot_be_made_is_named_with_the_way_to_mend_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable, match="请检查目录"):
        Drop(tmp_path / "file" / "drop", tmp_path / "sent").ready()
