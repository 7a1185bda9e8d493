"""What one article of a draft may be (contracts: WeChat 5.1), and what is kept of it."""

import re
import secrets
from io import BytesIO
from typing import Any

from channels.sandbox.accounts import Account
from channels.sandbox.exchange import Call, Reply
from channels.sandbox.faults import Fault
from channels.sandbox.store import SandboxStore
from channels.sandbox.wechat_markup import Forbidden, cleaned, plain
from channels.sandbox.wechat_media import known_picture
from channels.sandbox.wechat_replies import PLATFORM, failure

# Characters; the content and the address of the source in bytes.
TITLE, AUTHOR, DIGEST = 32, 16, 128
CONTENT_BYTES = 1024 * 1024
SOURCE_BYTES = 1024
DEFAULT_DIGEST = 54
MOST_PICTURES = 20
CROPS = {"pic_crop_235_1": 2.35, "pic_crop_1_1": 1.0}
_RATIO_TOLERANCE = 0.02
_CROP = re.compile(r"(?:(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)(?:_|$)){4}")


class Articles:
    """Checks articles of drafts in the order in which the platform is seen to refuse, and rewrites them as it does."""

    def __init__(self, store: SandboxStore) -> None:
        self._store = store

    def made(self, account: Account, call: Call, article: Any, *, alone: bool) -> dict[str, Any] | Reply:
        """The article as the platform keeps it. Only the article of a draft that has no other keeps a digest."""
        if not isinstance(article, dict):
            return failure(47001, "data format error")
        pictures = article.get("article_type") == "newspic"
        problem = _head_problem(article) or self._length_problem(account, call, article)
        problem = problem or (self._pictures_problem if pictures else self._cover_problem)(account, call, article)
        if problem:
            return problem
        try:
            strip = self._store.take(PLATFORM, account.id, Fault.LINKS_STRIPPED, call.name) is not None
            content = cleaned(_text(article, "content"), strip_links=strip)
        except Forbidden:
            return failure(45166, "invalid content")
        return _kept(article, content, alone=alone)

    def _length_problem(self, account: Account, call: Call, article: dict[str, Any]) -> Reply | None:
        """The documentation also says 20 000 characters and 2 KB, which nobody has seen enforced: a switch."""
        most = self._store.take(PLATFORM, account.id, Fault.CONTENT_LIMIT, call.name)
        too_long = most is not None and len(_text(article, "content")) >= most.value
        return failure(45002, "content size out of limit") if too_long else None

    def _cover_problem(self, account: Account, call: Call, article: dict[str, Any]) -> Reply | None:
        media_id = _text(article, "thumb_media_id")
        if not known_picture(self._store, account, call, media_id):
            return failure(40007, "invalid media_id")
        crops = {name: ratio for name, ratio in CROPS.items() if article.get(name)}
        if any(not self._cropped(media_id, str(article[name]), ratio) for name, ratio in crops.items()):
            return failure(53402, "cover crop failed")
        return None

    def _pictures_problem(self, account: Account, call: Call, article: dict[str, Any]) -> Reply | None:
        listed = article.get("image_info")
        pictures = listed.get("image_list") if isinstance(listed, dict) else None
        if not isinstance(pictures, list) or not 1 <= len(pictures) <= MOST_PICTURES:
            return failure(40007, "invalid media_id")
        ids = [str(one.get("image_media_id", "")) if isinstance(one, dict) else "" for one in pictures]
        known = all(known_picture(self._store, account, call, media_id) for media_id in ids)
        return None if known else failure(40007, "invalid media_id")

    def _cropped(self, media_id: str, crop: str, ratio: float) -> bool:
        """Whether the part of the picture that ``X1_Y1_X2_Y2`` names, each 0 to 1, has the ratio that it is for."""
        from PIL import Image

        row = self._store.row("SELECT data FROM media WHERE id = ?", media_id)
        if row is None or not _CROP.fullmatch(crop):
            return False
        left, top, right, bottom = map(float, crop.split("_"))
        try:
            width, height = Image.open(BytesIO(row["data"])).size
        except OSError:
            return False
        if right <= left or bottom <= top:
            return False
        found = (right - left) * width / ((bottom - top) * height)
        return abs(found / ratio - 1) <= _RATIO_TOLERANCE


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


def _kept(article: dict[str, Any], content: str, *, alone: bool) -> dict[str, Any]:
    names = ("title", "author", "content_source_url", "thumb_media_id")
    heads: dict[str, Any] = {name: _text(article, name) for name in names}
    digest = (_text(article, "digest") or plain(content)[:DEFAULT_DIGEST]) if alone else ""
    flags = {name: int(article.get(name) == 1) for name in ("need_open_comment", "only_fans_can_comment")}
    kind = "newspic" if article.get("article_type") == "newspic" else "news"
    if kind == "newspic":
        heads |= {"image_info": article["image_info"]}
        heads["thumb_media_id"] = str(article["image_info"]["image_list"][0]["image_media_id"])
    made = {"article_type": kind, **heads, "digest": digest, "content": content, "show_cover_pic": 0, **flags}
    thumb = f"http://mmbiz.qpic.cn/mmbiz_jpg/{heads['thumb_media_id']}/0?wx_fmt=jpeg"
    return made | {"thumb_url": thumb, "url": f"http://mp.weixin.qq.com/s?tempkey={secrets.token_urlsafe(24)}#rd"}


def _text(article: dict[str, Any], name: str) -> str:
    value = article.get(name, "")
    return value if isinstance(value, str) else ""
