"""WeChat's interfaces as this product calls them (contracts: WeChat 1, 2, 4, 5, 6)."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from channels.base import Refused, Unavailable, Unknown
from channels.calls import answer, field, gateway, json_of, number, text
from channels.outcomes import Failed, Meaning, Outcome, error_of, told
from channels.wechat.outcomes import TOKEN_REFUSED, meaning_of
from content.shared_tokens import SharedTokens, Token, TokenBusy

if TYPE_CHECKING:
    import httpx

OFFICIAL = "https://api.weixin.qq.com"
PAGE = 20
# batchget is limited to 100 calls a day for a new account (contracts: WeChat 3): looking may not eat them all.
MOST_PAGES = 25
# Seconds; the documentation promises no more (contracts: WeChat 2.1).
LONGEST_TOKEN = 7200
_MARGIN = timedelta(minutes=1)


class Api:
    """One account's calls. *base* is the address before ``/cgi-bin/…``; *pay* is asked before each call and may refuse
    it; *used_up* is told where the platform says that none is left today. Safe for several threads."""

    def __init__(
        self,
        client: "Callable[[], httpx.Client]",
        base: str,
        appid: str,
        secret: str,
        tokens: SharedTokens,
        clock: Callable[[], datetime],
        pay: Callable[[str], None],
        used_up: Callable[[str], None] = lambda _path: None,
    ) -> None:
        self._client = client
        self._base = base.rstrip("/")
        self._appid = appid
        self._secret = secret
        self._tokens = tokens
        self._clock = clock
        self._pay = pay
        self._token = ""
        self._used_up = used_up

    def add_material(self, name: str, data: bytes, media_type: str) -> str:
        """Uploads a permanent picture for a cover; its media id."""
        reply = self._post("material/add_material", "上传微信封面", files=_media(name, data, media_type), type="image")
        return self._needed(reply, "media_id", "上传微信封面")

    def upload_picture(self, name: str, data: bytes, media_type: str) -> str:
        """Uploads a picture of the body (jpg or png under 1 MB); its address at WeChat."""
        reply = self._post("media/uploadimg", "上传正文图片", files=_media(name, data, media_type))
        return self._needed(reply, "url", "上传正文图片")

    def add_draft(self, articles: Sequence[Mapping[str, Any]]) -> str:
        """A new draft of 1 to 8 articles, every time it is called; its media id."""
        reply = self._json("draft/add", {"articles": list(articles)}, "新建微信草稿")
        return self._needed(reply, "media_id", "新建微信草稿")

    def draft(self, media_id: str) -> list[Mapping[str, Any]]:
        """The articles of a draft as the platform keeps them; one at least."""
        reply = self._json("draft/get", {"media_id": media_id}, "读取微信草稿")
        self._at(reply, 1, "读取微信草稿")
        return _articles({"content": reply})

    def delete_draft(self, media_id: str) -> None:
        self._json("draft/delete", {"media_id": media_id}, "删除微信草稿")

    def drafts(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Media id and article, without content, of every draft."""
        for entry in self._listed("draft/batchget", "查询微信草稿"):
            for article in _articles(entry):
                yield text(entry, "media_id"), article

    def published(self) -> Iterator[tuple[str, int, Mapping[str, Any], Any]]:
        """Article id, index from 1, article without content, and the entry it stands in, of everything published."""
        for entry in self._listed("freepublish/batchget", "查询已发布的微信文章"):
            for index, article in enumerate(_articles(entry), 1):
                yield text(entry, "article_id"), index, article, entry

    def submit(self, media_id: str) -> Any:
        """Hands a draft over to be published: the one public act. It only means that the task was accepted."""
        return self._json("freepublish/submit", {"media_id": media_id}, "发布微信文章", acts=True)

    def publication(self, publish_id: str) -> Any:
        return self._json("freepublish/get", {"publish_id": publish_id}, "查询微信发布状态")

    def article(self, article_id: str, index: int = 1) -> Mapping[str, Any]:
        """A published article, of several that were published together the one at *index* from 1."""
        reply = self._json("freepublish/getarticle", {"article_id": article_id}, "读取已发布的微信文章")
        return self._at(reply, index, "读取已发布的微信文章")

    def articles(self, article_id: str) -> list[Mapping[str, Any]]:
        """All that was published together under one id, in their order."""
        reply = self._json("freepublish/getarticle", {"article_id": article_id}, "读取已发布的微信文章")
        return _articles({"content": reply})

    def delete_article(self, article_id: str, index: int) -> None:
        """Deletes one published article; an index of 0 would delete its neighbours too (contracts: WeChat 6.3)."""
        if index < 1:
            raise Refused("删除微信文章：文章序号必须从1开始，序号缺失会删除同批全部文章，已停止")
        body = {"article_id": article_id, "index": index}
        self._json("freepublish/delete", body, "删除微信文章", acts=True)

    def statistics(self, interface: str, day: date) -> Any:
        """The platform's figures of what was published on a day."""
        body = {"begin_date": day.isoformat(), "end_date": day.isoformat()}
        return self._json(f"datacube/{interface}", body, "查询微信阅读数据")

    def send(self, media_id: str, clientmsgid: str, tag_id: int | None = None) -> Any:
        """Sends a draft to the followers of a group, else to all: the one public act. It only means that the job was submitted.

        The platform takes the same *clientmsgid* once in 24 hours and answers 45065 to every other time (contracts: 7.2).
        """
        body = {
            "filter": {"is_to_all": True} if tag_id is None else {"is_to_all": False, "tag_id": tag_id},
            "mpnews": {"media_id": media_id},
            "msgtype": "mpnews",
            "send_ignore_reprint": 0,
            "clientmsgid": clientmsgid,
        }
        return self._json("message/mass/sendall", body, "微信群发", acts=True)

    def mass_status(self, msg_id: str) -> str:
        """What became of a mass send: ``SEND_SUCCESS``, ``SENDING``, ``SEND_FAIL``, ``DELETE``; empty for no answer."""
        reply = self._json("message/mass/get", {"msg_id": _numeric(msg_id)}, "查询微信群发状态")
        return text(reply, "msg_status").strip().upper().replace(" ", "_")

    def delete_mass(self, msg_id: str, index: int) -> None:
        """Deletes one article of a mass send; an index of 0 would delete its neighbours too (contracts: WeChat 7.4)."""
        if index < 1:
            raise Refused("删除群发：文章序号必须从1开始，序号为0会删除同批全部文章，已停止")
        body = {"msg_id": _numeric(msg_id), "article_idx": index}
        self._json("message/mass/delete", body, "删除群发", acts=True)

    def _listed(self, path: str, what: str) -> Iterator[Any]:
        for page in range(MOST_PAGES):
            body = {"offset": page * PAGE, "count": PAGE, "no_content": 1}
            reply = self._json(path, body, what)
            entries = field(reply, "item")
            if not isinstance(entries, list):
                raise Unavailable(f"{what}：平台的回答中没有列表，稍后自动重试")
            yield from entries
            if len(entries) < PAGE or (number(field(reply, "total_count")) or 0) <= (page + 1) * PAGE:
                return
        raise Unknown(
            f"{what}：账号内容超过{MOST_PAGES * PAGE}条，受平台每日次数限制无法逐一核实，请人工到公众平台查看"
        )

    def _json(self, path: str, body: Mapping[str, Any], what: str, *, acts: bool = False) -> Any:
        data = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return self._post(path, what, acts=acts, content=data, headers=headers)

    def _post(self, path: str, what: str, *, acts: bool = False, type: str = "", **request: Any) -> Any:
        """One call with the token; a token that is refused is renewed once and the call made once more."""
        query = {"access_token": self._current(), **({"type": type} if type else {})}
        try:
            return self._ask(path, what, acts=acts, params=query, **request)
        except Failed as failed:
            if failed.meaning.outcome is not Outcome.RENEW:
                raise
            query["access_token"] = self._token = self._other_than(query["access_token"])
            return self._ask(path, what, acts=acts, params=query, **request)

    def _ask(
        self, path: str, what: str, *, acts: bool, known: Callable[[int], Meaning] = meaning_of, **request: Any
    ) -> Any:
        self._pay(path)
        url = f"{self._base}/{path if path.startswith('datacube/') else f'cgi-bin/{path}'}"
        response = answer(self._client(), "POST", url, what, acts=acts, **request)
        reply = json_of(response)
        code = number(field(reply, "errcode"))
        if code:
            if known(code).daily:
                self._used_up(path)
            raise self._failed(code, known(code), reply, what, response.status_code, acts=acts)
        if response.status_code != 200 or not isinstance(reply, dict) or (code is None and "errcode" in reply):
            raise gateway(response, what, self._clock(), acts=acts)
        return reply

    def _failed(self, code: int, meaning: Meaning, reply: Any, what: str, status: int, *, acts: bool) -> Failed:
        message = f"{what}：{meaning.words}（{code} {text(reply, 'errmsg')[:200]}）"
        error = error_of(meaning, message, self._clock(), acts=acts, broken=status >= 500)
        return Failed(code, meaning, error, reply)

    def _current(self) -> str:
        """The token that is in use. It is looked up once for all calls of a step: one that was renewed since is refused,
        and then it is looked up again."""
        if not self._token:
            known = self._tokens.current()
            self._token = known.text if known else self._other_than("")
        return self._token

    def _other_than(self, stale: str) -> str:
        """A token other than *stale*: another worker's, the platform's current one, or a forced new one."""
        try:
            return self._tokens.other_than(stale, lambda: self._fetched(stale)).text
        except TokenBusy:
            raise Unavailable("获取微信令牌：另一个进程正在更新令牌，稍后自动重试") from None

    def _fetched(self, stale: str) -> Token:
        token = self._fetch(force=False)
        return self._fetch(force=True) if token.text == stale else token

    def _fetch(self, *, force: bool) -> Token:
        body = {"grant_type": "client_credential", "appid": self._appid, "secret": self._secret, "force_refresh": force}
        with told():
            reply = self._ask("stable_token", "获取微信令牌", acts=False, known=_at_token_endpoint, json=body)
        token = self._needed(reply, "access_token", "获取微信令牌")
        seconds = timedelta(seconds=min(max(number(field(reply, "expires_in")) or 0, 0), LONGEST_TOKEN))
        return Token(token, self._clock() + seconds - min(_MARGIN, seconds / 2))

    def _needed(self, reply: Any, name: str, what: str) -> str:
        value = text(reply, name).strip()
        if not value:
            raise Unavailable(f"{what}：平台的回答中没有 {name}，稍后自动重试")
        return value

    def _at(self, reply: Any, index: int, what: str) -> Mapping[str, Any]:
        articles = field(reply, "news_item")
        if isinstance(articles, list) and len(articles) >= index and isinstance(articles[index - 1], Mapping):
            found: Mapping[str, Any] = articles[index - 1]
            return found
        raise Unavailable(f"{what}：平台的回答中没有文章，稍后自动重试")


def _at_token_endpoint(code: int) -> Meaning:
    return TOKEN_REFUSED.get(code) or meaning_of(code)


def _numeric(identity: str) -> int | str:
    """An id as the platform writes it in JSON."""
    return number(identity) or identity


def _articles(entry: Any) -> list[Mapping[str, Any]]:
    articles = field(field(entry, "content"), "news_item")
    return [article for article in articles if isinstance(article, Mapping)] if isinstance(articles, list) else []


def _media(name: str, data: bytes, media_type: str) -> dict[str, tuple[str, bytes, str]]:
    """The part ``media``; its file name is ASCII and has the right suffix, or the platform sees no file (1.10)."""
    return {"media": (name, data, media_type)}
