"""``tongbu rebuild`` with its processes: a new frame around what was signed, shown at once; killed, the old site stays."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from content.search import Query, SearchReader

TONGBU = [str(Path(sys.executable).with_name("tongbu"))]


@pytest.fixture
def published(quiet_office: Any) -> Any:
    quiet_office.broadcast("1001", outlets=["portal"])
    assert quiet_office.states()["portal"] == "live"
    return quiet_office


def rebuild(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [*TONGBU, "--home", str(home), "rebuild", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def files(office: Any) -> dict[str, bytes]:
    return {
        str(path.relative_to(office.public)): path.read_bytes() for path in office.public.rglob("*") if path.is_file()
    }


def test_new_settings_reach_every_page_and_the_signed_text_stays(published: Any) -> None:
    before = files(published)
    published.settings('phone = "0716-8278407"', 'phone = "0716-1234567"')
    done = rebuild(published.home, "--json", "--search")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["generation"] == 2
    after = files(published)
    assert after.keys() == before.keys()
    pages = [path for path in after if path.endswith(".html")]
    assert pages
    assert all("0716-1234567" in after[path].decode() and "0716-8278407" in before[path].decode() for path in pages)
    [page] = [path for path in pages if path.startswith("zcwj/2")]
    body = [data[page].split(b"<!--tongbu:body-->")[1].split(b"<!--/tongbu:body-->")[0] for data in (before, after)]
    assert body[0] == body[1]
    assert published.events("site.rebuilt")[0]["data"]["generation"] == 2
    index = published.home / "outlets/portal/search/index.sqlite"
    assert [hit.document.item for hit in SearchReader(index).search(Query("供水")).hits] == ["1001"]


def test_a_rebuild_that_is_killed_leaves_the_old_site_and_the_next_one_works(published: Any) -> None:
    before = files(published)
    command = [*TONGBU, "--home", str(published.home), "rebuild", "--processes", "1"]
    generations = published.public.parent / "generations"
    killed = False
    for _ in range(5):
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        target = generations / str(max(int(path.name) for path in generations.iterdir() if path.name.isdigit()) + 1)
        while process.poll() is None and not (target.is_dir() and any(target.iterdir())):
            time.sleep(0.002)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            killed = True
            break
        process.wait()
    assert killed, "the rebuild was always through before it could be killed"
    assert files(published) == before
    assert rebuild(published.home).returncode == 0
    assert files(published) == before
    assert len([path for path in generations.iterdir() if path.name.isdigit()]) == 2


@pytest.mark.parametrize(("outlet", "word"), [("nowhere", "nowhere"), ("radio", "no website")])
def test_what_is_no_website_is_refused_by_its_name(published: Any, outlet: str, word: str) -> None:
    done = rebuild(published.home, outlet)
    assert (done.returncode, word in done.stderr) == (1, True)
    assert "Traceback" not in done.stderr
