"""A workspace: made once, opened by what it is, refused with the way to mend it."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from content.database import DatabaseUnusable
from content.vocabulary import WorkspaceKind
from flows.settings import SettingsError
from flows.wiring import NoSuchOutlet, Wired, sandbox_url
from flows.workspace import DATABASE_FILE, Workspace, WorkspaceError, check, make


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_workspace_opens_and_keeps_its_secrets_to_itself(tmp_path: Path) -> None:
    made = make(tmp_path / "荆州 工作区")
    opened = Workspace.open(made.home)
    assert opened.settings == made.settings
    assert check(opened) is None
    for name in ("keys", "secrets", "run", "sandbox"):
        assert mode(made.home / name) == 0o700, name
    for path in [*(made.home / "secrets").iterdir(), made.home / "sandbox" / "accounts.json"]:
        assert mode(path) == 0o600, path


def test_two_workspaces_have_credentials_of_their_own(tmp_path: Path) -> None:
    texts = {(make(tmp_path / name).home / "secrets" / "weibo-main.toml").read_text() for name in "ab"}
    assert len(texts) == 2


def test_a_folder_in_use_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "年报.docx").write_text("x")
    with pytest.raises(WorkspaceError, match="is not empty: choose another folder"):
        make(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["年报.docx"]


def test_a_place_that_cannot_be_written_is_refused_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="Choose a folder of yours with --home"):
        make(tmp_path / "file" / "workspace")


def test_a_workspace_cannot_become_production_by_its_settings(tmp_path: Path) -> None:
    made = make(tmp_path / "home")
    path = made.home / "tongbu.toml"
    text = path.read_text(encoding="utf-8").replace('api = "sandbox", ', "")
    path.write_text(text.replace('kind = "rehearsal"', 'kind = "production"'), encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"was made as rehearsal; workspace\.kind cannot be changed"):
        Workspace.open(made.home)


def test_a_production_workspace_points_to_no_sandbox(tmp_path: Path) -> None:
    made = make(tmp_path / "home", WorkspaceKind.PRODUCTION)
    assert not made.has_sandbox_outlets
    assert not made.sandbox_folder.exists()
    assert Workspace.open(made.home).settings.kind is WorkspaceKind.PRODUCTION


def test_a_workspace_whose_database_is_gone_is_not_started_anew(tmp_path: Path) -> None:
    made = make(tmp_path / "home")
    made.database.engine.dispose()
    (made.home / DATABASE_FILE).unlink()
    with pytest.raises(DatabaseUnusable, match="is gone"):
        Workspace.open(made.home)
    assert not (made.home / DATABASE_FILE).exists()


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    made = make(tmp_path / "home")
    made.database.engine.dispose()
    (made.home / DATABASE_FILE).write_bytes(b"not a database" * 1000)
    for extra in ("-wal", "-shm"):
        (made.home / f"{DATABASE_FILE}{extra}").unlink(missing_ok=True)
    with pytest.raises(DatabaseUnusable):
        Workspace.open(made.home)


def test_a_missing_workspace_is_told_how_to_be_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="init"):
        Workspace.open(tmp_path / "none")


def test_a_workspace_may_be_moved(tmp_path: Path) -> None:
    made = make(tmp_path / "old")
    made.database.engine.dispose()
    shutil.move(made.home, tmp_path / "new place")
    assert Workspace.open(tmp_path / "new place").settings == made.settings


def test_a_workspace_on_postgresql_refuses_a_database_that_is_another_ones(tmp_path: Path) -> None:
    """Shown with a SQLite address: the rule is the same for every database."""
    url = f"sqlite:///{tmp_path / 'shared.sqlite'}"
    make(tmp_path / "one", database_url=url)
    with pytest.raises(WorkspaceError, match="belongs to a workspace already"):
        make(tmp_path / "two", database_url=url)


def test_an_unknown_outlet_is_told_which_there_are(tmp_path: Path) -> None:
    wired = Wired(make(tmp_path / "home"))
    with pytest.raises(NoSuchOutlet, match=r"there is no outlet twitter: portal, .*weibo-main"):
        wired.channel("twitter")


def test_every_outlet_of_a_new_workspace_can_be_built(tmp_path: Path) -> None:
    wired = Wired(make(tmp_path / "home"))
    for outlet in wired.workspace.settings.outlets:
        assert wired.channel(outlet.id).outlet.id == outlet.id
    assert sandbox_url(wired.workspace) is None


def test_a_broken_note_of_the_sandbox_is_no_sandbox(tmp_path: Path) -> None:
    made = make(tmp_path / "home")
    for text in ("", "[]", '{"port": "x"}', "{"):
        (made.sandbox_folder / "sandbox.json").write_text(text)
        assert sandbox_url(made) is None


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_without_leave_to_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(WorkspaceError, match="cannot be written"):
        make(tmp_path / "home")
