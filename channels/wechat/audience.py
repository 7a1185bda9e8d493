"""Whom an article reaches when it goes out, signed with it (contracts: WeChat 6.5, 7.1).

The outlet's settings decide it, and they may change after the sign-off: so what is signed says it, and before anything
goes out the two are compared.
"""

import json
from dataclasses import dataclass

from channels.base import Part, Refused, Rendition
from channels.options import one_of, whole_or_none
from content.canonical import canonical_json
from content.outlet import Outlet

AUDIENCE = "audience.json"
FREEPUBLISH, MASS, DRAFT = "freepublish", "mass", "draft"
MODES = {FREEPUBLISH: "发布", MASS: "群发", DRAFT: "只建草稿，由人工发布"}


@dataclass(frozen=True)
class Audience:
    """*mode* is one of MODES; *tag_id* the group of followers that a mass send goes to, None for all of them."""

    mode: str
    tag_id: int | None = None

    def part(self) -> Part:
        """What is signed: for the machine, and in words for the signers."""
        group = {} if self.tag_id is None else {"tag_id": self.tag_id}
        return Part("application/json", canonical_json({"mode": self.mode, "reaches": self.words, **group}))

    @property
    def words(self) -> str:
        if self.mode == FREEPUBLISH:
            return "发布：不通知粉丝"
        if self.mode == DRAFT:
            return "只建草稿：由人工在公众平台发布"
        return "群发：全体粉丝" if self.tag_id is None else f"群发：标签 {self.tag_id} 下的粉丝，不进入历史消息"


def audience_of(outlet: Outlet) -> Audience:
    """As the outlet is set, by the options ``mode`` and ``tag_id``. Raises Refused for options that are none."""
    mode, tag_id = one_of(outlet, "mode", FREEPUBLISH, MODES), whole_or_none(outlet, "tag_id")
    if tag_id is not None and mode != MASS:
        raise Refused(f"发布点 {outlet.id} 的 tag_id 只用于 mode = {MASS}（群发给一个标签下的粉丝），请修改设置")
    return Audience(mode, tag_id)


def audience_in(rendition: Rendition) -> Audience | None:
    """The one that was signed; None for a package from before it was."""
    part = rendition.parts.get(AUDIENCE)
    if part is None:
        return None
    values = json.loads(part.data)
    return Audience(values["mode"], values.get("tag_id"))


def as_signed(outlet: Outlet, rendition: Rendition) -> Audience:
    """The outlet's audience. Raises Refused where another one was signed: the settings were changed since."""
    now, signed = audience_of(outlet), audience_in(rendition)
    if signed is None and now.tag_id is None:
        return now
    if now != signed:
        was = signed.words if signed else "没有写明的对象"
        raise Refused(
            f"发布点 {outlet.id} 的发布对象在定稿之后改过：审签的是“{was}”，现在的设置是“{now.words}”，"
            "请改回设置，或重新定稿并审签"
        )
    return now
