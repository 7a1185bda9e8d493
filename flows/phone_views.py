"""Keeps the sandbox's phone pages as files, so that they can be looked at when the sandbox has ended."""

import re
from pathlib import Path

from content.assets import write_whole

LINK = re.compile(r'(href|src)="/((?:phone|media)/[^"]+|log)?"')
SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif"}


def save(url: str, folder: Path) -> Path:
    """Copies every page and picture of the sandbox at *url* into *folder*; returns the first page.

    Raises httpx.HTTPError when the sandbox does not answer.
    """
    import httpx

    names: dict[str, str] = {}
    waiting = [""]
    with httpx.Client(base_url=url, trust_env=False) as client:
        while waiting:
            path = waiting.pop()
            answer = client.get(f"/{path}").raise_for_status()
            names[path] = _file_name(path, answer.headers.get("content-type", ""))
            write_whole(folder / names[path], answer.content)
            if names[path].endswith(".html"):
                found = {match[2] or "" for match in LINK.finditer(answer.text)}
                waiting += sorted(found - set(names) - set(waiting))
    for name in names.values():
        if name.endswith(".html"):
            _relink(folder / name, names)
    return folder / names[""]


def _relink(page: Path, names: dict[str, str]) -> None:
    text = page.read_text(encoding="utf-8")
    write_whole(page, LINK.sub(lambda match: f'{match[1]}="{names[match[2] or ""]}"', text).encode())


def _file_name(path: str, content_type: str) -> str:
    suffix = SUFFIXES.get(content_type.partition(";")[0], ".html")
    return (path.replace("/", "-") or "index") + suffix
