"""The index's file: replaced, removed, rebuilt, killed, damaged, shared."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from content.search import Query, SearchBusy, SearchIndex, SearchReader, SearchUnusable, State, tables
from tests.content.search_office import START, document, found, policy, shown

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "检索 search" / "index.sqlite"


@pytest.fixture
def reader(path: Path) -> Iterator[SearchReader]:
    made = SearchReader(path)
    yield made
    made.close()


def tokens(path: Path) -> dict[str, int]:
    """Every token that the index holds, with the number of its places or documents."""
    held = {}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for table in ("heading", "body", "bag"):
            connection.execute(f"CREATE VIRTUAL TABLE temp.{table}_words USING fts5vocab(main, {table}, row)")
            for term, documents, places in connection.execute(f"SELECT term, doc, cnt FROM temp.{table}_words"):
                held[f"{table} {term}"] = places or documents
    return held


def test_a_missing_index_is_an_answer_and_no_error(reader: SearchReader) -> None:
    assert reader.search(Query("医保")).state is State.MISSING
    assert reader.suggest("医保") == []
    assert reader.facets() == {}


def test_putting_the_same_again_changes_nothing(path: Path, reader: SearchReader) -> None:
    index = SearchIndex(path)
    index.put(policy())
    before = tokens(path)
    index.put(policy())
    assert tokens(path) == before
    assert found(reader, "医保") == ["1001"]


def test_a_correction_takes_the_place_of_what_was_there(path: Path, reader: SearchReader) -> None:
    index = SearchIndex(path)
    index.put(policy(text="误写的段落"))
    index.put(policy(act="correct-2", text="改正的段落"))
    assert found(reader, "误写") == []
    assert found(reader, "改正") == ["1001"]
    assert index.holds("1001", "correct-2")
    assert not index.holds("1001", "publish-1")


def test_a_removed_item_leaves_no_word_behind(path: Path, reader: SearchReader) -> None:
    index = SearchIndex(path)
    index.put(policy(summary="摘要", joint_organs=("荆州市财政局",)))
    assert len(tokens(path)) > 100
    index.remove("1001")
    index.remove("1001")
    assert tokens(path) == {}
    assert not index.holds("1001", "publish-1")
    assert reader.search(Query("")).total == 0
    assert reader.facets() == {}
    assert reader.suggest("荆州") == []


def test_what_was_put_one_by_one_is_what_a_rebuild_makes(path: Path, tmp_path: Path) -> None:
    """Whatever was corrected and removed on the way."""
    dice, kept, index = random.Random(4), {}, SearchIndex(path)
    for step in range(120):
        item = str(dice.randrange(1, 25))
        if dice.random() < 0.25:
            index.remove(item)
            kept.pop(item, None)
        else:
            words = "".join(dice.choices("医保荆州政务公开，。 A1", k=30))
            kept[item] = document(
                item, f"标题{words[:5]}", act=f"publish-{step}", text=words, theme="综合政务\\政务公开"
            )
            index.put(kept[item])
    other = tmp_path / "other" / "index.sqlite"
    SearchIndex(other).rebuild(kept.values())
    assert tokens(path) == tokens(other)
    assert SearchReader(path).facets() == SearchReader(other).facets()
    for text in ("医保", "荆", "公开 a1", ""):
        mine, fresh = SearchReader(path), SearchReader(other)
        assert sorted(found(mine, text, size=100)) == sorted(found(fresh, text, size=100))


def test_a_document_comes_back_as_it_was_put(path: Path) -> None:
    one = policy(
        summary="摘要\n二行", joint_organs=("甲", "乙"), columns=("zcwj", "zt"), language="en", text="一\t二\n三" * 500
    )
    SearchIndex(path).put(one)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert tables.document_at(connection, 1) == one


def test_what_no_page_can_show_is_left_out(path: Path, reader: SearchReader) -> None:
    SearchIndex(path).put(document("1", "甲\x00乙\ud800丙", text="医\x08保\ufffe"))
    hit = reader.search(Query("医保")).hits[0]
    assert hit.document.title == "甲乙丙"


def test_a_rebuild_orders_by_time_and_forgets_what_it_is_not_given(path: Path, reader: SearchReader) -> None:
    SearchIndex(path).put(document("9"))
    documents = [document(str(n), published_at=START - timedelta(days=n)) for n in (3, 1, 2)]
    SearchIndex(path).rebuild([document("3", text="旧"), *documents])
    assert found(reader, "储水") == ["1", "2", "3"]


def test_a_rebuild_that_fails_leaves_the_old_index(path: Path, reader: SearchReader) -> None:
    SearchIndex(path).put(document("1"))

    def broken() -> Iterator[object]:
        yield document("2")
        raise RuntimeError("the shelf is gone")

    with pytest.raises(RuntimeError, match="shelf"):
        SearchIndex(path).rebuild(broken())  # type: ignore[arg-type]
    assert found(reader, "储水") == ["1"]
    SearchIndex(path).put(document("3"))
    assert found(reader, "储水") == ["3", "1"]
    assert len(list(path.parent.glob("index-*.sqlite"))) == 1


def test_a_reader_goes_on_while_the_index_is_replaced_under_it(path: Path) -> None:
    """Also one in the middle of an answer: what it opened stays until it looks again."""
    SearchIndex(path).rebuild(document(str(n)) for n in range(1, 40))
    old = sqlite3.connect(f"file:{path.resolve()}?mode=ro", uri=True)
    cursor = old.execute("SELECT id FROM document")
    cursor.fetchone()
    reader = SearchReader(path)
    assert reader.search(Query("储水")).total == 39
    SearchIndex(path).rebuild([document("77")])
    assert found(reader, "储水") == ["77"]
    assert len(cursor.fetchall()) == 38
    SearchIndex(path).put(document("78"))
    assert found(reader, "储水") == ["78", "77"]
    old.close()
    reader.close()


def test_readers_see_whole_documents_while_a_writer_works(path: Path) -> None:
    """Every look finds the item once, with title and text of one and the same act."""
    index, stop = SearchIndex(path), threading.Event()
    seen: list[tuple[State, int, str, str]] = []
    index.put(document("1", "第0次", text="第0次"))

    def look() -> None:
        reader = SearchReader(path)
        while not stop.is_set():
            answer = reader.search(Query("次"))
            title, text = (shown(parts) for hit in answer.hits for parts in (hit.title, hit.snippet))
            seen.append((answer.state, answer.total, title, text))
        reader.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for step in range(1, 40):
        index.put(document("1", f"第{step}次", text=f"第{step}次"))
        if step % 13 == 0:
            index.rebuild([document("1", f"第{step}次", text=f"第{step}次")])
    stop.set()
    for thread in threads:
        thread.join()
    assert len({title for _, _, title, _ in seen}) > 3
    assert {(state, total, title == text) for state, total, title, text in seen} == {(State.COMPLETE, 1, True)}


def test_several_threads_put_at_once(path: Path, reader: SearchReader) -> None:
    threads = [threading.Thread(target=SearchIndex(path).put, args=(document(str(n)),)) for n in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reader.search(Query("储水")).total == 12


def test_who_waits_too_long_is_told_and_nothing_is_written(path: Path, reader: SearchReader) -> None:
    SearchIndex(path).put(document("1"))
    refused: list[str] = []

    def waiting() -> Iterator[object]:
        try:
            SearchIndex(path, patience=0.1).put(document("3"))
        except SearchBusy as problem:
            refused.append(str(problem))
        yield document("2")

    thread_result: list[BaseException] = []

    def rebuild() -> None:
        try:
            SearchIndex(path).rebuild(waiting())  # type: ignore[arg-type]
        except BaseException as problem:
            thread_result.append(problem)

    thread = threading.Thread(target=rebuild)
    thread.start()
    thread.join()
    assert thread_result == []
    assert "try again" in refused[0]
    assert found(reader, "储水") == ["2"]


def test_a_damaged_index_is_told_by_reader_and_writer_and_can_be_made_again(path: Path, reader: SearchReader) -> None:
    SearchIndex(path).put(policy())
    reader.close()
    path.resolve().write_bytes(b"no database at all" * 500)
    assert reader.search(Query("医保")).state is State.UNUSABLE
    assert reader.suggest("医保") == []
    assert reader.facets() == {}
    with pytest.raises(SearchUnusable, match="make it again"):
        SearchIndex(path).put(document("2"))
    with pytest.raises(SearchUnusable):
        SearchIndex(path).holds("1001", "publish-1")
    SearchIndex(path).rebuild([policy()])
    assert found(reader, "医保") == ["1001"]


def test_an_index_of_other_tokens_is_made_again_from_its_own_documents(path: Path, reader: SearchReader) -> None:
    SearchIndex(path).rebuild([policy(), document("2")])
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE about SET value = 'another'")
    SearchIndex(path).put(document("3"))
    assert found(reader, "储水") == ["3", "2"]
    assert found(reader, "医保") == ["1001"]


def test_a_reader_cannot_write(path: Path, reader: SearchReader) -> None:
    SearchIndex(path).put(policy())
    connection = reader._current()
    assert connection is not None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM document")


def test_a_reader_without_leave_to_write_reads_what_is_published_later_too(path: Path) -> None:
    """The public process may belong to another user, who cannot make SQLite's own files beside the index."""
    SearchIndex(path).put(document("1"))
    answers, orders = os.pipe(), os.pipe()
    child = _other_user(lambda: _answer_twice(path, answers[1], orders[0]), path.parent)
    try:
        assert os.read(answers[0], 100) == b"['1'] complete"
        os.chmod(path.parent, 0o755)
        SearchIndex(path).put(document("2"))
        if os.getuid():
            os.chmod(path.parent, 0o555)
        os.write(orders[1], b"go")
        assert os.read(answers[0], 100) == b"['2', '1'] complete"
    finally:
        os.chmod(path.parent, 0o755)
        os.kill(child, signal.SIGKILL)  # it waits for an order that a failure never gives
        os.waitpid(child, 0)


def _answer_twice(path: Path, answers: int, orders: int) -> None:
    reader = SearchReader(path)
    for again in (True, False):
        answer = reader.search(Query("储水"))
        os.write(answers, f"{[hit.document.item for hit in answer.hits]} {answer.state}".encode())
        if again:
            os.read(orders, 10)


def _other_user(act: Callable[[], None], folder: Path) -> int:
    """A child without leave to write the folder: another user, or, where we are not root, the folder closed to us."""
    for above in folder.parents:
        if str(above).startswith(("/tmp/", "/dev/shm/")) and os.access(above, os.W_OK):
            os.chmod(above, 0o755)
    os.chmod(folder, 0o755 if os.getuid() == 0 else 0o555)
    child = os.fork()
    if child == 0:
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
            act()
        finally:
            os._exit(0)
    return child


WRITER = """
import sys
from pathlib import Path
from content.search import SearchIndex
from tests.content.search_office import document
index, step = SearchIndex(Path(sys.argv[1])), 0
print("ready", flush=True)
while True:
    step += 1
    if sys.argv[2] == "rebuild":
        index.rebuild(document(str(n), act=f"publish-{step}", text="储水" * 300) for n in range(1, 60))
    else:
        item = step % 20 + 1
        index.put(document(str(item), f"第{step}次", act=f"publish-{step}", text="储水" * 300))
        if step % 7 == 0:
            index.remove(str(item))
"""


@pytest.mark.kill
@pytest.mark.parametrize("work", ["put", "rebuild"])
def test_a_writer_that_is_killed_leaves_an_index_that_can_be_read_and_written(path: Path, work: str) -> None:
    SearchIndex(path).rebuild(document(str(n), text="储水") for n in range(1, 60))
    dice = random.Random(5)
    for _ in range(12):
        command = [sys.executable, "-c", WRITER, str(path), work]
        writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)})
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(dice.uniform(0.0, 0.25))
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        _is_whole(path)
    SearchIndex(path).put(document("77", text="收尾"))
    assert found(SearchReader(path), "收尾") == ["77"]
    assert len(list(path.parent.glob("index-*.sqlite"))) <= 2


def _is_whole(path: Path) -> None:
    """SQLite and FTS5 find nothing wrong, and documents and words agree."""
    reader = SearchReader(path)
    everything = reader.search(Query(""))
    assert everything.state is State.COMPLETE
    assert everything.total >= 30
    assert reader.search(Query("储水")).total == everything.total
    reader.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        for table in ("heading", "body", "bag"):
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
        connection.rollback()
