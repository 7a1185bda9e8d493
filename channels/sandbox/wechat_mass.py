"""The sandbox's mass sends: submitted, sent to all, deleted (contracts: WeChat 7)."""

import json
import secrets
from datetime import datetime
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.events import MASS, TELLERS, announce, cdata
from channels.sandbox.exchange import Call, Handler, Reply
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat_publish import with_lasting_addresses
from channels.sandbox.wechat_replies import body_of, failure
from content.canonical import digest
from content.clock import CHINA

SENDALL = "cgi-bin/message/mass/sendall"
LONGEST_ID = 32
WINDOW_SECONDS = 86_400
PAUSE_SECONDS = 60
# What an account's quotas call its sends to all.
A_DAY, A_MONTH = "sends a day", "sends a month"
A_MINUTE = 60
# A job runs until it was asked about once, or this long (seconds).
POLLS = 1
SENDING_SECONDS = 1.0
SUCCESS, RUNNING, FAILED, DELETED = "SEND_SUCCESS", "SENDING", "SEND_FAIL", "DELETE"
MESSAGES = ("mpnews", "text", "voice", "image", "mpvideo", "wxcard")
FARTHEST_TAG = 2**31
_FIRST_ID = 3_147_483_650
# An article's address and its figures name the message's data, not the job.
DATA_IDS_BEHIND = 900_000_000


class Mass:
    """The calls under ``message/mass/``."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def calls(self) -> dict[str, tuple[str, Handler]]:
        """Path to method and handler."""
        return {
            SENDALL: ("POST", self.sendall),
            "cgi-bin/message/mass/get": ("POST", self.get),
            "cgi-bin/message/mass/delete": ("POST", self.delete),
            "cgi-bin/message/mass/preview": ("POST", self.preview),
        }

    def sendall(self, account: Account, call: Call) -> Reply:
        """Accepts the job; the draft leaves the box. What was accepted under the same id in the last 24 hours is named
        instead, without asking about the draft or what is left of the day's sends."""
        values = body_of(call)
        problem = values if isinstance(values, Reply) else self._too_fast(account, call) or _message_problem(values)
        if isinstance(values, Reply) or problem:
            return problem or failure(47001, "data format error")
        known = self._known(account, _client_id(values))
        if known is not None:
            return self._repeated(known)
        draft = self._draft(account, values) if values["msgtype"] == "mpnews" else None
        problem = self._not_to_be_sent(account, values, draft)
        if problem:
            return problem
        reply = self._taken(account, call, values, draft["articles"] if draft else "[]")
        if draft:
            self._store.run("DELETE FROM drafts WHERE media_id = ?", draft["media_id"])
        return reply

    def get(self, account: Account, call: Call) -> Reply:
        """Its status; without ``errcode`` (contracts: WeChat 7.4)."""
        row = self._named(account, call)
        if isinstance(row, Reply):
            return row
        if row["polls"] > 0:
            self._store.run("UPDATE mass_sends SET polls = polls - 1 WHERE msg_id = ?", row["msg_id"])
        return Reply({"msg_id": row["msg_id"], "msg_status": self._status(row)})

    def delete(self, account: Account, call: Call) -> Reply:
        """One article by its 1-based index; without an index, or with 0, all of them. Only what was sent."""
        row = self._named(account, call)
        if isinstance(row, Reply):
            return row
        articles, index = json.loads(row["articles"]), json.loads(call.body).get("article_idx", 0)
        if self._status(row) != SUCCESS or not articles:
            return failure(40059, "invalid msg id")
        if type(index) is not int or not 0 <= index <= len(articles):
            return failure(40114, "invalid index value")
        for place, one in enumerate(articles, 1):
            one["is_deleted"] = one["is_deleted"] or index in (0, place)
        outcome = DELETED if all(one["is_deleted"] for one in articles) else SUCCESS
        statement = "UPDATE mass_sends SET articles = ?, outcome = ? WHERE msg_id = ?"
        self._store.run(statement, json.dumps(articles, ensure_ascii=False), outcome, row["msg_id"])
        return Reply({"errcode": 0, "errmsg": "ok"}, accepted=True, marker=str(row["msg_id"]))

    def preview(self, account: Account, call: Call) -> Reply:
        """To one follower, by an openid or a WeChat name; nobody else sees it, and the draft stays."""
        values = body_of(call)
        problem = values if isinstance(values, Reply) else self._too_fast(account, call)
        if isinstance(values, Reply) or problem:
            return problem or failure(47001, "data format error")
        if not (values.get("touser") or values.get("towxname")):
            return failure(40003, "invalid openid")
        if values.get("msgtype") not in MESSAGES:
            return failure(45162, "invalid msgtype")
        if values["msgtype"] == "mpnews" and self._draft(account, values) is None:
            return failure(40007, "invalid media_id")
        return Reply({"errcode": 0, "errmsg": "preview success", "msg_id": self._next()})

    def failing(self, msg_id: int, reason: int) -> None:
        """The job just accepted will not be sent; the event says why where there is a reason (contracts: WeChat 7.4)."""
        statement = "UPDATE mass_sends SET outcome = ?, reason = ? WHERE msg_id = ?"
        self._store.run(statement, FAILED, reason, msg_id)

    def _not_to_be_sent(self, account: Account, values: dict[str, Any], draft: Any) -> Reply | None:
        tag = _tag(values)
        if tag and account.tags and tag not in account.tags:
            return failure(40152, "invalid group_id")
        if values["msgtype"] == "mpnews" and draft is None:
            return failure(40007, "invalid media_id")
        return None if self._left(account, tag) else failure(45028, "has no masssend quota")

    def _taken(self, account: Account, call: Call, values: dict[str, Any], articles: str) -> Reply:
        number, now = self._next(), self._store.clock()
        kept = with_lasting_addresses(articles, data_id := number - DATA_IDS_BEHIND)
        row = (number, account.id, _client_id(values), values["msgtype"], secrets.token_urlsafe(48), kept, now, now)
        statement = (
            "INSERT INTO mass_sends (msg_id, appid, clientmsgid, msgtype, article_id, articles, submitted, asked, polls,"
            " outcome, tag) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        self._store.run(statement, *row, POLLS, SUCCESS, _tag(values))
        announce(self._store, account, call.name, MASS, str(number))
        news = json.loads(kept)
        body = {"errcode": 0, "errmsg": "send job submission success", "msg_id": number}
        body |= {"msg_data_id": data_id} if news else {}
        marker = str(news[0].get("content_source_url", "")) if news else str(number)
        return Reply(body, accepted=True, marker=marker)

    def _repeated(self, known: Any) -> Reply:
        """Contracts: WeChat 7.2: named with its number, without ``msg_data_id``; too soon after the last call, not even that."""
        now = self._store.clock()
        self._store.run("UPDATE mass_sends SET asked = ? WHERE msg_id = ?", now, known["msg_id"])
        if now - known["asked"] < PAUSE_SECONDS:
            return failure(45066, "same clientmsgid retry too fast")
        reply = failure(45065, "clientmsgid exist")
        return Reply({**reply.body, "msg_id": known["msg_id"]})

    def _known(self, account: Account, identity: str) -> Any:
        statement = (
            "SELECT * FROM mass_sends WHERE appid = ? AND clientmsgid = ? AND submitted > ? ORDER BY msg_id DESC"
        )
        return self._store.row(statement, account.id, identity, self._store.clock() - WINDOW_SECONDS)

    def _left(self, account: Account, tag: int) -> bool:
        """Whether the account may send: once a day, or what its quotas say of ``sends a day`` or, for a service account,
        ``sends a month``, which each follower gets, so that a group is counted with what went to all; those that failed do
        not count (contracts: WeChat 7.1)."""
        now = datetime.fromtimestamp(self._store.clock(), CHINA)
        began = now.replace(hour=0, minute=0, second=0, microsecond=0)
        most = account.quotas.get(A_MONTH)
        if most is not None:
            began = began.replace(day=1)
        statement = "SELECT count(*) FROM mass_sends WHERE appid = ? AND submitted >= ? AND outcome != ?"
        statement += " AND (? OR tag IN (0, ?))"
        made = self._store.number(statement, account.id, began.timestamp(), FAILED, most is None, tag)
        return made < (account.quotas.get(A_DAY, 1) if most is None else most)

    def _too_fast(self, account: Account, call: Call) -> Reply | None:
        statement = "SELECT count(*) FROM calls WHERE account = ? AND call = ? AND at > ?"
        if self._store.number(statement, account.id, call.name, self._store.clock() - 60) < A_MINUTE:
            return None
        return failure(45011, "api minute-quota reach limit, must slower, retry next minute")

    def _status(self, row: Any) -> str:
        running = row["polls"] > 0 and self._store.clock() - row["submitted"] < SENDING_SECONDS
        return RUNNING if running and row["outcome"] != DELETED else str(row["outcome"])

    def _named(self, account: Account, call: Call) -> Any:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        number = str(values.get("msg_id", ""))
        known = number.isascii() and number.isdigit() and len(number) < 19
        statement = "SELECT * FROM mass_sends WHERE msg_id = ? AND appid = ?"
        row = self._store.row(statement, int(number), account.id) if known else None
        return failure(40059, "invalid msg id") if row is None else row

    def _draft(self, account: Account, values: dict[str, Any]) -> Any:
        news = values.get("mpnews")
        media_id = str(news.get("media_id", "")) if isinstance(news, dict) else ""
        return self._store.row("SELECT * FROM drafts WHERE media_id = ? AND appid = ?", media_id, account.id)

    def _next(self) -> int:
        return max(self._store.number("SELECT max(msg_id) FROM mass_sends"), _FIRST_ID) + 1


def _message_problem(values: dict[str, Any]) -> Reply | None:
    group, identity = values.get("filter"), values.get("clientmsgid", "")
    if not isinstance(group, dict) or not isinstance(group.get("is_to_all"), bool):
        return failure(40035, "invalid parameter")
    if not group["is_to_all"] and (type(group.get("tag_id")) is not int or not 0 < group["tag_id"] < FARTHEST_TAG):
        return failure(40152, "invalid group_id")
    if values.get("msgtype") not in MESSAGES or not isinstance(values.get(values["msgtype"]), dict):
        return failure(45162, "invalid msgtype")
    if not isinstance(identity, str) or len(identity.encode()) > LONGEST_ID:
        return failure(45067, "clientmsgid size out of limit")
    return None


def _tag(values: dict[str, Any]) -> int:
    """The group of followers that it goes to, 0 for all of them."""
    return 0 if values["filter"]["is_to_all"] else int(values["filter"]["tag_id"])


def _client_id(values: dict[str, Any]) -> str:
    """The caller's id, else the platform's own digest of audience and content (contracts: WeChat 7.2)."""
    said = {"filter": values["filter"], "content": values[values["msgtype"]]}
    return str(values.get("clientmsgid") or f"own:{digest(json.dumps(said, sort_keys=True).encode())[:32]}")


def _told(store: SandboxStore, job: str) -> str | None:
    """MASSSENDJOBFINISH; the send is over once it is told (contracts: WeChat 7.4)."""
    row = store.row("SELECT * FROM mass_sends WHERE msg_id = ?", int(job))
    if row is None:
        return None
    store.run("UPDATE mass_sends SET polls = 0 WHERE msg_id = ?", row["msg_id"])
    sent = row["outcome"] != FAILED
    items = [
        f"<item><ArticleIdx>{place}</ArticleIdx><ArticleUrl>{cdata(one['url'])}</ArticleUrl></item>"
        for place, one in enumerate(json.loads(row["articles"]), 1)
    ]
    counts = "<TotalCount>2</TotalCount><FilterCount>2</FilterCount>"
    counts += f"<SentCount>{2 * sent}</SentCount><ErrorCount>{2 - 2 * sent}</ErrorCount>"
    addresses = f"<Count>{len(items)}</Count><ResultList>{''.join(items)}</ResultList>" if sent else "<Count>0</Count>"
    failed = f"err({row['reason']})" if row["reason"] else "send fail"
    status = cdata("send success" if sent else failed)
    told = f"<MsgID>{job}</MsgID><Status>{status}</Status>{counts}"
    return f"<Event>{cdata('MASSSENDJOBFINISH')}</Event>{told}<ArticleUrlResult>{addresses}</ArticleUrlResult>"


TELLERS[MASS] = _told
