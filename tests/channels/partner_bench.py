"""What the tests of partners and gazette share: an office, a rich revision, a workbench on a temporary folder."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw

from channels.base import Rendition, Workbench
from content.assets import Assets
from content.clock import Clock
from content.delivery import Delivery
from content.gazette.issues import Issues
from content.item import Fields, Item, Picture, Revision
from content.office import Office, Site
from content.outlet import Outlet
from content.vocabulary import Action, Kind, Level, State
from tests.channels.memory_shelf import MemoryShelf, MemorySiteFiles

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SITE = Site(
    "荆州市人民政府门户网站", "https://www.jingzhou.gov.cn", "www.jingzhou.gov.cn", "4210000001", "鄂ICP备0号", "", ()
)
OFFICE = Office(
    "荆州市人民政府",
    "荆州市人民政府办公室",
    "011337057",
    "湖北省荆州市沙市区江津西路262号",
    "434000",
    "0716-8278407",
    {"主管": "荆州市人民政府", "准印证号": "（鄂荆）内资准字第001号"},
    rehearsal=False,
)
ITEM = Item(
    "1001",
    "011337057/2026-00001",
    "zcwj/202611/t20261123_1001.html",
    "https://www.jingzhou.gov.cn/zcwj/202611/t20261123_1001.html",
    NOW,
)
FIELDS = Fields(
    Kind.POLICY_DOCUMENT,
    title="荆州市人民政府办公室关于印发荆州市全面推进基层政务公开标准化规范化工作实施方案的通知",
    organ="荆州市人民政府办公室",
    addressee="各县、市、区人民政府，市政府各部门",
    document_number="荆政办发〔2026〕21号",
    made_on=date(2026, 5, 3),
    level=Level.CITY,
    editor="王芳",
    contact="政务公开科　0716-8278407",
)
BODY = (
    "<p>根据《中华人民共和国政府信息公开条例》（以下简称《条例》），全市主动公开政府信息161486条，增长96.23%"
    '<sup><a href="#fn1">1</a></sup>。</p>'
    "<h2>一、总体要求</h2><p>坚持“公开为原则、<strong>不公开为例外</strong>”。到2026年12月31日前完成。</p>"
    "<h3>（一）加强组织领导</h3><p>联系电话：0716-8278407。</p><h4>1．明确分工</h4><h5>（1）细化台账</h5>"
    "<ul><li>第一项任务。</li><li>第二项任务。</li></ul>"
    "<table><caption>主动公开情况</caption><tr><th>渠道</th><th>条数</th></tr>"
    '<tr><td rowspan="2">政府网站</td><td>112283条</td></tr><tr><td>8818条</td></tr></table>'
    '<section class="footnotes"><ol><li id="fn1">以上年同期为基数。</li></ol></section>'
)


def drawing() -> bytes:
    picture = Image.new("RGB", (600, 300), "#ffffff")
    ImageDraw.Draw(picture).rectangle((40, 40, 560, 260), outline="#b01f24", width=6)
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def policy(body: str = BODY, **changes: Any) -> Revision:
    return Revision(replace(FIELDS, **changes), body)


def illustrated(assets: Assets) -> Revision:
    picture = Picture("流程 图.png", assets.put(drawing()), "image/png", 600, 300, len(drawing()), "办理流程")
    figure = (
        f'<figure><img src="asset:{picture.digest}" alt="办理流程"/><figcaption>图1　办理流程</figcaption></figure>'
    )
    return Revision(FIELDS, BODY + figure, (picture,))


def outlet(channel: str, **options: Any) -> Outlet:
    return Outlet(channel, channel, f"荆州{channel}", f"drop:{channel}", options=options)


def workbench(
    folder: Path, clock: Clock = lambda: NOW, issues: Issues | None = None, office: Office = OFFICE
) -> Workbench:
    client: Callable[[], httpx.Client] = httpx.Client
    return Workbench(
        office,
        SITE,
        Assets(folder / "assets"),
        MemoryShelf(),
        folder / "outlet",
        clock,
        client,
        MemorySiteFiles(),
        issues=issues,
    )


def delivery(
    action: Action = Action.PUBLISH, sequence: int = 1, item: Item = ITEM, at: datetime = NOW, reason: str = ""
) -> Delivery:
    return Delivery("d1", item, "outlet", action, 1, sequence, State.SENDING, at, reason=reason)


def files_of(rendition: Rendition) -> dict[str, bytes]:
    return {name: part.data for name, part in rendition.parts.items()}
