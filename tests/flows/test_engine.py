"""The engine as a real process with a real Prefect server; what it carries out is work of our own."""

import base64
import http.client
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from flows import engine_client, processes

pytestmark = pytest.mark.engine

_spec = importlib.util.spec_from_file_location("engine_process", Path(__file__).with_name("engine_process.py"))
helper = importlib.util.module_from_spec(_spec)
sys.modules["engine_process"] = helper
_spec.loader.exec_module(helper)


def quiet(event):
    """Nobody listens to the progress."""


def make_home(folder):
    home = folder / "荆州市人民政府 信息公开办公室" / ("深" * 40) / "工作区 一"
    home.mkdir(parents=True)
    assert len(bytes(home)) > 108
    return home


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    home = make_home(tmp_path_factory.mktemp("engine"))
    running = helper.Place(home)
    engine_client.start_engine(running, command=helper.command(home))
    yield running
    outcome = engine_client.stop(running, timeout=10)
    assert outcome["how"] == "asked"
    assert helper.wait_for(lambda: not helper.processes_of(home), 5), "a process is left behind"
    assert not (home / "run" / "engine.sock").exists()


def done(place, mark):
    """Which keys ran under this mark, one entry per time."""
    log = place.home / "done.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [line.split()[1] for line in lines if line.split()[0] == mark]


def work(place, mark, keys, report=quiet, **more):
    return engine_client.order(place, {"do": "work", "mark": mark, "keys": keys, **more}, report, start=False)


def prefect(place, path, body):
    """What Prefect's API answers; its auth string is the operator's."""
    port = int(engine_client.ping(place)["prefect"].rpartition(":")[2])
    auth = base64.b64encode((place.run_folder / "prefect.auth").read_text().strip().encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Authorization": f"Basic {auth}", "Content-Type": "application/json"}
    connection.request("POST", f"/api/{path}", json.dumps(body), headers)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    return json.loads(answer.read())


def test_ping_tells_version_process_and_address(place):
    status = engine_client.ping(place)
    assert status["state"] == "ready"
    assert status["pid"] == processes.read_identity(place.run_folder / "engine.pid").pid
    assert status["prefect"].startswith("http://127.0.0.1:")
    assert status["uptime"] > 0
    assert engine_client.is_running(place)


def test_a_second_engine_on_the_same_workspace_is_refused_and_told_who_is_there(place):
    second = subprocess.run(helper.command(place.home), check=False, capture_output=True, text=True, timeout=30)
    assert second.returncode == 1
    assert str(engine_client.ping(place)["pid"]) in second.stdout


def test_an_order_streams_its_progress_and_gives_its_result(place):
    events = []
    result = work(place, "stream", ["1", "2", "3"], events.append)
    assert result["done"] == ["1", "2", "3"]
    assert "warnings" not in result
    assert sorted(event["delivery"] for event in events) == ["1", "2", "3"]
    assert sorted(done(place, "stream")) == ["1", "2", "3"]


def test_prefect_shows_the_run_with_ids_only_and_the_receipts_as_a_table(place):
    work(place, "shown", ["web", "weibo"])
    runs = prefect(place, "flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 1})
    assert runs[0]["state"]["type"] == "COMPLETED"
    assert runs[0]["parameters"]["order"]["keys"] == ["web", "weibo"]
    shown = prefect(place, "artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [runs[0]["id"]]}}})
    assert [row["outlet"] for row in json.loads(shown[0]["data"])] == ["web", "weibo"]
    assert shown[0]["key"] == "receipts"
    tasks = {"flow_runs": {"id": {"any_": [runs[0]["id"]]}}}
    names = helper.wait_for(lambda: {run["name"] for run in prefect(place, "task_runs/filter", tasks)}, 10)
    assert names == {"work web", "work weibo"}


def test_a_refused_order_is_failed_in_prefect_and_a_result_to_the_caller(place):
    assert work(place, "no", ["1"], state="refused")["state"] == "refused"
    runs = prefect(place, "flow_runs/filter", {"sort": "START_TIME_DESC", "limit": 1})
    assert (runs[0]["state"]["type"], runs[0]["state"]["name"]) == ("FAILED", "Refused")


def test_all_keys_of_a_step_begin_together(place):
    work(place, "together", [str(number) for number in range(8)], sleep=3)
    lines = [line.split() for line in (place.home / "done.log").read_text().splitlines()]
    moments = [float(moment) for mark, _, moment in lines if mark == "together"]
    assert len(moments) == 8
    assert max(moments) - min(moments) < 3, "one waited until another had ended"


def test_a_quick_order_does_not_wait_for_a_slow_one(place):
    slow = threading.Thread(target=work, args=(place, "slow", ["1"]), kwargs={"sleep": 6})
    slow.start()
    work(place, "quick", ["1"])
    assert slow.is_alive()
    slow.join()
    assert (done(place, "slow"), done(place, "quick")) == (["1"], ["1"])


def test_a_client_that_vanishes_does_not_stop_the_work(place):
    connection = processes.connect_to(place.run_folder, "engine.sock", 5)
    connection.sendall(json.dumps({"do": "work", "mark": "gone", "keys": ["1", "2"], "sleep": 1}).encode() + b"\n")
    time.sleep(0.2)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()
    assert helper.wait_for(lambda: sorted(done(place, "gone")) == ["1", "2"], 10)
    assert engine_client.is_running(place)


def test_the_clock_does_what_is_due(place):
    (place.home / "due").touch()
    assert helper.wait_for(lambda: done(place, "tick") == ["due"], 10)


def test_upkeep_goes_on_by_itself_and_holds_up_neither_the_clock_nor_an_order(place):
    def times():
        log = place.home / "upkeep.log"
        return len(log.read_text().splitlines()) if log.exists() else 0

    (place.home / "break").touch()
    assert helper.wait_for(lambda: times() >= 2, 10), "an error does not end it"
    (place.home / "break").unlink()
    (place.home / "hang").touch()
    seen = times()
    assert helper.wait_for(lambda: times() > seen, 10)
    time.sleep(0.5)
    stuck = times()
    (place.home / "due").touch()
    before = len(done(place, "tick"))
    assert helper.wait_for(lambda: len(done(place, "tick")) > before, 10)
    work(place, "beside", ["1"])
    assert done(place, "beside") == ["1"]
    assert times() == stuck


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"nonsense\n", "no line of JSON"),
        (b"[1]\n", "a JSON object"),
        (b'{"do": 3}\n', "a JSON object"),
        (b"[" * 60_000 + b"\n", "no line of JSON"),
        (b" " * 70_000 + b"\n", "too long"),
    ],
)
def test_a_request_that_makes_no_sense_gets_a_line_that_says_why(place, sent, said):
    with processes.connect_to(place.run_folder, "engine.sock", 5) as connection:
        connection.sendall(sent)
        assert said in json.loads(connection.makefile("rb").readline())["error"]


def test_an_order_that_breaks_is_told_so_and_the_engine_lives_on(place):
    with pytest.raises(engine_client.OrderFailed, match="broken on purpose"):
        engine_client.order(place, {"do": "break"}, quiet, start=False)
    assert engine_client.is_running(place)


def test_without_prefect_orders_are_carried_out_with_a_warning_until_it_is_back(place):
    server = next(pid for pid in prefect_servers(place.home))
    os.kill(server, signal.SIGKILL)
    result = work(place, "killed", ["1", "2"])
    assert result["done"] == ["1", "2"]
    assert "ledger" in result["warnings"][0]
    for part in place.prefect_home.glob("prefect.db*"):
        part.unlink()
    assert helper.wait_for(lambda: engine_client.ping(place)["prefect"], 150)
    assert "warnings" not in work(place, "back", ["1"])
    assert sorted(done(place, "killed")) == ["1", "2"]


def prefect_servers(home):
    return [pid for pid in helper.processes_of(home) if b"uvicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_prefect_killed_in_the_middle_of_an_order_changes_nothing_for_the_order(place):
    threading.Timer(1.0, lambda: os.kill(prefect_servers(place.home)[0], signal.SIGKILL)).start()
    began = time.monotonic()
    result = work(place, "middle", ["1", "2", "3"], sleep=2)
    assert result["done"] == ["1", "2", "3"]
    assert result["warnings"]
    assert sorted(done(place, "middle")) == ["1", "2", "3"]
    assert time.monotonic() - began < 20


def test_after_a_kill_nothing_is_left_and_the_next_order_starts_an_engine_again(tmp_path):
    home = make_home(tmp_path)
    place, said = helper.Place(home), []
    command = helper.command(home)
    assert not engine_client.is_running(place)
    with pytest.raises(engine_client.EngineUnreachable):
        engine_client.order(place, {"do": "work"}, quiet, start=False)

    engine_client.start_engine(place, command=command)
    order = threading.Thread(target=lost_order, args=(place, said))
    order.start()
    running = {"flow_runs": {"state": {"type": {"any_": ["RUNNING"]}}}}
    assert helper.wait_for(lambda: prefect(place, "flow_runs/filter", running), 25), "Prefect knows of no order"
    assert engine_client.ping(place)["running"]
    os.kill(engine_client.ping(place)["pid"], signal.SIGKILL)
    order.join(10)
    assert helper.wait_for(lambda: not helper.processes_of(home), 5), helper.processes_of(home)
    assert [type(problem) for problem in said] == [engine_client.EngineUnreachable]
    assert (home / "run" / "engine.sock").exists()

    told = []
    request = {"do": "work", "mark": "again", "keys": ["1"]}
    assert engine_client.order(place, request, quiet, said=told.append, command=command)["done"] == ["1"]
    assert "tongbu stop" in told[-1]
    states = prefect(place, "flow_runs/filter", {"sort": "START_TIME_ASC", "limit": 1})[0]["state"]
    assert states["type"] == "CRASHED"

    os.kill(engine_client.ping(place)["pid"], signal.SIGTERM)
    assert helper.wait_for(lambda: not helper.processes_of(home), 15)
    assert engine_client.stop(place) == {"stopped": True, "how": "not running", "pid": None}


def lost_order(place, said):
    try:
        work(place, "lost", ["1"], sleep=30)
    except engine_client.EngineUnreachable as problem:
        said.append(problem)


def test_an_engine_that_cannot_start_says_why(tmp_path):
    place = helper.Place(tmp_path)
    with pytest.raises(engine_client.EngineUnreachable, match="no luck today"):
        engine_client.start_engine(place, command=[sys.executable, "-c", "raise SystemExit('no luck today')"])


def test_a_pid_file_of_another_process_gets_nobody_killed(tmp_path):
    place = helper.Place(tmp_path)
    place.run_folder.mkdir()
    own = processes.identity_of(os.getpid())
    stale = processes.Identity(own.pid, own.started - 1, own.boot)
    (place.run_folder / "engine.pid").write_text(stale.dump())
    assert engine_client.stop(place)["how"] == "not running"
