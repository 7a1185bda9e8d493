"""Links that lead outside, asked one by one with leave: a few at once, each with its time limit."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from content.inspection.result import Hit
from content.inspection.rules import rules

if TYPE_CHECKING:
    import httpx

_ALIVE_BUT_CLOSED = frozenset({401, 403, 405, 406, 429, 451, 999})
"""Answers of servers that are there and do not serve programs: no proof that a reader cannot open the page."""
_GONE_AFTER = 400


def outside_hits(found: Mapping[str, tuple[str, int, int]], client: "Callable[[], httpx.Client]") -> Iterator[Hit]:
    """The addresses that cannot be opened, with the first page that carries each. *found* gives for every address that
    page, and how often it stands on the home page and elsewhere."""
    points = rules()["links"]
    with client() as asking, ThreadPoolExecutor(int(points["at_once"])) as pool:
        answers = pool.map(lambda url: _problem(asking, url), found)
        for (url, (first, at_home, elsewhere)), problem in zip(found.items(), answers, strict=True):
            if problem:
                cost = at_home * points["home_points"] + elsewhere * points["other_points"]
                count = at_home + elsewhere
                more = f"，共{count}处" if count > 1 else ""
                yield Hit("link-dead-outside", first, f"{url[:160]}：{problem}{more}", points=cost)


def _problem(client: "httpx.Client", url: str) -> str:
    """Why an address cannot be opened, empty when it can: HEAD first, and GET where that is not answered well."""
    import httpx

    seconds = float(rules()["links"]["seconds"])
    problem = ""
    for method in ("HEAD", "GET"):
        try:
            with client.stream(method, url, timeout=seconds, follow_redirects=True) as answer:
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as trouble:
            problem = f"打不开（{type(trouble).__name__}）"
            continue
        if status < _GONE_AFTER or status in _ALIVE_BUT_CLOSED:
            return ""
        problem = f"服务器应答 {status}"
    return problem
