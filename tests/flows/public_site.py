"""What the tests of the public process share: a workspace with settings, an index and files, and the service in a thread."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from content.search import SearchDocument, SearchIndex
from flows import settings
from flows.public.server import view_of, website_of

NUMBER = "荆政办发〔2016〕21号"
START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TITLE = "关于<b>医保</b>报销与“放管服”&改革的通知"


def document(serial: int, **values: Any) -> SearchDocument:
    base: dict[str, Any] = {
        "act": "publish-1",
        "address": f"zcwj/202611/t20261123_{serial}.html",
        "title": f"第{serial}批供水管网检修的公告",
        "published_at": START + timedelta(minutes=serial),
        "organ": "荆州市水利和湖泊局",
        "theme": "农业、林业、水利",
        "genre": "公告",
        "year": "2026",
        "effect": "有效",
        "kind": "convenience-notice",
        "columns": ("bmgg",),
        "text": "检修期间，请居民提前储水。",
    }
    return SearchDocument(item=str(serial), **(base | values))


def workspace(home: Path) -> Path:
    """A workspace as the public process sees it: settings, an index, files; neither ledger nor keys nor secrets."""
    home.mkdir(parents=True, exist_ok=True)
    text = files("flows").joinpath("data", settings.SETTINGS_FILE).read_text(encoding="utf-8")
    (home / settings.SETTINGS_FILE).write_text(text, encoding="utf-8")
    policy = document(
        1001,
        title=TITLE,
        number=NUMBER,
        organ="荆州市人民政府办公室",
        theme="综合政务\\政务公开",
        genre="通知",
        kind="policy-document",
        columns=("zcwj",),
        text="推进<script>alert(1)</script>医保报销改革，方便群众。" * 9,
    )
    SearchIndex(index_of(home)).rebuild([policy, *(document(serial) for serial in range(1, 48))])
    public = home / "outlets" / "portal" / "generations" / "1"
    for path, data in FILES.items():
        (public / path).parent.mkdir(parents=True, exist_ok=True)
        (public / path).write_bytes(data)
    (home / "outlets" / "portal" / "public").symlink_to("generations/1")
    (home / "outlets" / "portal" / "secret.txt").write_bytes(b"not for the public")
    return home


FILES = {
    "index.html": "<!DOCTYPE html><title>首页</title>".encode(),
    "404.html": "<!DOCTYPE html><title>没有这一页</title>".encode(),
    "zcwj/index.html": b"<!DOCTYPE html><title>list</title>",
    "zcwj/202611/t20261123_1001.html": b"<!DOCTYPE html><title>item</title>",
    "zcwj/202611/t20261123_1001/attachments/任务分工表.xlsx": b"a spreadsheet",
    "zcwj/202611/t20261123_1001/attachments/page.html": b"<script>alert(1)</script>",
    "catalogue/theme/综合政务/index.html": b"<!DOCTYPE html><title>theme</title>",
    "static/site-0123456789.css": b"body{}",
    "feeds/all.rss.xml": b"<rss/>",
    "feeds/all.atom.xml": b"<feed/>",
    "empty/picture.png": b"png",
    ".lock": b"",
    "zcwj/.half-written": b"half",
}


def index_of(home: Path) -> Path:
    return home / "outlets" / "portal" / "search" / "index.sqlite"


def site(home: Path) -> Any:
    known = settings.load(home)
    return view_of(known, website_of(known))


@contextmanager
def served(app: ASGIApp) -> Iterator[httpx.Client]:
    """The application over real HTTP, as its process runs it."""
    config = uvicorn.Config(app, port=0, http="h11", ws="none", log_config=None, server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
