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
