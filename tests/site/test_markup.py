"""Every page of the town's site before the Nu HTML checker, in one call."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.site.kinds import KINDS, SEARCHES, kind_of, pages_under

# Warnings in which a rule of the state and the checker's taste differ; errors are never accepted.
ACCEPTED: Mapping[str, str] = {}


@pytest.fixture(scope="module")
def judged(town: Any, site: str, jar: Path, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    root = town.public.resolve()
    files = [*pages_under(root), *(path.relative_to(root).as_posix() for path in root.rglob("*.css"))]
    files += found_pages(site, tmp_path_factory.mktemp("search"))
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


def found_pages(site: str, folder: Path) -> list[str]:
    """The search's answers as files."""
    kept = [folder / f"{number}.html" for number in range(len(SEARCHES))]
    for path, address in zip(kept, SEARCHES, strict=True):
        path.write_bytes(httpx.get(f"{site}/{address}", trust_env=False).raise_for_status().content)
    return list(map(str, kept))


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
