"""Our side of ``bench_accounts``: a workspace with a matrix of sandbox accounts, items that are signed, and their broadcast.

    python accounts_ours.py HOME BROADCAST

carries a broadcast out inline and prints what it took as JSON.
"""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import measured

from content import packages, people
from content.broadcasts import Order
from content.packages import Package
from flows import editing, publishing, run
from flows.wiring import Wired
from flows.workspace import Workspace, make

PORTAL = "portal"
SITE = f'[[outlets]]\nid = "{PORTAL}"\nchannel = "website"\nname = "门户"\nidentity = "www.jingzhou.gov.cn"\n'
PHRASE = "bench passphrase"
EDITOR, FIRST, LAST = "李文", "周岚", "陈国平"
PERSONS = {EDITOR: (), FIRST: ("初审",), LAST: ("终审", "撤稿")}
MANY = 1_000_000
"""What is measured is the time, not what a platform allows in a day."""
WEIBO_OPTIONS = f'{{ api = "sandbox", rip = "203.0.113.8", calls_a_day = {MANY}, posts_an_hour = {MANY} }}'
WECHAT_CALLS = (
    "draft/add",
    "draft/get",
    "draft/batchget",
    "freepublish/submit",
    "freepublish/get",
    "freepublish/batchget",
)
FIELDS = "kind: news\norgan: 荆州市人民政府\nsource: ''\nlevel: 市\ndisclosure: 主动公开\ncolumns: [yw]\neditor: 李文\nkeywords: [测量]\ntheme: 综合政务\\电子政务\n"
PARAGRAPH = "为便利企业和群众办事，市政务服务中心自本月起调整窗口办理时间，逐项公布办理条件、所需材料和办结时限，并在门户网站、微博、微信同步发布。"


def workspace(home: Path, accounts: int) -> Workspace:
    """A rehearsal with this many accounts: one half at Weibo, the other at WeChat."""
    made = make(home)
    settings = home / "tongbu.toml"
    matrix = list(_matrix(accounts))
    text = settings.read_text(encoding="utf-8").split("# Outlets.")[0]
    settings.write_text(text + "\n".join([SITE, *map(_outlet, matrix)]), encoding="utf-8")
    for values in matrix:
        path = home / "secrets" / f"{values['outlet']}.toml"
        path.touch(mode=0o600)
        name = "access_token" if values["platform"] == "weibo" else "secret"
        path.write_text(f'{name} = "{values["secret"]}"\n', encoding="utf-8")
    (home / "accounts.json").write_text(json.dumps(matrix), encoding="utf-8")
    for name, roles in PERSONS.items():
        people.add(made.database, made.keys, name, "办公室", roles, PHRASE)
    return Workspace.open(home)


def accounts_of(home: Path) -> list[dict[str, str]]:
    """Its accounts: outlet, platform, id and secret."""
    return list(json.loads((home / "accounts.json").read_bytes()))


def sandbox_accounts(matrix: Sequence[Mapping[str, str]]) -> dict[str, list[dict[str, object]]]:
    """The same accounts as the sandbox is told of them."""
    weibo = [
        {
            "uid": one["id"],
            "name": one["outlet"],
            "token": one["secret"],
            "domain": "www.jingzhou.gov.cn",
            "limit": 0,
            "posts": 0,
        }
        for one in matrix
        if one["platform"] == "weibo"
    ]
    wechat = [
        {"appid": one["id"], "name": one["outlet"], "secret": one["secret"], "quotas": {"*": 0}}
        for one in matrix
        if one["platform"] == "wechat"
    ]
    return {"weibo": weibo, "wechat": wechat}


def signed(wired: Wired, numbers: Sequence[int]) -> str:
    """Hands items in, freezes and signs them, puts them on the website, to which all others link, and orders one broadcast of
    them all to the accounts; its id."""
    items = [_signed(wired, number) for number in numbers]
    site = publishing.order_broadcast(wired, items, Order((), outlets=(PORTAL,)), None, LAST, _phrase)
    document = _carried_out(wired.workspace, site.id)
    assert document["state"] == "synchronised", document
    return publishing.order_broadcast(wired, items, Order((), without=(PORTAL,)), None, LAST, _phrase).id


def files_of(wired: Wired, broadcast: Sequence[Package]) -> Iterator[tuple[str, dict[str, str]]]:
    """For every delivery, in the order in which they are made, its outlet and where the bytes to be sent lie."""
    for package in broadcast:
        for line in [line for line in package.lines if line.outlet != PORTAL]:
            yield line.outlet, {name: str(wired.workspace.assets.path(part)) for name, (_, part) in line.parts.items()}


def packages_of(wired: Wired, digests: Sequence[str]) -> list[Package]:
    with wired.database.read() as connection:
        return [packages.by_digest(connection, name) for name in digests]


def carry_out(home: Path, broadcast: str) -> dict[str, Any]:
    """The broadcast's document, and what it took in this process."""
    opened = Workspace.open(home)
    document: dict[str, Any] = {}
    took = measured.in_here(lambda: document.update(_carried_out(opened, broadcast)))
    states = [entry["state"] for entry in document["deliveries"]]
    told = {"state": document["state"], "live": states.count("live"), "skew_seconds": document["skew_seconds"]}
    return {**took, **told, "prefect": "prefect" in sys.modules}


def _carried_out(opened: Workspace, broadcast: str) -> dict[str, Any]:
    order = {"do": "broadcast", "broadcast": broadcast, "wait": True}
    return run.execute(opened, order, run.InlineRunner(), lambda event: None)


def _matrix(accounts: int) -> Iterator[dict[str, str]]:
    for n in range(accounts):
        platform, identity = ("wechat", f"wx{n:016}") if n % 2 else ("weibo", f"26290469{n:02}")
        yield {"outlet": f"{platform}-{n}", "platform": platform, "id": identity, "secret": os.urandom(12).hex()}


def _outlet(values: Mapping[str, str]) -> str:
    calls = ", ".join(f'"{path}" = {MANY}' for path in WECHAT_CALLS)
    options = WEIBO_OPTIONS if values["platform"] == "weibo" else f'{{ api = "sandbox", calls_a_day = {{ {calls} }} }}'
    return (
        f'[[outlets]]\nid = "{values["outlet"]}"\nchannel = "{values["platform"]}"\nname = "{values["outlet"]}"\n'
        f'identity = "{values["id"]}"\noptions = {options}\n'
    )


def _signed(wired: Wired, number: int) -> str:
    path = wired.workspace.home / f"{number}.md"
    path.write_text(_text(number), encoding="utf-8")
    item = editing.submit(wired, path, {}, EDITOR, _phrase)
    for code in dict.fromkeys(finding.code for finding in item.findings):
        editing.override(wired, item.stored.item_id, code, EDITOR, "测量", _phrase)
    package, _ = editing.freeze(wired, item.stored.item_id)
    for level, person in (("初审", FIRST), ("终审", LAST)):
        editing.sign(wired, item.stored.item_id, person, level, package.digest, _phrase)
    return str(item.stored.item_id)


def _text(number: int) -> str:
    title = f"第{number}号便民措施公布"
    heads = f"title: {title}\nsummary: {title}，办理时间有调整。\nmade_on: {time.strftime('%Y-%m-%d')}\n"
    body = "\n\n".join(f"{place}．{title}：{PARAGRAPH}" for place in range(1, 9))
    return f"---\n{FIELDS}{heads}---\n{body}\n"


def _phrase(_name: str) -> str:
    return PHRASE


if __name__ == "__main__":
    print(json.dumps(carry_out(Path(sys.argv[1]), sys.argv[2])))
