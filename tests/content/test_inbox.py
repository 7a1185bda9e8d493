"""The inbox: what comes twice is kept once, and no flood fills the disk."""

import os
import threading
from pathlib import Path

import pytest

from content import inbox as module
from content.inbox import MOST_OF_A_SUBJECT, Inbox, TooLarge


def test_a_message_is_found_by_its_kind_and_subject(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "in")
    assert inbox.about("publication", "7") == []
    assert inbox.keep("publication", "7", ["a"], {"text": "好"})
    assert inbox.about("publication", "7") == [{"text": "好"}]
    assert inbox.about("publication", "8") == []
    assert inbox.about("mass", "7") == []


def test_what_comes_twice_is_kept_once(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "in")
    assert [inbox.keep("p", "7", ["a", "1"], {"n": 1}) for _ in range(3)] == [True, False, False]
    assert inbox.keep("p", "7", ["a", "2"], {"n": 2})
    assert len(list((tmp_path / "in").iterdir())) == 2


def test_the_oldest_make_room(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "in", most=10)
    for number in range(40):
        inbox.keep("p", str(number), ["k"], {"n": number})
        newest = max((tmp_path / "in").iterdir(), key=lambda path: path.stat().st_ctime_ns)
        os.utime(newest, (number, number))
    assert len(list((tmp_path / "in").iterdir())) == 10
    assert [message["n"] for message in inbox.newest("p", 3)] == [39, 38, 37]
    assert inbox.about("p", "5") == []


def test_one_subject_gives_few_messages(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "in")
    for number in range(20):
        inbox.keep("p", "7", [str(number)], {"n": number})
    assert len(inbox.about("p", "7")) == MOST_OF_A_SUBJECT


def test_a_large_message_is_not_kept(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "in")
    with pytest.raises(TooLarge):
        inbox.keep("p", "7", ["a"], {"text": "长" * module.LARGEST_BYTES})
    assert inbox.about("p", "7") == []


def test_what_somebody_else_put_there_is_passed_over(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "in")
    inbox.keep("p", "7", ["a"], {"n": 1})
    [kept] = list((tmp_path / "in").iterdir())
    stem = kept.name.rpartition("-")[0]
    (tmp_path / "elsewhere").write_text('{"n": 2}')
    (kept.parent / f"{stem}-b.json").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(kept.parent / f"{stem}-c.json")
    (kept.parent / f"{stem}-d.json").write_bytes(b"[1]")
    (kept.parent / f"{stem}-e.json").write_bytes(b"[" * 5_000)
    (kept.parent / f"{stem}-f.json").mkdir()
    (kept.parent / f".{stem}-g.json").write_bytes(b'{"n": 3}')
    (kept.parent / f"{stem}-h.json").write_bytes(b'{"n": "' + b"x" * module.LARGEST_BYTES + b'"}')
    assert inbox.about("p", "7") == [{"n": 1}]


def test_several_may_write_at_once(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "in", most=50)
    work = [
        threading.Thread(target=inbox.keep, args=("p", str(n % 20), [str(n % 20)], {"n": n % 20})) for n in range(80)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert sorted(str(message["n"]) for n in range(20) for message in inbox.about("p", str(n))) == sorted(
        map(str, range(20))
    )


@pytest.mark.parametrize("identity", ["wx3ea1d5b2c4f60718", "../../etc", "a/b", "", "x" * 300, "中文"])
def test_an_accounts_inbox_stands_in_the_workspace(tmp_path: Path, identity: str) -> None:
    folder = Inbox.of(tmp_path, "wechat", identity).folder
    assert folder.parent == tmp_path / "inbox"
    assert folder.name.isascii() and len(folder.name) < 90
