"""The sandbox's accounts, as ``accounts.json`` in its folder lists them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLATFORMS = ("weibo", "wechat")
FILE = "accounts.json"


class AccountsUnreadable(ValueError):
    """``accounts.json`` is not what it should be; the message says where."""


@dataclass(frozen=True)
class Account:
    """One account. *id* is a uid or an appid, *secret* the Weibo token or the app's secret, *domain* Weibo's 安全域名.
    *limit* is how many calls a day it has, 0 for no limit."""

    platform: str
    id: str
    name: str
    secret: str
    domain: str = ""
    limit: int = 0

    def __repr__(self) -> str:
        return f"Account({self.platform!r}, {self.id!r}, {self.name!r})"


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
    limit = entry.get("limit", 0)
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
        raise AccountsUnreadable(f"{path} 中 {platform} 账号 {name} 的 limit 应是不小于0的整数")
    domain = str(entry.get("domain", "")).strip().lower()
    return Account(platform, str(entry[identity]).strip(), name, str(entry[secret]).strip(), domain, limit)
