"""Counts what of the foreign HTML will not come through, so that an editor is told."""

import re
from collections.abc import Mapping

from lxml import etree

from content.cleaning.links import is_allowed, is_asset
from content.cleaning.report import Report

KINDS: Mapping[str, str] = {
    "script": "script",
    "style": "style",
    "iframe": "frame",
    "frame": "frame",
    "object": "object",
    "embed": "object",
    "applet": "object",
    "canvas": "object",
    "input": "form",
    "select": "form",
    "textarea": "form",
    "button": "form",
    "audio": "media",
    "video": "media",
    "svg": "drawing",
    "math": "formula",
}
_EVENT = re.compile(r"on[a-z]+$", re.IGNORECASE)


def take_census(tree: etree._Element, report: Report) -> None:
    """Notes every element, event attribute, link and picture that the filter will drop."""
    for element in tree.iter(etree.Element):
        tag = str(element.tag).lower()
        if tag in KINDS:
            report.note(KINDS[tag], element.get("src") or "")
        if tag in ("a", "area"):
            _look_at_link(element, report)
        if tag in ("img", "image"):
            _look_at_picture(element, report)
        for name in filter(_EVENT.match, map(str, element.attrib)):
            report.note("event", name)


def _look_at_link(element: etree._Element, report: Report) -> None:
    address = element.get("href")
    if address and address.strip() and not is_allowed(address):
        report.note("link", address)


def _look_at_picture(element: etree._Element, report: Report) -> None:
    source = element.get("src") or ""
    if not is_asset(source):
        report.note("picture", source)
