"""The sandbox's accounts, as ``accounts.json`` in its folder lists them."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from channels.sandbox.callbacks import FILE, subscriber_in

PLATFORMS = ("weibo", "wechat")
# Calls of Weibo that ordinary apps may not make and the sandbox has all the same (contracts: Weibo 3.1).
RIGHTS = ("repost",)


class AccountsUnreadable(ValueError):
    """``accounts.json`` is not what it should be; the message says where."""


@dataclass(frozen=True)
class Account:
    """One account. *id* is a uid or an appid, *secret* the Weibo token or the app's secret, *domain* Weibo's 安全域名.

    Of Weibo (contracts: Weibo 2, 7): *limit* is how many calls a day it has and *posts* how many posts an hour, 0 for no
    limit; *token_days* how long the token lives from when the sandbox first saw it; *rights* what its app may do beyond an
    ordinary one (of RIGHTS). Of WeChat (contracts: WeChat 3):
    *quotas* has other daily quotas than the contract's by the call's path, ``*`` for every call, 0 for no quota; *tags* are
    the groups of its followers, none listed for any number.
    """

    platform: str
    id: str
    name: str
    secret: str
    domain: str = ""
    limit: int = 0
    posts: int = 0
    token_days: int = 0
    quotas: Mapping[str, int] = field(default_factory=dict, hash=False)
    tags: tuple[int, ...] = ()
    rights: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Account({self.platform!r}, {self.id!r}, {self.name!r})"

    @property
    def settings(self) -> dict[str, Any]:
        numbers = {"posts": self.posts, "token_days": self.token_days}
        return {**numbers, "quotas": dict(self.quotas), "tags": list(self.tags), "rights": list(self.rights)}


# What an account has that says nothing else: an ordinary app's calls and posts, and the token of a developer's own account,
# which lives about five years (contracts: Weibo 2, 7).
_USUAL = {"weibo": {"limit": 100, "posts": 30, "token_days": 1825}, "wechat": {"limit": 0, "posts": 0, "token_days": 0}}


def make_accounts(folder: Path) -> bool:
    """One account of each platform with credentials of its own, where the folder lists none yet; whether it did so."""
    path = folder / FILE
    if path.exists():
        return False
    weibo = {
        "uid": "1000000001",
        "name": "微博账号",
        "token": f"2.00{secrets.token_hex(14)}",
        "domain": "www.example.com",
    }
    wechat = {"appid": f"wx{secrets.token_hex(8)}", "secret": secrets.token_hex(16), "name": "公众号"}
    values = {"weibo": [weibo], "wechat": [wechat]}
    folder.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(values, ensure_ascii=False, indent=1), encoding="utf-8")
    return True


def accounts_in(folder: Path) -> list[Account]:
    """The accounts of the folder's file; none where there is no file. Raises AccountsUnreadable."""
    path = folder / FILE
    try:
        values = json.loads(path.read_bytes())
    except FileNotFoundError:
        return []
    except ValueError as problem:
        raise AccountsUnreadable(f"{path} 不是有效的 JSON（{problem}），请修正后重试") from problem
    if not isinstance(values, dict):
        raise AccountsUnreadable(f"{path} 的最外层应是一个对象，含 weibo 和 wechat 两个列表")
    return [_account(platform, entry, path) for platform in PLATFORMS for entry in values.get(platform, [])]


def _account(platform: str, entry: Any, path: Path) -> Account:
    identity, secret = ("uid", "token") if platform == "weibo" else ("appid", "secret")
    needed = (identity, secret, "domain") if platform == "weibo" else (identity, secret)
    if not isinstance(entry, dict) or any(not str(entry.get(name) or "").strip() for name in needed):
        raise AccountsUnreadable(f"{path} 的 {platform} 列表中有一项缺少 {'、'.join(needed)} 之一，请补上")
    name = str(entry.get("name") or entry[identity])
    place = f"{path} 中 {platform} 账号 {name} 的"
    try:
        subscriber_in(entry)
    except ValueError as problem:
        raise AccountsUnreadable(f"{place} {problem}") from problem
    numbers: dict[str, Any] = {
        key: _whole(entry.get(key, usual), f"{place} {key} ") for key, usual in _USUAL[platform].items()
    }
    domain = str(entry.get("domain", "")).strip().lower()
    identity, secret = str(entry[identity]).strip(), str(entry[secret]).strip()
    return Account(platform, identity, name, secret, domain, **numbers, **_more(entry, place))


def _more(entry: Any, place: str) -> dict[str, Any]:
    quotas = entry.get("quotas", {})
    if not isinstance(quotas, dict):
        raise AccountsUnreadable(f"{place} quotas 应是一个对象，键为接口路径，值为每日次数")
    kept = {str(call): _whole(most, f"{place} quotas.{call} ") for call, most in quotas.items()}
    tags = entry.get("tags", [])
    if not isinstance(tags, list):
        raise AccountsUnreadable(f"{place} tags 应是一个列表，列出粉丝标签的编号")
    groups = tuple(_whole(tag, f"{place} tags 中的编号") for tag in tags)
    rights = entry.get("rights", [])
    if not isinstance(rights, list) or not all(right in RIGHTS for right in rights):
        raise AccountsUnreadable(f"{place} rights 应是一个列表，可用：{'、'.join(RIGHTS)}")
    return {"quotas": kept, "tags": groups, "rights": tuple(rights)}


def _whole(value: Any, place: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise AccountsUnreadable(f"{place}应是不小于0的整数")
    return value
