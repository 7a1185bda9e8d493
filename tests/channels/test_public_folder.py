"""What a web server shows: files that change together, in the order that leaves no dead link, all in the manifest."""

import os
from pathlib import Path

import pytest

from channels.base import Refused
from channels.public_folder import PublicFolder
from content.canonical import digest
from tests.channels.memory_shelf import MemorySiteFiles


@pytest.fixture
def folder(tmp_path: Path) -> PublicFolder:
    return PublicFolder(tmp_path, MemorySiteFiles(), "portal")


def place_of(handle: int) -> str:
    """The last three names of what a descriptor leads to."""
    return "/".join(Path(os.readlink(f"/proc/self/fd/{handle}")).parts[-3:])


def shown(folder: PublicFolder) -> dict[str, bytes]:
    return {str(path.relative_to(folder.path)): path.read_bytes() for path in folder.path.rglob("*") if path.is_file()}


def test_what_is_written_stands_there_and_in_the_manifest(folder: PublicFolder) -> None:
    folder.write([("a.html", b"1"), ("专题/b.html", b"2")])
    assert shown(folder) == {"a.html": b"1", "专题/b.html": b"2"}
    assert dict(folder.files.all(1)) == {"a.html": digest(b"1"), "专题/b.html": digest(b"2")}
    assert folder.stands([("a.html", b"1")])
    assert not folder.stands([("a.html", b"other")])


def test_a_path_that_is_named_twice_has_its_last_bytes_and_no_other_file_suffers(folder: PublicFolder) -> None:
    folder.write([("a", b"1"), ("b", b"2"), ("a", b"3"), ("c", b"4"), ("d", b"5")])
    assert shown(folder) == {"a": b"3", "b": b"2", "c": b"4", "d": b"5"}
    assert dict(folder.files.all(1))["a"] == digest(b"3")


def test_new_files_come_before_changed_ones_and_removals_last(folder: PublicFolder, monkeypatch) -> None:
    folder.write([("index.html", b"old"), ("gone.html", b"x")])
    seen: list[str] = []
    real_replace, real_unlink = Path.replace, Path.unlink
    monkeypatch.setattr(Path, "replace", lambda self, to: (seen.append(to.name), real_replace(self, to))[1])
    monkeypatch.setattr(
        Path, "unlink", lambda self, missing_ok=False: (seen.append(f"-{self.name}"), real_unlink(self, missing_ok))[1]
    )
    folder.write([("index.html", b"new"), ("page.html", b"page")], removed=["gone.html"])
    assert seen == ["page.html", "index.html", "-gone.html"]
    assert shown(folder) == {"index.html": b"new", "page.html": b"page"}
    assert set(dict(folder.files.all(1))) == {"index.html", "page.html"}


def test_every_file_is_on_the_disk_before_the_first_rename_and_every_folder_after_the_last(
    folder: PublicFolder, monkeypatch
) -> None:
    folder.write([("a/index.html", b"old")])
    done: list[str] = []
    real_sync, real_replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (real_sync(handle), done.append(place_of(handle)))[0])
    monkeypatch.setattr(Path, "replace", lambda self, to: (done.append("rename"), real_replace(self, to))[1])
    folder.write([(f"{name}/index.html", name.encode()) for name in "abcdefghijkl"])
    first, last = done.index("rename"), len(done) - 1 - done[::-1].index("rename")
    assert sorted(done[:first]) == sorted(f"generations/.aside/{number}" for number in range(12))
    assert done[first : last + 1] == ["rename"] * 12
    assert sorted(done[last + 1 :]) == [f"generations/1/{name}" for name in "abcdefghijkl"]


def test_a_file_that_the_disk_does_not_take_keeps_all_others_from_being_shown(
    folder: PublicFolder, monkeypatch
) -> None:
    folder.write([("index.html", b"old")])
    real_sync = os.fsync

    def full(handle: int) -> None:
        if place_of(handle).endswith(".aside/3"):
            raise OSError(28, "No space left on device")
        real_sync(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        folder.write([(name, name.encode()) for name in ("index.html", *"abcdefghijkl")])
    assert shown(folder) == {"index.html": b"old"}
    assert dict(folder.files.all(1)) == {"index.html": digest(b"old")}


def test_what_is_there_already_is_not_written_again(folder: PublicFolder) -> None:
    folder.write([("a", b"1")])
    before = (folder.path / "a").stat().st_ino
    folder.write([("a", b"1"), ("b", b"2")])
    assert (folder.path / "a").stat().st_ino == before


def test_what_a_killed_writer_left_aside_is_never_shown_and_goes_with_the_next(folder: PublicFolder) -> None:
    folder.write([("a", b"1")])
    left = folder.path.resolve().parent / ".aside" / "7"
    left.write_bytes(b"half")
    folder.write([("b", b"2")])
    assert shown(folder) == {"a": b"1", "b": b"2"}
    assert not left.exists()


@pytest.mark.parametrize("path", ["../out.html", "/etc/passwd", "a/../../out", ".hidden", "a\\b", ""])
def test_a_path_that_leads_elsewhere_is_refused_and_nothing_is_written(folder: PublicFolder, path: str) -> None:
    with pytest.raises(Refused):
        folder.write([("good.html", b"1"), (path, b"2")])
    assert shown(folder) == {}
    assert dict(folder.files.all(1)) == {}


def test_a_switch_shows_the_other_generation_in_one_step(folder: PublicFolder) -> None:
    folder.write([("a", b"old")])
    folder.generation_path(2).mkdir()
    (folder.generation_path(2) / "a").write_bytes(b"new")
    folder.switch(2)
    assert (folder.generation, shown(folder)) == (2, {"a": b"new"})
    assert os.readlink(folder.path) == "generations/2"
