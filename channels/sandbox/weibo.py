"""Weibo in the sandbox: the calls of an ordinary app on its own account (contracts: Weibo)."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Reply, Upload
from channels.sandbox.faults import Fault
from channels.sandbox.pictures import picture_type
from channels.sandbox.store import SandboxStore
from channels.weibo.address import ALPHABET
from channels.weibo.wording import LIMIT, URL, length
from content.clock import in_china

PLATFORM = "weibo"
SHOWN = 5
PICTURE_BYTES = 5 * 1024 * 1024
TOKEN_SECONDS = 30 * 86_400
DUPLICATE_SECONDS = 86_400
_FIRST_MID = 5_211_000_000_000_000
_MID_STEP = 1_000_037
_TOPIC = re.compile(r"#[^#\n]+#")


class Weibo:
    """The platform's rules over the store's state. ``reply`` answers one call."""

    platform = PLATFORM

    def __init__(self, store: SandboxStore) -> None:
        self._store = store
        self._calls: dict[str, Callable[[Account, Call], Reply]] = {
            "oauth2/get_token_info": self._token_info,
            "2/account/rate_limit_status.json": self._rate_limit,
            "2/statuses/share.json": self._share,
            "2/statuses/update.json": self._closed,
            "2/statuses/destroy.json": self._destroy,
            "2/statuses/show.json": self._show,
            "2/statuses/user_timeline.json": self._timeline,
            "2/statuses/count.json": self._count,
        }

    def account_of(self, call: Call) -> str:
        """The uid whose token the call bears, empty for a stranger's."""
        account = self._account(call)
        return account.id if account else ""

    def reply(self, call: Call) -> Reply:
        handler = self._calls.get(call.name)
        if handler is None:
            return failure(call, 10020, "Interface not found!", 404)
        if not self._token(call):
            return failure(call, 21301, "Auth faild! empty accessToken", 403)
        account = self._account(call)
        if account is None:
            return failure(call, 21332, "invalid_access_token", 401)
        if account.limit and self._store.calls_today(account) >= account.limit:
            return self.rate(call)
        return handler(account, call)

    def rate(self, call: Call) -> Reply:
        return failure(call, 10023, "User requests out of rate limit!", 400)

    def refused(self, call: Call) -> Reply:
        return failure(call, 20021, "content is illegal!", 400)

    def expired(self, call: Call) -> Reply:
        return failure(call, 21327, "expired_token", 401)

    def delayed(self, call: Call, reply: Reply) -> Reply:
        """The post was made, but the answer is the code that says so (20032)."""
        told = failure(call, 20032, "Your weibo will be shown in one or two minutes.", 400)
        return Reply(told.body, told.status, accepted=reply.accepted, marker=reply.marker)

    def _token_info(self, account: Account, call: Call) -> Reply:
        since = self._store.account_since(account)
        left = int(since + TOKEN_SECONDS - self._store.clock())
        values = {"uid": _number(account.id), "appkey": 1352222456, "scope": None}
        return Reply({**values, "create_at": int(since), "expire_in": left})

    def _rate_limit(self, account: Account, call: Call) -> Reply:
        limit = account.limit or 15_000
        left = max(limit - self._store.calls_today(account), 0) if account.limit else limit
        values: dict[str, Any] = {"ip_limit": 15_000, "limit_time_unit": "HOURS", "remaining_ip_hits": 15_000}
        values |= {
            "remaining_user_hits": left,
            "user_limit": limit,
            "reset_time_in_seconds": 3600,
            "api_rate_limits": [],
        }
        return Reply(values)

    def _closed(self, account: Account, call: Call) -> Reply:
        return failure(call, 10014, "Insufficient app permissions!", 403)

    def _share(self, account: Account, call: Call) -> Reply:
        status = call.value("status").replace("\r\n", "\n").strip()
        problem = self._text_problem(account, call, status) or _picture_problem(call)
        if problem:
            return problem
        shown = self._shortened(_TOPIC.sub("", status))
        if self._repeated(account, status):
            return failure(call, 20019, "repeat content!", 400)
        mid = max(self._store.number("SELECT max(mid) FROM weibos"), _FIRST_MID) + _MID_STEP
        picture = self._kept(account, call.uploads.get("pic"), mid)
        values = (mid, account.id, status, f"{shown} \u200b", picture, self._store.clock())
        self._store.run("INSERT INTO weibos VALUES (?, ?, ?, ?, ?, ?, NULL)", *values)
        post = self._row(account, str(mid))
        return Reply(self._status(account, post), accepted=True, marker=status)

    def _text_problem(self, account: Account, call: Call, status: str) -> Reply | None:
        if call.method != "POST":
            return failure(call, 10021, "HTTP METHOD is not suported for this request!", 405)
        if not status:
            return failure(call, 20008, "Content is null", 400)
        if not call.value("rip"):
            return failure(call, 10016, "Miss required parameter (rip) , see doc for more info.", 400)
        if length(status) > LIMIT:
            return failure(call, 20012, "Text too long, please input text less than 140 characters!", 400)
        hosts = [urlsplit(address).hostname or "" for address in URL.findall(status)]
        if not any(host == account.domain or host.endswith(f".{account.domain}") for host in hosts):
            return failure(call, 10017, "text not find domain!", 400)
        return None

    def _destroy(self, account: Account, call: Call) -> Reply:
        if call.method != "POST":
            return failure(call, 10021, "HTTP METHOD is not suported for this request!", 405)
        if self._store.take(PLATFORM, account.id, Fault.DESTROY_CLOSED, call.name):
            return self._closed(account, call)
        row = self._row(account, call.value("id"))
        if row is None or row["deleted"] is not None:
            return failure(call, 20101, "target weibo does not exist!", 400)
        self._store.run("UPDATE weibos SET deleted = ? WHERE mid = ?", self._store.clock(), row["mid"])
        return Reply(self._status(account, row), accepted=True, marker=row["text"])

    def _show(self, account: Account, call: Call) -> Reply:
        row = self._row(account, call.value("id"))
        if row is None or row["deleted"] is not None or not self._visible(row, self._lag(account, call)):
            return failure(call, 20101, "target weibo does not exist!", 400)
        return Reply(self._status(account, row))

    def _timeline(self, account: Account, call: Call) -> Reply:
        asked = call.value("uid")
        if asked and asked != account.id:
            return failure(call, 21335, "uid must be the current user", 400)
        rows = self._store.rows("SELECT * FROM weibos WHERE uid = ? AND deleted IS NULL ORDER BY mid DESC", account.id)
        lag = self._lag(account, call)
        seen = [self._status(account, row) for row in rows[:100] if self._visible(row, lag)]
        return Reply({"statuses": seen[:SHOWN], "previous_cursor": 0, "next_cursor": 0, "total_number": len(seen)})

    def _count(self, account: Account, call: Call) -> Reply:
        rows = [self._row(account, mid.strip()) for mid in call.value("ids").split(",")[:100]]
        alive = [row for row in rows if row is not None and row["deleted"] is None]
        return Reply([{"id": row["mid"], "comments": 0, "reposts": 0, "attitudes": 0} for row in alive])

    def _lag(self, account: Account, call: Call) -> float:
        switch = self._store.take(PLATFORM, account.id, Fault.VISIBILITY_LAG, call.name)
        return switch.value if switch else 0

    def _visible(self, row: Any, lag: float) -> bool:
        return bool(self._store.clock() - row["created"] >= lag)

    def _row(self, account: Account, mid: str) -> Any:
        if not (mid.isascii() and mid.isdigit() and len(mid) < 19):
            return None
        return self._store.row("SELECT * FROM weibos WHERE mid = ? AND uid = ?", int(mid), account.id)

    def _repeated(self, account: Account, status: str) -> bool:
        since = self._store.clock() - DUPLICATE_SECONDS
        statement = "SELECT 1 FROM weibos WHERE uid = ? AND text = ? AND created > ? AND deleted IS NULL"
        return self._store.row(statement, account.id, status, since) is not None

    def _shortened(self, status: str) -> str:
        for address in dict.fromkeys(URL.findall(status)):
            code = _short_code(address)
            self._store.run("INSERT INTO short_urls VALUES (?, ?) ON CONFLICT DO NOTHING", code, address)
        return URL.sub(lambda found: f"http://t.cn/{_short_code(found[0])}", status)

    def _kept(self, account: Account, upload: Upload | None, mid: int) -> str:
        if upload is None:
            return ""
        name = f"wb{mid}"
        self._store.keep_media(name, account, "weibo", picture_type(upload.data) or "image/jpeg", upload.data)
        return name

    def _status(self, account: Account, row: Any) -> dict[str, Any]:
        """The post as the platform tells it; its number has lost its last digits, as in the official sample."""
        mid = str(row["mid"])
        picture = f"http://wx1.sinaimg.cn/thumbnail/{row['picture']}.jpg"
        pictures = (
            {"pic_urls": [{"thumbnail_pic": picture}], "thumbnail_pic": picture} if row["picture"] else {"pic_urls": []}
        )
        user = {"id": _number(account.id), "idstr": account.id, "screen_name": account.name, "verified": True}
        counts = {"reposts_count": 0, "comments_count": 0, "attitudes_count": 0}
        head = {"created_at": _moment(row["created"]), "id": row["mid"] // 1000 * 1000, "idstr": mid, "mid": mid}
        text = {"text": row["shown"], "source": "", "favorited": False, "truncated": False, "in_reply_to_status_id": ""}
        return {**head, **text, **pictures, "geo": None, "user": user, **counts, "visible": {"type": 0, "list_id": 0}}

    def _token(self, call: Call) -> str:
        kind, _, token = call.authorization.partition(" ")
        return call.value("access_token") or (token.strip() if kind == "OAuth2" else "")

    def _account(self, call: Call) -> Account | None:
        token = self._token(call)
        known = [account for account in self._store.accounts() if account.platform == PLATFORM]
        return next((account for account in known if account.secret == token), None)


def failure(call: Call, code: int, words: str, status: int) -> Reply:
    """Weibo's error shape; the HTTP status is meaningful but coarse (contracts: Weibo 1.4, 1.6)."""
    return Reply({"error": words, "error_code": code, "request": f"/{call.name}"}, status)


def _picture_problem(call: Call) -> Reply | None:
    upload = call.uploads.get("pic")
    if upload is None:
        return None
    if not upload.filename:
        return failure(call, 20007, "Make sure that the multipart parameter contains an image!", 400)
    if picture_type(upload.data) not in ("image/jpeg", "image/png", "image/gif"):
        return failure(call, 20005, "unsupported image type, only suport JPG, GIF, PNG!", 400)
    if len(upload.data) >= PICTURE_BYTES:
        return failure(call, 20006, "image size too large!", 400)
    return None


def _short_code(address: str) -> str:
    value = int.from_bytes(hashlib.sha256(address.encode()).digest()[:5], "big")
    code = ""
    while len(code) < 6:
        value, rest = divmod(value, 62)
        code = ALPHABET[rest] + code
    return f"A6{code}"


def _moment(seconds: float) -> str:
    """``Tue May 31 17:46:55 +0800 2011``; English names whatever the locale."""
    moment = in_china(datetime.fromtimestamp(seconds, UTC))
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[moment.weekday()]
    names = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{day} {names[moment.month - 1]} {moment.day:02} {moment:%H:%M:%S} +0800 {moment.year}"


def _number(uid: str) -> int | str:
    return int(uid) if uid.isascii() and uid.isdigit() else uid
