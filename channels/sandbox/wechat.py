"""WeChat in the sandbox: tokens, media, drafts and publications of official accounts (contracts: WeChat)."""

import json
import secrets
from collections.abc import Callable
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Reply
from channels.sandbox.pictures import picture_type
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat_drafts import Drafts
from channels.sandbox.wechat_publish import Publications
from channels.sandbox.wechat_replies import failure

PLATFORM = "wechat"
TOKEN_SECONDS = 7200
OVERLAP_SECONDS = 300
FORCED_PAUSE_SECONDS = 30
MATERIAL_BYTES = 10 * 1024 * 1024
BODY_PICTURE_BYTES = 1024 * 1024
_SUFFIXES = {"image/jpeg": "jpeg", "image/png": "png", "image/gif": "gif", "image/bmp": "bmp"}


class Wechat:
    """The platform's rules over the store's state. ``reply`` answers one call."""

    platform = PLATFORM

    def __init__(self, store: SandboxStore) -> None:
        self._store = store
        drafts, publications = Drafts(store), Publications(store)
        self._calls: dict[str, tuple[str, Callable[[Account, Call], Reply]]] = {
            "cgi-bin/material/add_material": ("POST", self._add_material),
            "cgi-bin/media/uploadimg": ("POST", self._upload_picture),
            "cgi-bin/draft/add": ("POST", drafts.add),
            "cgi-bin/draft/get": ("POST", drafts.get),
            "cgi-bin/draft/batchget": ("POST", drafts.batch),
            "cgi-bin/draft/delete": ("POST", drafts.delete),
            "cgi-bin/draft/count": ("GET", drafts.count),
            "cgi-bin/freepublish/submit": ("POST", publications.submit),
            "cgi-bin/freepublish/get": ("POST", publications.get),
            "cgi-bin/freepublish/batchget": ("POST", publications.batch),
            "cgi-bin/freepublish/getarticle": ("POST", publications.article),
            "cgi-bin/freepublish/delete": ("POST", publications.delete),
        }

    def account_of(self, call: Call) -> str:
        """The appid that the call is for, by its token or, at the token endpoint, by its body."""
        if call.name == "cgi-bin/stable_token":
            return str(_object(call).get("appid", ""))
        row = self._token(call)
        return str(row["appid"]) if row else ""

    def reply(self, call: Call) -> Reply:
        if call.name == "cgi-bin/stable_token":
            return self._stable_token(call)
        method, handler = self._calls.get(call.name, ("", None))
        if handler is None:
            return failure(40066, "invalid url")
        if call.method != method:
            return failure(43002, "require POST method") if method == "POST" else failure(43001, "require GET method")
        problem = self._token_problem(call)
        account = self._store.account(PLATFORM, self.account_of(call))
        if problem or account is None:
            return problem or failure(40001, "invalid credential, access_token is invalid or not latest")
        if account.limit and self._store.calls_today(account) >= account.limit:
            return failure(45009, "reach max api daily quota limit")
        return handler(account, call)

    def rate(self, call: Call) -> Reply:
        return failure(45011, "api minute-quota reach limit, must slower, retry next minute")

    def refused(self, call: Call) -> Reply:
        return failure(53503, "draft failed the pre-publish check")

    def expired(self, call: Call) -> Reply:
        """The account's tokens are dead from now on; the next stable_token gives another."""
        self._store.run("UPDATE tokens SET expires = ? WHERE appid = ?", self._store.clock(), self.account_of(call))
        return failure(42001, "access_token expired")

    def delayed(self, call: Call, reply: Reply) -> Reply:
        """The publication just accepted will not pass the platform's review (publish_status 4)."""
        if reply.accepted and isinstance(reply.body, dict) and "publish_id" in reply.body:
            self._store.run("UPDATE publications SET outcome = 4 WHERE publish_id = ?", reply.body["publish_id"])
        return reply

    def _stable_token(self, call: Call) -> Reply:
        body = _object(call)
        if call.method != "POST":
            return failure(43002, "require POST method")
        if not body:
            return failure(47001, "data format error")
        if body.get("grant_type") != "client_credential":
            return failure(40002, "invalid grant_type")
        account = self._store.account(PLATFORM, str(body.get("appid", "")))
        if account is None:
            return failure(40013, "invalid appid")
        if body.get("secret") != account.secret:
            return failure(40125, "invalid appsecret")
        return self._granted(account, force=body.get("force_refresh") is True)

    def _granted(self, account: Account, *, force: bool) -> Reply:
        """Contracts: WeChat 2.1: the same token with what is left of it; forced, a new one and the old dies at once."""
        now = self._store.clock()
        current = self._store.row("SELECT * FROM tokens WHERE appid = ? ORDER BY expires DESC, issued DESC", account.id)
        recent = force and current is not None and current["forced"] and now - current["issued"] < FORCED_PAUSE_SECONDS
        fresh = current is not None and current["expires"] - now > OVERLAP_SECONDS
        if current is not None and fresh and (recent or not force):
            return Reply({"access_token": current["token"], "expires_in": int(current["expires"] - now)})
        if force:
            self._store.run("UPDATE tokens SET expires = ? WHERE appid = ? AND expires > ?", now, account.id, now)
        token = f"97_{secrets.token_urlsafe(96)}"
        self._store.run(
            "INSERT INTO tokens VALUES (?, ?, ?, ?, ?)", token, account.id, now, now + TOKEN_SECONDS, int(force)
        )
        return Reply({"access_token": token, "expires_in": TOKEN_SECONDS})

    def _token(self, call: Call) -> Any:
        return self._store.row("SELECT * FROM tokens WHERE token = ?", call.query.get("access_token", ""))

    def _token_problem(self, call: Call) -> Reply | None:
        if not call.query.get("access_token"):
            return failure(41001, "access_token missing")
        row = self._token(call)
        if row is None:
            return failure(40001, "invalid credential, access_token is invalid or not latest")
        return failure(42001, "access_token expired") if row["expires"] <= self._store.clock() else None

    def _add_material(self, account: Account, call: Call) -> Reply:
        upload = call.uploads.get("media")
        if call.query.get("type") not in ("image", "thumb"):
            return failure(40004, "invalid media type")
        if upload is None or not upload.filename:
            return failure(41005, "media data missing")
        kind = picture_type(upload.data)
        if not kind:
            return failure(40005, "invalid file type")
        if len(upload.data) > MATERIAL_BYTES:
            return failure(40009, "invalid image size")
        media_id = secrets.token_urlsafe(48)
        self._store.keep_media(media_id, account, "material", kind, upload.data)
        return Reply(
            {"media_id": media_id, "url": _address(media_id, kind), "item": []}, accepted=True, marker=upload.filename
        )

    def _upload_picture(self, account: Account, call: Call) -> Reply:
        """The real service answers this one as text/plain, with escaped slashes (contracts: WeChat 1.6, 1.7)."""
        upload = call.uploads.get("media")
        if upload is None or not upload.filename:
            return failure(41005, "media data missing")
        kind = picture_type(upload.data)
        if kind not in ("image/jpeg", "image/png"):
            return failure(40005, "invalid file type")
        if len(upload.data) >= BODY_PICTURE_BYTES:
            return failure(40009, "invalid image size")
        media_id = secrets.token_urlsafe(48)
        self._store.keep_media(media_id, account, "body", kind, upload.data)
        answer = json.dumps({"url": _address(media_id, kind)}).replace("/", "\\/").encode()
        return Reply(answer, media_type="text/plain", accepted=True, marker=upload.filename)


def _address(media_id: str, kind: str) -> str:
    suffix = _SUFFIXES[kind]
    return f"http://mmbiz.qpic.cn/mmbiz_{suffix}/{media_id}/0?wx_fmt={suffix}"


def _object(call: Call) -> dict[str, Any]:
    try:
        values = json.loads(call.body)
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}
