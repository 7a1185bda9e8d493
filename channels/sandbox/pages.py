"""The sandbox's pages: accounts, posts and articles as a reader sees them on a phone, and the log of calls."""

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from channels.sandbox.accounts import Account
from channels.sandbox.faults import FAULT_LABELS
from channels.sandbox.store import Logged, SandboxStore
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
            Route("/phone/weibo/post/{mid}", self.post),
            Route("/phone/weibo/{uid}", self.weibo),
            Route("/phone/wechat/article/{article_id}", self.article),
            Route("/phone/wechat/article/{article_id}/{place}", self.article),
            Route("/phone/wechat/{appid}", self.wechat),
            Route("/media/{media_id}", self.media),
            Route("/log", self.log),
        ]

    def index(self, request: "Request") -> "Response":
        """The accounts and how many things each shows."""
        cards = [(account, self._shown(account)) for account in self._store.accounts()]
        faults = [(switch, FAULT_LABELS[switch.fault]) for switch in self._store.faults()]
        ahead = self._store.ahead() > 0
        return _page("index.html", cards=cards, faults=faults, ahead=ahead, now=_when(self._store.clock()))

    def weibo(self, request: "Request") -> "Response":
        account = self._store.account("weibo", request.path_params["uid"])
        if account is None:
            return _page("missing.html", 404, what="这个微博账号")
        statement = "SELECT * FROM weibos WHERE uid = ? AND deleted IS NULL ORDER BY mid DESC LIMIT ?"
        rows = self._store.rows(statement, account.id, PAGE_LENGTH)
        posts = [self._post(row) for row in rows]
        return _page("weibo.html", account=account, posts=posts, total=self._shown(account))

    def post(self, request: "Request") -> "Response":
        row = self._store.row(
            "SELECT * FROM weibos WHERE mid = ? AND deleted IS NULL", _number(request.path_params["mid"])
        )
        account = self._store.account("weibo", row["uid"]) if row else None
        if row is None or account is None:
            return _page("missing.html", 404, what="这条微博（可能已被删除）")
        return _page("post.html", account=account, post=self._post(row))

    def _post(self, row: Any) -> dict[str, Any]:
        heads = {"mid": row["mid"], "time": _when(row["created"]), "picture": row["picture"]}
        return {**heads, "pieces": self._pieces(row["shown"]), "quoted": self._quoted(row["reposted"])}

    def _quoted(self, mid: int) -> dict[str, Any] | None:
        """The post that a repost passes on."""
        row = self._store.row("SELECT * FROM weibos WHERE mid = ?", mid)
        if row is None:
            return None
        author = self._store.account("weibo", row["uid"])
        gone = [{"text": "此微博已被原作者删除。"}]
        return {
            "name": author.name if author else row["uid"],
            "pieces": gone if row["deleted"] is not None else self._pieces(row["shown"]),
            "picture": "" if row["deleted"] is not None else row["picture"],
        }

    def wechat(self, request: "Request") -> "Response":
        account = self._store.account("wechat", request.path_params["appid"])
        if account is None:
            return _page("missing.html", 404, what="这个公众号")
        statement = "SELECT * FROM on_phones WHERE appid = ? ORDER BY submitted DESC LIMIT ?"
        rows = self._store.rows(statement, account.id, PAGE_LENGTH)
        statement = "SELECT article_id, tag FROM mass_sends WHERE appid = ? AND tag > 0"
        groups = {row["article_id"]: row["tag"] for row in self._store.rows(statement, account.id)}
        pushes = [{**push, "tag": groups.get(push["id"])} for push in map(_push, rows) if push["articles"]]
        total = sum(len(push["articles"]) for push in pushes)
        return _page("wechat.html", account=account, pushes=pushes, total=total)

    def article(self, request: "Request") -> "Response":
        statement = "SELECT * FROM on_phones WHERE article_id = ?"
        row = self._store.row(statement, request.path_params["article_id"])
        articles = json.loads(row["articles"]) if row else []
        place = _number(request.path_params.get("place", "1"))
        if row is None or not 1 <= place <= len(articles) or articles[place - 1]["is_deleted"]:
            return _page("missing.html", 404, what="这篇文章（可能已被删除）")
        from markupsafe import Markup

        article = articles[place - 1]
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
        lines = [_line(line, names.get((line.platform, line.account), "未知账号")) for line in self._store.log()]
        return _page("log.html", lines=lines)

    def _shown(self, account: Account) -> int:
        if account.platform == "weibo":
            return self._store.number("SELECT count(*) FROM weibos WHERE uid = ? AND deleted IS NULL", account.id)
        return self._store.number("SELECT count(*) FROM on_phones WHERE appid = ?", account.id)

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


def _push(row: Any) -> dict[str, Any]:
    """What went out at once, without what was deleted of it; the first article has the address that it always had."""
    articles = [
        {"address": row["article_id"] if place == 1 else f"{row['article_id']}/{place}", **one}
        for place, one in enumerate(json.loads(row["articles"]), 1)
        if not one["is_deleted"]
    ]
    return {"id": row["article_id"], "time": _when(row["submitted"]), "articles": articles}


def _line(line: Logged, name: str) -> dict[str, Any]:
    """A line of the log, its result taken apart: the code, the words, and WeChat's number of the request."""
    words, _, request = line.result.partition(" rid: ")
    code, _, words = words.partition(" ")
    failed = code not in ("0", "HTTP") or (code == "HTTP" and not words.startswith("2"))
    shown = {"name": name, "platform": {"weibo": "微博", "wechat": "微信"}[line.platform], "time": _stamp(line.at)}
    told = {"code": code, "words": "" if words == "ok" else words, "request": request, "failed": failed}
    return {"number": line.number, "call": line.call, "accepted": line.accepted, "marker": line.marker, **shown, **told}


def _stamp(seconds: float) -> str:
    return f"{in_china(datetime.fromtimestamp(seconds, UTC)):%m-%d %H:%M:%S}"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
