"""A child is killed at every step of a broadcast; the next run completes it, and nothing is anywhere twice.

engine.md part 5, test 1. The oracle is the platforms' own log and the files; the ledger is only asked afterwards. Steps are
taken at a stride, so that the whole suite ends in its time; ``--every-step`` kills at every single one.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from itertools import count, cycle, islice
from pathlib import Path
from queue import Queue
from signal import SIGKILL
from typing import Any

import pytest
from lxml import etree, html

from content.canonical import digest

pytestmark = pytest.mark.kill

WORKERS = 2
# A child may find the outlet's answer one look sooner or later than another: so many steps fewer or more, and two to spare.
A_LOOK = 10
PARTNERS = {"radio", "television", "newspaper", "gazette"}
ATOM = "{http://www.w3.org/2005/Atom}"


class Killing:
    """Copies of one ordered broadcast, each killed at a step of its own and recovered."""

    def __init__(
        self, at_work: Any, template: Any, outlets: tuple[str, ...], nurseries: "Queue[Any]", items: tuple[str, ...]
    ) -> None:
        self.at_work, self.template, self.nurseries = at_work, template, nurseries
        self.wrong: Callable[[Any, dict[str, Any]], list[str]] = wrong_in
        self.meanwhile: Callable[[Any], None] = lambda _office: None
        self.platforms = not outlets or bool({"weibo-main", "wechat-main"} & set(outlets))
        self.every_step = False
        self.broadcast = template.order(*items, outlets=outlets).id
        template.close()

    def kill_at(self, step: int, *, again: bool) -> tuple[int, str]:
        """How many steps the child took (0 for a killed one), and what is wrong after the recovery: of the same broadcast,
        or where *again* of one that is ordered anew."""
        nursery = self.nurseries.get()
        home = self.template.home.with_name(f"at-{step}")
        shutil.copytree(self.template.home, home)
        office = self.at_work.Copy(home, nursery)
        try:
            return self._killed(office, step, again)
        finally:
            self.nurseries.put(nursery)
            shutil.rmtree(home)

    def _killed(self, office: Any, step: int, again: bool) -> tuple[int, str]:
        with office.platforms_running() if self.platforms else nullcontext():
            job = {"home": str(office.home), "broadcast": self.broadcast}
            child = office.nursery.run(act="broadcast", kill_at=step, **job)
            if "error" in child:
                return 0, child["trace"]
            self.meanwhile(office)
            ended = office.nursery.run(act="recover", again=again, **job)
        if "result" not in ended:
            return 0, f"the recovery failed: {ended}"
        taken = 0 if child["signal"] == SIGKILL else int(child["result"]["steps"])
        return taken, "; ".join(self.wrong(office, ended["result"]))


@pytest.fixture(scope="module")
def nurseries(at_work: Any, signed_office: Any, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Queue[Any]]":
    made: Queue[Any] = Queue()
    born = [at_work.Nursery() for _ in range(WORKERS)]
    for nursery in born:
        practise(nursery, signed_office.copy(tmp_path_factory.mktemp("practice") / "home"))
        made.put(nursery)
    yield made
    for nursery in born:
        nursery.close()


def practise(nursery: Any, office: Any) -> None:
    """Lets the nursery do a whole broadcast itself, so that its children have less to compile."""
    office.nursery = nursery
    ordered = office.order("1001").id
    office.close()
    with office.platforms_running():
        done = nursery.practise(act="broadcast", home=str(office.home), broadcast=ordered)
    assert done["state"] == "synchronised", done


@pytest.fixture(scope="module")
def portal_office(at_work: Any, signed_office: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An office whose item is on the portal and nowhere else."""
    office = signed_office.copy(tmp_path_factory.mktemp("portal") / "home")
    document = office.broadcast("1001", outlets=["portal"])
    assert document["state"] == "synchronised"
    return office


@pytest.fixture
def killing(
    request: pytest.FixtureRequest, at_work: Any, tmp_path: Path, nurseries: "Queue[Any]"
) -> Callable[..., Killing]:
    def make(office: Any, *outlets: str, items: tuple[str, ...] = ("1001",)) -> Killing:
        made = Killing(at_work, office.copy(tmp_path / "template"), outlets, nurseries, items)
        made.every_step = request.config.getoption("--every-step")
        return made

    return make


def until_one_lives(killing: Killing, first: int = 1, stride: int = 1) -> int:
    """Kills at step *first*, *first* + *stride* … until a child ends by itself; returns how many steps that went through."""
    stride = 1 if killing.every_step else stride
    steps, ways = count(first, stride), cycle((True, False))
    killed = 0
    with ThreadPoolExecutor(WORKERS) as pool:
        while True:
            chosen = list(islice(steps, WORKERS * 2))
            tried = [pool.submit(killing.kill_at, step, again=next(ways)) for step in chosen]
            for step, (taken, wrong) in zip(chosen, (one.result() for one in tried), strict=True):
                assert not wrong, f"killed at step {step}: {wrong}"
                if taken:
                    assert stride > 1 or first - 1 + killed - taken in range(A_LOOK), "every step was killed at"
                    return killed * stride
                killed += 1


def wrong_in(office: Any, facts: dict[str, Any]) -> list[str]:
    states: dict[str, str] = facts["states"]
    said = [f"{name} is {state}" for name, state in states.items() if state not in allowed(name)]
    said += [f"{name}: {facts[name]}" for name in ("broken", "damaged", "unfinished") if facts[name]]
    tokens = [tuple(pair) for pair in facts["tokens"]]
    said += ["a token was given twice"] if len(set(tokens)) != len(tokens) else []
    for outlet, state in states.items():
        said += CHECKS[outlet](office, state, outlet)
    return [*said, *(f"{facts['problems']}",)] if said else []


def allowed(outlet: str) -> set[str]:
    """A partner's folder that nobody can vouch for may wait for a person; everything else must be there."""
    return {"accepted", "held"} if outlet in PARTNERS else {"live"}


def wrong_page(office: Any, _state: str, _outlet: str) -> list[str]:
    pages = [path for path in office.pages("_1001") if path.is_file()]
    if len(pages) != 1:
        return [f"pages: {pages}"]
    read = html.fromstring(pages[0].read_bytes())
    listed = (office.public / "zcwj" / "index.html").read_text(encoding="utf-8").count(f'{pages[0].name}"')
    said = (
        []
        if "及时抢修" in read.text_content() and pages[0].read_bytes().rstrip().endswith(b"</html>")
        else ["torn page"]
    )
    said += [] if listed == 1 else [f"the column lists it {listed} times"]
    said += (
        [] if "_1001.html" in (office.public / "index.html").read_text(encoding="utf-8") else ["not on the home page"]
    )
    return said + leftovers(office.public)


def leftovers(folder: Path) -> list[str]:
    """What a killed writer leaves must be swept away, for a web server would show it."""
    return [f"left over: {path}" for path in folder.rglob(".*") if path.is_file() and path.name != ".lock"]


def wrong_feed(office: Any, _state: str, _outlet: str) -> list[str]:
    said = []
    for name in ("all", "zcwj"):
        feed = etree.parse(office.public / "feeds" / f"{name}.atom.xml")
        rss = etree.parse(office.public / "feeds" / f"{name}.rss.xml")
        entries, items = len(feed.findall(f"{ATOM}entry")), len(rss.findall("channel/item"))
        said += [] if (entries, items) == (1, 1) else [f"feed {name} has {entries} entries and {items} items"]
    return said + leftovers(office.public / "feeds")


def wrong_app(office: Any, _state: str, _outlet: str) -> list[str]:
    feed = json.loads((office.public / "app" / "feed.json").read_bytes())
    own = json.loads((office.public / "app" / "items" / "1001.json").read_bytes())
    ids = [entry["id"] for entry in feed["items"]]
    said = [] if ids == [own["id"]] else [f"the app's feed has {ids}"]
    return said + leftovers(office.public / "app")


def wrong_weibo(office: Any, _state: str, _outlet: str) -> list[str]:
    """The platform refuses a repeated text, so calls are counted that were not accepted too."""
    calls = office.shared()
    return [] if [call.accepted for call in calls] == [True] else [f"weibo was asked {len(calls)} times"]


def wrong_wechat(office: Any, _state: str, _outlet: str) -> list[str]:
    calls = office.submitted()
    return [] if [call.accepted for call in calls] == [True] else [f"wechat was asked {len(calls)} times"]


def wrong_drop(office: Any, state: str, outlet: str) -> list[str]:
    folders = office.drop(outlet)
    hidden = [entry for entry in folders if entry.name.startswith(".")]
    shown = [entry for entry in folders if not entry.name.startswith(".")]
    if len(shown) != 1 and not (state == "held" and not shown):
        return [f"{outlet} was handed {[entry.name for entry in shown]}"]
    said = [f"left over: {entry}" for entry in hidden]
    for entry in shown:
        files = json.loads((entry / "manifest.json").read_bytes())["files"]
        whole = {name: digest((entry / name).read_bytes()) == told["sha256"] for name, told in files.items()}
        said += [f"{outlet}: {name} is torn" for name, good in whole.items() if not good]
    return said


def wrong_issue(office: Any, _state: str, _outlet: str) -> list[str]:
    entries = office.gazette_entries()
    return [] if entries == [("1001", 1)] else [f"the issue holds {entries}"]


CHECKS: dict[str, Callable[[Any, str, str], list[str]]] = {
    "portal": wrong_page,
    "feeds": wrong_feed,
    "app": wrong_app,
    "weibo-main": wrong_weibo,
    "wechat-main": wrong_wechat,
    "radio": wrong_drop,
    "television": wrong_drop,
    "newspaper": wrong_drop,
    "gazette": wrong_issue,
}


def test_killed_at_any_step_the_website_has_the_item_once(killing: Any, signed_office: Any) -> None:
    """``tests/channels/test_website_interruption.py`` kills at every single rename of the site's files."""
    assert until_one_lives(killing(signed_office, "portal"), first=2, stride=7) > 60


@pytest.mark.parametrize("outlet", ["weibo-main", "wechat-main", "feeds", "app", "radio", "gazette"])
def test_killed_at_any_step_the_outlet_has_the_item_once(killing: Any, portal_office: Any, outlet: str) -> None:
    assert until_one_lives(killing(portal_office, outlet), stride=2) > 10


@pytest.mark.parametrize("outlet", ["television", "newspaper"])
def test_killed_at_any_step_other_partners_have_the_item_once(killing: Any, portal_office: Any, outlet: str) -> None:
    """They are handed their copy by the same steps as the radio."""
    assert until_one_lives(killing(portal_office, outlet), stride=7) > 10


def test_killed_at_any_step_the_apps_backend_has_one_event(killing: Any, portal_office: Any, tmp_path: Path) -> None:
    """Every copy of the broadcast tells the same event, for it is the same delivery: the backend must know one id only."""
    from tests.channels.app_backend import Backend, connect

    office, backend = portal_office.copy(tmp_path / "webhook"), Backend()
    connect(office, backend)
    killed = until_one_lives(killing(office, "app"), stride=3) // 3
    backend.close()
    assert killed > 5
    assert backend.refused == 0
    assert backend.types == ["item.published"]
    assert set(backend.attempts) == set(backend.events)
    assert len(backend.attempts) > killed


def a_minute_at_the_platform(office: Any) -> None:
    """The platform names the same mass send again after a minute at the earliest (contracts: WeChat 7.2)."""
    store = office.platforms()
    store.move_clock(70)
    store.close()


def wrong_mass_send(office: Any, facts: dict[str, Any]) -> list[str]:
    state = facts["states"]["wechat-main"]
    accepted = [call for call in office.calls("wechat", "cgi-bin/message/mass/sendall") if call.accepted]
    said = [] if state == "live" else [f"it is {state}: {facts['problems']}"]
    return said + ([] if len(accepted) == 1 else [f"it was sent {len(accepted)} times"])


def test_killed_at_any_step_a_mass_send_goes_out_once(
    killing: Any, portal_office: Any, at_work: Any, tmp_path: Path
) -> None:
    """engine.md part 5: 13. The steps before these are those of a publication, above; from here on the mass send is
    remembered, paid for, made and answered, and each of it is lost with the process."""
    office = portal_office.copy(tmp_path / "mass")
    before = f'identity = "{at_work.WECHAT}"\noptions = {{ '
    office.settings(before, f'{before}mode = "mass", ')
    office.reopen()
    office.sign(office.freeze("1001"))  # whom it reaches is signed
    made = killing(office, "wechat-main")
    made.wrong, made.meanwhile = wrong_mass_send, a_minute_at_the_platform
    assert until_one_lives(made, first=30, stride=3) > 10


def wrong_push(office: Any, facts: dict[str, Any]) -> list[str]:
    """One act at the platform, which shows both items of it in their order, and a delivery that knows its index for each."""
    said = [
        f"{item} is {state}" for item, outlet, state in facts["every"] if outlet == "wechat-main" and state != "live"
    ]
    accepted = [call for call in office.submitted() if call.accepted]
    said += [] if len(accepted) == 1 else [f"it was published {len(accepted)} times"]
    store = office.platforms()
    acts = [json.loads(row["articles"]) for row in store.rows("SELECT articles FROM publications")]
    left = store.number("SELECT count(*) FROM drafts")
    store.close()
    titles = [[one["title"][-5:-1] for one in articles] for articles in acts]
    said += [] if titles == [["第32号", "第31号"]] else [f"the platform shows {titles}"]
    said += [f"{left} drafts are left"] if left else []
    return [*said, str(facts["problems"])] if said else []


def test_killed_at_any_step_a_push_of_two_items_goes_out_once_and_whole(
    killing: Any, signed_office: Any, tmp_path: Path
) -> None:
    office = signed_office.copy(tmp_path / "push")
    office.submit(office.document(serial=32))
    items = tuple(office.approve_together("1002", "1001"))
    assert office.broadcast(*items, outlets=["portal"])["state"] == "synchronised"
    made = killing(office, "wechat-main", items=items)
    made.wrong = wrong_push
    assert until_one_lives(made, stride=5) > 30


def test_killed_in_the_whole_broadcast_every_outlet_has_the_item_once(killing: Any, signed_office: Any) -> None:
    assert until_one_lives(killing(signed_office), first=7, stride=37) > 200


@pytest.fixture
def marked_office(at_work: Any, signed_office: Any, tmp_path: Path) -> Any:
    """An office whose item is on the portal and in the feeds, and whose mark as repealed is signed."""
    from content.vocabulary import Effect
    from flows import marking

    office = signed_office.copy(tmp_path / "marked" / "home")
    assert office.broadcast("1001", outlets=["portal", "feeds"])["state"] == "synchronised"
    package, _ = marking.mark(office.wired, "1001", Effect.REPEALED, "", at_work.EDITOR, at_work.ask)
    office.sign(package)
    return office


def wrong_mark(office: Any, facts: dict[str, Any]) -> list[str]:
    """Page, list, feed and ledger all say that the document is repealed."""
    said = wrong_in(office, facts)
    files = [*office.pages("_1001"), office.public / "zcwj" / "index.html"]
    files.append(office.public / "feeds" / "all.atom.xml")
    said += [f"not marked: {path}" for path in files if "废止" not in path.read_text(encoding="utf-8")]
    return said + ([] if facts["effects"] == ["废止"] else [f"the ledger says {facts['effects']}"])


def test_killed_at_any_step_of_a_mark_website_feeds_and_ledger_agree(killing: Any, marked_office: Any) -> None:
    made = killing(marked_office)
    made.wrong, made.platforms = wrong_mark, False
    assert until_one_lives(made, stride=9) > 60
