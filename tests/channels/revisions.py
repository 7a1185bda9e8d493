"""What the tests of Weibo, WeChat and their sandbox share: an office, revisions, a workbench, and a live sandbox."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw
from sqlalchemy import delete

from channels.base import Workbench
from channels.sandbox.accounts import Account
from channels.sandbox.server import serve
from channels.sandbox.store import SandboxStore
from content.accounts import SharedAccount
from content.assets import Assets
from content.clock import system_clock
from content.database import Database, open_database
from content.delivery import Delivery, Receipt
from content.item import Attachment, Fields, Item, Picture, Revision
from content.office import Office, Site
from content.outlet import Outlet
from content.schema import account_fact, platform_token, quota_hold, quota_use, upload
from content.sealing import Sealing
from content.vocabulary import Action, Kind, State
from tests.channels.memory_shelf import MemoryShelf, MemorySiteFiles
from tests.ledgers import new_ledger

UID, TOKEN, DOMAIN = "1073880650", "2.00abcdefTOKEN", "www.jingzhou.gov.cn"
APPID, SECRET = "wx0123456789abcdef", "5ecret0123456789"
ACCOUNTS = {
    "weibo": [{"uid": UID, "name": "荆州发布", "token": TOKEN, "domain": DOMAIN, "token_days": 30}],
    "wechat": [{"appid": APPID, "secret": SECRET, "name": "荆州发布"}],
}
SITE = Site("荆州市人民政府门户网站", f"https://{DOMAIN}", DOMAIN, "4210000001", "鄂ICP备00000001号", "", ())
OFFICE = Office("荆州市人民政府", "荆州市人民政府办公室", "011337057", "江津西路262号", "434000", "0716-8278407")
ITEM = Item(
    "i1",
    "011337057/2026-00001",
    "zcwj/202611/t20261123_1001.html",
    f"https://{DOMAIN}/zcwj/202611/t20261123_1001.html",
    datetime(2026, 11, 23, tzinfo=UTC),
)
BODY = (
    "<h2>一、工作目标</h2><p>以公开为常态、不公开为例外，<strong>全面推进</strong>政务公开。</p>"
    "<table><tr><th>任务</th><th>时限</th></tr><tr><td>政策与解读同步发布</td><td>每月</td></tr></table>"
    '<p>说明见<a href="https://www.hubei.gov.cn/help?a=1&amp;b=2">省政府网站</a>和'
    '<a href="https://mp.weixin.qq.com/s/abc">往期文章</a>。</p>'
    '<p class="right">荆州市人民政府办公室</p>'
)


@cache
def photograph(size: tuple[int, int] = (640, 420)) -> bytes:
    """A picture with many colours, as a camera gives it."""
    picture = Image.linear_gradient("L").resize(size)
    picture = Image.merge("RGB", (picture, picture.rotate(90).resize(size), picture.rotate(180).resize(size)))
    target = BytesIO()
    picture.save(target, "JPEG", quality=92)
    return target.getvalue()


@cache
def drawing() -> bytes:
    picture = Image.new("RGB", (600, 300), "#ffffff")
    ImageDraw.Draw(picture).rectangle((40, 40, 560, 260), outline="#b01f24", width=6)
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def policy(**changes: Any) -> Revision:
    fields = Fields(
        Kind.POLICY_DOCUMENT,
        title="荆州市人民政府办公室关于印发2026年政务公开工作要点的通知",
        organ="荆州市人民政府办公室",
        document_number="荆政办发〔2026〕21号",
        made_on=date(2026, 11, 18),
        summary="明确四项任务，政策与解读同步发布。",
        words={"wechat.title": "荆州印发2026年政务公开工作要点"},
    )
    attachment = Attachment("任务分工表.xlsx", "a" * 64, "application/vnd.ms-excel", 10)
    return Revision(replace(fields, **changes), BODY, attachments=(attachment,))


def notice(assets: Assets, **changes: Any) -> Revision:
    """A convenience notice with a photograph and a drawing."""
    fields = Fields(
        Kind.CONVENIENCE_NOTICE,
        title="春节期间市民卡服务中心不打烊",
        organ="荆州市人民政府办公室",
        summary="初一至初七每天9时至16时照常办理。",
    )
    pictures = tuple(
        Picture(name, assets.put(data), kind, 640, 420, len(data), alt)
        for name, data, kind, alt in (
            ("大厅.jpg", photograph(), "image/jpeg", "服务大厅"),
            ("路线.png", drawing(), "image/png", "乘车路线"),
        )
    )
    body = "<p>春节期间，服务中心照常办理业务。</p>" + "".join(
        f'<figure><img src="asset:{one.digest}" alt="{one.alt}"/><figcaption>{one.alt}</figcaption></figure>'
        for one in pictures
    )
    return Revision(replace(fields, **changes), body, pictures)


@dataclass
class Rehearsal:
    """A live sandbox and what a channel needs to talk to it."""

    url: str
    store: SandboxStore
    folder: Path
    assets: Assets
    now: timedelta = timedelta()

    def bench(self, **secrets: str) -> Workbench:
        known = {"access_token": TOKEN, "secret": SECRET} | secrets
        return Workbench(
            OFFICE,
            SITE,
            self.assets,
            MemoryShelf(),
            self.folder / "outlet",
            self.clock,
            self.client,
            MemorySiteFiles(),
            known,
            account=self.account(),
        )

    def account(self, channel: str = "wechat", identity: str = APPID) -> SharedAccount:
        return SharedAccount.of(self.database, channel, identity, Sealing.of(self.folder / "token.key"))

    def cleared(self, *tables: str) -> "Rehearsal":
        """As if nobody had used the platforms yet; *tables* are those of the sandbox."""
        self.now = timedelta()
        self.forget()
        self.store.clear_faults()
        for table in tables:
            self.store.run(f"DELETE FROM {table}")
        return self

    def forget(self) -> None:
        """As if no worker had called the platforms yet."""
        with self.database.write() as connection:
            for table in (platform_token, quota_use, quota_hold, upload, account_fact):
                connection.execute(delete(table))

    @cached_property
    def database(self) -> Database:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "ledger.sqlite"
        return open_database(f"sqlite:///{path}", self.clock) if path.exists() else new_ledger(path, self.clock)

    def clock(self) -> datetime:
        return system_clock() + self.now

    def client(self) -> httpx.Client:
        return httpx.Client(timeout=httpx.Timeout(3), trust_env=False, verify=False)

    def fault(self, platform: str, fault: str, count: int | None = 1, **more: object) -> None:
        body = {"platform": platform, "fault": fault, "count": count, **more}
        httpx.post(f"{self.url}/admin/faults", json=body, trust_env=False, verify=False).raise_for_status()

    def weibo(self, **options: object) -> Outlet:
        return Outlet(
            "weibo-main", "weibo", "荆州发布", UID, options={"api": f"{self.url}/weibo", "rip": "121.62.0.1", **options}
        )

    def wechat(self, **options: object) -> Outlet:
        return Outlet("wechat-main", "wechat", "荆州发布", APPID, options={"api": f"{self.url}/wechat", **options})

    def delivery(self, outlet: str, action: Action = Action.PUBLISH, *earlier: Receipt) -> Delivery:
        now = self.clock()
        return Delivery("d1", ITEM, outlet, action, 1, 1, State.SENDING, now, 1, now, "数字有误", earlier)


@contextmanager
def rehearsal(folder: Path) -> Iterator[Rehearsal]:
    """A sandbox on a free port, in a thread of this process, over a fresh folder."""
    box = folder / "沙箱"
    box.mkdir(parents=True)
    (box / "accounts.json").write_text(json.dumps(ACCOUNTS), encoding="utf-8")
    with serving(box) as url:
        store = SandboxStore(box)
        yield Rehearsal(url, store, folder, Assets(folder / "assets"))
        store.close()


@contextmanager
def changed(box: Rehearsal, account: Account | None, **values: Any) -> Iterator[None]:
    """One of the sandbox's accounts is another for a while: its quotas, its groups of followers, its rights."""
    assert account is not None
    box.store.add_account(replace(account, **values))
    try:
        yield
    finally:
        box.store.add_account(account)


@contextmanager
def serving(box: Path) -> Iterator[str]:
    """Serves a sandbox folder in a thread until the block ends."""
    ready, stop, ports = threading.Event(), threading.Event(), []

    def on_ready(port: int) -> None:
        ports.append(port)
        ready.set()

    thread = threading.Thread(target=serve, args=(box, 0, on_ready, stop), daemon=True)
    thread.start()
    try:
        assert ready.wait(20), "the sandbox did not start"
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        stop.set()
        thread.join(10)
