"""The sandbox's pages: accounts, posts and articles as a reader sees them on a phone, and the log of calls."""

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from channels.sandbox.accounts import Account
from channels.sandbox.faults import FAULT_LABELS
from channels.sandbox.store import SandboxStore
from content.clock import in_china

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

TEMPLATES = Path(__file__).parent / "templates"
PAGE_LENGTH = 50
_MEDIA = re.compile(r"https?://mmbiz\.qpic\.cn/mmbiz_[a-z]+/([A-Za-z0-9_-]+)/0[^\"]*")
_SHORT = re.compile(r"http://t\.cn/([0-9A-Za-z]+)")
_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Pages:
    """Reads the store and writes HTML; nothing outside this server is loaded."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def routes(self) -> "list[Route]":
        from starlette.routing import Route

        return [
            Route("/", self.index),
            Route("/phone/weibo/{uid}", self.weibo),
            Route("/phone/wechat/article/{article_id}", self.article),
            Route("/phone/wechat/{appid}", self.wechat),
            Route("/media/{media_id}", self.media),
            Route("/log", self.log),
        ]

    def index(self, request: "Request") -> "Response":
        """The accounts and how many things each shows."""
        cards = [(account, self._shown(account)) for account in self._store.accounts()]
        faults = [(switch, FAULT_LABELS[switch.fault]) for switch in self._store.faults()]
        return _page("index.html", cards=cards, faults=faults)

    def weibo(self, request: "Request") -> "Response":
        account = self._store.account("weibo", request.path_params["uid"])
        if account is None:
            return _page("missing.html", 404, what="这个微博账号")
        statement = "SELECT * FROM weibos WHERE uid = ? AND deleted IS NULL ORDER BY mid DESC LIMIT ?"
        rows = self._store.rows(statement, account.id, PAGE_LENGTH)
        posts = [
            {"time": _when(row["created"]), "picture": row["picture"], "pieces": self._pieces(row["shown"])}
            for row in rows
        ]
        return _page("weibo.html", account=account, posts=posts, total=self._shown(account))

    def wechat(self, request: "Request") -> "Response":
        account = self._store.account("wechat", request.path_params["appid"])
        if account is None:
            return _page("missing.html", 404, what="这个公众号")
        statement = "SELECT * FROM publications WHERE appid = ? AND outcome = 0 ORDER BY publish_id DESC LIMIT ?"
        rows = self._store.rows(statement, account.id, PAGE_LENGTH)
        articles = [
            {"id": row["article_id"], "time": _when(row["submitted"]), **one}
            for row in rows
            for one in json.loads(row["articles"])
            if not one["is_deleted"]
        ]
        return _page("wechat.html", account=account, articles=articles)

    def article(self, request: "Request") -> "Response":
        statement = "SELECT * FROM publications WHERE article_id = ? AND outcome = 0"
        row = self._store.row(statement, request.path_params["article_id"])
        if row is None:
            return _page("missing.html", 404, what="这篇文章（可能已被删除）")
        from markupsafe import Markup

        article = json.loads(row["articles"])[0]
        account = self._store.account("wechat", row["appid"])
        content = _MEDIA.sub(r"/media/\1", article["content"]).replace("data-src=", "src=")
        source = (
            article["content_source_url"] if article["content_source_url"].startswith(("http://", "https://")) else ""
        )
        values = {"article": article, "account": account, "source": source, "time": _when(row["submitted"])}
        # Cleaned when the draft was taken, and the page's policy forbids scripts.
        return _page("article.html", content=Markup(content), **values)  # noqa: S704

    def media(self, request: "Request") -> "Response":
        from starlette.responses import Response

        row = self._store.row("SELECT media_type, data FROM media WHERE id = ?", request.path_params["media_id"])
        if row is None:
            return _page("missing.html", 404, what="这张图片")
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, max-age=3600"}
        return Response(bytes(row["data"]), media_type=row["media_type"], headers=headers)

    def log(self, request: "Request") -> "Response":
        names = {(account.platform, account.id): account.name for account in self._store.accounts()}
        lines = [
            (line, _when(line.at), names.get((line.platform, line.account), "未知账号")) for line in self._store.log()
        ]
        return _page("log.html", lines=lines)

    def _shown(self, account: Account) -> int:
        if account.platform == "weibo":
            return self._store.number("SELECT count(*) FROM weibos WHERE uid = ? AND deleted IS NULL", account.id)
        return self._store.number("SELECT count(*) FROM publications WHERE appid = ? AND outcome = 0", account.id)

    def _pieces(self, shown: str) -> list[dict[str, str]]:
        """The text cut at its short addresses, each with where it leads."""
        pieces: list[dict[str, str]] = []
        for place, part in enumerate(_SHORT.split(shown)):
            if place % 2:
                row = self._store.row("SELECT url FROM short_urls WHERE code = ?", part)
                pieces.append({"link": row["url"] if row else f"http://t.cn/{part}"})
            elif part.strip("\u200b "):
                pieces.append({"text": part.strip("\u200b")})
        return pieces


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


def _page(template: str, status: int = 200, **values: Any) -> "Response":
    from starlette.responses import HTMLResponse

    html = _environment().get_template(template).render(**values)
    return HTMLResponse(html, status, headers={"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"})


def _when(seconds: float) -> str:
    moment = in_china(datetime.fromtimestamp(seconds, UTC))
    return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}"
