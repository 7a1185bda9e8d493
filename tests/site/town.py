"""A town's site, small and whole: every kind of item and page, published through the real channels without the engine.

Columns and office are those that ``tongbu init`` writes, the first texts those of the samples; nothing is in rehearsal.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import flows
from channels.base import Workbench
from channels.feeds import Feeds
from channels.website import Website
from content.canonical import digest
from content.intake import read
from content.item import Attachment, Fields, Item, Picture, Revision
from content.office import Column
from content.samples import water_map
from content.vocabulary import Action, Effect, Kind, Openness
from tests.channels import site_bench as given
from tests.channels.issue_site import Press, earlier
from tests.channels.memory_shelf import MemoryShelf

SAMPLES = Path(water_map.__file__).parent
SETTINGS = Path(flows.__file__).parent / "data" / "tongbu.toml"
OPENED = datetime(2025, 11, 1, 1, 0, tzinfo=UTC)
POLICY_NUMBER = "荆政办发〔2026〕31号"
TOPIC = "冬季困难群众救助保障"
FORM = "https://www.jingzhou.gov.cn/form/2026-4"

DOCUMENTS: Sequence[tuple[str, str, str, str, str]] = (
    ("荆州市人民政府", "荆政发", "关于印发荆州市城市更新行动实施方案（2026—2028年）的通知", "城乡建设、环境保护\\城乡建设（含住房）", "通知"),
    ("荆州市人民政府", "荆政发", "关于表彰全市防汛抗旱工作先进集体和先进个人的决定", "农业、林业、水利\\水利", "决定"),
    ("荆州市人民政府", "荆政函", "关于同意设立沙市区观音垱镇中心卫生院的批复", "卫生、体育\\卫生", "批复"),
    ("荆州市人民政府办公室", "荆政办发", "关于加快推进农村寄递物流体系建设的实施意见", "工业、交通\\邮政", "意见"),
    ("荆州市人民政府办公室", "荆政办发", "关于调整市安全生产委员会组成人员的通知", "市场监管、安全生产监管\\安全生产监管", "通知"),
    ("荆州市人民政府办公室", "荆政办函", "关于做好国庆假期旅游服务保障工作的函", "商贸、海关、旅游\\旅游", "函"),
    ("荆州市农业农村局", "荆农发", "关于公布2026年度市级示范家庭农场名单的公告", "农业、林业、水利\\农业、畜牧业、渔业", "公告"),
    ("荆州市民政局", "荆民发", "关于规范养老机构预收费管理的通告", "民政、扶贫、救灾\\社会福利", "通告"),
    ("荆州市水利和湖泊局", "荆水发", "关于长荆江段冬季航道与岸线管护工作情况的通报", "农业、林业、水利\\水利", "通报"),
)  # fmt: skip
NOTICES = (
    "关于{place}供水管网检修期间暂停供水的公告",
    "{place}道路维修施工期间交通管制的公告",
    "关于{place}社区卫生服务中心流感疫苗接种安排的公告",
    "{place}农贸市场升级改造期间临时经营点的公告",
)
PLACES = ("江津西路", "北京中路", "园林北路", "塔桥路", "沿江大道", "学苑路", "荆秘路", "长港路", "武德路")  # fmt: skip


@dataclass
class Town:
    """What was published: the address of each item by the name that tests call it by."""

    bench: Workbench
    website: Website
    feeds: Feeds
    press: Press
    addresses: dict[str, str] = field(default_factory=dict)
    items: dict[str, tuple[Item, Revision]] = field(default_factory=dict)
    moment: datetime = OPENED

    @property
    def public(self) -> Path:
        return self.website.public

    @property
    def home(self) -> Path:
        """The workspace that the site's folder stands in."""
        return self.bench.folder.parent.parent

    def publish(self, name: str, revision: Revision, *, days: float = 1, fed: bool = True) -> Item:
        """Publishes an item *days* after the one before, also in the feeds unless not *fed*."""
        self.moment += timedelta(days=days)
        serial, column = 1001 + len(self.items), revision.fields.columns[0]
        day = self.moment.strftime("%Y%m%d")
        address = f"{column}/{day[:6]}/t{day}_{serial}.html"
        number = f"011337057/{self.moment.year}-{serial:05d}"
        item = Item(str(serial), number, address, self.bench.site.address_url(address), self.moment)
        self.addresses[name], self.items[name] = address, (item, revision)
        self.act(name, Action.PUBLISH, fed=fed)
        return item

    def act(
        self, name: str, action: Action, revision: Revision | None = None, reason: str = "", *, fed: bool = True
    ) -> None:
        """A correction, withdrawal or mark of an item that is out, or its publication."""
        item, first = self.items[name]
        sequence = 1 if action is Action.PUBLISH else 2
        for channel in (self.website, self.feeds) if fed else (self.website,):
            work = given.delivery(
                item, channel.outlet.channel, action, outlet=channel.outlet.id, sequence=sequence, at=self.moment
            )
            given.send(channel, work, revision or first, reason)

    def mark(self, name: str, effect: Effect) -> None:
        item, revision = self.items[name]
        self.items[name] = (replace(item, effect=effect), revision)
        self.act(name, Action.MARK)


def columns() -> tuple[Column, ...]:
    tables = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))["columns"]
    return tuple(Column(**table) for table in tables)


def open_town(folder: Path) -> Town:
    """A site without a page, ready to publish."""
    site = replace(given.SITE, columns=columns())
    bench = replace(given.bench(folder, site=site), folder=folder / "outlets" / "portal")
    press = Press.beside(bench, folder, lambda: given.later(0))
    bench = press.gazette.bench
    website = Website(given.outlet("website"), bench)
    return Town(bench, website, Feeds(given.outlet("feeds"), replace(bench, shelf=MemoryShelf())), press)


def build_town(folder: Path) -> Town:
    """The whole site: some seventy items, and what was done to some of them since."""
    town = open_town(folder)
    for work in (_older_documents, _ordinary_documents, _small_notices, _main_documents, _talk, _later_acts, _gazette):
        work(town)
    return town


def _older_documents(town: Town) -> None:
    old = {"organ": "荆州市人民政府", "theme": "综合政务\\政务公开", "genre": "通知"}
    town.publish(
        "old", document("荆州市人民政府关于行政规范性文件管理的规定", "荆政发〔2016〕9号", date(2016, 5, 18), **old)
    )
    town.publish(
        "new",
        document(
            "荆州市人民政府关于印发荆州市行政规范性文件管理办法的通知",
            "荆政发〔2025〕12号",
            date(2025, 8, 28),
            repeals=("荆政发〔2016〕9号",),
            **old,
        ),
    )


def _ordinary_documents(town: Town) -> None:
    for number, (organ, code, subject, theme, genre) in enumerate(DOCUMENTS * 2, 1):
        year = 2025 if number <= len(DOCUMENTS) else 2026
        title = f"{organ}{subject}" if year == 2026 else f"{organ}{subject.replace('2026', '2025')}"
        made = date(year, 1 + number % 9, 3 + number)
        openness = (list(Openness)[number % 5],)
        revision = document(
            title, f"{code}〔{year}〕{number}号", made, organ=organ, theme=theme, genre=genre, openness=openness
        )
        town.publish(f"document-{number}", revision, days=9)


def _small_notices(town: Town) -> None:
    for number in range(44):
        title = NOTICES[number % len(NOTICES)].format(place=PLACES[number % len(PLACES)])
        values = {"organ": "荆州市住房和城乡建设局", "columns": ("bmgg",), "openness": (Openness.SERVICE,)}
        revision = written(
            Kind.CONVENIENCE_NOTICE, title, _paragraphs(2, "居民可提前储水，咨询电话0716-12345。"), **values
        )
        town.publish(f"notice-{number}", revision, days=5, fed=number > 38)


def _main_documents(town: Town) -> None:
    assets = town.bench.assets
    policy = read(SAMPLES / "policy-document.md", assets).revision
    policy = replace(policy, fields=replace(policy.fields, topics=(TOPIC,)))
    policy = with_map(policy, town)
    guide = b"%PDF-1.4 a guide"
    files = (*policy.attachments, Attachment("申请指南（样本）.pdf", assets.put(guide), "application/pdf", len(guide)))
    town.publish("policy", replace(policy, attachments=files))
    town.publish("interpretation", read(SAMPLES / "interpretation.md", assets).revision, days=0)
    town.publish("map", read(SAMPLES / "convenience-notice.md", assets).revision, days=0.5)
    english = written(
        Kind.POLICY_DOCUMENT,
        "Notice of the General Office of the Jingzhou Municipal People's Government on Winter Relief in 2026",
        "<p>To the people's governments of all counties, cities and districts:</p>"
        "<h2>1. Make sure that help reaches everyone</h2><p>Every household in need is visited before 10 December.</p>"
        "<table><caption>Monthly standards</caption><thead><tr><th>Item</th><th>Town</th><th>Village</th></tr></thead>"
        "<tbody><tr><td>Minimum living allowance</td><td>768 yuan</td><td>638 yuan</td></tr></tbody></table>",
        organ="荆州市人民政府办公室",
        document_number=POLICY_NUMBER,
        language="en",
        translation_of=POLICY_NUMBER,
        made_on=date(2026, 11, 20),
        columns=("zcwj",),
        summary="What is done for people in need in the winter of 2026.",
    )
    town.publish("translation", english, days=0)


def _talk(town: Town) -> None:
    held = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)
    town.publish(
        "interview",
        written(
            Kind.INTERVIEW,
            "市民政局局长谈今冬困难群众救助怎么落到实处",
            "<p><strong>主持人：</strong>今年的临时救助有什么变化？</p>"
            "<p><strong>王建国：</strong>急难事项24小时内先行救助，之后再补手续。</p>" + _paragraphs(4),
            organ="荆州市民政局",
            columns=("zxft",),
            guests=("市民政局局长王建国", "市社会救助局局长李敏"),
            held_at=held,
            topics=(TOPIC,),
            principal=True,
            recording="https://www.jingzhou.gov.cn/video/86",
        ),
    )
    period = {"organ": "荆州市民政局", "columns": ("myzj",), "form_link": FORM, "contact": "0716-8278407"}
    for name, title, kind, opens, closes in (
        ("consultation", "《荆州市社会救助实施办法（征求意见稿）》公开征求意见", Kind.CONSULTATION, date(2026, 11, 20), date(2036, 12, 20)),
        ("closed", "关于中心城区公交线路优化的公开征求意见", Kind.CONSULTATION, date(2026, 5, 1), date(2026, 5, 31)),
        ("survey", "政府网站使用情况网上调查", Kind.SURVEY, date(2026, 11, 1), date(2036, 12, 31)),
    ):  # fmt: skip
        revision = written(kind, title, _paragraphs(3), opens_on=opens, closes_on=closes, **period)
        town.publish(name, revision, days=0.2)
    town.publish(
        "results",
        written(
            Kind.CONSULTATION,
            "关于中心城区公交线路优化公开征求意见的结果反馈",
            _paragraphs(3),
            organ="荆州市民政局",
            columns=("myzj",),
            results_of=(town.items["closed"][0].id,),
            received=128,
            adopted=37,
        ),
        days=0.2,
    )
    town.publish(
        "press",
        written(
            Kind.PRESS_CONFERENCE,
            "荆州市“今冬送温暖”行动新闻发布会",
            _paragraphs(4),
            organ="荆州市人民政府办公室",
            columns=("fbh",),
            guests=("市民政局副局长赵鹏",),
            held_at=held,
        ),
        days=0.2,
    )
    short = {"days": 0.1}
    for name, kind, column, title, values in (
        ("response", Kind.RESPONSE, "hygq", "关于“老旧小区加装电梯进度慢”的回应", {"responds_to": "老旧小区加装电梯进度慢"}),
        ("report", Kind.ANNUAL_REPORT, "nb", "荆州市人民政府2025年政府信息公开工作年度报告", {}),
        ("appointment", Kind.APPOINTMENT, "rsrm", "荆州市人民政府关于张华等同志任免职的通知", {"document_number": "荆政任〔2026〕7号"}),
        ("meeting", Kind.NEWS, "cwhy", "市政府召开第86次常务会议 研究冬季困难群众救助等工作", {"source": "荆州日报"}),
        ("supervision", Kind.NEWS, "dcls", "全市救助资金发放督察情况通报", {}),
        ("news", Kind.NEWS, "yw", "荆州长江大桥北岸引桥维修完工恢复通车", {"source": "荆州日报"}),
    ):  # fmt: skip
        revision = written(kind, title, _paragraphs(5), organ="荆州市人民政府", columns=(column,), **values)
        town.publish(name, revision, **short)
    town.publish("corrected", given.notice(1, title="关于江津西路夜间施工的公告"), days=0.1)
    town.publish("withdrawn", given.notice(2, title="关于本周末停电的公告"), days=0.1)


def _later_acts(town: Town) -> None:
    town.moment += timedelta(hours=2)
    town.mark("old", Effect.REPEALED)
    _, first = town.items["corrected"]
    mended = replace(first, fields=replace(first.fields, title="关于江津东路夜间施工的公告"))
    town.act("corrected", Action.CORRECT, mended, "路名误写，“江津西路”应为“江津东路”")
    town.act("withdrawn", Action.WITHDRAW, reason="检修计划取消")


def _gazette(town: Town) -> None:
    """Two years of before the workspace, of which one issue has a list and none a PDF; then two issues of our own."""
    titles = [f"{organ}{subject}" for organ, _, subject, _, _ in DOCUMENTS[:4]]
    before = [earlier(2024, n, 108 + n) for n in range(1, 13)]
    before += [earlier(2025, n, 120 + n, titles if n == 12 else ()) for n in range(1, 13)]
    first = [town.items[f"document-{n}"] for n in range(10, 15)]
    second = [
        town.items[name]
        for name in ("document-15", "document-16", "document-17", "policy", "interpretation", "appointment")
    ]
    made = town.press.enter(before)
    made.append(town.press.print(first, date(2026, 11, 30), number=11, total=143))
    made.append(town.press.print(second, date(2026, 12, 25)))
    for contents in made:
        town.website.show_issue(contents)


def written(kind: Kind, title: str, body: str, **values: Any) -> Revision:
    given_values: dict[str, Any] = {"editor": "李文静", "keywords": ("政务公开",)} | values
    return Revision(Fields(kind=kind, title=title, **given_values), body)


def document(title: str, number: str, made_on: date, **values: Any) -> Revision:
    body = f"<p>{title[:40]}，已经研究同意，现印发给你们，请认真贯彻执行。</p><h2>一、总体要求</h2>{_paragraphs(5)}"
    kept = {
        "addressee": "各县、市、区人民政府，市政府有关部门：",
        "columns": ("zcwj",),
        "summary": f"{title[:30]}的有关要求。",
    }
    return written(Kind.POLICY_DOCUMENT, title, body, document_number=number, made_on=made_on, **(kept | values))


def with_map(revision: Revision, town: Town) -> Revision:
    """The revision with the picture of the water map under its text."""
    target = BytesIO()
    water_map.draw_map().convert("P").save(target, "PNG", optimize=True)
    data = target.getvalue()
    picture = Picture(
        "示意图.png", town.bench.assets.put(data), "image/png", 1200, 800, len(data), "避寒场所分布示意图"
    )
    shown = f'<figure><img src="asset:{digest(data)}" alt="避寒场所分布示意图"/><figcaption>避寒场所分布</figcaption></figure>'
    return replace(revision, body=revision.body + shown, pictures=(*revision.pictures, picture))


_SENTENCES = (
    "各级各部门要提高站位，压实责任，把群众的安危冷暖放在心上，把工作做在前面、做到实处。",
    "市直有关部门要按照职责分工，加强工作指导和督促检查，及时协调解决工作中的困难和问题。",
    "凡符合条件的家庭，可以持身份证到户籍所在地或者经常居住地的乡镇人民政府（街道办事处）申请，也可以通过“鄂汇办”提交。",
    "对工作推进不力、弄虚作假的，依照有关规定严肃处理；构成犯罪的，依法追究刑事责任。",
)


def _paragraphs(count: int, last: str = "") -> str:
    """So many paragraphs of plain official prose."""
    told = [
        _SENTENCES[number % len(_SENTENCES)] + _SENTENCES[(number + 1) % len(_SENTENCES)] for number in range(count)
    ]
    return "".join(f"<p>{text}</p>" for text in [*told, last] if text)
