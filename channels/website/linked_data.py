"""What a page says to search engines: JSON-LD in the words of schema.org, built as values."""

import json
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from channels.shelving import texts
from channels.website.site import SiteView
from content.clock import in_china
from content.gazette.issue import Issue
from content.shelf import Entry
from content.vocabulary import Effect, Kind

Crumb = tuple[str, str]
"""A title and its address, from the home page on."""

_FORCE = {Effect.VALID: "InForce", Effect.LAPSED: "NotInForce", Effect.REPEALED: "NotInForce"}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_TALKS = frozenset({Kind.INTERVIEW, Kind.PRESS_CONFERENCE})


def serialised(*things: dict[str, Any]) -> Markup:
    """JSON that may stand in a script element: whatever could end or open one is escaped."""
    text = _encode({"@context": "https://schema.org", "@graph": list(things)})
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 # nothing left in it that HTML reads


def crumb_data(crumbs: list[Crumb]) -> dict[str, Any]:
    steps = [
        {"@type": "ListItem", "position": position, "name": name, "item": url}
        for position, (name, url) in enumerate(crumbs, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": steps}


def site_data(view: SiteView) -> list[dict[str, Any]]:
    """The site and who runs it, for the home page."""
    organ = _organ(view.organ) | {
        "@id": f"{view.url}/#organ",
        "url": f"{view.url}/",
        "telephone": view.phone,
        "address": _filled({"@type": "PostalAddress", "streetAddress": view.address, "postalCode": view.postcode}),
    }
    site: dict[str, Any] = {
        "@type": "WebSite",
        "@id": f"{view.url}/#site",
        "name": view.name,
        "url": f"{view.url}/",
        "inLanguage": "zh-Hans",
        "publisher": {"@id": f"{view.url}/#organ"},
    }
    if view.search:
        target = {"@type": "EntryPoint", "urlTemplate": f"{view.url}/search?q={{words}}"}
        site["potentialAction"] = {"@type": "SearchAction", "target": target, "query-input": "required name=words"}
    return [organ, site]


def issue_data(issue: Issue, url: str, view: SiteView) -> dict[str, Any]:
    """A number of the print gazette."""
    values = {
        "@type": "PublicationIssue",
        "name": f"{view.gazette}{issue.label}",
        "issueNumber": str(issue.number),
        "datePublished": str(issue.issued_on or ""),
        "url": url,
        "inLanguage": "zh-CN",
        "publisher": _organ(view.organ),
        "isPartOf": {"@type": "Periodical", "name": view.gazette},
    }
    return _filled(values)


def item_data(
    entry: Entry, head: dict[str, Any], view: SiteView, source: str, image: str, crumbs: list[Crumb]
) -> list[dict[str, Any]]:
    """The item as a document, an event or an article; and the way to it."""
    kind = Kind(entry.kind)
    url = f"{view.url}/{quote(entry.address)}"
    common = {
        "url": url,
        "inLanguage": str(head.get("language", "")) or "zh-CN",
        "description": str(head.get("summary", "")),
        "image": image,
        "keywords": texts(head.get("keywords")),
    }
    if kind is Kind.POLICY_DOCUMENT:
        own = _document(entry, head)
    elif kind in _TALKS and head.get("held_at"):
        own = _event(entry, head, url)
    else:
        own = _article(entry, source, view)
    return [_filled(own | common), crumb_data(crumbs)]


def _document(entry: Entry, head: dict[str, Any]) -> dict[str, Any]:
    effect = str(entry.data.get("effect", ""))
    force = _FORCE.get(Effect(effect)) if effect in list(Effect) else None
    return _dates(entry) | {
        "@type": "Legislation",
        "name": entry.title,
        "legislationIdentifier": str(head.get("document_number", "")) or str(head.get("index_number", "")),
        "legislationDate": str(head.get("made_on", "")),
        "legislationDateOfApplicability": str(head.get("in_force_on", "")),
        "legislationLegalForce": f"https://schema.org/{force}" if force else "",
        "legislationPassedBy": [_organ(name) for name in [entry.organ, *texts(head.get("joint_organs"))] if name],
    }


def _event(entry: Entry, head: dict[str, Any], url: str) -> dict[str, Any]:
    return {
        "@type": "Event",
        "name": entry.title,
        "startDate": str(head["held_at"]),
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "eventStatus": "https://schema.org/EventScheduled",
        "location": {"@type": "VirtualLocation", "url": url},
        "organizer": _organ(entry.organ) if entry.organ else {},
        "performer": [{"@type": "Person", "name": name} for name in texts(head.get("guests"))],
    }


def _article(entry: Entry, source: str, view: SiteView) -> dict[str, Any]:
    return _dates(entry) | {
        "@type": "NewsArticle",
        "headline": entry.title,
        "author": _organ(source) if source else {},
        "publisher": _organ(view.organ),
        "mainEntityOfPage": f"{view.url}/{quote(entry.address)}",
    }


def _dates(entry: Entry) -> dict[str, Any]:
    return {
        "datePublished": in_china(entry.published_at).isoformat(timespec="seconds"),
        "dateModified": in_china(entry.updated_at).isoformat(timespec="seconds"),
    }


def _organ(name: str) -> dict[str, Any]:
    return {"@type": "GovernmentOrganization", "name": name}


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", [], {}, None)}
