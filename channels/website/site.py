"""The site as its pages name it: the portal's settings, or a department site's own from its outlet's options."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol
from urllib.parse import quote

from channels.base import Refused
from channels.columns import by_id, columns_of, shown
from channels.options import yes_or_no
from channels.website import lists
from content.office import Column, Office, Site
from content.outlet import Outlet

# 国办发〔2017〕47号: six digits of the division and four of the series, or bm and eight digits for ministries.
_ID_CODE = re.compile(r"^(\d{10}|bm\d{8})$")
# As the footers of www.miit.gov.cn, www.henan.gov.cn, www.ccgp.gov.cn and rsj.gz.gov.cn have it: 标识码, and the site for
# the form to begin with. The police's records moved from www.beian.gov.cn/portal/registerSystemInfo?recordcode= to here.
_ERROR_REPORT = "https://zfwzgl.www.gov.cn/exposure/jiucuo.html?site_code={id_code}&url={url}"
_ICP_RECORDS = "https://beian.miit.gov.cn/"
_POLICE_RECORDS = "https://beian.mps.gov.cn/#/query/webSearch?code={digits}"

_REQUIRED = {
    "name": "网站名称",
    "url": "网站地址",
    "domain": "网站域名",
    "id_code": "网站标识码",
    "icp": "ICP备案编号",
    "police_record": "公安机关备案号",
    "organ": "主办单位",
    "undertaker": "承办单位",
    "address": "地址",
    "phone": "联系电话",
}


@dataclass(frozen=True)
class SiteView:
    """What every page of a site says about it. *rehearsal* stamps 演练 on each; *feeds* announces them; *search* shows
    the search form; *traditional* makes every page in traditional Chinese too; *mark_record* is the address of the
    site's entry behind 党政机关网站标识. *gazette* is the name of the print gazette whose issues have pages here, empty for
    a site that has none."""

    name: str
    url: str
    domain: str
    id_code: str
    icp: str
    police_record: str
    organ: str
    undertaker: str
    address: str
    postcode: str
    phone: str
    columns: tuple[Column, ...]
    error_report: str
    rehearsal: bool
    feeds: bool
    search: bool = True
    traditional: bool = True
    english_name: str = ""
    english_organ: str = ""
    mark_record: str = ""
    gazette: str = ""

    def __hash__(self) -> int:
        """Of what tells sites apart: every page asks for its frame by the site, and that has forty columns."""
        return hash((self.url, self.name, self.rehearsal))

    def shown(self, column_ids: tuple[str, ...]) -> tuple[Column, ...]:
        """Those of an item's columns that this site has."""
        return shown(self._by_id, column_ids)

    def with_pages(self, names: Iterable[str]) -> list[str]:
        """Those of the lists that have pages here: all but the site map's own, and columns that the site does not have."""
        known = {f"{lists.COLUMN}{column.id}" for column in self.columns}
        named = [name for name in names if name != lists.EVERYTHING]
        return [name for name in named if name in known or not name.startswith(lists.COLUMN)]

    @cached_property
    def _by_id(self) -> Mapping[str, Column]:
        return by_id(self.columns)

    @property
    def icp_records(self) -> str:
        return _ICP_RECORDS

    @property
    def police_records(self) -> str:
        return _POLICE_RECORDS.format(digits="".join(re.findall(r"\d", self.police_record)))


class HasSite(Protocol):
    """Whatever knows the office and its canonical site: a channel's bench, or the settings themselves."""

    @property
    def office(self) -> Office: ...

    @property
    def site(self) -> Site: ...


def site_of(outlet: Outlet, bench: HasSite) -> SiteView:
    """The outlet's site: options stand before the settings of the canonical site. Raises Refused for a bad column or option."""
    site, office, options = bench.site, bench.office, outlet.options
    id_code, url = str(options.get("id_code", site.id_code)), str(options.get("url", site.url)).rstrip("/")
    return SiteView(
        name=str(options.get("name", site.name)),
        url=url,
        domain=str(options.get("domain", site.domain)),
        id_code=id_code,
        icp=str(options.get("icp", site.icp)),
        police_record=str(options.get("police_record", site.police_record)),
        organ=str(options.get("organ", office.organ)),
        undertaker=str(options.get("undertaker", office.name)),
        address=str(options.get("address", office.address)),
        postcode=str(options.get("postcode", office.postcode)),
        phone=str(options.get("phone", office.phone)),
        columns=columns_of(outlet, site),
        error_report=str(options.get("error_report", "")) or _error_report(id_code, url),
        rehearsal=office.rehearsal,
        feeds=bool(options.get("feeds", True)),
        search=bool(options.get("search", True)),
        traditional=bool(options.get("traditional", True)),
        english_name=str(options.get("english_name", "")),
        english_organ=str(options.get("english_organ", "")),
        mark_record=str(options.get("mark_record", "")),
        gazette=_gazette(outlet, office),
    )


def _gazette(outlet: Outlet, office: Office) -> str:
    """The canonical site shows the office's gazette; another site does where its option says so. Raises Refused."""
    wanted = yes_or_no(outlet, "gazette")
    shown = "url" not in outlet.options if wanted is None else wanted
    return office.gazette_name if shown else ""


def _error_report(id_code: str, url: str) -> str:
    """我为政府网站找错 (国办发〔2017〕47号) for a site."""
    return _ERROR_REPORT.format(id_code=id_code, url=quote(f"{url}/", safe=""))


def require_complete(view: SiteView, outlet_id: str) -> None:
    """Raises Refused naming every setting that a page needs and that is empty or malformed (国办发〔2017〕47号)."""
    lacking = [f"{name}（{label}）" for name, label in _REQUIRED.items() if not str(getattr(view, name)).strip()]
    lacking += [f"columns.{column.id}.{name}" for column in view.columns for name in _lacking_in(column)]
    if not view.columns:
        lacking.append("columns（栏目）")
    if lacking:
        raise Refused(f"网站 {outlet_id} 的设置缺少：{'、'.join(lacking)}。页面的标签和页脚必须齐全，请补齐后重试。")
    taken = sorted(lists.RESERVED & {column.id for column in view.columns})
    if taken:
        raise Refused(f"网站 {outlet_id} 的栏目编号 {taken[0]} 与网站自用的目录同名，请改用其他编号。")
    if not _ID_CODE.fullmatch(view.id_code):
        raise Refused(f"网站 {outlet_id} 的网站标识码 {view.id_code} 不合规范：应为 10 位数字，或 bm 加 8 位数字。")


def _lacking_in(column: Column) -> list[str]:
    return [name for name in ("id", "name", "type", "description", "keywords") if not getattr(column, name).strip()]
