"""Links and bare hosts outside the allow-list, wherever they stand (国办发〔2017〕47号: no 暗链; external links approved)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from content.checks.addresses import Address, addresses
from content.checks.case import Case, by_subject
from content.checks.hosts import Host, allowed, hosts, led_to
from content.checks.reading import places, shown
from content.finding import Finding, error, warning

_NAME_AFTER = re.compile(r"[/\\]?(?:人民政府|政府|办公室|办公厅|公报|委员会|市长)")
_NAME_BEFORE = re.compile(r"(?:人民政府|政府|办公室|委员会)[/\\]?\Z")
_HOST_SHOWN = 60


@dataclass(frozen=True)
class _Sighting:
    """A host outside the allow-list at one place; *context* quotes what stands around it where a name should stand."""

    host: Host
    place: str
    context: str = ""

    @property
    def name(self) -> str:
        return shown(self.host.name.lower(), _HOST_SHOWN)


def check_links(case: Case) -> Iterator[Finding]:
    """Hosts in every text and every link of the body, one finding for each host with all its places."""
    found = list(addresses(case))
    seen = [*_in_texts(case), *_in_addresses(case, found)]
    bare = [one for one in seen if not one.host.mail and not one.host.disguised]
    yield from _foreign_hosts(case, bare)
    yield from _disguised(one for one in seen if one.host.disguised)
    yield from _foreign_mail(one for one in seen if one.host.mail)
    yield from _forms(found)


def _in_texts(case: Case) -> Iterator[_Sighting]:
    reading = case.reading.folded
    text = reading.text
    for host in hosts(text):
        if host.disguised or not _fine(host, case):
            yield _Sighting(host, reading.at(host.start).place, as_name(text, host))


def _in_addresses(case: Case, found: Iterable[Address]) -> Iterator[_Sighting]:
    for address in found:
        for host in address.hosts:
            if host.disguised or not _fine(host, case):
                yield _Sighting(host, address.place)


def _fine(host: Host, case: Case) -> bool:
    return allowed(host.name, case.context.allowed_hosts) or led_to(host.name, case.context.allowed_hosts)


def as_name(text: str, host: Host) -> str:
    """What stands around a host that took the place of an organ's name; empty where none was meant."""
    if _NAME_AFTER.match(text, host.end):
        return shown(text[max(0, host.start - 1) : host.start + 60], 40)
    if _NAME_BEFORE.search(text[max(0, host.start - 6) : host.start]):
        return shown(text[max(0, host.start - 10) : host.end], 60)
    return ""


def _foreign_hosts(case: Case, seen: list[_Sighting]) -> Iterator[Finding]:
    contexts: dict[str, str] = {}
    for one in seen:
        contexts[one.name] = contexts.get(one.name) or one.context
    for name, where in by_subject((one.name, one.place) for one in seen).items():
        yield _in_name(case, name, where, contexts[name]) if contexts[name] else _foreign_host(name, where)


def _in_name(case: Case, name: str, where: str, context: str) -> Finding:
    organ = case.fields.organ or "发文机关"
    message = f"外部网址“{name}”出现在机关名称的位置（“{context}”），稿件很可能已被篡改。"
    mend = f"请停用这份稿件来源，对照原件把网址改回机关名称（如“{shown(organ)}”），并报告网络安全管理人员。"
    return error("host-in-name", where, message, mend)


def _foreign_host(name: str, where: str) -> Finding:
    mend = "请核实后删去或者改正；确需链接的外部网站，由负责人批准后加入允许名单。"
    return error("foreign-host", where, f"网址“{name}”不在允许名单之内。", mend)


def _disguised(seen: Iterable[_Sighting]) -> Iterator[Finding]:
    for name, where in by_subject((one.name, one.place) for one in seen).items():
        message = f"网址中用“@”掩盖了真正的主机名“{name}”，是常见的钓鱼手法。"
        yield error("link-disguised", where, message, "请删去这个网址，或者改为不含“@”的官方网址。")


def _foreign_mail(seen: Iterable[_Sighting]) -> Iterator[Finding]:
    for name, where in by_subject((one.name, one.place) for one in seen).items():
        message = f"电子邮箱的域名“{name}”不在允许名单之内。"
        yield warning("foreign-mail", where, message, "请核实邮箱；尽量使用政务邮箱，确需公布的说明理由后放行。")


_FORMS = {
    "link-hidden": (error, "没有文字，读者看不见，属于暗链", "请删去这个链接，或者为它写上文字。"),
    "link-scheme": (error, "不是网页、邮箱或者电话的地址", "请改为以https://开头的网址，或者删去这个链接。"),
    "link-broken": (error, "不是完整的网址", "请填写完整的网址，如“https://www.example.gov.cn/”。"),
    "link-relative": (
        warning,
        "没有写明主机名，在网站以外的渠道无法打开",
        "请写成完整的网址，如“https://www.example.gov.cn/zcwj/”。",
    ),
}


def _forms(found: Iterable[Address]) -> Iterator[Finding]:
    wrong = [one for one in found if one.problem]
    for code, (make, what, mend) in _FORMS.items():
        hits = [one for one in wrong if one.problem == code]
        if hits:
            message = f"链接“{shown(hits[0].written, _HOST_SHOWN)}”{what}。"
            yield make(code, places(one.place for one in hits), message, mend)
