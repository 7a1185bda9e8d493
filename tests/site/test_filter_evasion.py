"""OWASP's filter-evasion list as everything that an editor or an attacker can hand in, opened in a real browser.

None may run, none may even be stopped by the policy: what comes out is text.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from lxml import etree
from playwright.sync_api import Browser, Page

from channels.base import CannotRender
from channels.files import name_problem
from content.cleaning import clean
from content.intake import IntakeError, read
from content.item import Attachment, Fields, Revision
from content.vocabulary import Action, Kind
from tests.site import servers
from tests.site.conftest import Watched
from tests.site.kinds import TRADITIONAL, pages_under
from tests.site.searching import searched
from tests.site.town import Town, open_town

pytestmark = pytest.mark.browser
MARKS = {"⏎": "\n", "⇥": "\t", "␍": "\r", "␀": "\0", "␁": "\x01"}
FRONT_MATTER = "---\n稿件种类: 便民公告\n标题: 公告\n发文机关: 市民政局\n栏目: bmgg\n---\n\n正文在此。\n\n"
# What no page of ours has in any element, and where an address may lead; judged in the browser's own tree.
SUSPECTS = r"""
(root) => Array.from(root.querySelectorAll("*")).flatMap((element) => {
  const name = element.localName, found = [];
  if (/^(iframe|frame|frameset|object|embed|applet|base|portal|marquee|math|template|style|noscript)$/.test(name))
    found.push(name);
  if (name === "meta" && element.httpEquiv) found.push("meta http-equiv");
  if (name === "script" && element.type !== "application/ld+json" &&
      !(element.getAttribute("src") || "").match(/^(\.\.?\/|\/)*(hant\/)?static\/[^\/]+\.js$/)) found.push("script");
  for (const { name: attribute, value } of Array.from(element.attributes)) {
    if (/^on|^style$|^srcdoc$|^formaction$|^background$|^popover/.test(attribute)) found.push(`${name} ${attribute}`);
    const address = value.replace(/[\x00-\x20]/g, "");
    const leads = /^(href|src|action|data|poster|cite|srcset|xlink:href)$/.test(attribute);
    if (leads && /^[a-z][a-z0-9+.-]*:/i.test(address) && !/^(https?|mailto|tel|data:image\/(png|svg\+xml)[;,]|data:,)/i.test(address))
      found.push(`${name} ${attribute}=${value}`);
  }
  return found;
})
"""


def vectors() -> list[str]:
    lines = Path(__file__).with_name("filter_evasion.txt").read_text(encoding="utf-8").splitlines()
    return [re.sub("[⏎⇥␍␀␁]", lambda mark: MARKS[mark[0]], line) for line in lines if not line.startswith("# ")]


@dataclass
class Attack:
    """The site after the attack: each vector's page, where it was not refused, and the names that attachments took."""

    town: Town
    pages: dict[str, str]
    names: list[str]
    taken_in: int = 0


@pytest.fixture(scope="module")
def attack(tmp_path_factory: pytest.TempPathFactory) -> Attack:
    folder = tmp_path_factory.mktemp("attack")
    made = Attack(open_town(folder), {}, [])
    for number, vector in enumerate(vectors()):
        for told in (vector, without_controls(vector)):
            if publish(made, f"v{number}", hostile(vector, told, folder, made, number)):
                made.pages[told] = made.town.addresses[f"v{number}"]
                break
    for number in range(0, len(vectors()), 4):  # the feeds hold fifty items: four vectors in each
        told = without_controls(" ".join(vectors()[number : number + 4]))
        assert publish(made, f"fed{number}", hostile(told, told, folder, made, 1), fed=True), told
    made.town.act("fed0", Action.CORRECT, reason=without_controls(" ".join(vectors()[:40:3])))
    made.town.act("fed4", Action.WITHDRAW, reason=without_controls(" ".join(vectors()[40:80:3])))
    return made


def publish(attack: Attack, name: str, revision: Revision, *, fed: bool = False) -> bool:
    """Whether the channels took it."""
    try:
        attack.town.publish(name, revision, days=0.01, fed=fed)
    except CannotRender:
        attack.town.items.pop(name)
        return False
    return True


def hostile(vector: str, told: str, folder: Path, attack: Attack, turn: int) -> Revision:
    """The vector in the body, as a file's text and as HTML, and *told* in every field that readers see.

    Of the fields that make lists of their own it stands in one, by *turn*.
    """
    makes_lists = {0: {"organ": told}, 1: {"theme": told}, 2: {"genre": told}, 3: {"topics": (told,)}}[turn % 4]
    fields = Fields(
        **({"kind": Kind.POLICY_DOCUMENT if turn % 8 < 4 else Kind.INTERVIEW, "organ": "市民政局"} | makes_lists),
        title=told,
        joint_organs=(told,),
        document_number=told,
        made_on=date(2026, 11, 20),
        addressee=told,
        columns=("zxft", "zcwj"),
        keywords=(told,),
        summary=told,
        editor=told,
        contact=told,
        source=told,
        interprets=(told,),
        amends=(told,),
        guests=(told,),
        responds_to=told,
        form_link=told,
    )
    kept = [Attachment(name, attack.town.bench.assets.put(b"%PDF-"), "application/pdf", 5) for name in names_of(told)]
    attack.names += [entry.name for entry in kept]
    body = f"{from_file(vector, folder, attack)}{clean(f'<p>正文</p>{vector}<p>正文</p>').body}"
    return Revision(fields, body, attachments=tuple(kept))


def names_of(told: str) -> list[str]:
    """The vector as an attachment's name, and what is left of it without the marks that a name cannot have."""
    tried = {f"{text.strip()[:50]}.pdf" for text in (told, re.sub(r'[/\\\\:*?"<>|.]', "", told))}
    return sorted(name for name in tried if not name_problem(name))


def from_file(vector: str, folder: Path, attack: Attack) -> str:
    """The body that the intake makes of a file with the vector in it; it may refuse the file."""
    path = folder / "notice.md"
    path.write_text(FRONT_MATTER + vector + "\n\n正文完。\n", encoding="utf-8")
    try:
        body = read(path, attack.town.bench.assets).revision.body
    except IntakeError:
        return ""
    attack.taken_in += 1
    return body


def without_controls(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\u202a-\u202e]", " ", text)


@pytest.fixture(scope="module")
def search_port(attack: Attack) -> Iterator[int]:
    with searched(attack.town.home) as port:
        yield port


@pytest.fixture(scope="module")
def address(attack: Attack, search_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.nginx(attack.town.public, tmp_path_factory.mktemp("nginx"), search_port) as served:
        yield served


@pytest.fixture(scope="module")
def watched(browser: Browser) -> Iterator[Watched]:
    made = Watched(browser)
    yield made
    made.context.close()


def suspects(page: Page) -> list[str]:
    return page.evaluate(f"({SUSPECTS})(document)")


def test_the_list_is_whole_and_most_of_it_is_published(attack):
    assert len(vectors()) > 150
    assert len(attack.pages) > 150
    assert attack.taken_in > 100
    assert len(attack.names) > 100


def test_the_judge_knows_a_vector_that_was_let_through(browser):
    page = browser.new_page()
    parse = f"(text) => ({SUSPECTS})(new DOMParser().parseFromString(text, 'text/html'))"
    known = [vector for vector in vectors() if page.evaluate(parse, vector)]
    page.close()
    assert len(known) > 120


def test_no_vector_runs_or_is_even_stopped_on_any_page(attack, address, watched):
    page, found = watched.page(), {}
    every = pages_under(attack.town.public)
    items = sorted(set(attack.town.addresses.values()))
    others = [path for path in every if path not in items and not path.startswith(TRADITIONAL)]
    converted = [path for path in every if path.startswith(TRADITIONAL)]
    assert len(items) > len(attack.pages)
    assert len(converted) > len(attack.pages)
    for path in [*items, *others[::6], *converted[::20]]:
        watched.open(page, f"{address}/{path}")
        wrong = [*suspects(page), *watched.problems(page)]
        if wrong:
            found[path] = wrong
            break
    page.close()
    assert found == {}


def test_titles_stand_on_their_pages_to_the_letter(attack, address, watched):
    page = watched.page()
    plain = {told: path for told, path in attack.pages.items() if told == without_controls(told)}
    assert len(plain) > 100
    for told, path in list(plain.items())[::7]:
        page.goto(f"{address}/{path}")
        assert " ".join(page.locator("h1").inner_text().split()) == " ".join(told.split())
        assert watched.problems(page) == []
    page.close()


def test_no_vector_is_more_than_text_in_what_machines_read(attack, browser):
    page = browser.new_page()
    feeds = sorted(attack.town.public.rglob("*.xml"))
    assert feeds
    for path in feeds:
        tree = etree.parse(str(path), etree.XMLParser(resolve_entities=False, no_network=True))
        for element in tree.iter("{*}content", "{*}summary", "{*}description", "{*}encoded", "{*}title"):
            assert element.get("type") != "xhtml"
            shown = page.evaluate(
                f"(text) => ({SUSPECTS})(new DOMParser().parseFromString(text, 'text/html'))", element.text or ""
            )
            assert is_text(element) or shown == [], f"{path.name}: {element.text}"
        for element in tree.iter("{*}link"):
            assert (element.get("href") or element.text or "https:").startswith("https:")
    page.close()


def is_text(element: Any) -> bool:
    """Whether readers take it as text: in Atom what does not say otherwise, in RSS the title alone."""
    return element.get("type") in (None, "text") and (
        element.tag.startswith("{http://www.w3.org/2005/Atom}") or element.tag == "title"
    )


def test_structured_data_is_json_that_ends_where_it_should(attack, address, watched):
    page, seen = watched.page(), 0
    for told, path in list(attack.pages.items())[::5]:
        page.goto(f"{address}/{path}")
        for text in page.locator('script[type="application/ld+json"]').all_text_contents():
            seen += 1
            assert json.loads(text), told
        assert watched.problems(page) == []
    page.close()
    assert seen > 10


def test_no_vector_runs_as_a_question_or_in_what_is_found(attack, search_port, watched):
    page, names, seen = watched.page(), ("q", "organ", "theme", "genre"), 0
    for number, vector in enumerate(vectors()[::3]):
        query = urlencode({names[number % 4]: vector[:100]} | {"page": "1"} | ({"q": "alert"} if number % 4 else {}))
        path = "hant/search" if number % 8 < 4 else "search"
        answer = page.goto(f"http://127.0.0.1:{search_port}/{path}?{query}")
        assert answer is not None
        assert answer.status in (200, 400), vector
        assert suspects(page) == [], vector
        assert [said for said in watched.problems(page) if "400 (Bad Request)" not in said] == [], vector
        seen += page.locator("ol.results > li").count()
    page.close()
    assert seen > 30


def test_no_vector_is_more_than_text_in_suggestions_and_in_the_feed_of_a_search(attack, search_port):
    with httpx.Client(base_url=f"http://127.0.0.1:{search_port}", trust_env=False) as client:
        for vector in vectors()[::3]:
            suggested = client.get("/suggest", params={"q": vector[:100]})
            assert suggested.headers["content-type"].startswith("application/json")
            json.loads(suggested.text)
            feed = client.get("/search.rss", params={"q": vector[:100]})
            if feed.status_code == httpx.codes.OK:
                assert etree.fromstring(feed.content).tag == "rss"
