"""Handing copy over: whole or not at all, once, and provable afterwards; the same for a folder, SFTP, S3 and WebDAV, each a
real server on loopback."""

import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from channels.base import Refused, Unavailable, Unknown
from channels.drop import Drop, NameTaken, hidden_name
from channels.places.target import Target, address_of, open_target
from content.canonical import digest
from tests.channels.mirror_places import Cutter, DavPlace, Place, SftpPlace, free_port, running_places

FILES = {"script.txt": "口播稿".encode(), "pictures/01-图.png": b"picture" * 5000}
FACTS = {"reference": "TB-AAAA-BBBB-CCCC-DDDD"}
DIGEST = "1a" * 32
NAME = "1001-r1-publish-1a1a1a1a"
WHOLE = {*FILES, "manifest.json"}
NETWORKED = ("sftp", "s3", "webdav")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Place]]:
    with running_places(tmp_path_factory.mktemp("partners")) as make:
        yield make


@pytest.fixture(params=["local", *NETWORKED])
def place(request: pytest.FixtureRequest, servers: Any, tmp_path: Path) -> Place:
    return servers(request.param, f"{tmp_path.name}-{request.param}")


@pytest.fixture(params=NETWORKED)
def networked(request: pytest.FixtureRequest, servers: Any, tmp_path: Path) -> Place:
    return servers(request.param, f"{tmp_path.name}-{request.param}")


def drop_at(place: Place, tmp_path: Path, port: int | None = None, **changes: Any) -> Drop:
    options = place.options if port is None else place.through(port)
    address = address_of(str(options["mirror"]), "folder")

    def connect() -> Target:
        return open_target(address, options, place.secrets)

    return Drop(changes.get("connect", connect), tmp_path / "sent", str(address), place.secrets)


def deliver(drop: Drop, files: dict[str, bytes] = FILES, content: str = DIGEST, name: str = NAME) -> None:
    drop.deliver(name, content, files, FACTS)


def delivered_in(place: Place, name: str = NAME) -> dict[str, bytes]:
    return {path.removeprefix(f"{name}/"): data for path, data in place.tree().items() if path.startswith(f"{name}/")}


class Taking:
    """A partner's own connection to its place."""

    def __init__(self, place: Place) -> None:
        self.target = open_target(address_of(place.options["mirror"]), place.options, place.secrets)

    def take(self, name: str = NAME) -> None:
        self.target.discard(name)
        self.target.close()


# What arrives.


def test_a_delivery_appears_whole_with_a_manifest_of_digests(place: Place, tmp_path: Path) -> None:
    deliver(drop_at(place, tmp_path))
    found = delivered_in(place)
    manifest = json.loads(found.pop("manifest.json"))
    assert found == FILES
    assert {name: entry["sha256"] for name, entry in manifest["files"].items()} == {
        name: digest(data) for name, data in FILES.items()
    }
    assert (manifest["rendition"], manifest["reference"]) == (DIGEST, FACTS["reference"])


def test_nothing_hidden_is_left_behind(place: Place, tmp_path: Path) -> None:
    drop = drop_at(place, tmp_path)
    drop.ready()
    deliver(drop)
    assert set(delivered_in(place)) == WHOLE
    assert place.hidden() == []
    assert set(place.tree()) == {f"{NAME}/{path}" for path in WHOLE}


def test_delivering_twice_writes_nothing(place: Place, tmp_path: Path) -> None:
    drop = drop_at(place, tmp_path)
    deliver(drop)
    place.forget()
    deliver(drop)
    assert [path for path in place.written() if NAME in path] == []


def test_what_was_never_delivered_is_provably_absent(place: Place, tmp_path: Path) -> None:
    assert drop_at(place, tmp_path).delivered(NAME, DIGEST) is False


def test_a_taken_copy_is_held_as_delivered_and_not_resent(place: Place, tmp_path: Path) -> None:
    drop = drop_at(place, tmp_path)
    deliver(drop)
    Taking(place).take()
    assert drop.delivered(NAME, DIGEST) is True
    deliver(drop)
    assert delivered_in(place) == {}


def test_a_copy_that_is_taken_before_we_kept_our_mark_is_for_a_person_to_settle(place: Place, tmp_path: Path) -> None:
    drop = drop_at(place, tmp_path)
    deliver(drop)
    (drop.sent / f"{NAME}.delivered").unlink()
    Taking(place).take()
    for act in (lambda: drop.delivered(NAME, DIGEST), lambda: deliver(drop)):
        with pytest.raises(Unknown, match="核实"):
            act()
    assert delivered_in(place) == {}


# A name that is taken.


def test_a_name_taken_by_other_content_is_refused_and_left_alone(place: Place, tmp_path: Path) -> None:
    drop = drop_at(place, tmp_path)
    deliver(drop)
    with pytest.raises(NameTaken, match="内容不同"):
        deliver(drop, {"script.txt": b"other"}, "2b" * 32)
    assert delivered_in(place)["script.txt"] == FILES["script.txt"]


def test_a_name_taken_by_a_stranger_is_refused_and_left_alone(place: Place, tmp_path: Path) -> None:
    place.put(f"{NAME}/別人的.txt", b"theirs")
    with pytest.raises(NameTaken, match=r"占用|其他文件"):
        deliver(drop_at(place, tmp_path))
    assert place.tree() == {f"{NAME}/別人的.txt": b"theirs"}


def test_a_name_that_is_taken_in_the_last_moment_is_not_replaced(place: Place, tmp_path: Path) -> None:
    class Late:
        """Its own name for the delivery is taken while the files are on their way."""

        def __init__(self, target: Any) -> None:
            self.target = target

        def __getattr__(self, name: str) -> Any:
            if name in ("appear", "put_new"):
                place.put(f"{NAME}/manifest.json", b'{"rendition": "other"}')
            return getattr(self.target, name)

    options = place.options
    connect = lambda: Late(open_target(address_of(options["mirror"]), options, place.secrets))  # noqa: E731
    drop = drop_at(place, tmp_path, connect=connect)
    with pytest.raises(NameTaken, match="内容不同"):
        deliver(drop)
    assert delivered_in(place)["manifest.json"] == b'{"rendition": "other"}'


# What goes wrong on the way.


def test_a_place_that_does_not_answer_is_unavailable(networked: Place, tmp_path: Path) -> None:
    drop = drop_at(networked, tmp_path, free_port())
    for act in (drop.ready, lambda: deliver(drop), lambda: drop.delivered(NAME, DIGEST)):
        with pytest.raises(Unavailable, match="请检查"):
            act()
    assert not (drop.sent / NAME).exists()


def test_a_connection_that_is_cut_in_the_middle_leaves_nothing_public_and_the_next_attempt_delivers(
    networked: Place, tmp_path: Path
) -> None:
    large = {**FILES, "pictures/02.png": os.urandom(400_000)}
    cutter = Cutter(networked.port, 120_000)
    with pytest.raises(Unavailable):
        deliver(drop_at(networked, tmp_path, cutter.port), large)
    assert "manifest.json" not in delivered_in(networked)
    drop = drop_at(networked, tmp_path)
    assert drop.delivered(NAME, DIGEST) is False
    deliver(drop, large)
    assert set(delivered_in(networked)) == {*large, "manifest.json"}
    assert networked.hidden() == []


def test_an_answer_that_is_lost_after_the_last_step_is_unknown_then_found_and_not_resent(
    networked: Place, tmp_path: Path
) -> None:
    cutter = Cutter(networked.port, 1 << 30)
    ends = (f"/{NAME}", f"/{NAME}/manifest.json", f"/{hidden_name(NAME)}", f"/{hidden_name(NAME)}/")
    acts: list[str] = []

    def cut(act: str, path: str) -> None:
        if act in ("rename", "MOVE", "PUT") and path.endswith(ends):
            acts.append(act)
            cutter.close()

    networked.hears(cut)
    with pytest.raises(Unknown, match="应答丢失"):
        deliver(drop_at(networked, tmp_path, cutter.port))
    networked.hears(lambda act, path: None)
    assert len(acts) == 1
    assert set(delivered_in(networked)) == WHOLE
    networked.forget()
    drop = drop_at(networked, tmp_path)
    assert drop.delivered(NAME, DIGEST) is True
    deliver(drop)
    assert [path for path in networked.written() if NAME in path] == []


def test_an_answer_that_is_lost_and_a_copy_that_is_taken_is_for_a_person_to_settle(
    networked: Place, tmp_path: Path
) -> None:
    drop = drop_at(networked, tmp_path)
    deliver(drop)
    (drop.sent / f"{NAME}.delivered").unlink()
    Taking(networked).take()
    with pytest.raises(Unknown):
        drop.delivered(NAME, DIGEST)


def test_a_full_disk_over_there_leaves_nothing_public_and_is_tried_again(servers: Any, tmp_path: Path) -> None:
    for kind in ("sftp", "webdav"):
        place = servers(kind, f"{tmp_path.name}-full-{kind}")
        drop = drop_at(place, tmp_path / kind)
        place.fails(lambda path: "full")
        with pytest.raises(Unavailable, match=r"磁盘|space"):
            deliver(drop)
        assert delivered_in(place) == {}
        place.fails(lambda path: "")
        deliver(drop)
        assert set(delivered_in(place)) == WHOLE


def test_a_server_that_gives_no_leave_is_told_with_the_way_to_mend_it(networked: Place, tmp_path: Path) -> None:
    networked.fails(lambda path: "denied")
    drop = drop_at(networked, tmp_path)
    with pytest.raises(Unavailable, match="权限"):
        drop.ready()
    networked.fails(lambda path: "")
    drop.ready()


def test_a_wrong_password_is_told_and_stands_in_no_message(servers: Any, tmp_path: Path) -> None:
    place = servers("sftp", f"{tmp_path.name}-password")
    wrong = "wrong-密码-5511"
    place.secrets = {"password": wrong}
    with pytest.raises(Unavailable, match="密码") as problem:
        drop_at(place, tmp_path).ready()
    assert wrong not in repr(problem.value)


def test_a_server_with_another_key_gets_nothing(servers: Any, tmp_path: Path) -> None:
    place: SftpPlace = servers("sftp", f"{tmp_path.name}-key")
    place.options = {**place.options, "host_key": "SHA256:" + "A" * 43}
    with pytest.raises(Unavailable, match="未发送任何凭据"):
        drop_at(place, tmp_path).ready()


def test_our_own_full_disk_leaves_nothing_public(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drop = drop_at(place, tmp_path)
    drop.sent.mkdir()
    (drop.sent / hidden_name(NAME)).write_bytes(b"a file where a folder is needed: as bad as a full disk")
    with pytest.raises(Unavailable):
        deliver(drop)
    assert "manifest.json" not in delivered_in(place)
    (drop.sent / hidden_name(NAME)).unlink()
    deliver(drop)
    assert set(delivered_in(place)) == WHOLE


def test_a_folder_that_is_not_there_is_named_with_the_way_to_mend_it(servers: Any, tmp_path: Path) -> None:
    for kind in ("local", "sftp", "webdav"):
        place = servers(kind, f"{tmp_path.name}-gone-{kind}")
        place.options = {**place.options, "mirror": f"{place.options['mirror']}/nowhere"}
        with pytest.raises(Unavailable, match="请先建立"):
            drop_at(place, tmp_path / kind).ready()


def test_a_huge_manifest_in_its_place_is_not_read(place: Place, tmp_path: Path) -> None:
    place.put(f"{NAME}/manifest.json", b"[" * (2 << 20))
    with pytest.raises(NameTaken, match="内容不同"):
        deliver(drop_at(place, tmp_path))


def test_lacking_credentials_are_refused_by_name(networked: Place, tmp_path: Path) -> None:
    networked.secrets = {}
    with pytest.raises(Refused, match=r"password|access_key"):
        drop_at(networked, tmp_path).ready()


@pytest.mark.parametrize("method", ["PROPFIND", "GET"])
def test_a_look_that_fails_over_there_is_repeated(servers: Any, tmp_path: Path, method: str) -> None:
    place: DavPlace = servers("webdav", f"{tmp_path.name}-looks-{method}")
    drop = drop_at(place, tmp_path)
    deliver(drop)
    place.breaks(method, 2)
    assert drop.delivered(NAME, DIGEST) is True
    assert place.asked(method) >= 3


def test_a_look_that_always_fails_is_told_and_comes_to_an_end(servers: Any, tmp_path: Path) -> None:
    place: DavPlace = servers("webdav", f"{tmp_path.name}-never")
    place.breaks("PROPFIND", 5)
    with pytest.raises(Unavailable, match=r"服务器应答 500.*请检查"):
        drop_at(place, tmp_path).ready()
    assert place.asked("PROPFIND") == 3


def test_what_changes_something_over_there_is_never_repeated(servers: Any, tmp_path: Path) -> None:
    place: DavPlace = servers("webdav", f"{tmp_path.name}-once")
    drop = drop_at(place, tmp_path)
    for method, failures in (("MKCOL", 1), ("PUT", 2), ("MOVE", 1)):
        place.forget()
        place.breaks(method, failures)
        with pytest.raises(Unavailable):
            deliver(drop)
        assert place.asked(method) == 1


# On this machine: kills, and a partner that is quick.


@pytest.fixture
def local(servers: Any, tmp_path: Path) -> Place:
    return servers("local", f"{tmp_path.name}-交接 目录")


def killed_at(drop: Drop, step: int) -> bool:
    """Delivers in a child that dies by SIGKILL before its *step*-th sync or rename; True when it died there."""
    child = os.fork()
    if child == 0:
        left = [step]

        def counted(real: Callable[..., object]) -> Callable[..., object]:
            def call(*given: object, **named: object) -> object:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return real(*given, **named)

            return call

        os.fsync = counted(os.fsync)  # type: ignore[assignment]
        os.rename = counted(os.rename)  # type: ignore[assignment]
        os.replace = counted(os.replace)  # type: ignore[assignment]
        os.mkdir = counted(os.mkdir)  # type: ignore[assignment]
        try:
            deliver(drop)
        except BaseException:
            os._exit(3)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_killed_at_any_step_it_is_delivered_exactly_once_and_never_in_part(servers: Any, tmp_path: Path) -> None:
    step, died = 0, True
    while died:
        step += 1
        place = servers("local", f"{tmp_path.name}-kill-{step}")
        drop = drop_at(place, tmp_path / str(step))
        died = killed_at(drop, step)
        assert set(delivered_in(place)) in (set(), WHOLE)
        if not drop.delivered(NAME, DIGEST):
            assert delivered_in(place) == {}
            deliver(drop)
        assert set(place.tree()) == {f"{NAME}/{path}" for path in WHOLE}
        assert place.hidden() == []
        assert drop.delivered(NAME, DIGEST) is True
    assert step > 15


def test_a_partner_that_grabs_at_once_never_sees_a_part_of_it(local: Place, tmp_path: Path) -> None:
    seen: list[set[str]] = []
    stop = threading.Event()
    root = Path(local.options["mirror"].removeprefix("file://"))

    def grab() -> None:
        while not stop.is_set():
            for folder in root.glob("[!.]*"):
                seen.append({path.name for path in folder.rglob("*.*")})
                folder.rename(tmp_path / f"taken-{len(seen)}")

    drop = drop_at(local, tmp_path)
    partner = threading.Thread(target=grab)
    partner.start()
    try:
        for number in range(20):
            deliver(drop, name=f"{NAME}{number}")
    finally:
        stop.set()
        partner.join()
    assert all(names == {"script.txt", "01-图.png", "manifest.json"} for names in seen)
    assert all(drop.delivered(f"{NAME}{number}", DIGEST) for number in range(20))


def test_our_record_survives_what_the_partner_does_to_its_files(local: Place, tmp_path: Path) -> None:
    drop = drop_at(local, tmp_path)
    deliver(drop)
    local.put(f"{NAME}/script.txt", "改过的稿子".encode())
    (Path(local.options["mirror"].removeprefix("file://")) / NAME / "manifest.json").unlink()
    assert (drop.sent / NAME / "script.txt").read_bytes() == FILES["script.txt"]
    assert drop.delivered(NAME, DIGEST) is True
    shutil.rmtree(drop.sent)
    with pytest.raises(NameTaken, match="没有交接清单"):
        drop.delivered(NAME, DIGEST)


def test_an_attempt_that_outlives_its_claim_is_not_overtaken(place: Place, tmp_path: Path) -> None:
    """A slow line: while the first attempt is at work, a second one neither sends nor says that nothing was sent."""
    begun, go_on = threading.Event(), threading.Event()

    class Slow:
        def __init__(self, target: Any) -> None:
            self.target = target

        @property
        def write(self) -> Any:
            begun.set()
            go_on.wait(20)
            return self.target.write

        def __getattr__(self, name: str) -> Any:
            return getattr(self.target, name)

    connect = lambda: Slow(open_target(address_of(place.options["mirror"]), place.options, place.secrets))  # noqa: E731
    first = threading.Thread(target=deliver, args=(drop_at(place, tmp_path, connect=connect),))
    first.start()
    assert begun.wait(20)
    second = drop_at(place, tmp_path)
    for act in (lambda: deliver(second), lambda: second.delivered(NAME, DIGEST)):
        with pytest.raises(Unavailable, match="占用"):
            act()
    go_on.set()
    first.join()
    assert second.delivered(NAME, DIGEST) is True
    assert set(delivered_in(place)) == WHOLE


class Killed(BaseException):
    """The process ends here."""


class Dying:
    """A target whose process dies before its *step*-th act, or right after it when the answer has not been read."""

    def __init__(self, target: Any, steps: list[int], *, after: bool) -> None:
        self._target, self._steps, self._after = target, steps, after

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._target, name)
        if name not in ("write", "discard", "appear", "put_new"):
            return real

        def act(*given: Any) -> Any:
            self._steps[0] -= 1
            if self._steps[0] == 0 and not self._after:
                raise Killed
            done = real(*given)
            if self._steps[0] == 0:
                raise Killed
            return done

        return act


@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_act_over_a_network_it_is_delivered_exactly_once(
    networked: Place, tmp_path: Path, after: bool
) -> None:
    step, died = 0, True
    while died:
        step += 1
        name, steps = f"{NAME}{step}", [step]

        def connect(steps: list[int] = steps) -> Any:
            target = open_target(address_of(networked.options["mirror"]), networked.options, networked.secrets)
            return Dying(target, steps, after=after)

        try:
            deliver(drop_at(networked, tmp_path, connect=connect), name=name)
            died = False
        except Killed:
            assert set(delivered_in(networked, name)) == WHOLE or "manifest.json" not in delivered_in(networked, name)
        drop = drop_at(networked, tmp_path)
        if not drop.delivered(name, DIGEST):
            assert "manifest.json" not in delivered_in(networked, name)
            deliver(drop, name=name)
        assert set(delivered_in(networked, name)) == WHOLE
        assert drop.delivered(name, DIGEST) is True
    assert step > 3
    assert networked.hidden() == []


def test_many_that_prepare_at_once_are_all_ready(tmp_path: Path) -> None:
    """Two items of one run are prepared for the same partner at the same moment."""
    drop = Drop(lambda: open_target(address_of(str(tmp_path / "drop")), {}, {}), tmp_path / "sent", "drop", {})
    (tmp_path / "drop").mkdir()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: drop.ready(), range(64))) == [None] * 64
    assert list((tmp_path / "drop").iterdir()) == []
