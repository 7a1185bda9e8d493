"""Killed at any step, the next run ends with the files of a run that was never killed; many at once lose nothing."""

import os
import shutil
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from channels.app import App
from channels.base import ChannelError, Unavailable
from channels.feeds import Feeds
from channels.files import folder_lock
from channels.website import Website
from content.database import open_database
from content.schema import metadata
from content.shelves import DatabaseShelf
from content.vocabulary import Action
from tests.channels import site_bench as given

CHANNELS: dict[str, Callable[..., Any]] = {"website": Website, "feeds": Feeds, "app": App}
_REAL_REPLACE = Path.replace


def outlet_of(channel: str, folder: Path) -> Any:
    """The channel on a shelf in a real database, as a process of its own would build it."""
    folder.mkdir(parents=True, exist_ok=True)
    database = open_database(f"sqlite:///{folder / 'shelf.db'}")
    metadata.create_all(database.engine)
    return CHANNELS[channel](given.outlet(channel), given.bench(folder, DatabaseShelf(database, f"{channel}-main")))


def story(outlet: Any, channel: str) -> list[Callable[[], object]]:
    """A policy, its interpretation, a correction that moves to another column, and a withdrawal."""
    policy = given.with_files(given.policy(), outlet.bench.assets)
    told, moved = given.interpretation(), given.interpretation(columns=("bmgg",), title="更正的标题")
    first, second = given.item(), given.item(1002, "zcjd")
    correct = given.delivery(second, channel, Action.CORRECT, sequence=2, at=given.later(5))
    withdraw = given.delivery(first, channel, Action.WITHDRAW, at=given.later(9))
    return [
        lambda: given.send(outlet, given.delivery(first, channel), policy),
        lambda: given.send(outlet, given.delivery(second, channel, at=given.later(1)), told),
        lambda: given.send(outlet, correct, moved, "标题误写"),
        lambda: given.send(outlet, withdraw, policy, "误发"),
    ]


def shown(outlet: Any) -> dict[str, bytes]:
    return dict(given.files_under(outlet.public))


def in_any_order(outlet: Any) -> dict[str, list[bytes]]:
    """What is shown, without the order that comes from who came first: the home page names the last that arrived."""
    homes = ("index.html", "hant/index.html")
    return {path: sorted(data.splitlines()) for path, data in shown(outlet).items() if path not in homes}


def dies_at(step: int, folder: Path, channel: str, chapter: int) -> bool:
    """Runs one delivery in a child that vanishes at its *step*-th rename; False when it got through."""
    child = os.fork()
    if child == 0:
        count = iter(range(1, 10_000))

        def replace(self: Path, target: Path) -> Path:
            if next(count) == step:
                os._exit(9)
            return _REAL_REPLACE(self, target)

        Path.replace = replace  # type: ignore[method-assign]
        try:
            story(outlet_of(channel, folder), channel)[chapter]()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9)
    return status == 9


@pytest.mark.kill
@pytest.mark.parametrize("channel", CHANNELS)
def test_after_a_kill_at_any_write_the_next_run_puts_all_right(tmp_path, channel):
    whole = outlet_of(channel, tmp_path / "whole")
    for chapter in story(whole, channel):
        chapter()
    hurt = tmp_path / "hurt"
    for chapter in range(4):
        step = 1
        while dies_at(step, hurt, channel, chapter):
            step += 1
        assert step > 1
    assert shown(outlet_of(channel, hurt)) == shown(whole)


@pytest.mark.kill
@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("chapter", range(4))
def test_after_a_disk_error_at_any_write_releasing_again_puts_all_right(tmp_path, monkeypatch, channel, chapter):
    """At every second one; kills come at every single one."""
    before, whole = outlet_of(channel, tmp_path / "before"), outlet_of(channel, tmp_path / "whole")
    for told in story(before, channel)[:chapter]:
        told()
    for told in story(whole, channel)[: chapter + 1]:
        told()
    step, failed, expected = -1, True, shown(whole)
    while failed:
        step += 2
        shutil.copytree(tmp_path / "before", tmp_path / f"hurt-{step}")
        hurt = outlet_of(channel, tmp_path / f"hurt-{step}")
        failed = _fails_at(step, monkeypatch, story(hurt, channel)[chapter])
        story(hurt, channel)[chapter]()
        assert shown(hurt) == expected
    assert step > 3


def _fails_at(step: int, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> bool:
    count = iter(range(1, 10_000))

    def replace(self: Path, target: Path) -> Path:
        if next(count) == step:
            raise OSError(28, "No space left on device", str(target))
        return _REAL_REPLACE(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", replace)
        try:
            act()
        except ChannelError as problem:
            assert "No space left" in str(problem)
            return True
    return False


@pytest.mark.parametrize("channel", CHANNELS)
def test_find_denies_what_was_cut_short_and_confirms_what_was_mended(tmp_path, monkeypatch, channel):
    outlet = outlet_of(channel, tmp_path)
    work = given.delivery(given.item(), channel)
    made = outlet.render(work.item, given.policy())
    step = 1
    while _fails_at(step, monkeypatch, lambda: outlet.release(work, made, outlet.prepare(work, made))):
        assert outlet.find(work, made) is None
        for path in outlet.public.rglob("*.*"):
            path.unlink()
        step += 1
    assert outlet.find(work, made) is not None


@pytest.mark.parametrize("channel", CHANNELS)
def test_eight_at_once_all_arrive(tmp_path, channel):
    outlet_of(channel, tmp_path)
    problems: list[BaseException] = []

    def release(worker: int) -> None:
        try:
            own = outlet_of(channel, tmp_path)
            for serial in (worker * 3 + number for number in range(3)):
                work = given.delivery(given.item(100 + serial, "bmgg"), channel, at=given.later(serial))
                given.send(own, work, given.notice(100 + serial))
        except BaseException as problem:
            problems.append(problem)

    workers = [threading.Thread(target=release, args=(worker,)) for worker in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert problems == []
    last = {"website": "bmgg/index.html", "feeds": "bmgg.atom.xml", "app": "feed.json"}[channel]
    text = (outlet_of(channel, tmp_path).public / last).read_text()
    assert all(f"关于第{serial}批" in text for serial in range(100, 124))
    calm = outlet_of(channel, tmp_path / "calm")
    for serial in range(24):
        work = given.delivery(given.item(100 + serial, "bmgg"), channel, at=given.later(serial))
        given.send(calm, work, given.notice(100 + serial))
    assert in_any_order(calm) == in_any_order(outlet_of(channel, tmp_path))


def test_who_waits_too_long_for_the_folder_is_told_so_and_has_sent_nothing(tmp_path):
    with folder_lock(tmp_path), pytest.raises(Unavailable, match="占用"), folder_lock(tmp_path, patience=0.05):
        raise AssertionError("two held one lock")
