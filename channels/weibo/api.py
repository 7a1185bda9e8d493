"""Weibo's interfaces as this product calls them (contracts: Weibo 2, 3, 6)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from channels.base import Unavailable
from channels.calls import answer, field, gateway, json_of, number, text
from channels.outcomes import Failed, error_of
from channels.weibo.outcomes import meaning_of

if TYPE_CHECKING:
    import httpx

OFFICIAL = "https://api.weibo.com"


class Pay(Protocol):
    """Takes one call, and one post where it *posts*, from what the account may do; raises Unavailable when it may not."""

    def __call__(self, *, posts: bool) -> None: ...


class Api:
    """One account's calls. *base* is the address before ``/2/…``; *pay* is asked before each call and may refuse it."""

    def __init__(
        self,
        client: "Callable[[], httpx.Client]",
        base: str,
        token: str,
        clock: Callable[[], datetime],
        pay: Pay,
    ) -> None:
        self._client = client
        self._base = base.rstrip("/")
        self._token = token
        self._clock = clock
        self._pay = pay

    def token_info(self) -> Any:
        """The token's uid and its remaining seconds (``expire_in``, without an s)."""
        form = {"access_token": self._token}
        self._pay(posts=False)
        return self._call("POST", "/oauth2/get_token_info", "检查微博授权", data=form)

    def rate_limit(self) -> Any:
        return self._read("/2/account/rate_limit_status.json", "查询微博调用余量")

    def share(self, status: str, rip: str, picture: bytes = b"") -> Any:
        """Publishes; *rip* is the operator's public IP address. The one call that may be neither repeated nor guessed at."""
        form = {"access_token": self._token, "status": status, "rip": rip}
        files = {"files": {"pic": ("picture.jpg", picture, "image/jpeg")}} if picture else {}
        self._pay(posts=True)
        return self._call("POST", "/2/statuses/share.json", "发布微博", acts=True, data=form, **files)

    def destroy(self, mid: str) -> Any:
        form = {"access_token": self._token, "id": mid}
        self._pay(posts=False)
        return self._call("POST", "/2/statuses/destroy.json", "删除微博", acts=True, data=form)

    def show(self, mid: str) -> Any:
        return self._read("/2/statuses/show.json", "读取微博", id=mid)

    def counts(self, mids: Sequence[str]) -> list[Any]:
        """Comments, reposts and likes of at most 100 posts; unknown and deleted ones are left out, in no certain order."""
        reply = self._read("/2/statuses/count.json", "查询微博转评赞数", ids=",".join(mids))
        if not isinstance(reply, list):
            raise Unavailable("查询微博转评赞数：平台的回答中没有列表，稍后自动重试")
        return reply

    def own_timeline(self) -> list[Any]:
        """The account's newest posts, five at most for an ordinary app whatever is asked for."""
        reply = self._read("/2/statuses/user_timeline.json", "读取本账号微博", count="20", trim_user="1")
        statuses = field(reply, "statuses")
        if not isinstance(statuses, list):
            raise Unavailable("读取本账号微博：平台的回答中没有微博列表，稍后自动重试")
        return statuses

    def _read(self, path: str, what: str, **query: str) -> Any:
        self._pay(posts=False)
        headers = {"Authorization": f"OAuth2 {self._token}"}
        return self._call("GET", path, what, params=query, headers=headers)

    def _call(self, method: str, path: str, what: str, *, acts: bool = False, **request: Any) -> Any:
        response = answer(self._client(), method, self._base + path, what, acts=acts, **request)
        reply = json_of(response)
        code = number(field(reply, "error_code"))
        if code is not None:
            raise self._failed(code, reply, what, response.status_code, acts=acts)
        if response.status_code != 200 or not isinstance(reply, dict | list) or field(reply, "error") is not None:
            raise gateway(response, what, self._clock(), acts=acts)
        return reply

    def _failed(self, code: int, reply: Any, what: str, status: int, *, acts: bool) -> Failed:
        meaning = meaning_of(code)
        message = f"{what}：{meaning.words}（{code} {text(reply, 'error')[:200]}）"
        error = error_of(meaning, message, self._clock(), acts=acts, broken=status >= 500)
        return Failed(code, meaning, error, reply)
