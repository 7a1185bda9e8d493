"""The sandbox's material library and the pictures of article bodies (contracts: WeChat 4)."""

import secrets
from pathlib import PurePosixPath
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Handler, Reply, Upload
from channels.sandbox.faults import Fault
from channels.sandbox.pictures import picture_type
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat_replies import PLATFORM, body_of, done, failure, page_of

IMAGE_BYTES = 10 * 1024 * 1024
THUMB_BYTES = 64 * 1024
BODY_PICTURE_BYTES = 1024 * 1024
TEMPORARY_SECONDS = 3 * 86_400
# Of what is no picture: the largest size and the endings.
_OTHERS = {
    "voice": (2 * 1024 * 1024, frozenset({".mp3", ".wma", ".wav", ".amr"})),
    "video": (10 * 1024 * 1024, frozenset({".mp4"})),
}
_KINDS = ("image", "voice", "video", "thumb")
_SUFFIXES = {"image/jpeg": "jpeg", "image/png": "png", "image/gif": "gif", "image/bmp": "bmp"}


class Materials:
    """The calls under ``material/`` and ``media/``. What is kept has the use ``material`` (for good), ``temporary`` or
    ``body``."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def calls(self) -> dict[str, tuple[str, Handler]]:
        return {
            "cgi-bin/material/add_material": ("POST", self.add),
            "cgi-bin/material/get_materialcount": ("GET", self.count),
            "cgi-bin/material/batchget_material": ("POST", self.batch),
            "cgi-bin/material/del_material": ("POST", self.delete),
            "cgi-bin/media/uploadimg": ("POST", self.body_picture),
            "cgi-bin/media/upload": ("POST", self.temporary),
        }

    def add(self, account: Account, call: Call) -> Reply:
        kind = call.query.get("type", "")
        upload = self._uploaded(call, kind)
        if isinstance(upload, Reply):
            return upload
        media_id = self._kept(account, "material" if kind in ("image", "thumb") else f"material {kind}", upload)
        url = _address(media_id, upload) if kind in ("image", "thumb") else ""
        body = {"media_id": media_id, "url": url, "item": []}
        return Reply(body, accepted=True, marker=upload.filename or "")

    def temporary(self, account: Account, call: Call) -> Reply:
        """An id of three days, which no draft takes as its cover."""
        kind = call.query.get("type", "")
        upload = self._uploaded(call, kind)
        if isinstance(upload, Reply):
            return upload
        name = "thumb_media_id" if kind == "thumb" else "media_id"
        body = {"type": kind, name: self._kept(account, "temporary", upload), "created_at": int(self._store.clock())}
        return Reply(body, accepted=True, marker=upload.filename or "")

    def body_picture(self, account: Account, call: Call) -> Reply:
        """The real service answers this one as text/plain, with escaped slashes (contracts: WeChat 1.6, 1.7)."""
        if call.kind != "multipart/form-data":
            return failure(43002, "require POST method")
        upload = call.uploads.get("media")
        if upload is None or not upload.filename:
            return failure(41005, "media data missing")
        if picture_type(upload.data) not in ("image/jpeg", "image/png"):
            return failure(40005, "invalid file type")
        if len(upload.data) >= BODY_PICTURE_BYTES:
            return failure(40009, "invalid image size")
        url = _address(self._kept(account, "body", upload), upload)
        return Reply({"url": url}, media_type="text/plain", accepted=True, marker=upload.filename, escaped=True)

    def count(self, account: Account, call: Call) -> Reply:
        uses = {"voice": "material voice", "video": "material video", "image": "material"}
        return Reply({f"{kind}_count": len(self._rows(account, use)) for kind, use in uses.items()} | {"news_count": 0})

    def batch(self, account: Account, call: Call) -> Reply:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        page = page_of(values)
        if isinstance(page, Reply):
            return page
        if values.get("type") not in _KINDS:
            return failure(40004, "invalid media type")
        kind = str(values["type"])
        rows = self._rows(account, "material" if kind in ("image", "thumb") else f"material {kind}")
        items = [_listed(row) for row in rows[page[0] : page[0] + page[1]]]
        return Reply({"item": items, "total_count": len(rows), "item_count": len(items)})

    def delete(self, account: Account, call: Call) -> Reply:
        values = body_of(call)
        if isinstance(values, Reply):
            return values
        media_id = str(values.get("media_id", ""))
        statement = "SELECT 1 FROM media WHERE id = ? AND account = ? AND platform = ? AND use LIKE 'material%'"
        if self._store.row(statement, media_id, account.id, PLATFORM) is None:
            return failure(40007, "invalid media_id")
        self._store.run("UPDATE media SET use = 'deleted' WHERE id = ?", media_id)
        return done()

    def _uploaded(self, call: Call, kind: str) -> Upload | Reply:
        upload = call.uploads.get("media")
        if kind not in _KINDS:
            return failure(40004, "invalid media type")
        if upload is None or not upload.filename:
            return failure(41005, "media data missing")
        problem = _picture_problem(kind, upload) if kind in ("image", "thumb") else _other_problem(kind, upload)
        return problem or upload

    def _kept(self, account: Account, use: str, upload: Upload) -> str:
        media_id = secrets.token_urlsafe(48)
        kind = picture_type(upload.data) or upload.media_type
        self._store.keep_media(media_id, account, use, kind, upload.data)
        return media_id

    def _rows(self, account: Account, use: str) -> list[Any]:
        statement = (
            "SELECT * FROM media WHERE account = ? AND platform = ? AND use = ? ORDER BY created DESC, rowid DESC"
        )
        return self._store.rows(statement, account.id, PLATFORM, use)


def known_picture(store: SandboxStore, account: Account, call: Call, media_id: str) -> bool:
    """Whether the platform takes this id for a cover: a lasting picture of this account that every machine knows by now.

    Just after an upload some do not (contracts: WeChat 5.1, 40007); how long is the switch ``media-lag``.
    """
    lag = store.take(PLATFORM, account.id, Fault.MEDIA_LAG, call.name)
    latest = store.clock() - (lag.value if lag else 0)
    statement = (
        "SELECT 1 FROM media WHERE id = ? AND account = ? AND platform = ? AND use = 'material' AND created <= ?"
    )
    return store.row(statement, media_id, account.id, PLATFORM, latest) is not None


def _picture_problem(kind: str, upload: Upload) -> Reply | None:
    found = picture_type(upload.data)
    if not found or (kind == "thumb" and found != "image/jpeg"):
        return failure(40005, "invalid file type")
    most = THUMB_BYTES if kind == "thumb" else IMAGE_BYTES
    return failure(40009, "invalid image size") if len(upload.data) > most else None


def _other_problem(kind: str, upload: Upload) -> Reply | None:
    most, endings = _OTHERS[kind]
    if PurePosixPath(upload.filename or "").suffix.lower() not in endings:
        return failure(40005, "invalid file type")
    return failure(45001, "media size out of limit") if len(upload.data) > most else None


def _address(media_id: str, upload: Upload) -> str:
    suffix = _SUFFIXES[picture_type(upload.data)]
    return f"http://mmbiz.qpic.cn/mmbiz_{suffix}/{media_id}/0?wx_fmt={suffix}"


def _listed(row: Any) -> dict[str, Any]:
    suffix = _SUFFIXES.get(row["media_type"], "")
    url = f"http://mmbiz.qpic.cn/mmbiz_{suffix}/{row['id']}/0?wx_fmt={suffix}" if suffix else ""
    return {"media_id": row["id"], "name": row["id"], "update_time": int(row["created"]), "url": url}
