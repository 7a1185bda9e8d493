"""The sandbox's draft box: what an article may be, and what the platform makes of it (contracts: WeChat 5, 9)."""

import json
import re
import secrets
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Reply
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat_replies import body_of, done, failure, page_of, without_content

TITLE, AUTHOR, DIGEST = 32, 16, 128
CONTENT_BYTES = 1024 * 1024
SOURCE_BYTES = 1024
MOST_ARTICLES = 8
DEFAULT_DIGEST = 54
_LINK = re.compile(r"https?://mp\.weixin\.qq\.com/")
_PICTURE = re.compile(r"https?://mmbiz\.qpic\.cn/")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REMOVED = ("script", "style", "iframe", "link", "object", "embed", "form", "input")


class Drafts:
    """The calls under ``draft/``."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def add(self, account: Account, call: Call) -> Reply:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        articles = values.get("articles")
        if not isinstance(articles, list) or not 1 <= len(articles) <= MOST_ARTICLES:
            return failure(44003, "empty news data")
        kept = []
        for article in articles:
            made = self._made(account, article)
            if isinstance(made, Reply):
                return made
            kept.append(made)
        return self._keep(account, kept)

    def get(self, account: Account, call: Call) -> Reply:
        row = self._named(account, call)
        if isinstance(row, Reply):
            return row
        return Reply(_entry(row, without=False))

    def delete(self, account: Account, call: Call) -> Reply:
        row = self._named(account, call)
        if isinstance(row, Reply):
            return row
        self._store.run("DELETE FROM drafts WHERE media_id = ?", row["media_id"])
        return done()

    def count(self, account: Account, call: Call) -> Reply:
        return Reply({"total_count": self._total(account)})

    def batch(self, account: Account, call: Call) -> Reply:
        values = body_of(call)
        page = values if isinstance(values, Reply) else page_of(values)
        if isinstance(page, Reply):
            return page
        offset, count, without = page
        statement = "SELECT * FROM drafts WHERE appid = ? ORDER BY number DESC LIMIT ? OFFSET ?"
        rows = self._store.rows(statement, account.id, count, offset)
        items = [
            {"media_id": row["media_id"], "content": _entry(row, without=without), "update_time": row["created"]}
            for row in rows
        ]
        return Reply({"item": items, "total_count": self._total(account), "item_count": len(items)})

    def _total(self, account: Account) -> int:
        return self._store.number("SELECT count(*) FROM drafts WHERE appid = ?", account.id)

    def _keep(self, account: Account, articles: list[dict[str, Any]]) -> Reply:
        media_id = secrets.token_urlsafe(48)
        text = json.dumps(articles, ensure_ascii=False)
        number = self._store.number("SELECT max(number) FROM drafts") + 1
        values = (media_id, account.id, text, int(self._store.clock()), number)
        self._store.run("INSERT INTO drafts VALUES (?, ?, ?, ?, ?)", *values)
        marker = str(articles[0].get("content_source_url", ""))
        return Reply({"media_id": media_id, "item": []}, accepted=True, marker=marker)

    def _named(self, account: Account, call: Call) -> Any:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        statement = "SELECT * FROM drafts WHERE media_id = ? AND appid = ?"
        row = self._store.row(statement, str(values.get("media_id", "")), account.id)
        return failure(40007, "invalid media_id") if row is None else row

    def _made(self, account: Account, article: Any) -> dict[str, Any] | Reply:
        if not isinstance(article, dict):
            return failure(47001, "data format error")
        problem = _head_problem(article) or self._thumb_problem(account, article)
        if problem:
            return problem
        content = _cleaned(_text(article, "content"))
        if isinstance(content, Reply):
            return content
        names = ("title", "author", "content_source_url", "thumb_media_id")
        heads = {name: _text(article, name) for name in names}
        digest = _text(article, "digest") or _plain(content)[:DEFAULT_DIGEST]
        flags = {name: int(article.get(name) == 1) for name in ("need_open_comment", "only_fans_can_comment")}
        made = {"article_type": "news", **heads, "digest": digest, "content": content, "show_cover_pic": 0, **flags}
        return made | {"url": f"http://mp.weixin.qq.com/s?tempkey={secrets.token_urlsafe(24)}#rd"}

    def _thumb_problem(self, account: Account, article: dict[str, Any]) -> Reply | None:
        statement = "SELECT 1 FROM media WHERE id = ? AND account = ? AND platform = 'wechat' AND use = 'material'"
        known = self._store.row(statement, _text(article, "thumb_media_id"), account.id)
        return None if known else failure(40007, "invalid media_id")


def _head_problem(article: dict[str, Any]) -> Reply | None:
    content = _text(article, "content")
    rules = [
        (not _text(article, "title").strip() or len(_text(article, "title")) > TITLE, 45003, "title size out of limit"),
        (len(_text(article, "author")) > AUTHOR, 45110, "author size out of limit"),
        (len(_text(article, "digest")) > DIGEST, 45004, "description size out of limit"),
        (not content.strip(), 44004, "empty content"),
        (len(content.encode()) >= CONTENT_BYTES, 45002, "content size out of limit"),
        (len(_text(article, "content_source_url").encode()) > SOURCE_BYTES, 41039, "invalid content_source_url"),
    ]
    return next((failure(code, words) for broken, code, words in rules if broken), None)


def _cleaned(content: str) -> str | Reply:
    """What the platform keeps: no scripts, no classes, no foreign pictures; ``src`` becomes ``data-src``."""
    from lxml import etree, html

    root = html.fragment_fromstring(f"<section>{_CONTROL.sub('', content)}</section>")
    if any(not _LINK.match(link.get("href", "")) for link in root.iter("a") if link.get("href")):
        return failure(45166, "invalid content")
    for element in list(root.iter(etree.Comment, *_REMOVED)):
        element.drop_tree()
    for picture in list(root.iter("img")):
        if not _PICTURE.match(picture.get("src", "")):
            picture.drop_tree()
    for element in root.iter(etree.Element):
        _attributes(element)
    parts = [root.text or "", *(html.tostring(child, encoding="unicode") for child in root)]
    return "".join(parts)


def _attributes(element: Any) -> None:
    kept = {
        name: value
        for name, value in element.attrib.items()
        if name not in ("class", "id") and not name.startswith("on")
    }
    if element.tag == "img":
        kept["data-src"] = kept.pop("src", "")
    element.attrib.clear()
    element.attrib.update(dict(sorted(kept.items())))


def _entry(row: Any, *, without: bool) -> dict[str, Any]:
    articles = json.loads(row["articles"])
    kept = without_content(articles) if without else articles
    return {"news_item": kept, "create_time": row["created"], "update_time": row["created"]}


def _plain(content: str) -> str:
    from lxml import html

    return " ".join(html.fragment_fromstring(f"<div>{content}</div>").text_content().split())


def _text(article: dict[str, Any], name: str) -> str:
    value = article.get(name, "")
    return value if isinstance(value, str) else ""
