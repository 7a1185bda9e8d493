"""A step's keys run exactly once each, whoever takes them; no Prefect server is needed here."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = [pytest.mark.engine, pytest.mark.prefect]  # importing it takes seconds


@given(
    keys=st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=8, unique=True),
    takers=st.lists(st.sampled_from("abcdefgh"), max_size=20),
)
@settings(max_examples=40, deadline=None)
def test_every_key_runs_once_however_often_it_is_taken(keys, takers):
    from flows import broadcast

    ran, lock = [], threading.Lock()

    def work(key):
        with lock:
            ran.append(key)
        return key.upper()

    batch = broadcast.Batch("release", work, keys)
    threads = [threading.Thread(target=batch.perform, args=(key,)) for key in takers if key in keys]
    for thread in threads:
        thread.start()
    outcomes = batch.finish()
    for thread in threads:
        thread.join()
    assert sorted(ran) == sorted(keys)
    assert outcomes == {key: key.upper() for key in keys}


def test_what_prefect_never_starts_runs_without_it():
    from flows import broadcast

    runner = broadcast.FlowRunner({"do": "work"}, lambda: False, lazy=True)
    runner.session.begin = lambda: None
    began = time.process_time()
    assert runner.each("prepare", lambda key: key * 2, ["b", "a"]) == ["bb", "aa"]
    assert runner.each("prepare", lambda key: key, []) == []
    assert time.process_time() - began < 1


def test_work_that_raises_raises_where_the_step_was_asked_for():
    from flows import broadcast

    def work(key):
        raise KeyError(key)

    with pytest.raises(KeyError):
        broadcast.Batch("prepare", work, ["1"]).finish()


def test_a_warning_is_added_to_those_that_are_there():
    from flows import broadcast

    assert broadcast.with_warning({"warnings": ["a"]}, "b")["warnings"] == ["a", "b"]
    assert broadcast.with_warning({}, "b")["warnings"] == ["b"]


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (None, "Broken"),
        ({"state": "refused"}, "Refused"),
        ({"exit": 1}, "Refused"),
        ({"state": "partial", "exit": 3}, "Partial"),
        ({"state": "synchronised", "exit": 0}, "Completed"),
    ],
)
def test_prefect_shows_how_an_order_ended(result, state):
    from flows import broadcast

    assert broadcast._verdict(result).name == state
