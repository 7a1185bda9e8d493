"""The sandbox's draft box: what an article may be, and what the platform makes of it (contracts: WeChat 5)."""

import json
import secrets
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Handler, Reply
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat_articles import Articles
from channels.sandbox.wechat_replies import body_of, done, failure, page_of, without_content

MOST_ARTICLES = 8


class Drafts:
    """The calls under ``draft/``."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store
        self._articles = Articles(store)

    def calls(self) -> dict[str, tuple[str, Handler]]:
        return {
            "cgi-bin/draft/add": ("POST", self.add),
            "cgi-bin/draft/update": ("POST", self.update),
            "cgi-bin/draft/get": ("POST", self.get),
            "cgi-bin/draft/batchget": ("POST", self.batch),
            "cgi-bin/draft/delete": ("POST", self.delete),
            "cgi-bin/draft/count": ("GET", self.count),
            "cgi-bin/draft/switch": ("POST", self.switch),
        }

    def add(self, account: Account, call: Call) -> Reply:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        articles = values.get("articles")
        if not isinstance(articles, list) or not articles:
            return failure(44003, "empty news data")
        if len(articles) > MOST_ARTICLES:
            return failure(45008, "article size out of limit")
        kept = []
        for article in articles:
            made = self._articles.made(account, call, article, alone=len(articles) == 1)
            if isinstance(made, Reply):
                return made
            kept.append(made)
        return self._keep(account, kept)

    def update(self, account: Account, call: Call) -> Reply:
        """One article, an object, at its 0-based index; its cover stays where none is named (contracts: WeChat 5.2)."""
        row, values = self._named(account, call), body_of(call)
        if isinstance(row, Reply) or isinstance(values, Reply):
            return row if isinstance(row, Reply) else failure(47001, "data format error")
        articles, index, given = json.loads(row["articles"]), values.get("index"), values.get("articles")
        if type(index) is not int or not 0 <= index < len(articles):
            return failure(40114, "invalid index value")
        if not isinstance(given, dict):
            return failure(47001, "data format error")
        given = {"thumb_media_id": articles[index]["thumb_media_id"]} | given
        made = self._articles.made(account, call, given, alone=len(articles) == 1)
        if isinstance(made, Reply):
            return made
        articles[index] = made
        text = json.dumps(articles, ensure_ascii=False)
        self._store.run("UPDATE drafts SET articles = ? WHERE media_id = ?", text, row["media_id"])
        return Reply(done().body, accepted=True, marker=made["content_source_url"])

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

    def switch(self, account: Account, call: Call) -> Reply:
        """Whether the draft box is on; it was once a choice (contracts: WeChat 5.2)."""
        return Reply({"errcode": 0, "errmsg": "ok", "is_open": 1})

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
        self._store.run(
            "INSERT INTO drafts (media_id, appid, articles, created, number) VALUES (?, ?, ?, ?, ?)", *values
        )
        marker = str(articles[0].get("content_source_url", ""))
        return Reply({"media_id": media_id, "item": []}, accepted=True, marker=marker)

    def _named(self, account: Account, call: Call) -> Any:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        statement = "SELECT * FROM drafts WHERE media_id = ? AND appid = ?"
        row = self._store.row(statement, str(values.get("media_id", "")), account.id)
        return failure(40007, "invalid media_id") if row is None else row


def _entry(row: Any, *, without: bool) -> dict[str, Any]:
    articles = json.loads(row["articles"])
    kept = without_content(articles) if without else articles
    return {"news_item": kept, "create_time": row["created"], "update_time": row["created"]}
