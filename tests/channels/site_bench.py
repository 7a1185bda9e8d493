"""What the tests of website, feeds and app share: an office, items, deliveries and a look at what was written."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from channels.base import Rendition, Workbench
from content.assets import Assets
from content.canonical import digest
from content.delivery import Delivery, Receipt
from content.item import Attachment, Fields, Item, Picture, Revision
from content.office import Column, Office, Site
from content.outlet import Outlet
from content.shelf import Shelf
from content.vocabulary import Action, Kind, State
from tests.channels.memory_shelf import MemoryShelf, MemorySiteFiles

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
POLICY_NUMBER = "荆政办发〔2016〕21号"

COLUMNS = (
    Column("zcwj", "政策文件", "政策文件", "市政府和市政府办公室制发的文件", "政策文件,规范性文件"),
    Column("zcjd", "政策解读", "政策解读", "对市政府文件的解读", "政策解读,文件解读"),
    Column("bmgg", "便民公告", "工作动态", "停水停电、办事时间等便民信息", "便民,公告"),
    Column("zxft", "在线访谈", "在线访谈", "部门负责人在线回答群众提问", "在线访谈,互动"),
)
SITE = Site(
    name="荆州市人民政府门户网站",
    url="https://www.jingzhou.gov.cn",
    domain="www.jingzhou.gov.cn",
    id_code="4210000001",
    icp="鄂ICP备00000001号-1",
    police_record="鄂公网安备42100002000001号",
    columns=COLUMNS,
)
OFFICE = Office(
    organ="荆州市人民政府",
    name="荆州市人民政府办公室",
    organ_code="011337057",
    address="湖北省荆州市沙市区江津西路262号",
    postcode="434000",
    phone="0716-8278407",
    rehearsal=False,
)
POLICY_BODY = (
    "<p>为贯彻落实国务院和省政府部署，进一步推进我市政务公开工作，经市政府同意，现将有关事项通知如下。</p>"
    "<h2>一、工作目标</h2><p>以公开为常态、不公开为例外，全面推进决策、执行、管理、服务、结果公开。</p>"
    "<h2>二、任务分工</h2><table><caption>任务分工表</caption><thead><tr><th>序号</th><th>任务</th><th>牵头单位</th>"
    "<th>完成时限</th><th>备注</th></tr></thead><tbody><tr><td>1</td><td>政策文件与解读同步发布</td><td>市政府办公室</td>"
    "<td>2016年12月底</td><td></td></tr><tr><td>2</td><td>政府网站普查整改</td><td>市政务公开和电子信息办公室</td>"
    "<td>每季度</td><td>抽查比例不低于百分之十</td></tr></tbody></table>"
    '<p>平台使用说明见<a href="https://www.hubei.gov.cn/help">省政府网站</a>和<a href="https://docs.example.com/a?b=1">技术文档</a>。</p>'
    '<p class="right">荆州市人民政府办公室</p><p class="right">2016年5月18日</p>'
)


@cache
def picture_bytes(width: int = 1400, height: int = 100) -> bytes:
    """A bitmap of a gradient: the same bytes at every call and with every library."""
    image = Image.merge(
        "RGB", [Image.linear_gradient("L").resize((width, height)).rotate(turn) for turn in (0, 90, 180)]
    )
    target = BytesIO()
    image.save(target, "BMP")
    return target.getvalue()


def bench(folder: Path, shelf: Shelf | None = None, **changes: Any) -> Workbench:
    values: dict[str, Any] = {
        "office": OFFICE,
        "site": SITE,
        "assets": Assets(folder / "assets"),
        "shelf": shelf or MemoryShelf(),
        "folder": folder / "outlet",
        "clock": lambda: NOON,
        "client": httpx.Client,
        "site_files": MemorySiteFiles(),
    }
    return Workbench(**{**values, **changes})


def outlet(channel: str, **options: Any) -> Outlet:
    return Outlet(f"{channel}-main", channel, "荆州市人民政府门户网站", "www.jingzhou.gov.cn", options=options)


def item(serial: int = 1001, column: str = "zcwj") -> Item:
    address = f"{column}/202611/t20261123_{serial}.html"
    number = f"011337057/2026-{serial:05d}"
    return Item(str(serial), number, address, SITE.address_url(address), NOON)


def policy(**changes: Any) -> Revision:
    values: dict[str, Any] = {
        "kind": Kind.POLICY_DOCUMENT,
        "title": "荆州市人民政府办公室关于做好政务公开和政府网站建设管理工作的通知",
        "organ": "荆州市人民政府办公室",
        "document_number": POLICY_NUMBER,
        "addressee": "各县、市、区人民政府，荆州开发区，市政府有关部门：",
        "made_on": date(2016, 5, 18),
        "theme": "综合政务\\政务公开",
        "genre": "通知",
        "columns": ("zcwj",),
        "keywords": ("政务公开", "政府网站"),
        "summary": "明确2016年全市政务公开和政府网站建设管理的目标、任务分工和考核要求。",
        "editor": "李明",
    }
    return Revision(Fields(**{**values, **changes}), POLICY_BODY)


def interpretation(**changes: Any) -> Revision:
    values: dict[str, Any] = {
        "kind": Kind.INTERPRETATION,
        "title": "一图读懂：今年政务公开抓什么",
        "organ": "荆州市人民政府办公室",
        "columns": ("zcjd",),
        "interprets": (POLICY_NUMBER,),
        "editor": "王芳",
    }
    body = "<h2>为什么要发这份通知</h2><p>通知明确了政务公开与政府网站建设管理的任务分工。</p>"
    return Revision(Fields(**{**values, **changes}), body)


def notice(serial: int, **changes: Any) -> Revision:
    values: dict[str, Any] = {
        "kind": Kind.CONVENIENCE_NOTICE,
        "title": f"关于第{serial}批供水管网检修的公告",
        "organ": "荆州市水利和湖泊局",
        "columns": ("bmgg",),
    }
    return Revision(Fields(**{**values, **changes}), f"<p>第{serial}批检修期间，请提前储水。</p>")


def with_files(revision: Revision, assets: Assets) -> Revision:
    """The revision with a wide picture in its body and a spreadsheet beside it."""
    image, sheet = picture_bytes(), b"a spreadsheet"
    picture = Picture("路线图.bmp", assets.put(image), "image/bmp", 1400, 100, len(image), "检修路段示意图")
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    attachment = Attachment("任务分工表.xlsx", assets.put(sheet), media_type, len(sheet))
    shown = f'<figure><img src="asset:{digest(image)}" alt="检修路段示意图"/><figcaption>检修路段</figcaption></figure>'
    return replace(revision, body=revision.body + shown, pictures=(picture,), attachments=(attachment,))


def delivery(subject: Item, channel: str, action: Action = Action.PUBLISH, **changes: Any) -> Delivery:
    values: dict[str, Any] = {
        "id": f"{subject.id}-{channel}",
        "item": subject,
        "outlet": f"{channel}-main",
        "action": action,
        "round": 1,
        "sequence": 1,
        "state": State.SENDING,
        "at": NOON,
        "token": 1,
    }
    return Delivery(**{**values, **changes})


def send(channel: Any, work: Delivery, revision: Revision, reason: str = "") -> tuple[Rendition, Receipt]:
    """Renders, prepares and releases, as a broadcast does."""
    made = channel.render(work.item, revision, work.action, reason)
    return made, channel.release(work, made, channel.prepare(work, made))


def later(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def files_under(folder: Path) -> Mapping[str, bytes]:
    """Every file that a web server could show, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
