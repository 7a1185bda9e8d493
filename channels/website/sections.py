"""What each list of the site is called, and the tags of its pages (国办发〔2017〕47号)."""

from collections.abc import Iterable

from channels.website import lists
from channels.website.site import SiteView
from content.office import Column
from content.vocabulary import Openness

_CATALOGUE, _ABOUT, _NEWS, _DOCUMENTS = "信息公开目录", "概况信息", "工作动态", "政策文件"
FACETS = {"theme": "主题分类", "organ": "发布机构", "year": "年份", "genre": "体裁", "effect": "有效性"}
"""What the catalogue is filtered by; the keys are also the names of the search's filters."""
OVERVIEWS = {
    "topic": Column("topic", "专题", _NEWS, "围绕重点工作汇集的文件、解读和动态", "专题,重点工作"),
    "openness": Column(
        "openness", "五公开", _CATALOGUE, "按决策、执行、管理、服务、结果五个方面归集的政务信息", "五公开,政务公开"
    ),
    "series": Column("series", "文件汇编", "政策文件", "按制发机关和年份汇编的文件", "文件汇编,政策文件,年份"),
}
ENGLISH = Column("en", "English", _NEWS, "Government information in English", "English,government information")


def home_section(view: SiteView) -> Column:
    description = f"{view.name}首页，公开{view.organ}的政策文件、解读和公告"
    return Column("index", "首页", "首页", description, f"{view.name},政府信息公开,政策文件,政策解读")


def map_section(view: SiteView) -> Column:
    return Column("sitemap", "站点地图", _ABOUT, f"{view.name}的全部栏目和目录", f"站点地图,全部栏目,{view.name}")


def about_section(view: SiteView) -> Column:
    description = f"{view.name}的主办单位、联系方式、订阅方式、隐私和无障碍说明"
    return Column("about", "网站概况", _ABOUT, description, f"网站概况,联系我们,无障碍,{view.name}")


def not_found_section(view: SiteView) -> Column:
    return Column("404", "页面不存在", _ABOUT, f"{view.name}没有这个网址的页面", f"页面不存在,{view.name}")


def gazette_section(view: SiteView) -> Column:
    return Column("gazette", "政府公报", _DOCUMENTS, f"《{view.gazette}》电子版，与纸质版内容一致", "政府公报,公报目录")


def gazette_year_section(year: int, view: SiteView) -> Column:
    label = f"政府公报{year}年"
    return Column(f"gazette/{year}", label, _DOCUMENTS, f"《{view.gazette}》{year}年各期目录", f"政府公报,{year}年")


def issue_section(label: str, view: SiteView) -> Column:
    return Column("gazette", "政府公报", _DOCUMENTS, f"《{view.gazette}》{label}目录和全文", f"政府公报,{label}")


def section_of(name: str, view: SiteView) -> Column:
    """The section of a list page: the column itself, or what stands for one."""
    kind, _, rest = name.partition("/")
    if name.startswith(lists.COLUMN):
        found = next((column for column in view.columns if column.id == rest), None)
        return found or Column(rest, rest, _NEWS, rest, rest)
    if kind == "topic":
        return Column(name, rest, _NEWS, f"“{rest}”专题的文件、解读和动态", f"{rest},专题")
    if kind == "openness":
        return Column(name, rest, _CATALOGUE, f"按五公开归集的{rest}信息", f"{rest},五公开")
    if kind == "series":
        organ, _, year = rest.rpartition("/")
        label = f"{organ}{year}年文件"
        return Column(name, label, "政策文件", f"{organ}{year}年制发的文件", f"{organ},{year}年,文件汇编")
    return ENGLISH if name == lists.ENGLISH else _catalogue(name, view)


def in_order(names: Iterable[str]) -> list[str]:
    """Lists as readers expect them: the five kinds of openness as the rules name them, all others by their text."""
    order = {f"openness/{word}": place for place, word in enumerate(Openness)}
    return sorted(names, key=lambda name: (order.get(name, 0), name))


def facet_of(name: str) -> tuple[str, str]:
    """(facet, value) of a list of the catalogue; both empty for the catalogue itself."""
    facet, _, value = name.removeprefix(lists.CATALOGUE).lstrip("/").partition("/")
    return facet, value


def feeds_of(name: str, section: Column) -> tuple[tuple[str, str], ...]:
    """The feed of a list that has one of its own, as (title, name): columns, topics and organs do."""
    facet, value = facet_of(name) if name.startswith(lists.CATALOGUE) else ("", "")
    if name.startswith(lists.COLUMN):
        return ((section.name, section.id),)
    if name.startswith("topic/"):
        return ((section.name, name),)
    return ((value, f"organ/{value}"),) if facet == "organ" else ()


def _catalogue(name: str, view: SiteView) -> Column:
    facet, value = facet_of(name)
    if not facet:
        description = f"{view.organ}主动公开的政府信息：索引号、名称、内容概述和生成日期"
        return Column(name, _CATALOGUE, _CATALOGUE, description, "信息公开目录,政府信息公开,索引号")
    label = f"{value}年" if facet == "year" else value
    description = f"信息公开目录中{FACETS.get(facet, facet)}为“{label}”的政府信息"
    return Column(name, label, _CATALOGUE, description, f"信息公开目录,{label}")
