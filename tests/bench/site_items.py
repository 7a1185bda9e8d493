"""Chinese items for the site's bench: 1,500 characters each in 40 columns, the same ones every time.

Item *n* has the same text at every size; only its dates follow from how many items share the seven years.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import escape

CHARACTERS = 1500
FIRST_ID = 1001
DAYS = 7 * 365
OPENED = datetime(2019, 1, 7, 1, 0, tzinfo=UTC)
POLICY, INTERPRETATION, NOTICE, NEWS = "policy-document", "interpretation", "convenience-notice", "news"
KINDS = (POLICY, POLICY, POLICY, NEWS, NOTICE, POLICY, NEWS, NOTICE, INTERPRETATION, POLICY)
"""In turn, so that every size has the same shares; an interpretation belongs to the document three before it."""

COLUMNS = (
    *(
        "政府常务会议",
        "政策文件",
        "政策解读",
        "回应关切",
        "督察落实",
        "便民公告",
        "民生服务",
        "领导活动",
        "部门动态",
        "县区动态",
    ),
    *(
        "规范性文件",
        "规划计划",
        "统计公报",
        "财政预决算",
        "政府采购",
        "重大项目",
        "公共资源交易",
        "行政许可",
        "行政处罚",
        "双随机一公开",
    ),
    *(
        "乡村振兴",
        "生态环境",
        "安全生产",
        "食品药品监管",
        "社会救助",
        "教育信息",
        "医疗卫生",
        "就业创业",
        "社会保险",
        "住房保障",
    ),
    *(
        "土地征收",
        "水利建设",
        "农业农村",
        "交通运输",
        "文化旅游",
        "优化营商环境",
        "建议提案办理",
        "人事信息",
        "应急管理",
        "价格收费",
    ),
)
ORGANS = (
    *(
        "荆州市人民政府",
        "荆州市人民政府办公室",
        "荆州市发展和改革委员会",
        "荆州市教育局",
        "荆州市科学技术局",
        "荆州市经济和信息化局",
    ),
    *(
        "荆州市公安局",
        "荆州市民政局",
        "荆州市财政局",
        "荆州市人力资源和社会保障局",
        "荆州市自然资源和城乡建设局",
        "荆州市生态环境局",
    ),
    *(
        "荆州市交通运输局",
        "荆州市水利和湖泊局",
        "荆州市农业农村局",
        "荆州市商务局",
        "荆州市文化和旅游局",
        "荆州市卫生健康委员会",
    ),
    *("荆州市应急管理局", "荆州市市场监督管理局"),
)
MARKS = (
    *(
        "荆政发",
        "荆政办发",
        "荆发改规",
        "荆教规",
        "荆科规",
        "荆经信规",
        "荆公规",
        "荆民规",
        "荆财规",
        "荆人社规",
        "荆自然规",
    ),
    *("荆环规", "荆交规", "荆水规", "荆农规", "荆商规", "荆文旅规", "荆卫规", "荆应急规", "荆市监规"),
)
THEMES = (
    *(
        "综合政务\\政务公开",
        "综合政务\\政务督查",
        "综合政务\\应急管理",
        "国民经济管理、国有资产监管\\宏观经济",
        "财政、金融、审计\\财政",
    ),
    *(
        "国土资源、能源\\土地",
        "农业、林业、水利\\水利",
        "工业、交通\\公路",
        "商贸、海关、旅游\\旅游",
        "市场监管、安全生产监管\\标准",
    ),
)
GENRES = ("通知", "意见", "公告", "通告", "决定", "批复", "函", "纪要")
OPENNESS = ("决策公开", "执行公开", "管理公开", "服务公开", "结果公开")
SUBJECTS = (
    *(
        "政务公开",
        "优化营商环境",
        "农村饮水安全",
        "城镇老旧小区改造",
        "医疗保障待遇",
        "职业技能培训",
        "长江大保护",
        "高标准农田建设",
    ),
    *(
        "防汛抗旱",
        "义务教育均衡发展",
        "养老服务体系建设",
        "中小企业纾困",
        "道路交通安全",
        "食品安全示范创建",
        "秸秆综合利用",
        "智慧社区建设",
    ),
    *(
        "工程建设项目审批",
        "公共资源交易",
        "困难群众救助",
        "住房公积金管理",
        "文物保护利用",
        "湖泊岸线整治",
        "电子证照应用",
        "粮食安全生产",
    ),
)
MEASURES = (
    *(
        "健全工作台账",
        "压实主体责任",
        "简化办事流程",
        "强化督促检查",
        "公开办理结果",
        "完善应急预案",
        "加大资金投入",
        "推进数据共享",
    ),
    *(
        "开展业务培训",
        "畅通投诉渠道",
        "组织专项排查",
        "落实包保制度",
        "建立会商机制",
        "规范档案管理",
        "广泛听取意见",
        "严格考核奖惩",
    ),
)
PLACES = ("荆州区", "沙市区", "江陵县", "公安县", "石首市", "监利市", "松滋市", "洪湖市", "荆州开发区", "纪南文旅区")
PEOPLE = ("李文", "王芳", "张敏", "刘洋", "陈静", "杨帆", "赵磊", "黄燕", "周杰", "吴敏")
SENTENCES = (
    "为进一步做好{subject}工作，根据国务院和省人民政府有关规定，结合我市实际，制定本方案。",
    "各县、市、区人民政府和市直有关部门要把{subject}摆在突出位置，{measure}，{other}，确保{year}年底前取得明显成效。",
    "{place}要在{month}月底前完成摸底登记，对发现的{count}个问题逐一{measure}，整改情况书面报送{organ}。",
    "由{organ}牵头，会同{place}和有关单位{measure}，每季度通报一次进展。",
    "截至{year}年{month}月，全市累计投入资金{count}万元，惠及群众{many}人，{subject}群众满意度达到百分之{share}。",
    "申请人可以通过湖北政务服务网或者市民之家窗口提交材料，受理机关应当在{days}个工作日内作出答复；情况复杂的，经负责人批准可以延长{days}个工作日。",
    "对在{subject}中弄虚作假、推诿扯皮的单位和个人，依照有关规定严肃处理；构成犯罪的，依法追究刑事责任。",
    "要坚持以人民为中心，{measure}、{other}，让群众少跑腿、好办事、不添堵。",
    "{place}试点经验表明，{measure}是做好{subject}的关键，全市其他地方要结合实际学习借鉴。",
    "所需经费列入同级财政预算，市级按照每个项目{count}万元的标准给予补助，专款专用，接受审计监督。",
    "鼓励社会力量参与{subject}，支持高等学校、科研机构和行业协会提供技术支撑，对成效显著的给予表彰。",
    "各责任单位应当于每年{month}月{days}日前，将上年度{subject}情况向社会公布，接受公众监督。",
    "本市行政区域内从事相关活动的单位和个人，应当遵守本通知的规定，配合{organ}依法开展的监督检查。",
    "遇有重大情况要第一时间报告，{other}，不得迟报、漏报、谎报、瞒报；值班电话为0716-8{count}00。",
)
HEADINGS = ("工作目标", "重点任务", "实施步骤", "职责分工", "保障措施", "监督管理", "办理程序", "附则")
NUMERALS = "一二三四五六七八九"


@dataclass(frozen=True)
class Sample:
    """One item as every generator gets it. *blocks* are headings (``h2``) and paragraphs (``p``) in order."""

    number: int
    kind: str
    title: str
    organ: str
    document_number: str
    interprets: str
    theme: str
    genre: str
    openness: str
    column: int
    keywords: tuple[str, ...]
    summary: str
    editor: str
    made_on: date
    published_at: datetime
    blocks: tuple[tuple[str, str], ...]

    @property
    def id(self) -> str:
        return str(FIRST_ID + self.number)

    @property
    def column_id(self) -> str:
        return column_id(self.column)

    @property
    def index_number(self) -> str:
        return f"011337057/{self.made_on.year}-{FIRST_ID + self.number:05d}"

    @property
    def address(self) -> str:
        return f"{self.column_id}/{self.published_at:%Y%m}/t{self.published_at:%Y%m%d}_{self.id}.html"

    @property
    def html(self) -> str:
        return "".join(f"<{name}>{escape(text, quote=False)}</{name}>" for name, text in self.blocks)

    @property
    def markdown(self) -> str:
        marks = {"h2": "## ", "p": ""}
        return "\n\n".join(marks[name] + text for name, text in self.blocks) + "\n"


def column_id(column: int) -> str:
    return f"c{column + 1:02d}"


def samples(first: int, last: int, of: int) -> Iterator[Sample]:
    """Items *first* to before *last* of a site that has *of*: their publication is spread over seven years."""
    return (sample(number, of) for number in range(first, last))


def sample(number: int, of: int) -> Sample:
    """The item; what comes after the first *of* items follows at the same pace."""
    dice = random.Random(number)
    kind = KINDS[number % len(KINDS)]
    published_at = OPENED + timedelta(days=DAYS) * (number / of)
    organ = ORGANS[dice.randrange(len(ORGANS))]
    made_on = (published_at - timedelta(days=dice.randrange(1, 15))).date()
    subjects = dice.sample(SUBJECTS, 3)
    genre = dice.choice(GENRES) if kind == POLICY else "其他"
    document_number = _document_number(number, of) if kind == POLICY else ""
    return Sample(
        number=number,
        kind=kind,
        title=_title(kind, number, organ, subjects, genre),
        organ=organ,
        document_number=document_number,
        interprets=_document_number(number - 3, of) if kind == INTERPRETATION else "",
        theme=dice.choice(THEMES),
        genre=genre,
        openness=dice.choice(OPENNESS),
        column=dice.randrange(len(COLUMNS)),
        keywords=tuple(subjects),
        summary=f"围绕{subjects[0]}、{subjects[1]}，明确{organ}和有关单位的任务分工、完成时限和考核要求，{dice.choice(MEASURES)}、{dice.choice(MEASURES)}。",
        editor=dice.choice(PEOPLE),
        made_on=made_on,
        published_at=published_at,
        blocks=_blocks(dice, subjects, made_on.year),
    )


def _document_number(number: int, of: int) -> str:
    year = (OPENED + timedelta(days=DAYS) * (number / of)).year
    organ = random.Random(number).randrange(len(ORGANS))
    return f"{MARKS[organ]}〔{year}〕{number + 1}号"


def _title(kind: str, number: int, organ: str, subjects: list[str], genre: str) -> str:
    about = f"{subjects[0]}和{subjects[1]}工作"
    titles = {
        POLICY: f"{organ}关于做好第{number + 1}批{about}的{genre}",
        INTERPRETATION: f"《关于做好第{number - 2}批{about}的通知》政策解读",
        NOTICE: f"关于第{number + 1}批{subjects[0]}办理时间调整的公告",
        NEWS: f"{organ}调研第{number + 1}批{about}",
    }
    return titles[kind]


def _blocks(dice: random.Random, subjects: list[str], year: int) -> tuple[tuple[str, str], ...]:
    """Exactly ``CHARACTERS`` of text: the last paragraph ends where they are full."""
    blocks: list[tuple[str, str]] = []
    left = CHARACTERS
    for place in range(10_000):
        name, text = _heading(place // 4) if place % 4 == 1 else ("p", _paragraph(dice, subjects, year))
        if len(text) >= left - 1:
            return (*blocks, ("p", text[: left - 1].ljust(left - 1, "等") + "。"))
        blocks.append((name, text))
        left -= len(text)
    raise AssertionError("a paragraph has no text")


def _heading(place: int) -> tuple[str, str]:
    return "h2", f"{NUMERALS[place % 9]}、{HEADINGS[place % len(HEADINGS)]}"


def _paragraph(dice: random.Random, subjects: list[str], year: int) -> str:
    return "".join(_sentence(dice, subjects, year) for _ in range(dice.randrange(2, 5)))


def _sentence(dice: random.Random, subjects: list[str], year: int) -> str:
    return dice.choice(SENTENCES).format(
        subject=dice.choice(subjects),
        measure=dice.choice(MEASURES),
        other=dice.choice(MEASURES),
        place=dice.choice(PLACES),
        organ=dice.choice(ORGANS),
        year=year,
        month=dice.randrange(1, 13),
        count=dice.randrange(100, 999),
        many=dice.randrange(1_000, 90_000),
        share=dice.randrange(85, 100),
        days=dice.randrange(5, 21),
    )
