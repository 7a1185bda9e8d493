"""A workspace whose portal has a mirror: a broadcast fills it, feeds and app with it, and ``tongbu mirror`` goes on."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from flows.cli import app

PASSPHRASE = "correct horse 电池"


@pytest.fixture
def mirror(quiet_office: Any, tmp_path: Path) -> Path:
    """The portal's mirror, in a folder that stands for a mounted share."""
    folder = tmp_path / "镜像 www"
    folder.mkdir()
    portal = 'name = "荆州市人民政府门户网站"\nidentity = "www.jingzhou.gov.cn"\n'
    quiet_office.settings(portal, f'{portal}options = {{ mirror = "{folder}" }}\n')
    quiet_office.reopen()
    return folder


def tongbu(office: Any, *words: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(office.home), *words])


def shown(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_a_broadcast_fills_the_mirror_and_feeds_and_app_are_carried_before_they_are_live(
    quiet_office: Any, mirror: Path
) -> None:
    quiet_office.broadcast("1001", outlets=["portal", "feeds", "app"])
    states = quiet_office.states()
    assert [states[name] for name in ("portal", "feeds", "app")] == ["live"] * 3
    assert shown(mirror) == shown(quiet_office.public.resolve())
    assert {"index.html", "feeds/all.atom.xml"} <= shown(mirror).keys()


def test_a_mirror_that_is_away_holds_the_broadcast_before_anything_is_public(quiet_office: Any, mirror: Path) -> None:
    mirror.rmdir()
    document = quiet_office.broadcast("1001", outlets=["portal"])
    assert "镜像" in str(document)
    assert not quiet_office.public.exists()


def test_the_command_goes_on_where_it_was_and_compares(quiet_office: Any, mirror: Path) -> None:
    quiet_office.broadcast("1001", outlets=["portal"])
    quiet_office.close()
    (mirror / "index.html").write_bytes(b"changed by hand")
    (mirror / "casino.html").write_bytes(b"not ours")
    compared = tongbu(quiet_office, "mirror", "--check", "--json")
    [found] = json.loads(compared.stdout)["mirrors"]
    assert compared.exit_code == 1
    assert found["differences"] == [
        {"path": "casino.html", "what": "extra"},
        {"path": "index.html", "what": "different"},
    ]
    assert json.loads(tongbu(quiet_office, "mirror", "--json").stdout)["mirrors"][0]["uploaded"] == 0
    carried = tongbu(quiet_office, "mirror", "portal", "--all", "--json")
    assert carried.exit_code == 0
    assert json.loads(carried.stdout)["mirrors"][0]["uploaded"] == len(shown(quiet_office.public.resolve()))
    (mirror / "casino.html").unlink()
    assert tongbu(quiet_office, "mirror", "--check").exit_code == 0


def test_a_halted_outlet_is_not_carried(quiet_office: Any, mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGBU_PASSPHRASE_陈国平", PASSPHRASE)
    quiet_office.broadcast("1001", outlets=["portal"])
    quiet_office.close()
    assert tongbu(quiet_office, "halt", "portal", "--as", "陈国平", "--reason", "被入侵").exit_code == 0
    done = tongbu(quiet_office, "mirror", "--all", "--json")
    assert done.exit_code == 1
    assert "被入侵" in json.loads(done.stdout)["mirrors"][0]["problem"]


def test_a_mirror_that_is_away_is_said_so_and_the_next_run_goes_on(quiet_office: Any, mirror: Path) -> None:
    quiet_office.broadcast("1001", outlets=["portal"])
    quiet_office.close()
    aside = mirror.rename(mirror.with_name("unmounted"))
    done = tongbu(quiet_office, "mirror", "portal")
    assert done.exit_code == 1
    assert "✗ 镜像" in done.output
    aside.rename(mirror)
    assert tongbu(quiet_office, "mirror", "portal").exit_code == 0


@pytest.mark.parametrize("words", [["weibo-main"], ["--check", "--all"], ["nyj-site"]])
def test_wrong_usage_is_told(quiet_office: Any, mirror: Path, words: list[str]) -> None:
    quiet_office.close()
    done = tongbu(quiet_office, "mirror", *words)
    assert done.exit_code == 2
    assert "mirror" in done.output or "--all" in done.output


def test_a_workspace_without_a_mirror_says_which_setting_makes_one(quiet_office: Any) -> None:
    quiet_office.close()
    done = tongbu(quiet_office, "mirror")
    assert done.exit_code == 2
    assert "option mirror" in done.output
