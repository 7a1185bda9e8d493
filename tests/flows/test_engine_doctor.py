"""The doctor finds what is wrong and says how to mend it; nothing here starts an engine."""

import http.server
import os
import threading
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from flows import doctor, engine_client

NOON = datetime(2027, 6, 1, 12, tzinfo=UTC)
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def checks(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_client, "is_running", lambda workspace: True)
    monkeypatch.setattr(engine_client, "ping", lambda workspace: {"prefect": "http://127.0.0.1:1"})

    def look(**given):
        found = doctor.examine(SimpleNamespace(home=tmp_path, run_folder=tmp_path / "run"), **given)
        return {check.name: check for check in found}

    return look


def test_a_sound_workspace_has_nothing_to_mend(checks):
    found = checks(integrity=lambda: None, last_event=lambda: NOON, now=lambda: NOON)
    assert [check.name for check in found.values() if not check.ok] == []
    assert {check.mend for check in found.values()} == {""}
    assert {"python", "packages", "fonts", "disk", "permissions", "database", "clock", "engine"} == set(found)


def test_a_package_that_is_too_new_is_named_with_what_is_asked_for(checks, monkeypatch):
    monkeypatch.setattr(
        doctor.metadata, "requires", lambda name: ["fastapi<0.1", "no-such-package>=1", 'x; extra == "t"']
    )
    found = checks()["packages"]
    assert not found.ok
    assert "not <0.1" in found.detail
    assert "no-such-package is missing" in found.detail


def test_a_missing_font_wheel_is_named(checks, monkeypatch):
    monkeypatch.setattr(doctor, "FONTS", (("no_such_wheel", "Noto", "no-such-wheel"),))
    assert checks()["fonts"].mend == "pip install no-such-wheel"


def test_a_key_that_others_may_read_is_named_with_the_command_that_mends_it(checks, tmp_path):
    (tmp_path / "keys").mkdir(mode=0o700)
    key = tmp_path / "keys" / "王芳.key"
    key.touch()
    key.chmod(0o644)
    found = checks()["permissions"]
    assert not found.ok
    assert found.mend == f"chmod go= {key}"
    key.chmod(0o600)
    assert checks()["permissions"].ok


def test_a_nearly_full_disk_is_refused(checks, monkeypatch):
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: Usage(1, 1, doctor.DISK_LEAST - 1))
    assert not checks()["disk"].ok


def test_a_clock_before_the_last_event_is_refused(checks):
    late = {"last_event": lambda: NOON, "now": lambda: NOON - timedelta(hours=1)}
    assert not checks(**late)["clock"].ok
    assert checks(last_event=lambda: None, now=lambda: NOON)["clock"].ok


def test_a_check_that_breaks_is_a_finding_and_not_a_traceback(checks):
    def broken():
        raise OSError("the disk is gone")

    found = checks(integrity=broken)["database"]
    assert not found.ok
    assert "the disk is gone" in found.detail


def test_an_engine_without_prefect_is_not_sound(checks, monkeypatch):
    monkeypatch.setattr(engine_client, "ping", lambda workspace: {"prefect": None})
    assert not checks()["engine"].ok


def test_outlets_are_tried_at_their_address_and_their_folder(checks, tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    (tmp_path / "file").touch()
    probes = [
        doctor.Probe("weibo", url=address),
        doctor.Probe("radio", folder=tmp_path / "not" / "yet"),
        doctor.Probe("newspaper", folder=tmp_path / "file" / "drop"),
    ]
    found = checks(probes=probes)
    server.shutdown()
    server.server_close()
    assert found["outlet weibo"].ok
    assert found["outlet radio"].ok
    assert not found["outlet newspaper"].ok
    assert not checks(probes=probes[:1])["outlet weibo"].ok
    assert not (tmp_path / "not").exists()


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(checks, tmp_path):
    (tmp_path / "drop").mkdir(mode=0o500)
    assert (
        "cannot be written" in checks(probes=[doctor.Probe("radio", folder=tmp_path / "drop")])["outlet radio"].detail
    )
