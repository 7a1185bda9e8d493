"""A site's mirror, the same for all four kinds of target, each a real server on loopback."""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

from channels.base import ChannelError, Refused, Unavailable, Unknown
from channels.files import folder_lock
from channels.mirror import Difference
from channels.mirror.marker import MARKER
from channels.places.target import aside
from content.canonical import digest
from content.delivery import Prepared
from content.vocabulary import Action, State
from tests.channels import site_bench as given
from tests.channels.mirror_places import Place, cutting, free_port, running_places
from tests.channels.mirror_site import MirroredSite

NETWORKED = ("sftp", "s3", "webdav")
STRANGE = "zcwj/202611/t20261123_1001/attachments/附件 1（100% #1 & 其他）.pdf"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Place]]:
    with running_places(tmp_path_factory.mktemp("targets")) as make:
        yield make


@pytest.fixture
def place_of(servers, tmp_path):
    return lambda kind: servers(kind, f"{tmp_path.name}-{kind}")


@pytest.fixture(params=["local", *NETWORKED])
def place(request, place_of) -> Place:
    return place_of(request.param)


@pytest.fixture(params=NETWORKED)
def networked(request, place_of) -> Place:
    return place_of(request.param)


def site_of(tmp_path: Path, place: Place, **changes) -> MirroredSite:
    return MirroredSite(tmp_path / "site", place.options, place.secrets, **changes)


def some(count: int, size: int = 2000, mark: str = "x") -> dict[str, bytes]:
    return {f"zcwj/202611/t20261123_{serial}.html": f"{mark}{serial}".encode() * (size // 5) for serial in range(count)}


# What arrives.


def test_a_publication_arrives_byte_for_byte_and_is_live(tmp_path, place):
    site = site_of(tmp_path, place)
    website = site.website()
    work = given.delivery(given.item(), "website")
    revision = given.with_files(given.policy(), website.bench.assets)
    made, receipt = given.send(website, work, revision)
    assert place.tree() == site.tree()
    assert any(path.startswith("zcwj/202611/t20261123_1001/attachments/") for path in place.tree())
    assert place.hidden() == [MARKER]
    assert website.follow(work, made, receipt).state is State.LIVE
    assert website.find(work, made).state is State.LIVE


def test_only_what_changed_is_uploaded_at_the_next_publication(tmp_path, place):
    site = site_of(tmp_path, place)
    site.send(given.delivery(given.item(), "website"), given.policy())
    before = site.tree()
    place.forget()
    site.send(given.delivery(given.item(1002, "bmgg"), "website", at=given.later(1)), given.notice(1))
    changed = {path for path, data in site.tree().items() if before.get(path) != data}
    assert sorted(place.written()) == sorted(changed)
    assert 0 < len(changed) < len(site.tree())
    assert place.tree() == site.tree()


def test_what_a_withdrawal_removes_vanishes(tmp_path, place):
    site = site_of(tmp_path, place)
    website, item = site.website(), given.item()
    revision = given.with_files(given.policy(), website.bench.assets)
    given.send(website, given.delivery(item, "website"), revision)
    attachments = [path for path in place.tree() if "/attachments/" in path]
    withdraw = given.delivery(item, "website", Action.WITHDRAW, at=given.later(5))
    given.send(website, withdraw, revision, "误发")
    assert attachments
    assert not set(attachments) & set(place.tree())
    assert place.tree() == site.tree()


def test_a_name_with_chinese_characters_and_marks_arrives_and_goes(tmp_path, place):
    site = site_of(tmp_path, place)
    site.write({STRANGE: b"%PDF", "topic/乡村 振兴/index.html": b"<p>"})
    site.carry()
    assert place.get(STRANGE) == b"%PDF"
    assert place.tree() == site.tree()
    site.write({}, (STRANGE,))
    site.carry()
    assert place.get(STRANGE) is None


def test_every_file_has_its_type_and_its_caching(tmp_path, place_of):
    place = place_of("s3")
    site = site_of(tmp_path, place)
    site.write({"index.html": b"1", "feeds/all.atom.xml": b"2", "static/site-0a1b.css": b"3", STRANGE: b"4"})
    site.carry()
    said = {path: place.headers(path) for path in site.tree()}
    assert said["index.html"]["content-type"] == "text/html; charset=utf-8"
    assert said["feeds/all.atom.xml"]["content-type"] == "application/atom+xml; charset=utf-8"
    assert said["static/site-0a1b.css"]["content-type"] == "text/css; charset=utf-8"
    assert said[STRANGE]["content-type"] == "application/pdf"
    assert said[STRANGE]["content-disposition"] == "attachment"
    assert said["index.html"]["cache-control"] == "no-cache"
    assert said["static/site-0a1b.css"]["cache-control"] == "public, max-age=31536000, immutable"


def test_webdav_is_told_the_type(tmp_path, place_of):
    place = place_of("webdav")
    site = site_of(tmp_path, place)
    site.write({"index.html": b"1", "app/feed.json": b"{}"})
    site.carry()
    assert place.media_type("app/feed.json") == "application/feed+json; charset=utf-8"
    assert place.media_type("index.html") == "text/html; charset=utf-8"


def test_what_is_named_stands_before_what_names_it_and_removals_come_last(tmp_path, place_of):
    place = place_of("sftp")
    site = site_of(tmp_path, place)
    in_order = ["static/a-01.css", "zcwj/202611/t20261123_1/pictures/p.png", "zcwj/202611/t20261123_1.html"]
    in_order += ["zcwj/page-1.html", "zcwj/index.html", "feeds/all.rss.xml", "index.html", "robots.txt", "sitemap.xml"]
    site.write({path: path.encode() for path in reversed(in_order)})
    site.carry()
    assert place.written() == in_order


def test_a_hidden_file_and_what_a_link_leads_to_are_never_uploaded(tmp_path, place):
    site = site_of(tmp_path, place)
    site.write({"index.html": b"home", "about.html": b"about"})
    base = site.public.path.resolve()
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"about")
    (base / ".env").write_bytes(b"hidden")
    (base / "stray.html").write_bytes(b"nobody published this")
    (base / "about.html").unlink()
    (base / "about.html").symlink_to(secret)
    done = site.carry()
    assert place.tree() == {"index.html": b"home"}
    assert place.hidden() == [MARKER]
    assert done.left == ["about.html"]


def test_a_file_that_was_altered_on_the_disk_is_not_carried(tmp_path, place):
    site = site_of(tmp_path, place)
    site.write({"index.html": b"home", "about.html": b"about"})
    (site.public.path / "about.html").write_bytes(b"hijacked")
    assert site.carry().left == ["about.html"]
    assert place.tree() == {"index.html": b"home"}
    assert site.pending() == ["about.html"]
    site.write({"about.html": b"about, put right"})
    assert site.carry().left == []
    assert place.tree() == site.tree()


# Whose mirror it is.


def test_a_site_that_exists_already_is_carried_whole_once(tmp_path, place):
    site = site_of(tmp_path, place)
    site.write(some(5))
    site.files.settled(site.pending())
    assert site.carry().uploaded == 5
    assert place.tree() == site.tree()
    assert site.carry().uploaded == 0


def test_another_sites_mirror_is_refused_and_left_alone(tmp_path, place):
    other = MirroredSite(tmp_path / "other", place.options, place.secrets, identity="www.shashi.gov.cn")
    other.write({"index.html": b"theirs"})
    other.carry()
    site = site_of(tmp_path, place)
    website, work = site.website(), given.delivery(given.item(), "website")
    made = website.render(work.item, given.policy())
    with pytest.raises(Refused, match=r"www\.shashi\.gov\.cn"):
        website.prepare(work, made)
    with pytest.raises(Refused, match=r"www\.shashi\.gov\.cn"):
        site.carry(everything=True)
    assert place.tree() == {"index.html": b"theirs"}


def test_a_rehearsal_never_overwrites_the_real_site(tmp_path, place):
    site = site_of(tmp_path, place)
    site.write({"index.html": b"real"})
    site.carry()
    rehearsal = MirroredSite(tmp_path / "rehearsal", place.options, place.secrets, rehearsal=True)
    rehearsal.write({"index.html": b"rehearsed"})
    with pytest.raises(Refused, match="属于另一个网站"):
        rehearsal.carry()
    assert place.get("index.html") == b"real"


def test_a_folder_with_files_but_no_marker_is_taken_over_only_when_asked(tmp_path, place):
    place.put("index.html", b"an old site")
    site = site_of(tmp_path, place)
    site.write({"index.html": b"ours"})
    with pytest.raises(Refused, match="--all"):
        site.carry()
    assert place.get("index.html") == b"an old site"
    site.carry(everything=True)
    assert place.get("index.html") == b"ours"


def test_a_mirror_that_was_left_for_another_is_carried_whole_when_it_is_used_again(tmp_path, servers):
    first, second = servers("local", f"{tmp_path.name}-1"), servers("local", f"{tmp_path.name}-2")
    site = site_of(tmp_path, first)
    site.write({"index.html": b"old", "about.html": b"about"})
    site.carry()
    elsewhere = site_of(tmp_path, second)
    elsewhere.write({"index.html": b"new"})
    elsewhere.carry()
    site.carry()
    assert first.tree() == second.tree() == site.tree()


def test_a_rebuilt_site_is_carried_by_its_differences(tmp_path, place):
    site = site_of(tmp_path, place)
    site.write({"index.html": b"old", "about.html": b"about", "gone.html": b"gone"})
    site.carry()
    place.forget()
    rebuilt = {"index.html": b"new", "about.html": b"about"}
    with folder_lock(site.folder):
        folder = site.public.generation_path(2)
        folder.mkdir()
        for path, data in rebuilt.items():
            (folder / path).write_bytes(data)
        site.files.fill(2, {path: digest(data) for path, data in rebuilt.items()}, "website-main")
        site.public.switch(2)
    site.carry()
    assert place.tree() == rebuilt
    assert place.written() == ["index.html"]
    assert site.carry().uploaded == 0


# What goes wrong.


def test_a_cut_connection_is_unknown_and_the_next_run_goes_on(tmp_path, networked):
    files = some(60)
    site = site_of(tmp_path, networked)
    site.write(files)
    with cutting(networked.port, 100_000) as port:
        cut = MirroredSite(tmp_path / "site", networked.through(port), networked.secrets)
        with pytest.raises(Unknown, match="继续"):
            cut.carry()
    left = site.pending()
    assert 0 < len(left) < 60
    assert all(data == files[path] for path, data in networked.tree().items())
    networked.forget()
    site.carry()
    assert set(networked.written()) <= set(left)
    assert networked.tree() == site.tree()
    assert networked.hidden() == [MARKER]


def test_a_release_that_is_cut_is_released_again_until_it_is_live(tmp_path, networked):
    site = site_of(tmp_path, networked)
    site.send(given.delivery(given.item(), "website"), given.policy())
    website, work = site.website(), given.delivery(given.item(1002, "bmgg"), "website", at=given.later(1))
    made = website.render(work.item, given.with_files(given.notice(1), website.bench.assets))
    prepared = website.prepare(work, made)
    with cutting(networked.port, 20_000) as port:
        cut = MirroredSite(tmp_path / "site", networked.through(port), networked.secrets)
        with pytest.raises(Unknown):
            cut.website().release(work, made, prepared)
    assert website.find(work, made) is None
    accepted = website.release(work, made, website.prepare(work, made))
    assert website.follow(work, made, accepted).state is State.LIVE
    assert networked.tree() == site.tree()


def test_what_waits_for_the_mirror_is_not_live(tmp_path, place):
    site = site_of(tmp_path, place)
    website, work = site.website(), given.delivery(given.item(), "website")
    made, accepted = given.send(website, work, given.policy())
    page = (site.public.path / work.item.address).read_bytes()
    site.write({work.item.address: b"in between"})
    site.write({work.item.address: page})
    assert website.find(work, made) is None
    assert website.follow(work, made, accepted).state is State.ACCEPTED
    site.carry()
    assert website.follow(work, made, accepted).state is State.LIVE


def test_a_mirror_that_does_not_answer_is_unavailable_and_nothing_is_written(tmp_path, networked):
    site = MirroredSite(tmp_path / "site", networked.through(free_port()), networked.secrets)
    website, work = site.website(), given.delivery(given.item(), "website")
    made = website.render(work.item, given.policy())
    with pytest.raises(Unavailable):
        website.prepare(work, made)
    with pytest.raises(Unavailable):
        website.release(work, made, Prepared())
    assert not website.public.exists()


@pytest.mark.parametrize("kind", ["sftp", "webdav"])
def test_a_wrong_password_is_refused_and_stands_in_no_message(tmp_path, place_of, kind):
    place = place_of(kind)
    wrong = "wrong-密码-5511"
    site = MirroredSite(tmp_path / "site", place.options, {"password": wrong})
    with pytest.raises(Refused) as refused:
        site.mirror.check()
    assert wrong not in f"{refused.value!r} {site.mirror!r} {refused.value.__cause__!r}"
    assert "请" in str(refused.value)


@pytest.mark.parametrize("kind", NETWORKED)
def test_a_server_that_never_answers_is_unavailable_in_time(tmp_path, place_of, monkeypatch, kind):
    module = import_module(f"channels.places.{kind}")
    monkeypatch.setattr(module, "CONNECT_SECONDS", 0.5)
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.5)
    place = place_of(kind)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        options = place.through(silent.getsockname()[1])
        began = time.monotonic()
        with pytest.raises(Unavailable):
            MirroredSite(tmp_path / "site", options, place.secrets).mirror.check()
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("kind", NETWORKED)
def test_lacking_credentials_are_named(tmp_path, place_of, kind):
    site = MirroredSite(tmp_path / "site", place_of(kind).options, {})
    with pytest.raises(Refused, match=r"password|access_key"):
        site.mirror.check()


def test_no_message_and_no_repr_holds_a_credential(tmp_path, networked):
    site = MirroredSite(tmp_path / "site", networked.through(free_port()), networked.secrets)
    with pytest.raises(ChannelError) as problem:
        site.mirror.check()
    told = f"{problem.value!r} {site.mirror!r} {site.website().bench!r}"
    assert not any(value in told for value in networked.secrets.values())


def test_a_server_that_gives_no_leave_refuses_and_what_went_before_is_settled(tmp_path, networked):
    files = some(20)
    site = site_of(tmp_path, networked)
    site.carry()
    site.write(files | {"index.html": b"home"})
    networked.fails(lambda path: "denied" if path in ("index.html", aside("index.html")) else "")
    with pytest.raises(Refused, match="请处理"):
        site.carry()
    assert site.pending() == ["index.html"]
    networked.fails(lambda path: "")
    site.carry()
    assert networked.tree() == site.tree()


def test_a_full_disk_over_there_is_tried_again(tmp_path, place_of):
    for kind in ("sftp", "webdav"):
        place = place_of(kind)
        site = MirroredSite(tmp_path / kind, place.options, place.secrets)
        site.write({"index.html": b"old"})
        site.carry()
        site.write({"index.html": b"new"})
        place.fails(lambda path: "full")
        with pytest.raises(Unknown, match=r"磁盘|space"):
            site.carry()
        assert place.get("index.html") == b"old"
        place.fails(lambda path: "")
        site.carry()
        assert place.get("index.html") == b"new"


def test_a_root_that_is_not_there_is_refused(tmp_path, place_of):
    for kind in ("local", "sftp", "webdav"):
        place = place_of(kind)
        options = {**place.options, "mirror": f"{place.options['mirror']}/nowhere"}
        with pytest.raises(Refused, match="目录"):
            MirroredSite(tmp_path / kind, options, place.secrets).mirror.check()


def test_a_bucket_that_is_not_there_is_refused(tmp_path, place_of):
    place = place_of("s3")
    options = {**place.options, "mirror": "s3://nobody/x"}
    with pytest.raises(Refused, match="存储桶"):
        MirroredSite(tmp_path / "site", options, place.secrets).mirror.check()


# Killed, and at the same time.

_CHILD = """
import sys
from pathlib import Path
from tests.channels.mirror_site import MirroredSite
options, secrets = eval(sys.argv[2]), eval(sys.argv[3])
MirroredSite(Path(sys.argv[1]), options, secrets).carry()
"""


@pytest.mark.kill
def test_after_a_kill_the_next_run_goes_on_where_it_was(tmp_path, place):
    files = some(80, 40_000)
    site = site_of(tmp_path, place)
    site.write(files)
    arguments = [str(tmp_path / "site"), repr(dict(place.options)), repr(dict(place.secrets))]
    child = subprocess.Popen([sys.executable, "-c", _CHILD, *arguments], cwd=Path(__file__).parents[2])
    limit = time.monotonic() + 60
    while len(site.pending()) > 60 and time.monotonic() < limit:
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    left = site.pending()
    assert 0 < len(left) < 80
    assert all(data == files[path] for path, data in place.tree().items())
    place.forget()
    site.carry()
    assert set(place.written()) <= set(left)
    assert place.tree() == site.tree()
    assert place.hidden() == [MARKER]


def test_a_reader_never_sees_a_half_file(tmp_path, place):
    site = site_of(tmp_path, place)
    whole = {mark: mark.encode() * 1_500_000 for mark in "abcd"}
    site.write({"index.html": whole["a"]})
    site.carry()
    seen: set[bytes | None] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(place.get("index.html"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for mark in "bcd":
            site.write({"index.html": whole[mark]})
            site.carry()
    finally:
        stop.set()
        reader.join()
    assert len(seen - {None}) > 1
    assert seen - {None} <= set(whole.values())


def test_two_at_once_never_upload_the_same_path(tmp_path, place):
    site = site_of(tmp_path, place)
    site.carry()
    site.write(some(40))
    place.forget()
    problems: list[BaseException] = []

    def carry() -> None:
        try:
            MirroredSite(tmp_path / "site", place.options, place.secrets).carry()
        except BaseException as problem:
            problems.append(problem)

    carriers = [threading.Thread(target=carry) for _ in range(3)]
    for carrier in carriers:
        carrier.start()
    for carrier in carriers:
        carrier.join()
    assert problems == []
    assert sorted(place.written()) == sorted(some(40))
    assert place.tree() == site.tree()


def test_a_file_that_changes_while_it_is_uploaded_stays_queued(tmp_path, place):
    site = site_of(tmp_path, place)
    stop = threading.Event()

    def publish() -> None:
        for number in range(40):
            site.write({"index.html": f"{number}".encode() * 1000})
            if stop.is_set():
                return

    site.write({"index.html": b"first"})
    writer = threading.Thread(target=publish)
    writer.start()
    while writer.is_alive():
        site.carry()
    writer.join()
    stop.set()
    site.carry()
    assert place.tree() == site.tree() == {"index.html": b"39" * 1000}


# Comparing.


def test_differences_are_named_and_what_is_pending_is_none(tmp_path, place):
    site = site_of(tmp_path, place)
    site.write({"index.html": b"home", "about.html": b"about", "404.html": b"lost"})
    site.carry()
    assert site.mirror.differences()[1] == []
    place.put("about.html", b"changed by hand")
    place.put("casino.html", b"not ours")
    site.write({"new.html": b"new"})
    site.write({}, ("404.html",))
    proof, found = site.mirror.differences()
    assert found == [Difference("about.html", "different"), Difference("casino.html", "extra")]
    assert proof == {"local": "sha256", "s3": "md5"}.get(place.kind, "size")
    site.carry(everything=True)
    assert site.mirror.differences()[1] == [Difference("casino.html", "extra")]


@pytest.mark.parametrize("kind", ["local", "s3"])
def test_a_byte_that_was_changed_over_there_is_found(tmp_path, place_of, kind):
    place = place_of(kind)
    site = site_of(tmp_path, place)
    site.write({"index.html": b"home"})
    site.carry()
    place.put("index.html", b"hame")
    assert site.mirror.differences()[1] == [Difference("index.html", "different")]
