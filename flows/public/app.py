"""The public application: search, its feed, suggestions, platforms' callbacks, and the site's files if they are wanted."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from channels.website.search_page import hant_search_page, search_page
from channels.website.site import SiteView
from content.search import Facets, Found, Query, SearchReader, State
from flows.public.asking import query_of
from flows.public.files import SiteFiles
from flows.public.headers import NEVER_KEPT, Guarded
from flows.public.pool import Overloaded, Readers

if TYPE_CHECKING:
    from flows.public.callbacks import Receiver

# A withdrawn item must be gone from every answer at once, so nothing between keeps one; nor do search engines.
_SEARCH_HEADERS = {"Cache-Control": NEVER_KEPT, "X-Robots-Tag": "noindex"}
# Where the site's traditional pages send their visitors' questions.
_TWIN = "/hant/search"
_Shown = Callable[[SiteView, Query, Found, Facets], bytes]
_BUSY = "搜索的人太多，请稍后再试。"
_RETRY_SECONDS = "3"


def make_app(
    view: SiteView | None,
    index: Path,
    public: Path | None = None,
    readers: Readers | None = None,
    receivers: "Mapping[str, Receiver] | None" = None,
) -> ASGIApp:
    """The application of one site. Without a *view* there is no search. *public* is the folder of its files, None where a web
    server shows them; *receivers* are the outlets whose platform calls back."""
    asked = readers or Readers(index)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        asked.close()

    routes = _search_routes(view, asked) if view else []
    if receivers:
        from flows.public.callbacks import PATH, callback_endpoint

        routes.append(Route(PATH, callback_endpoint(receivers), methods=["GET", "POST"]))
    if public is not None:
        routes.append(Mount("/", SiteFiles(public)))
    return Guarded(Starlette(routes=routes, lifespan=lifespan, exception_handlers={Overloaded: _busy}))


def _search_routes(view: SiteView, asked: Readers) -> list[BaseRoute]:
    async def search(request: Request) -> Response:
        query = query_of(request.query_params)
        show = hant_search_page if request.url.path == _TWIN else search_page
        data, state = await asked.ask(lambda reader: _page(reader, query, view, show))
        return Response(data, _status(state), _SEARCH_HEADERS, "text/html; charset=utf-8")

    async def feed(request: Request) -> Response:
        query = query_of(request.query_params, newest=True)
        data, state = await asked.ask(lambda reader: _feed(reader, query, view))
        return Response(data, _status(state), _SEARCH_HEADERS, "application/rss+xml; charset=utf-8")

    async def suggest(request: Request) -> Response:
        text = query_of(request.query_params).text
        found = await asked.ask(lambda reader: reader.suggest(text))
        lines = [{"title": one.title, "number": one.number, "address": one.address} for one in found]
        return JSONResponse({"suggestions": lines}, headers=_SEARCH_HEADERS)

    twin: list[BaseRoute] = [Route(_TWIN, search)] if view.traditional else []
    return [Route("/search", search), Route("/search.rss", feed), Route("/suggest", suggest), *twin]


def _page(reader: SearchReader, query: Query, view: SiteView, show: _Shown) -> tuple[bytes, State]:
    found = reader.search(query)
    return show(view, query, found, reader.facets()), found.state


def _feed(reader: SearchReader, query: Query, view: SiteView) -> tuple[bytes, State]:
    from flows.public.feed import search_feed

    found = reader.search(query)
    return search_feed(view, query, found), found.state


def _status(state: State) -> int:
    return 503 if state is State.UNUSABLE else 200


async def _busy(_: Request, __: Exception) -> Response:
    return PlainTextResponse(_BUSY, 503, {"Retry-After": _RETRY_SECONDS, **_SEARCH_HEADERS})
