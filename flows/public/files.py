"""The site's own files, for a small office or a rehearsal without a web server."""

import os
from pathlib import Path
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from channels.files import unseen
from flows.public.headers import file_headers

MISSING_PAGE = "404.html"
_NO_FILE = ".nothing"


class SiteFiles(StaticFiles):
    """What stands under *public*, which may be a link that is switched at any time. Whatever is not a plain path to a file
    in it is answered by the site's own page for that, with 404."""

    def __init__(self, public: Path) -> None:
        super().__init__(directory=public, html=True, check_dir=False)

    async def check_config(self) -> None:
        """A site that has nothing yet answers that nothing is there."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        hidden = any(part.startswith(".") and part != "." for part in path.split("/"))
        if hidden or unseen(path) or "\\" in path:
            return "", None
        try:
            return super().lookup_path(path)
        except (OSError, ValueError):
            return "", None

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await self._found(path, scope)
        if isinstance(response, RedirectResponse):  # from a folder to its page; without the host that the visitor named
            response.headers["location"] = quote(f"/{str(scope['path']).strip('/')}/")
        elif response.status_code in (200, 206, 304):
            self._describe(response, path)
        if path == MISSING_PAGE:
            response.status_code = 404
        return response

    async def _found(self, path: str, scope: Scope) -> Response:
        try:
            response = await super().get_response(path, scope)
            if str(scope["path"]).endswith("/") and self._name(response) == path:  # a file is no folder
                response = await super().get_response(_NO_FILE, scope)
        except PermissionError:
            raise HTTPException(404) from None
        return response

    def _name(self, response: Response) -> str:
        """The path on the site of the file that is sent; empty when none is."""
        shown = getattr(response, "path", None)
        return os.path.relpath(shown, os.path.realpath(str(self.directory))) if shown else ""

    def _describe(self, response: Response, path: str) -> None:
        for header, value in file_headers(self._name(response) or path).items():
            if header != "content-type" or response.status_code != 304:
                response.headers[header] = value
