"""The script as files: plain text to print or to paste, and data for the station's own system."""

from channels.script import Script, Version
from channels.speech_lines import short_lines
from content.clock import in_china
from content.item import Fields, Item
from content.office import Office
from content.vocabulary import KIND_LABELS, Action

REHEARSAL = "【演练】本稿为演练稿，严禁播出。"


def head_lines(script: Script, item: Item, fields: Fields, office: Office) -> list[str]:
    """What stands above every form of the script, for the desk's eyes only."""
    return [
        *([REHEARSAL] if office.rehearsal else []),
        *([f"【{script.heading}】"] if script.heading else []),
        f"稿件号：{item.id}　类别：{KIND_LABELS[fields.kind]}",
        f"发布单位：{'、'.join([fields.organ, *fields.joint_organs])}",
        *([f"责任编辑：{fields.editor}"] if fields.editor else []),
        f"联系：{office.name}　电话：{office.phone}",
    ]


def timing(version: Version) -> str:
    """口播时长：约3分5秒（每分钟240字）."""
    return f"口播时长：约{duration(version.seconds)}（每分钟{version.pace}字）"


def duration(seconds: int) -> str:
    """3分5秒."""
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}分{rest}秒" if minutes else f"{rest}秒"


def orders_text(script: Script, item: Item, fields: Fields, office: Office) -> str:
    """A kill notice."""
    return "\n".join([*head_lines(script, item, fields, office), "", *script.orders]) + "\n"


def version_text(script: Script, version: Version, item: Item, fields: Fields, office: Office) -> str:
    """One version as a page to read from: a head of facts, the title, short lines, a blank line after each paragraph."""
    head = [*head_lines(script, item, fields, office), f"{version.label}　{timing(version)}"]
    orders = [f"（播出要求，不读）{order}" for order in script.orders]
    read = [*([version.title] if version.title else []), *version.paragraphs]
    blocks = ["\n".join(short_lines(paragraph)) for paragraph in read]
    return "\n".join([*head, *orders]) + "\n\n" + "\n\n".join(blocks) + "\n"


def script_facts(script: Script, item: Item, fields: Fields, action: Action, reason: str) -> dict[str, object]:
    """What ``script.json`` says."""
    return {
        "item": item.id,
        "index_number": item.index_number,
        "address": item.url,
        "action": action.value,
        "reason": reason,
        "kind": fields.kind.value,
        "organ": fields.organ,
        "title": fields.title,
        "spoken_title": script.title,
        "orders": list(script.orders),
        "versions": [
            {
                "name": version.name,
                "label": version.label,
                "paragraphs": list(version.paragraphs),
                "pace": version.pace,
                "reading_seconds": version.seconds,
            }
            for version in script.versions
        ],
        "embargo": in_china(fields.embargo).isoformat() if fields.embargo else None,
    }
