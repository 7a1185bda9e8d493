"""How long a broadcast takes: through the running engine, inline, and as bare HTTP calls, in one run.

    .venv/bin/python tests/bench/bench_broadcast.py [rounds]

Eight sandbox outlets (four Weibo, four WeChat accounts) and the portal, 50 ms of latency on every platform call. Prints
medians as ratios against the bare calls with httpx, the skew, and ledger steps against bare SQLite commits.
"""

import json
import os
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from content import ledger, people
from content.broadcasts import Order
from content.delivery import Prepared, Receipt
from content.records import Record
from content.vocabulary import State
from flows import editing, engine_client, publishing, run
from flows.wiring import Wired, sandbox_url
from flows.workspace import Workspace, make

ACCOUNTS = 4
LATENCY_MS = 50
PHRASE = "bench passphrase"
PERSONS = {"李文": (), "周岚": ("初审",), "陈国平": ("终审", "撤稿")}
BODY = "---\nkind: news\ntitle: 第{n}次测量\norgan: 荆州市人民政府\nsource: ''\nlevel: 市\ndisclosure: 主动公开\ncolumns: [yw]\neditor: 李文\nsummary: 第{n}次测量同步发布所用的时间。\nkeywords: [测量]\nmade_on: {today}\ntheme: 综合政务\\电子政务\n---\n第{n}次测量同步发布所用的时间。\n"


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        workspace = _workspace(Path(folder) / "ws")
        try:
            engine_client.start_engine(workspace)
            _slow_down(workspace)
            _measure(workspace, rounds)
        finally:
            engine_client.stop(workspace)
        _measure_ledger(Wired(Workspace.open(workspace.home)), Path(folder))


def _measure(workspace: Workspace, rounds: int) -> None:
    ways: dict[str, Callable[[Wired, str], dict[str, Any]]] = {"inline": _inline, "engine": _through_engine}
    taken: dict[str, list[float]] = {"bare": [], "inline": [], "engine": []}
    skews: dict[str, list[float]] = {"inline": [], "engine": []}
    for n in range(rounds + 1):
        for way, go in ways.items():
            wired = Wired(workspace)
            broadcast_id = _signed(wired, f"{n}{way}")
            began = time.perf_counter()
            document = go(wired, broadcast_id)
            seconds = time.perf_counter() - began
            assert document["state"] == "synchronised", document
            if n:
                taken[way].append(seconds)
                skews[way].append(float(document["skew_seconds"]))
        seconds = _bare(workspace)
        taken["bare"] += [seconds] if n else []
    bare, inline, engine = (statistics.median(taken[way]) for way in ("bare", "inline", "engine"))
    print(f"broadcast to {2 * ACCOUNTS} sandbox outlets and the portal, {LATENCY_MS} ms a call, median of {rounds}")
    print(f"  bare httpx calls   1.00  ({bare:.2f} s)")
    print(f"  inline            {inline / bare:5.2f}  ({inline:.2f} s)")
    print(
        f"  engine            {engine / bare:5.2f}  ({engine:.2f} s; over inline {engine - inline:.2f} s, aim under 2)"
    )
    for way, measured in skews.items():
        print(
            f"  skew {way:13} median {statistics.median(measured):.3f} s, worst {max(measured):.3f} s (aim under 0.3)"
        )


def _measure_ledger(wired: Wired, folder: Path, steps: int = 300) -> None:
    """One step is a claim and its receipt: two transactions with their events."""
    records = [_prepared(wired, n) for n in range(steps)]
    lease = wired.workspace.settings.engine.lease
    began = time.perf_counter()
    for record in records:
        claimed = ledger.claim(wired.database, record, lease, "bench", "r", alone=[record.outlet])
        ledger.keep_receipt(wired.database, claimed, Receipt(State.ACCEPTED))
    step = (time.perf_counter() - began) / steps / 2
    bare = _bare_commit(folder / "bare.sqlite", steps * 2)
    print(f"ledger step against a bare SQLite commit (WAL, FULL): {step / bare:.1f} (aim under 5)")


def _prepared(wired: Wired, n: int) -> Record:
    package_of = publishing.packages.latest
    with wired.database.read() as connection:
        package = package_of(connection, "1001")
    target = ledger.Target(f"bench-{n}", "weibo", "weibo", direct=True, required=True)
    return ledger.keep_prepared(
        wired.database, ledger.plan(wired.database, package, [target], package.frozen_at)[0], Prepared()
    )


def _bare_commit(path: Path, times: int) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)"
    )
    began = time.perf_counter()
    for n in range(times):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO t (b) VALUES (?)", (f"row {n}" * 20,))
        connection.execute("COMMIT")
    return (time.perf_counter() - began) / times


def _inline(wired: Wired, broadcast_id: str) -> dict[str, Any]:
    order = {"do": "broadcast", "broadcast": broadcast_id, "wait": True}
    return run.execute(wired.workspace, order, run.InlineRunner(), lambda event: None)


def _through_engine(wired: Wired, broadcast_id: str) -> dict[str, Any]:
    order = {"do": "broadcast", "broadcast": broadcast_id, "wait": True}
    return engine_client.order(wired.workspace, order, lambda event: None, start=False)


def _bare(workspace: Workspace) -> float:
    """The calls that the platforms cannot be spared, all accounts at once, with nothing kept and nothing proved."""
    url = sandbox_url(workspace)
    accounts = json.loads((workspace.sandbox_folder / "accounts.json").read_text(encoding="utf-8"))
    work = [(_bare_weibo, account) for account in accounts["weibo"]] + [
        (_bare_wechat, account) for account in accounts["wechat"]
    ]
    began = time.perf_counter()
    with ThreadPoolExecutor(len(work)) as pool:
        for future in [pool.submit(call, f"{url}", account) for call, account in work]:
            future.result()
    return time.perf_counter() - began


def _bare_weibo(url: str, account: dict[str, str]) -> None:
    with httpx.Client(base_url=f"{url}/weibo", trust_env=False) as client:
        client.post("/oauth2/get_token_info", data={"access_token": account["token"]}).raise_for_status()
        text = f"{time.time_ns()} http://{account['domain']}/a/{time.time_ns()}.html "
        form = {"access_token": account["token"], "status": text, "rip": "203.0.113.8"}
        shared = client.post("/2/statuses/share.json", data=form).raise_for_status().json()
        client.get(
            "/2/statuses/show.json", params={"access_token": account["token"], "id": shared["idstr"]}
        ).raise_for_status()


def _bare_wechat(url: str, account: dict[str, str]) -> None:
    with httpx.Client(base_url=f"{url}/wechat/cgi-bin", trust_env=False) as client:

        def call(path: str, body: dict[str, Any]) -> dict[str, Any]:
            answer = client.post(path, params=token, content=json.dumps(body, ensure_ascii=False).encode())
            return dict(answer.raise_for_status().json())

        token: dict[str, str] = {}
        grant = {"grant_type": "client_credential", "appid": account["appid"], "secret": account["secret"]}
        token = {"access_token": call("/stable_token", grant)["access_token"]}
        files = {"media": ("cover.jpg", _COVER, "image/jpeg")}
        media = client.post("/material/add_material", params={**token, "type": "image"}, files=files).json()["media_id"]
        page = f"http://www.jingzhou.gov.cn/{time.time_ns()}"
        draft = {"title": "测量", "content": "<p>测量</p>", "thumb_media_id": media, "content_source_url": page}
        made = call("/draft/add", {"articles": [draft]})["media_id"]
        call("/draft/get", {"media_id": made})
        publish = call("/freepublish/submit", {"media_id": made})["publish_id"]
        call("/freepublish/get", {"publish_id": str(publish)})


def _picture() -> bytes:
    from io import BytesIO

    from PIL import Image

    stream = BytesIO()
    Image.new("RGB", (900, 383), "#8c1c13").save(stream, "JPEG")
    return stream.getvalue()


_COVER = _picture()


def _signed(wired: Wired, name: str) -> str:
    folder = wired.workspace.home / "files"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.md"
    path.write_text(BODY.format(n=name, today=time.strftime("%Y-%m-%d")), encoding="utf-8")
    item = editing.submit(wired, path, {}, "李文", lambda name: PHRASE)
    for code in dict.fromkeys(finding.code for finding in item.findings):
        editing.override(wired, item.stored.item_id, code, "李文", "测量", lambda name: PHRASE)
    package, _ = editing.freeze(wired, item.stored.item_id)
    for level, person in (("初审", "周岚"), ("终审", "陈国平")):
        editing.sign(wired, item.stored.item_id, person, level, package.digest, lambda name: PHRASE)
    ordered = publishing.order_broadcast(wired, [item.stored.item_id], Order(()), None, "陈国平", lambda name: PHRASE)
    return ordered.id


def _workspace(home: Path) -> Workspace:
    made = make(home)
    settings = home / "tongbu.toml"
    text = settings.read_text(encoding="utf-8").split("# Outlets.")[0]
    settings.write_text(text + _outlets(), encoding="utf-8")
    _accounts(home)
    for name, roles in PERSONS.items():
        people.add(made.database, made.keys, name, "办公室", roles, PHRASE)
    return Workspace.open(home)


def _outlets() -> str:
    lines = ['[[outlets]]\nid = "portal"\nchannel = "website"\nname = "门户"\nidentity = "www.jingzhou.gov.cn"\n']
    for n in range(ACCOUNTS):
        options = 'options = { api = "sandbox", rip = "203.0.113.8", quiet_seconds = 2 }'
        lines.append(
            f'[[outlets]]\nid = "weibo-{n}"\nchannel = "weibo"\nname = "微博{n}"\nidentity = "26290469{n:02}"\n{options}\n'
        )
        lines.append(
            f'[[outlets]]\nid = "wechat-{n}"\nchannel = "wechat"\nname = "微信{n}"\nidentity = "wx{n:016}"\n{options}\n'
        )
    return "\n".join(lines)


# What is measured is the time, not what a platform allows in a day.
UNLIMITED = {"limit": 0, "posts": 0}


def _accounts(home: Path) -> None:
    accounts: dict[str, list[dict[str, object]]] = {"weibo": [], "wechat": []}
    for n in range(ACCOUNTS):
        secret = os.urandom(12).hex()
        accounts["weibo"].append(
            {
                "uid": f"26290469{n:02}",
                "name": f"微博{n}",
                "token": secret,
                "domain": "www.jingzhou.gov.cn",
                **UNLIMITED,
            }
        )
        accounts["wechat"].append({"appid": f"wx{n:016}", "name": f"微信{n}", "secret": secret, "quotas": {"*": 0}})
        for outlet, line in ((f"weibo-{n}", f'access_token = "{secret}"'), (f"wechat-{n}", f'secret = "{secret}"')):
            path = home / "secrets" / f"{outlet}.toml"
            path.touch(mode=0o600)
            path.write_text(line + "\n", encoding="utf-8")
    (home / "sandbox" / "accounts.json").write_text(json.dumps(accounts, ensure_ascii=False), encoding="utf-8")


def _slow_down(workspace: Workspace) -> None:
    switches = [
        {"platform": platform, "account": "*", "fault": "latency", "value": LATENCY_MS}
        for platform in ("weibo", "wechat")
    ]
    for switch in switches:
        httpx.post(f"{sandbox_url(workspace)}/admin/faults", json=switch, trust_env=False).raise_for_status()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
