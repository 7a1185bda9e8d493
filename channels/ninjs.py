"""The copy as an IPTC ninjs 2.1 item: JSON that newsroom systems take in."""

from collections.abc import Mapping
from typing import Any

from channels.newspaper_copy import Copy
from channels.print_pictures import MEDIA_TYPE, PrintPicture
from channels.wire_text import wire_text
from content.clock import in_china
from content.item import Item, Picture
from content.office import Office
from content.vocabulary import KIND_LABELS, Action, Kind

SCHEMA = "http://www.iptc.org/std/ninjs/ninjs-schema_2.1.json"


def ninjs_item(copy: Copy, item: Item, office: Office, prints: Mapping[str, PrintPicture]) -> dict[str, Any]:
    """The item by ninjs 2.1.1. A withdrawal is ``canceled``, without bodies; the embargo is the editor's own, if any."""
    fields = copy.fields
    shown: dict[str, Any] = {
        "standard": {"name": "ninjs", "version": "2.1", "schema": SCHEMA},
        "uri": item.url,
        "type": "text",
        "representationtype": "full",
        "language": fields.language,
        "firstcreated": in_china(item.assigned_at).isoformat(timespec="seconds"),
        "pubstatus": "canceled" if copy.action is Action.WITHDRAW else "usable",
        "title": fields.title,
        "headlines": [{"role": "main", "contenttype": "text/plain", "value": copy.title}],
        "bodies": _bodies(copy),
        "organisations": _organisations(copy, office),
        "people": [{"name": guest, "rel": "guest"} for guest in fields.guests],
        "associations": [_association(picture, name, item.url, prints[name]) for picture, name in copy.pictures],
        "genres": [{"name": fields.genre or KIND_LABELS[Kind(fields.kind)]}],
        "subjects": [{"name": word, "rel": "keyword"} for word in fields.keywords],
        "altids": _alternative_ids(copy, item),
        "copyrightholder": fields.organ,
        "ednote": _editors_note(copy, office),
        "by": fields.editor,
    }
    if fields.embargo is not None:
        shown["embargoed"] = in_china(fields.embargo).isoformat(timespec="seconds")
    return {name: value for name, value in shown.items() if value not in ("", [], None)}


def _bodies(copy: Copy) -> list[dict[str, Any]]:
    if not copy.body:
        return []
    text = wire_text(copy.body)
    count = sum(not character.isspace() for character in text)
    lead = [{"role": "lead", "contenttype": "text/plain", "value": copy.lead}] if copy.lead else []
    return [
        *lead,
        {"role": "main", "contenttype": "text/plain", "charcount": count, "value": text},
        {"role": "main", "contenttype": "application/xhtml+xml", "charcount": count, "value": _with_files(copy)},
    ]


def _with_files(copy: Copy) -> str:
    body = copy.body
    for picture, name in copy.pictures:
        body = body.replace(f"asset:{picture.digest}", f"pictures/{name}")
    return body


def _organisations(copy: Copy, office: Office) -> list[dict[str, Any]]:
    makers = [name for name in (copy.fields.organ, *copy.fields.joint_organs) if name]
    contact = [{"type": "phone", "name": office.name, "value": office.phone}] if office.phone else []
    return [{"name": name, "rel": "maker"} for name in makers] + [
        {"name": office.organ, "rel": "publisher", **({"contactinfo": contact} if contact else {})}
    ]


def _association(picture: Picture, name: str, url: str, shown: PrintPicture) -> dict[str, Any]:
    return {
        "name": name,
        "uri": f"{url}#{picture.digest}",
        "type": "picture",
        "descriptions": [{"value": picture.alt or picture.name}],
        "renditions": [
            {
                "name": "print",
                "title": f"pictures/{name}",
                "contenttype": MEDIA_TYPE,
                "width": shown.width,
                "height": shown.height,
                "sizeinbytes": len(shown.data),
            }
        ],
    }


def _alternative_ids(copy: Copy, item: Item) -> list[dict[str, str]]:
    pairs = {"item": item.id, "index-number": item.index_number, "document-number": copy.fields.document_number}
    return [{"role": role, "value": value} for role, value in pairs.items() if value]


def _editors_note(copy: Copy, office: Office) -> str:
    stamp = "【演练】严禁刊发。" if office.rehearsal else ""
    return stamp + "".join([f"{copy.heading}：" if copy.heading else "", *copy.notice])
