"""Every page of the town's site before the Nu HTML checker, in one call."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.site.kinds import KINDS, kind_of, pages_under

# Warnings in which a rule of the state and the checker's taste differ; errors are never accepted.
ACCEPTED: Mapping[str, str] = {}


@pytest.fixture(scope="module")
def judged(town: Any, jar: Path) -> list[dict[str, Any]]:
    root = town.public.resolve()
    files = [*pages_under(root), *(path.relative_to(root).as_posix() for path in root.rglob("*.css"))]
    command = [
        "java",
        "-Xss4m",
        "-jar",
        str(jar),
        "--format",
        "json",
        "--stdout",
        "--exit-zero-always",
        "--also-check-css",
    ]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=True, timeout=180, cwd=root)
    return json.loads(done.stdout)["messages"]


def test_no_page_has_an_error(judged, town):
    assert pages_under(town.public)
    assert [_told(message) for message in judged if message["type"] != "info"][:20] == []


def test_no_page_has_a_warning_but_the_accepted_ones(judged):
    warned = [message for message in judged if message["type"] == "info" and message.get("subType") == "warning"]
    others = [_told(message) for message in warned if not any(said in message["message"] for said in ACCEPTED)]
    assert others[:20] == []
    used = {said for said in ACCEPTED if any(said in message["message"] for message in warned)}
    assert used == set(ACCEPTED)


def test_every_page_is_of_a_known_kind_and_every_kind_has_a_page(town):
    pages = pages_under(town.public)
    assert [page for page in pages if not kind_of(page)] == []
    assert set(map(kind_of, pages)) == set(KINDS)


def _told(message: Mapping[str, Any]) -> str:
    return f"{message.get('url', '').rpartition('/public/')[2]}:{message.get('lastLine')}: {message['message']}"
