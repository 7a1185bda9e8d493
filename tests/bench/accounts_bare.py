"""The rival of ``bench_accounts``: the same calls with bare httpx, nothing kept and nothing proved.

    python accounts_bare.py PLAN URL WORKERS

*PLAN* is a JSON file: the accounts, and for each thing to publish the calls that it takes, in their order, with the files to
send. As many threads as ours take one thing after the other; each account has one client. Prints what it took as JSON.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import httpx


@dataclass
class Account:
    """One account: its client and, at WeChat, its token, which whoever comes first fetches."""

    values: Mapping[str, str]
    client: httpx.Client
    token: str = ""
    lock: Lock = field(default_factory=Lock)

    def authorised(self) -> str:
        with self.lock:
            if not self.token:
                grant = {"grant_type": "client_credential", "appid": self.values["id"], "secret": self.values["secret"]}
                self.token = (
                    self.client.post("/cgi-bin/stable_token", json=grant).raise_for_status().json()["access_token"]
                )
            return self.token


@dataclass
class Thing:
    """One thing to publish, and the ids that the platform gave it."""

    account: Account
    files: Mapping[str, str]
    media: str = "none"
    draft: str = ""
    publication: str = ""
    post: str = ""


def carry_out(plan: Mapping[str, Any], url: str, workers: int) -> None:
    """Afterwards *plan* holds the tokens, which are good for further runs."""
    accounts = {
        values["id"]: Account(values, _client(f"{url}/{values['platform']}"), plan["tokens"].get(values["id"], ""))
        for values in plan["accounts"]
    }
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(_publish, accounts[one["account"]], one) for one in plan["things"]]:
            done.result()
    plan["tokens"] |= {name: account.token for name, account in accounts.items()}


def _client(base: str) -> httpx.Client:
    return httpx.Client(base_url=base, trust_env=False, timeout=httpx.Timeout(20, connect=5))


def _publish(account: Account, one: Mapping[str, Any]) -> None:
    thing = Thing(account, one["files"])
    for call in one["calls"]:
        CALLS[call](thing)


def _token_info(thing: Thing) -> None:
    _weibo(thing, "POST", "oauth2/get_token_info", data={"access_token": thing.account.values["secret"]})


def _rate_limit(thing: Thing) -> None:
    _weibo(thing, "GET", "2/account/rate_limit_status.json")


def _share(thing: Thing) -> None:
    text = Path(thing.files["text.txt"]).read_text(encoding="utf-8")
    form = {"access_token": thing.account.values["secret"], "status": text, "rip": "203.0.113.8"}
    picture = {"pic": ("picture.jpg", Path(thing.files["picture.jpg"]).read_bytes(), "image/jpeg")}
    thing.post = _weibo(thing, "POST", "2/statuses/share.json", data=form, files=picture)["idstr"]


def _show(thing: Thing) -> None:
    _weibo(thing, "GET", "2/statuses/show.json", params={"id": thing.post})


def _weibo(thing: Thing, method: str, path: str, **request: Any) -> Any:
    headers = {"Authorization": f"OAuth2 {thing.account.values['secret']}"} if method == "GET" else {}
    return thing.account.client.request(method, f"/{path}", headers=headers, **request).raise_for_status().json()


def _token(thing: Thing) -> None:
    thing.account.authorised()


def _cover(thing: Thing) -> None:
    files = {"media": ("cover.jpg", Path(thing.files["cover.jpg"]).read_bytes(), "image/jpeg")}
    thing.media = _wechat(thing, "material/add_material", {"type": "image"}, files=files)["media_id"]


def _picture(thing: Thing) -> None:
    """The code of the item's page, the one picture that every article has."""
    name = next(name for name in thing.files if name.startswith("pictures/"))
    files = {"media": ("code.png", Path(thing.files[name]).read_bytes(), "image/png")}
    assert _wechat(thing, "media/uploadimg", {}, files=files)["url"]


def _drafts(thing: Thing) -> None:
    _json(thing, "draft/batchget", {"offset": 0, "count": 20, "no_content": 1})


def _add_draft(thing: Thing) -> None:
    article = json.loads(Path(thing.files["article.json"]).read_bytes()) | {"thumb_media_id": thing.media}
    thing.draft = _json(thing, "draft/add", {"articles": [article]})["media_id"]


def _draft(thing: Thing) -> None:
    assert _json(thing, "draft/get", {"media_id": thing.draft})["news_item"]


def _submit(thing: Thing) -> None:
    thing.publication = str(_json(thing, "freepublish/submit", {"media_id": thing.draft})["publish_id"])


def _publication(thing: Thing) -> None:
    assert "publish_status" in _json(thing, "freepublish/get", {"publish_id": thing.publication})


def _json(thing: Thing, path: str, body: Mapping[str, Any]) -> Any:
    return _wechat(thing, path, {}, content=json.dumps(body, ensure_ascii=False).encode())


def _wechat(thing: Thing, path: str, query: Mapping[str, str], **request: Any) -> Any:
    params = {**query, "access_token": thing.account.authorised()}
    reply = thing.account.client.post(f"/cgi-bin/{path}", params=params, **request).raise_for_status().json()
    assert not reply.get("errcode"), f"{path}: {reply}"
    return reply


CALLS: Mapping[str, Callable[[Thing], None]] = {
    "oauth2/get_token_info": _token_info,
    "2/account/rate_limit_status.json": _rate_limit,
    "2/statuses/share.json": _share,
    "2/statuses/show.json": _show,
    "cgi-bin/stable_token": _token,
    "cgi-bin/material/add_material": _cover,
    "cgi-bin/media/uploadimg": _picture,
    "cgi-bin/draft/batchget": _drafts,
    "cgi-bin/draft/add": _add_draft,
    "cgi-bin/draft/get": _draft,
    "cgi-bin/freepublish/submit": _submit,
    "cgi-bin/freepublish/get": _publication,
}
PUBLISHING = ("2/statuses/share.json", "cgi-bin/freepublish/submit")


def shared_out(log: Sequence[str], things: int) -> list[list[str]]:
    """The calls of one account's log, in the order in which their kinds first came, dealt out to the *things* that were
    published: what was called once belongs to the first, what was called for each to each."""
    kinds = {kind: log.count(kind) for kind in dict.fromkeys(log)}
    unknown = set(kinds) - set(CALLS)
    if unknown:
        raise ValueError(f"the bare program does not make these calls: {sorted(unknown)}")
    return [[kind for kind, times in kinds.items() for _ in range(_share_of(times, n, things))] for n in range(things)]


def _share_of(times: int, place: int, of: int) -> int:
    return -(-times * (place + 1) // of) - -(-times * place // of)


if __name__ == "__main__":
    import measured

    wanted = json.loads(Path(sys.argv[1]).read_bytes())
    took = measured.in_here(lambda: carry_out(wanted, sys.argv[2], int(sys.argv[3])))
    print(json.dumps({**took, "tokens": wanted["tokens"]}))
