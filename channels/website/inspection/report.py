"""The inspection as a page for the office: one file with its style inside, to read, print and file."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from channels.website.layout import rendered
from content.assets import write_whole
from content.clock import in_china
from content.inspection.result import Group, Inspection, SiteResult
from content.inspection.rules import WEIGHT_LABELS, Weight


def write_report(found: Inspection, path: Path) -> None:
    """Writes the page whole; raises OSError."""
    write_whole(path.absolute(), report(found))


def report(found: Inspection) -> bytes:
    """The page, vetoes first, then by indicator."""
    return rendered(
        "inspection.html",
        rehearsal=found.rehearsal,
        begun=_minute(found.started_at),
        ended=_minute(found.finished_at),
        outside=found.outside,
        blocks=found.blocks,
        sites=[_site(site) for site in found.sites],
    )


def _site(site: SiteResult) -> dict[str, Any]:
    weights = site.findings.by_weight()
    groups = list(site.findings.groups())
    return {
        "name": site.name,
        "url": site.url,
        "way": "从服务器上的文件读取" if site.way == "files" else f"通过 {site.way} 访问网页",
        "looked": site.looked,
        "blocks": site.findings.blocks,
        "weights": [(WEIGHT_LABELS[weight], weight.value, weights[weight.value]) for weight in Weight],
        "points": round(sum(group.points for group in groups), 2),
        "sections": [_section(weight, groups) for weight in Weight if weights[weight.value]],
        "left_out": sum(site.findings.left_out().values()),
    }


def _section(weight: Weight, groups: list[Group]) -> dict[str, Any]:
    mine = [group for group in groups if group.code.weight is weight]
    indicators = list(dict.fromkeys(group.code.indicator for group in mine))
    return {
        "weight": weight.value,
        "label": WEIGHT_LABELS[weight],
        "indicators": [
            {"name": name, "codes": _by_code([group for group in mine if group.code.indicator == name])}
            for name in indicators
        ],
    }


def _by_code(groups: list[Group]) -> list[dict[str, Any]]:
    """The findings of an indicator under what they have in common: what it is, the rule, what to do."""
    known = {group.code.code: group.code for group in groups}
    return [
        {"code": code, "found": _same_words(group for group in groups if group.code is code)} for code in known.values()
    ]


def _same_words(groups: Iterable[Group]) -> list[dict[str, Any]]:
    """Findings with the same words once, with all their places."""
    found: dict[str, dict[str, Any]] = {}
    for group in groups:
        one = found.setdefault(group.found, {"found": group.found, "places": [], "more": 0})
        one["places"] += [f"{path} 第{line}行" if line else path for path, line in group.places]
        one["more"] += group.count - len(group.places)
    return list(found.values())


def _minute(moment: datetime) -> str:
    return in_china(moment).strftime("%Y-%m-%d %H:%M")
