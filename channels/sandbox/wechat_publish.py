"""The sandbox's publications: submitted, running, there, deleted (contracts: WeChat 6)."""

import json
import secrets
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.events import PUBLICATION, announce
from channels.sandbox.exchange import Call, Handler, Reply
from channels.sandbox.faults import Fault
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat_replies import PLATFORM, body_of, done, failure, page_of, without_content

# A task runs until it was asked about once, or this long (seconds).
POLLS = 1
REVIEW_SECONDS = 1.0
PUBLISHED, RUNNING, DELETED = 0, 1, 5
REFUSED = (2, 3, 4)
# The message's number, which its articles' addresses bear too, is another one than the task's.
DATA_IDS_AHEAD = 7
_FIRST_ID = 2_247_483_655


class Publications:
    """The calls under ``freepublish/``."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def calls(self) -> dict[str, tuple[str, Handler]]:
        return {
            "cgi-bin/freepublish/submit": ("POST", self.submit),
            "cgi-bin/freepublish/get": ("POST", self.get),
            "cgi-bin/freepublish/batchget": ("POST", self.batch),
            "cgi-bin/freepublish/getarticle": ("POST", self.article),
            "cgi-bin/freepublish/delete": ("POST", self.delete),
        }

    def submit(self, account: Account, call: Call) -> Reply:
        """Accepts the task; the draft leaves the box. ``publish_id`` is a number, whatever the documentation says."""
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        media_id = str(values.get("media_id", ""))
        draft = self._store.row("SELECT * FROM drafts WHERE media_id = ? AND appid = ?", media_id, account.id)
        if draft is None:
            return failure(40007, "invalid media_id")
        number = self._begun(account, call, draft)
        self._store.run("DELETE FROM drafts WHERE media_id = ?", media_id)
        announce(self._store, account, call.name, PUBLICATION, str(number))
        reply = done(publish_id=self._told(account, call, number), msg_data_id=number + DATA_IDS_AHEAD)
        marker = str(json.loads(draft["articles"])[0].get("content_source_url", ""))
        return Reply(reply.body, accepted=True, marker=marker)

    def _begun(self, account: Account, call: Call, draft: Any) -> int:
        """Keeps the publication with the states that it will go through, and returns its number."""
        review = self._store.take(PLATFORM, account.id, Fault.REVIEW, call.name)
        script = list(review.script) if review else []
        number = max(self._store.number("SELECT max(publish_id) FROM publications"), _FIRST_ID) + 1
        self._store.run(
            "INSERT INTO publications (publish_id, appid, article_id, articles, submitted, polls, outcome, script)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            number,
            account.id,
            secrets.token_urlsafe(48),
            with_lasting_addresses(draft["articles"], number + DATA_IDS_AHEAD),
            self._store.clock(),
            0 if script else POLLS,
            RUNNING if script else PUBLISHED,
            json.dumps(script),
        )
        return number

    def _told(self, account: Account, call: Call, number: int) -> int | str:
        as_string = self._store.take(PLATFORM, account.id, Fault.PUBLISH_ID_STRING, call.name)
        return str(number) if as_string else number

    def get(self, account: Account, call: Call) -> Reply:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        row = self._by_number(account, str(values.get("publish_id", "")))
        if row is None:
            return failure(53502, "invalid publish_id")
        status = self._asked(row) if self._seen(row, self._lag(account, call)) else RUNNING
        told = self._told(account, call, row["publish_id"])
        reply: dict[str, Any] = {"publish_id": told, "publish_status": status, "fail_idx": []}
        if status == PUBLISHED:
            links = [{"idx": place, "article_url": one["url"]} for place, one in enumerate(_articles(row), 1)]
            reply |= {"article_id": row["article_id"], "article_detail": {"count": len(links), "item": links}}
        elif status in REFUSED:
            reply["fail_idx"] = list(range(1, len(_articles(row)) + 1))
        return Reply(reply)

    def batch(self, account: Account, call: Call) -> Reply:
        values = body_of(call)
        page = values if isinstance(values, Reply) else page_of(values)
        if isinstance(page, Reply):
            return page
        offset, count, without = page
        statement = "SELECT * FROM publications WHERE appid = ? AND outcome = 0 ORDER BY publish_id DESC"
        rows = [row for row in self._store.rows(statement, account.id) if self._status(row) == PUBLISHED]
        lag = self._lag(account, call)
        seen = [row for row in rows if self._seen(row, lag)]
        items = [_listed(row, without=without) for row in seen[offset : offset + count]]
        return Reply({"item": items, "total_count": len(seen), "item_count": len(items)})

    def article(self, account: Account, call: Call) -> Reply:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        row = self._by_article(account, str(values.get("article_id", "")))
        if row is None or self._status(row) != PUBLISHED or not self._seen(row, self._lag(account, call)):
            return failure(53600, "Article ID 无效")
        moment = int(row["submitted"])
        return Reply({"news_item": _articles(row), "create_time": moment, "update_time": moment})

    def delete(self, account: Account, call: Call) -> Reply:
        """One article by its 1-based index; without an index, or with 0, all of them."""
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        row = self._by_article(account, str(values.get("article_id", "")))
        if row is None or row["outcome"] == DELETED:
            return failure(53600, "Article ID 无效")
        articles, index = _articles(row), values.get("index", 0)
        if type(index) is not int or not 0 <= index <= len(articles):
            return failure(40114, "invalid index value")
        for place, one in enumerate(articles, 1):
            one["is_deleted"] = one["is_deleted"] or index in (0, place)
        outcome = DELETED if all(one["is_deleted"] for one in articles) else row["outcome"]
        statement = "UPDATE publications SET articles = ?, outcome = ? WHERE publish_id = ?"
        self._store.run(statement, json.dumps(articles, ensure_ascii=False), outcome, row["publish_id"])
        return Reply(done().body, accepted=True, marker=row["article_id"])

    def _asked(self, row: Any) -> int:
        """The state that this question brings forward: the next of the script, whose last stays."""
        script = json.loads(row["script"])
        if not script or row["outcome"] == DELETED:
            self._store.run("UPDATE publications SET polls = max(polls - 1, 0) WHERE publish_id = ?", row["publish_id"])
            return self._status(row)
        left = json.dumps(script[1:] or script)
        statement = "UPDATE publications SET outcome = ?, script = ? WHERE publish_id = ?"
        self._store.run(statement, script[0], left, row["publish_id"])
        return int(script[0])

    def _status(self, row: Any) -> int:
        running = row["polls"] > 0 and self._store.clock() - row["submitted"] < REVIEW_SECONDS
        return RUNNING if running and row["outcome"] != DELETED else int(row["outcome"])

    def _lag(self, account: Account, call: Call) -> float:
        switch = self._store.take("wechat", account.id, Fault.VISIBILITY_LAG, call.name)
        return switch.value if switch else 0

    def _seen(self, row: Any, lag: float) -> bool:
        return bool(self._store.clock() - row["submitted"] >= lag)

    def _by_number(self, account: Account, number: str) -> Any:
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            return None
        return self._store.row("SELECT * FROM publications WHERE publish_id = ? AND appid = ?", int(number), account.id)

    def _by_article(self, account: Account, article_id: str) -> Any:
        return self._store.row("SELECT * FROM publications WHERE article_id = ? AND appid = ?", article_id, account.id)


def with_lasting_addresses(articles: str, number: int) -> str:
    """The draft's articles with their lasting addresses."""
    made = [
        one
        | {
            "is_deleted": False,
            "url": f"http://mp.weixin.qq.com/s?__biz=sandbox&mid={number}&idx={place}&sn={secrets.token_hex(16)}",
        }
        for place, one in enumerate(json.loads(articles), 1)
    ]
    return json.dumps(made, ensure_ascii=False)


def _articles(row: Any) -> list[dict[str, Any]]:
    articles: list[dict[str, Any]] = json.loads(row["articles"])
    return articles


def _listed(row: Any, *, without: bool) -> dict[str, Any]:
    articles = without_content(_articles(row)) if without else _articles(row)
    moment = int(row["submitted"])
    content = {"news_item": articles, "create_time": moment, "update_time": moment}
    return {"article_id": row["article_id"], "content": content, "update_time": moment}
