"""An issue of nine documents, of every kind that a city's gazette prints, with all that is hard to typeset in them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw

from channels.gazette import Gazette
from content.assets import Assets
from content.clock import Clock
from content.gazette.issues import Issues
from content.item import Fields, Picture, Revision
from content.vocabulary import Kind, Level
from tests.channels import partner_bench as made

COUNTIES = ("荆州区", "沙市区", "江陵县", "松滋市", "公安县", "石首市", "监利市", "洪湖市", "荆州开发区", "纪南文旅区")
TO_COUNTIES = "各县、市、区人民政府，荆州开发区、纪南文旅区、高新区管委会，市政府各部门"
CITY, OFFICE = "荆州市人民政府", "荆州市人民政府办公室"


def nine(assets: Assets) -> list[Revision]:
    """The nine, in the order in which they go out, which is not that of the sections."""
    return [
        interpretation(),
        office_plan(assets),
        regulation(),
        register(),
        appointments(),
        department_rules(),
        levels(),
        office_letter(),
        chronicle(),
    ]


def nine_joined(folder: Path, clock: Clock, issues: Issues, **options: object) -> Gazette:
    """A gazette with an open issue, 2026-11, that the nine have joined."""
    gazette = Gazette(made.outlet("gazette", **options), made.workbench(folder, clock, issues))
    join(gazette, issues, nine(gazette.bench.assets))
    return gazette


def bulletin_joined(folder: Path, clock: Clock, issues: Issues, **options: object) -> Gazette:
    """A department's bulletin with an open issue, 2026-11."""
    office = replace(made.OFFICE, organ="荆州市农业农村局", name="荆州市农业农村局办公室", imprint={})
    office = replace(office, gazette=replace(office.gazette, name="荆农微报"))
    outlet = made.outlet("gazette", skin="bulletin", **options)
    gazette = Gazette(outlet, made.workbench(folder, clock, issues, office))
    join(gazette, issues, bulletin())
    return gazette


def join(gazette: Gazette, issues: Issues, revisions: Sequence[Revision]) -> None:
    issues.open(2026, 11, 131)
    for number, revision in enumerate(revisions, 1001):
        address = f"https://www.jingzhou.gov.cn/zcwj/202611/t20261123_{number}.html"
        item = replace(made.ITEM, id=str(number), url=address)
        rendition, delivery = gazette.render(item, revision), made.delivery(item=item)
        gazette.release(delivery, rendition, gazette.prepare(delivery, rendition))


def regulation() -> Revision:
    """A rule by order of the city: chapters and articles."""
    chapters = {
        "总则": [
            "为了加强历史文化街区的保护管理，传承优秀历史文化遗产，根据《历史文化名城名镇名村保护条例》等法律、法规的规定，"
            "结合本市实际，制定本办法。",
            "本市行政区域内历史文化街区的保护、管理、利用和监督，适用本办法。涉及文物、非物质文化遗产、古树名木的，"
            "依照有关法律、法规的规定执行。",
            "历史文化街区的保护应当遵循科学规划、严格保护、合理利用、惠及民生的原则，维护街区的真实性、完整性和生活的延续性。",
        ],
        "保护规划": [
            "市自然资源和规划主管部门应当自历史文化街区公布之日起1年内组织编制保护规划，报省人民政府审批。",
            "保护规划应当包括下列内容：（一）核心保护范围和建设控制地带；（二）建筑高度、体量、色彩的控制要求；"
            "（三）基础设施、公共服务设施和消防设施的配置要求；（四）传统街巷格局和历史风貌的保护措施。",
            "经批准的保护规划不得擅自修改；确需修改的，应当按照原审批程序报批，并将修改理由、专家意见和公众意见一并公布。",
        ],
        "保护与利用": [
            "在核心保护范围内，不得进行新建、扩建活动，但是新建、扩建必要的基础设施和公共服务设施除外。",
            "历史建筑的所有权人负责历史建筑的维护和修缮。县（市、区）人民政府对修缮费用给予补助，补助比例不低于30%。",
            "鼓励在历史文化街区开设博物馆、传统作坊、老字号商铺，开展与街区历史文化相协调的文化创意、旅游服务活动。",
        ],
        "附则": ["本办法自2027年1月1日起施行，有效期5年。"],
    }
    body = '<p class="center">（2026年10月28日荆州市人民政府第52次常务会议审议通过）</p>' + "".join(
        _numbered_articles(chapters)
    )
    return _policy(
        CITY, "荆州市历史文化街区保护管理办法", "荆州市人民政府令第37号", date(2026, 11, 5), body, addressee=""
    )


def levels() -> Revision:
    """All four levels, lists, a quotation, emphasis and a table with a head of two rows."""
    rows = "".join(
        f"<tr><td>{name}</td><td>{48 + place * 3}</td><td>{place * 2 + 6}</td><td>{1200 + place * 135}</td>"
        f"<td>{96.5 + place * 0.3:.1f}%</td></tr>"
        for place, name in enumerate(COUNTIES)
    )
    body = (
        "<p>为深入贯彻《中华人民共和国政府信息公开条例》和国务院、省人民政府关于全面推进基层政务公开标准化规范化工作的部署，"
        "进一步保障人民群众的知情权、参与权、表达权、监督权，结合本市实际，提出如下意见。</p>"
        "<h2>一、总体要求</h2>"
        "<h3>（一）指导思想</h3><p>坚持“公开为常态、<strong>不公开为例外</strong>”，把公开透明贯穿权力运行全过程，"
        "以标准化、规范化、便民化为方向，围绕群众关切的重点领域，逐项编制公开事项标准目录。</p>"
        "<h3>（二）工作目标</h3><p>到2027年底，全市122个乡镇（街道）、1 486个村（社区）全部建成政务公开专区，"
        "26个试点领域的公开事项标准目录编制率达到100%，政府信息公开申请按期答复率保持100%。</p>"
        "<h2>二、主要任务</h2>"
        "<h3>（一）编制公开事项标准目录</h3>"
        "<h4>1．梳理公开事项。</h4><p>各县（市、区）要对照国务院部门制定的26个试点领域标准指引，全面梳理本地区、本部门公开事项，"
        "做到应梳尽梳、不留死角。</p>"
        "<h5>（1）明确事项名称。</h5><p>每一事项应当写明名称、内容、依据、时限、主体、方式、渠道、对象、层级。</p>"
        "<h5>（2）明确责任主体。</h5><p>谁制作谁公开、谁保存谁公开；联合制发的，由牵头制作的机关负责公开。</p>"
        "<h4>2．公布目录并动态调整。</h4><p>目录应当自编制完成之日起20个工作日内公布，"
        "并随法律、法规、规章和机构职能的变化及时调整。市政务公开领导小组办公室每半年通报一次。</p>"
        "<h3>（二）规范公开流程</h3><p>构建发布、解读、回应有序衔接的政务公开工作流程：</p>"
        "<ul><li>发布：政策文件正式印发后，20个工作日内在政府网站公开。</li>"
        "<li>解读：解读材料与政策文件同步组织、同步审签、同步部署，自文件公开之日起3个工作日内发布。</li>"
        "<li>回应：涉及特别重大、重大突发事件的，最迟在5小时内发布权威信息，24小时内举行新闻发布会。</li></ul>"
        "<blockquote><p>行政机关公开政府信息，应当坚持以公开为常态、不公开为例外，遵循公正、公平、合法、便民的原则。</p></blockquote>"
        "<h2>三、保障措施</h2><p>各县（市、区）人民政府要把政务公开纳入年度绩效考核，分值权重不低于4%。"
        "主要指标的年度任务见下表。</p>"
        "<table><caption>2027年度政务公开主要指标分解表</caption>"
        '<thead><tr><th rowspan="2">责任单位</th><th colspan="2">政务公开专区（个）</th>'
        '<th rowspan="2">主动公开信息（条）</th><th rowspan="2">按期答复率</th></tr>'
        f"<tr><th>应建</th><th>新建</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    title = "荆州市人民政府关于全面推进基层政务公开标准化规范化工作进一步提升政府公信力和群众满意度的实施意见"
    return _policy(CITY, title, "荆政发〔2026〕18号", date(2026, 11, 9), body)


def register() -> Revision:
    """A table over several pages, with a head that must stand on each."""
    kinds = ("民间文学", "传统音乐", "传统舞蹈", "传统戏剧", "曲艺", "传统美术", "传统技艺", "传统医药", "民俗")
    crafts = (
        "楚式漆器髹饰技艺",
        "荆河戏",
        "鼓盆歌",
        "铅锡刻镂技艺",
        "磨鹰风筝",
        "八宝饭制作技艺",
        "九佛岗豆饼",
        "三国传说",
    )
    rows = "".join(
        f"<tr><td>{number}</td><td>Ⅵ—{number + 40}</td><td>{crafts[number % len(crafts)]}（{COUNTIES[number % 8]}）</td>"
        f"<td>{kinds[number % len(kinds)]}</td><td>{COUNTIES[number % 8]}文化馆</td></tr>"
        for number in range(1, 68)
    )
    body = (
        "<p>市文化和旅游局组织评审的荆州市第六批市级非物质文化遗产代表性项目名录（共计67项）和代表性项目名录扩展项目（共计12项）"
        "已经市人民政府同意，现予公布。</p>"
        "<p>各地、各部门要认真贯彻“保护为主、抢救第一、合理利用、传承发展”的工作方针，"
        "切实做好非物质文化遗产的保护、传承和管理工作。</p>"
        "<p>附件：1．荆州市第六批市级非物质文化遗产代表性项目名录（共计67项）</p>"
        "<p>2．荆州市第一批至第五批市级非物质文化遗产代表性项目名录扩展项目（共计12项）</p>"
        '<p class="right">荆州市人民政府</p><p class="right">2026年11月12日</p>'
        "<p>（此件公开发布）</p>"
        '<p>附件1</p><p class="center">荆州市第六批市级非物质文化遗产代表性项目名录</p>'
        f"<table><tr><th>序号</th><th>编号</th><th>项目名称</th><th>类别</th><th>申报单位</th></tr>{rows}</table>"
        '<p>附件2</p><p class="center">荆州市市级非物质文化遗产代表性项目名录扩展项目</p>'
        "<p>一、传统技艺：淡水鱼糕制作技艺（公安县、石首市），手工挂面制作技艺（松滋市）等8项。</p>"
        "<p>二、民俗：端午龙舟竞渡（洪湖市），采莲船（监利市）等4项。</p>"
    )
    title = "荆州市人民政府关于公布第六批市级非物质文化遗产代表性项目名录的通知"
    return _policy(CITY, title, "荆政发〔2026〕19号", date(2026, 11, 12), body)


def office_plan(assets: Assets) -> Revision:
    """Pictures with captions, and a table of nine columns."""
    shown = [
        _picture(assets, "组织体系.png", (1400, 800), "应急指挥组织体系"),
        _picture(assets, "响应流程.png", (900, 1100), "低温雨雪冰冻灾害应急响应流程"),
    ]
    figures = [
        f'<figure><img src="asset:{one.digest}" alt="{one.alt}"/><figcaption>图{place}　{one.alt}图</figcaption></figure>'
        for place, one in enumerate(shown, 1)
    ]
    stocks = "".join(
        f"<tr><td>{name}</td>" + "".join(f"<td>{(place + 2) * (step + 3) * 7}</td>" for step in range(8)) + "</tr>"
        for place, name in enumerate(COUNTIES)
    )
    heads = "".join(
        f"<th>{name}</th>"
        for name in (
            "单位",
            "棉被（床）",
            "棉衣（件）",
            "帐篷（顶）",
            "发电机（台）",
            "融雪剂（吨）",
            "草垫（条）",
            "粮食（吨）",
            "合计",
        )
    )
    body = (
        "<p>《荆州市低温雨雪冰冻灾害应急预案》已经市人民政府同意，现印发给你们，请认真组织实施。</p>"
        "<h2>一、组织体系</h2><p>市减灾委员会统一领导全市低温雨雪冰冻灾害应对工作，下设综合协调、交通保畅、电力保供、"
        "物资保障、医疗救护、新闻宣传6个工作组，组织体系见图1。</p>"
        + figures[0]
        + "<h2>二、应急响应</h2><h3>（一）响应分级</h3><p>应急响应由高到低分为Ⅰ级、Ⅱ级、Ⅲ级、Ⅳ级四个级别。预计未来24小时内降雪量达10毫米以上"
        "或者日最低气温降至-6℃以下时，由市减灾委员会办公室启动Ⅳ级响应；响应流程见图2。</p>"
        + figures[1]
        + "<h3>（二）信息报告</h3><p>发生灾情后，县级应急管理部门应当在1小时内向市应急管理局报告，紧急情况可先电话报告（0716-8278407）、"
        '后补书面材料。报告网址为<a href="https://www.jingzhou.gov.cn/yj/zqbg.html">https://www.jingzhou.gov.cn/yj/zqbg.html</a>。</p>'
        "<h2>三、物资储备</h2><p>各地应当于2026年12月10日前完成物资储备，储备标准不低于下表。</p>"
        f"<table><caption>2026年冬季救灾物资储备表</caption><tr>{heads}</tr>{stocks}</table>"
    )
    title = "荆州市人民政府办公室关于印发荆州市低温雨雪冰冻灾害应急预案的通知"
    made_of = _policy(OFFICE, title, "荆政办发〔2026〕30号", date(2026, 11, 16), body)
    return replace(made_of, pictures=tuple(shown))


def office_letter() -> Revision:
    """A short letter: half a page."""
    body = (
        "<p>你局《关于申请设立荆州市城市体检评估专家委员会的请示》（荆住建文〔2026〕88号）收悉。经市人民政府同意，现函复如下：</p>"
        "<p>同意设立荆州市城市体检评估专家委员会。专家委员会由27名专家组成，任期3年，不作为市人民政府议事协调机构，"
        "不刻制印章，不正式行文，日常工作由你局承担。</p><p>专此函复。</p>"
    )
    title = "荆州市人民政府办公室关于同意设立荆州市城市体检评估专家委员会的复函"
    return _policy(OFFICE, title, "荆政办函〔2026〕45号", date(2026, 11, 18), body, addressee="市住房和城乡建设局")


def department_rules() -> Revision:
    """A document of three departments with footnotes."""
    body = (
        "<h2>一、支持范围</h2><p>在本市依法登记、纳税，且职工总数在1 000人以下的中小微企业"
        '<sup><a href="#fn1">1</a></sup>，符合国家产业政策的，可以申请稳岗扩岗专项贷款贴息。</p>'
        "<h2>二、贴息标准</h2><p>按照贷款合同签订日贷款市场报价利率（LPR）"
        '<sup><a href="#fn2">2</a></sup>的50%给予贴息，单户年度贴息额不超过20万元，贴息期限不超过2年。</p>'
        "<h2>三、申报程序</h2><p>企业登录“荆州政务服务网”在线提交申请，县（市、区）人力资源社会保障部门5个工作日内完成初审，"
        "财政部门3个工作日内完成复核，中国人民银行荆州市分行汇总后按季度拨付。</p>"
        "<p>本办法自印发之日起施行，有效期2年。</p>"
        '<section class="footnotes"><ol><li id="fn1">中小微企业的划型，依照《中小企业划型标准规定》（工信部联企业〔2011〕300号）执行。</li>'
        '<li id="fn2">以全国银行间同业拆借中心每月20日公布的1年期贷款市场报价利率为准。</li></ol></section>'
    )
    title = (
        "市人力资源和社会保障局　市财政局　中国人民银行荆州市分行关于印发《荆州市稳岗扩岗专项贷款贴息管理办法》的通知"
    )
    made_of = _policy(
        "荆州市人力资源和社会保障局",
        title,
        "荆人社发〔2026〕23号",
        date(2026, 11, 10),
        body,
        addressee="各县、市、区人力资源和社会保障局、财政局",
    )
    joint = replace(made_of.fields, joint_organs=("荆州市财政局", "中国人民银行荆州市分行"), level=Level.DEPARTMENT)
    return replace(made_of, fields=joint)


def appointments() -> Revision:
    body = (
        "<p>经研究决定：</p><p>任命张明为荆州市应急管理局副局长（试用期一年）；</p><p>任命李晓燕为荆州市数据局总工程师（试用期一年）；</p>"
        "<p>任命欧阳建国为荆州市人民政府驻武汉办事处主任；</p><p>免去王芳的荆州市应急管理局副局长职务。</p>"
    )
    fields = Fields(
        Kind.APPOINTMENT,
        title="荆州市人民政府关于张明等同志职务任免的通知",
        organ=CITY,
        document_number="荆政干〔2026〕9号",
        addressee="市政府各部门",
        made_on=date(2026, 11, 13),
        level=Level.CITY,
    )
    return Revision(fields, body)


def interpretation() -> Revision:
    questions = (
        (
            "为什么要制定《办法》？",
            "我市是国务院首批公布的24座历史文化名城之一，现有历史文化街区5处、历史建筑137处。"
            "近年来，部分街区存在基础设施老化、消防隐患突出、过度商业化等问题，需要制定政府规章加以规范。",
        ),
        (
            "《办法》规定了哪些禁止行为？",
            "《办法》明确，在核心保护范围内禁止开山、采石、开矿等破坏传统格局和历史风貌的活动，"
            "禁止占用保护规划确定保留的园林绿地、河湖水系、道路，禁止在历史建筑上刻划、涂污。违者依法给予行政处罚。",
        ),
        (
            "居民修缮自己的老房子，政府给补助吗？",
            "给。历史建筑的所有权人负责维护和修缮，县（市、区）人民政府对修缮费用给予不低于30%的补助；"
            "所有权人确无能力修缮的，可以申请由政府代修或者置换产权。",
        ),
    )
    body = (
        "<p>《荆州市历史文化街区保护管理办法》（荆州市人民政府令第37号，以下简称《办法》）自2027年1月1日起施行。"
        "市自然资源和规划局负责人就有关问题作了解答。</p>"
        + "".join(
            f"<p><strong>问：{question}</strong></p><p><strong>答：</strong>{answer}</p>"
            for question, answer in questions
        )
    )
    fields = Fields(
        Kind.INTERPRETATION,
        title="《荆州市历史文化街区保护管理办法》解读",
        organ="荆州市自然资源和规划局",
        level=Level.DEPARTMENT,
        made_on=date(2026, 11, 6),
    )
    return Revision(fields, body)


def chronicle() -> Revision:
    days = (
        "5日　市人民政府令第37号公布《荆州市历史文化街区保护管理办法》。",
        "6日至8日　2026荆州国际马拉松举行，来自23个国家和地区的20 000名选手参赛。",
        "10日　沪渝蓉高铁荆州段箱梁架设全部完成，累计架设1 862榀。",
        "17日　市政府召开第54次常务会议，审议通过《荆州市低温雨雪冰冻灾害应急预案》，研究四季度经济运行、安全生产、森林防火和困难群众救助保障工作。",
        "20日　全市今冬明春农田水利建设现场会在洪湖市召开。",
    )
    body = "".join(f"<p>{day}</p>" for day in days)
    fields = Fields(
        Kind.NEWS, title="2026年11月市政府大事记", organ=OFFICE, level=Level.CITY, made_on=date(2026, 11, 20)
    )
    return Revision(fields, body)


def _policy(organ: str, title: str, number: str, made_on: date, body: str, addressee: str = TO_COUNTIES) -> Revision:
    fields = Fields(
        Kind.POLICY_DOCUMENT,
        title=title,
        organ=organ,
        document_number=number,
        made_on=made_on,
        addressee=addressee,
        level=Level.CITY,
        contact="政务公开科　0716-8278407",
    )
    return Revision(fields, body)


def _numbered_articles(chapters: dict[str, Sequence[str]]) -> Iterator[str]:
    place = 0
    for number, (name, articles) in enumerate(chapters.items()):
        yield f"<h2>第{'一二三四'[number]}章　{name}</h2>"
        for article in articles:
            yield f"<p><strong>第{'一二三四五六七八九十'[place]}条</strong>　{article}</p>"
            place += 1


def _picture(assets: Assets, name: str, size: tuple[int, int], alt: str) -> Picture:
    data = _drawing(size)
    return Picture(name, assets.put(data), "image/png", *size, len(data), alt)


def _drawing(size: tuple[int, int]) -> bytes:
    """Boxes joined by lines, as plans draw them."""
    width, height = size
    picture = Image.new("RGB", size, "#ffffff")
    pen = ImageDraw.Draw(picture)
    middle = width // 2
    pen.line((middle, height // 6, middle, height * 5 // 6), fill="#444444", width=4)
    for step in range(4):
        top, half = height * (1 + 6 * step) // 26, width * (2 + step) // 14
        pen.rectangle(
            (middle - half, top, middle + half, top + height // 8), fill="#f4ece8", outline="#8f1d1d", width=5
        )
    target = BytesIO()
    picture.save(target, "PNG")
    return target.getvalue()


def bulletin() -> list[Revision]:
    """What a department's small bulletin has room for."""
    told = (
        (
            "荆州市农业农村局关于做好2026年冬季农作物抗寒防冻工作的通知",
            "荆农发〔2026〕52号",
            (
                "据气象部门预测，今年冬季我市平均气温较常年偏低，可能出现阶段性低温雨雪天气。为减轻灾害损失，现将有关事项通知如下。",
                "一、油菜、小麦田间管理。及时清沟排渍，做到雨住田干；对弱苗每亩追施尿素5公斤，寒潮来临前撒施草木灰或者覆盖稻草。",
                "二、设施蔬菜防寒。加固大棚骨架，检修压膜线；棚内温度低于5℃时增设二道膜，雪后及时清除棚顶积雪。",
                "三、畜禽水产越冬。畜禽舍做好保温和通风，储足饲料7天以上；鱼池水深保持1.8米以上，封冻后及时破冰增氧。",
            ),
        ),
        (
            "荆州市农业农村局关于公布2026年全市农业主推技术的通知",
            "荆农函〔2026〕31号",
            (
                "经专家评审，确定再生稻头季机收减损、稻虾生态种养、油菜密植匀播等12项技术为2026年全市农业主推技术，现予公布。",
                "各地要结合实际，建立示范基地，组织农技人员进村入户开展培训，年内主推技术到位率达到95%以上。",
            ),
        ),
    )
    documents = [
        Revision(
            Fields(
                Kind.POLICY_DOCUMENT,
                title=title,
                organ="荆州市农业农村局",
                document_number=number,
                made_on=date(2026, 11, 16 + place),
                addressee="各县、市、区农业农村局",
                level=Level.DEPARTMENT,
            ),
            "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs),
        )
        for place, (title, number, paragraphs) in enumerate(told)
    ]
    reading = Revision(
        Fields(
            Kind.INTERPRETATION,
            title="今冬油菜怎么管？专家说了三件事",
            organ="荆州市农业技术推广中心",
            level=Level.DEPARTMENT,
        ),
        "<p><strong>清沟排渍放第一。</strong>油菜怕渍不怕冷，三沟畅通，雨后田间不能有明水。</p>"
        "<p><strong>看苗施肥。</strong>越冬前有7片绿叶的壮苗不追肥，少于5片的每亩追尿素5公斤。</p>"
        "<table><tr><th>苗情</th><th>绿叶（片）</th><th>尿素（公斤/亩）</th></tr><tr><td>壮苗</td><td>7</td><td>0</td></tr>"
        "<tr><td>一般</td><td>6</td><td>3</td></tr><tr><td>弱苗</td><td>5</td><td>5</td></tr></table>",
    )
    return [*documents, reading]
