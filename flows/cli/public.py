"""The command that the public reaches: public."""

import logging
import sys
from typing import Annotated

import typer

from flows.cli.terminal import HomeOption, JsonOption, terminal


def public(
    outlet: Annotated[str, typer.Option("--outlet", help="The website; without it the first one with a search.")] = "",
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="The port; 0 takes a free one.")] = 8090,
    static: Annotated[
        bool, typer.Option("--static/--no-static", help="Also serve the site's files, where no web server does.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Serve a website's search, and platforms' callbacks, to the public: without keys, without the ledger."""
    with terminal(as_json=as_json, home=home) as term:
        from flows import settings
        from flows.public.callbacks import receivers_of
        from flows.public.server import serve, view_of, website_of

        logging.getLogger().handlers[:] = [logging.StreamHandler()]  # the process may have no leave to write the log
        known = settings.load(term.home)
        site = website_of(known, outlet)
        receivers = receivers_of(term.home, known)

        def ready(address: str) -> None:
            if view_of(known, site):
                term.say(f"the search of {site.id}: {address}/search")
            elif static:
                term.say(f"the files of {site.id}, which has no search: {address}/")
            for one in receivers:
                term.say(f"the callbacks of {one}: {address}/callback/wechat/{one}")
            sys.stdout.flush()

        folder = term.home / "outlets" / site.id
        serve(known, site, folder, host, port, files=static, ready=ready, receivers=receivers)
        term.result({"outlet": site.id})
