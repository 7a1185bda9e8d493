"""Posting, reposting and deleting in the sandbox's Weibo (contracts: Weibo 3, 5, 7)."""

import re
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Handler, Reply, Upload
from channels.sandbox.faults import Fault
from channels.sandbox.pictures import picture_type
from channels.sandbox.store import SandboxStore
from channels.sandbox.weibo_addresses import shortened
from channels.sandbox.weibo_replies import PLATFORM, failure, told
from channels.weibo.wording import LIMIT, URL, length

FAR_TOO_LONG = 300
PICTURE_BYTES = 5 * 1024 * 1024
DUPLICATE_SECONDS = 86_400
HOUR = 3600
# What a repost says that says nothing, and the right that it needs.
NO_WORDS, REPOST = "转发微博", "repost"
_FIRST_MID = 5_211_000_000_000_000
_MID_STEP = 1_000_037
_TOPIC = re.compile(r"#[^#\n]+#")
_ENCODED = re.compile("(?:%[0-9A-Fa-f]{2}){2,}")
_SAME_WORDS = re.compile(r"[\W_]+")
ENCODED_TWICE = "the status was encoded twice"


class Posts:
    """``statuses/share``, ``repost`` and ``destroy``."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def calls(self) -> dict[str, tuple[str, Handler]]:
        return {
            "2/statuses/share.json": ("POST", self.share),
            "2/statuses/repost.json": ("POST", self.repost),
            "2/statuses/destroy.json": ("POST", self.destroy),
        }

    def share(self, account: Account, call: Call) -> Reply:
        status = call.value("status").replace("\r\n", "\n").strip()
        problem = self._pace_problem(account, call) or self._text_problem(account, call, status)
        problem = problem or _picture_problem(call) or self._repeated(account, call, status)
        if problem:
            return problem
        row = self._made(account, status, f"{self._shortened(_TOPIC.sub('', status))} \u200b", call.uploads.get("pic"))
        hint = f"0 ({ENCODED_TWICE} and is shown as it came)" if encoded_twice(status) else ""
        return Reply(told(account, row), accepted=True, marker=status, hint=hint)

    def repost(self, account: Account, call: Call) -> Reply:
        """For apps that have the right to it; topics and addresses of any site are allowed, as it is no share."""
        if REPOST not in account.rights:
            return failure(call, 10014, "Insufficient app permissions!", 403)
        status = call.value("status").replace("\r\n", "\n").strip() or NO_WORDS
        problem = self._pace_problem(account, call) or _repost_problem(call, status)
        original = self._row(call.value("id"))
        problem = problem or self._original_problem(account, call, original, status)
        if problem:
            return problem
        row = self._made(account, status, self._shortened(status), None, original["mid"])
        author = self._store.account(PLATFORM, original["uid"]) or account
        body = told(account, row) | {"retweeted_status": told(author, original)}
        return Reply(body, accepted=True, marker=status)

    def destroy(self, account: Account, call: Call) -> Reply:
        if self._store.take(PLATFORM, account.id, Fault.DESTROY_CLOSED, call.name):
            return failure(call, 10014, "Insufficient app permissions!", 403)
        row = self._row(call.value("id"))
        if row is None:
            return failure(call, 20101, "target weibo does not exist!", 400)
        if row["uid"] != account.id:
            return failure(call, 20102, "not your own weibo!", 400)
        self._store.run("UPDATE weibos SET deleted = ? WHERE mid = ?", self._store.clock(), row["mid"])
        return Reply(told(account, row), accepted=True, marker=row["text"])

    def _row(self, mid: str) -> Any:
        """The post of this number, whoever's it is; None where there is none any more."""
        known = mid.isascii() and mid.isdigit() and len(mid) < 19
        statement = "SELECT * FROM weibos WHERE mid = ? AND deleted IS NULL"
        return self._store.row(statement, int(mid)) if known else None

    def _original_problem(self, account: Account, call: Call, original: Any, status: str) -> Reply | None:
        if original is None:
            return failure(call, 20101, "target weibo does not exist!", 400)
        if original["uid"] == account.id:
            return failure(call, 20103, "can't repost yourself weibo!", 400)
        statement = "SELECT count(*) FROM weibos WHERE uid = ? AND reposted = ? AND text = ? AND deleted IS NULL"
        if self._store.number(statement, account.id, original["mid"], status):
            return failure(call, 20111, "Repeated weibo text!", 400)
        return None

    def _made(self, account: Account, text: str, shown: str, upload: Upload | None, reposted: int = 0) -> Any:
        """The new post's row; *reposted* is the number of the one that it passes on."""
        mid = max(self._store.number("SELECT max(mid) FROM weibos"), _FIRST_MID) + _MID_STEP
        values = (mid, account.id, text, shown, self._kept(account, upload, mid), self._store.clock(), reposted)
        statement = (
            "INSERT INTO weibos (mid, uid, text, shown, picture, created, reposted) VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        self._store.run(statement, *values)
        return self._store.row("SELECT * FROM weibos WHERE mid = ?", mid)

    def _pace_problem(self, account: Account, call: Call) -> Reply | None:
        statement = "SELECT count(*) FROM weibos WHERE uid = ? AND created > ?"
        if not account.posts or self._store.number(statement, account.id, self._store.clock() - HOUR) < account.posts:
            return None
        return failure(call, 10024, "User requests for /statuses/share out of rate limit!", 403)

    def _text_problem(self, account: Account, call: Call, status: str) -> Reply | None:
        if not status:
            return failure(call, 20008, "Content is null", 400)
        if not call.value("rip") and not self._on(account, call, Fault.RIP_OPTIONAL):
            return failure(call, 10016, "Miss required parameter (rip) , see doc for more info.", 400)
        if too_long := _too_long(call, length(status)):
            return too_long
        if self._on(account, call, Fault.DOMAIN_UNBOUND):
            return failure(call, 10017, "appkey not bind domain!", 400)
        return self._content_problem(account, call, status)

    def _content_problem(self, account: Account, call: Call, status: str) -> Reply | None:
        twice = encoded_twice(status)
        if twice and self._on(account, call, Fault.ENCODED_TWICE_REFUSED):
            return failure(call, 10017, "parameter (status)'s value invalid", 400, ENCODED_TWICE)
        hosts = [_host(address) for address in URL.findall(status)]
        if not any(host == account.domain or host.endswith(f".{account.domain}") for host in hosts):
            return failure(call, 10017, "text not find domain!", 400, ENCODED_TWICE if twice else "")
        if _TOPIC.search(URL.sub(" ", status)) and self._on(account, call, Fault.TOPICS_REFUSED):
            return failure(call, 10017, "parameter (status)'s value invalid", 400, "it holds a topic")
        return None

    def _repeated(self, account: Account, call: Call, status: str) -> Reply | None:
        """Contracts: Weibo 8, 20017 and 20019; how long the platform remembers is not documented."""
        window = self._store.take(PLATFORM, account.id, Fault.REPEAT_WINDOW, call.name)
        similar = self._store.take(PLATFORM, account.id, Fault.SIMILAR_REFUSED, call.name)
        if status in self._texts(account, window.value if window else DUPLICATE_SECONDS):
            return failure(call, 20019, "repeat content!", 400)
        if similar and _words(status) in map(_words, self._texts(account, similar.value or DUPLICATE_SECONDS)):
            return failure(call, 20017, "similar content!", 400)
        return None

    def _texts(self, account: Account, seconds: float) -> list[str]:
        statement = "SELECT text FROM weibos WHERE uid = ? AND created > ? AND deleted IS NULL AND reposted = 0"
        return [row["text"] for row in self._store.rows(statement, account.id, self._store.clock() - seconds)]

    def _shortened(self, status: str) -> str:
        return URL.sub(lambda found: shortened(self._store, found[0]), status)

    def _kept(self, account: Account, upload: Upload | None, mid: int) -> str:
        if upload is None:
            return ""
        name = f"wb{mid}"
        self._store.keep_media(name, account, PLATFORM, picture_type(upload.data) or "image/jpeg", upload.data)
        return name

    def _on(self, account: Account, call: Call, fault: Fault) -> bool:
        return self._store.take(PLATFORM, account.id, fault, call.name) is not None


def encoded_twice(status: str) -> bool:
    """Whether outside its addresses the text holds what form encoding makes of Chinese: ``%E4%BB%8A`` and the like."""
    for found in _ENCODED.findall(URL.sub(" ", status)):
        try:
            text = unquote_to_bytes(found).decode("utf-8")
        except UnicodeDecodeError:
            continue
        if not text.isascii():
            return True
    return False


def _repost_problem(call: Call, status: str) -> Reply | None:
    if not call.value("id"):
        return failure(call, 20109, "weibo id is null", 400)
    if call.value("is_comment") not in ("", "0", "1", "2", "3"):
        return failure(call, 10017, "parameter (is_comment)'s value invalid, expect (0~3)", 400)
    return _too_long(call, length(status))


def _too_long(call: Call, size: int) -> Reply | None:
    if size > FAR_TOO_LONG:
        return failure(call, 20013, "Text too long, please input text less than 300 characters!", 400)
    if size > LIMIT:
        return failure(call, 20012, "Text too long, please input text less than 140 characters!", 400)
    return None


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


def _words(status: str) -> str:
    return _SAME_WORDS.sub("", URL.sub("", status))


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
