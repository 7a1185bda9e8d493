"""Reading an outlet's options. What is wrong there is refused with the option's name and how to mend it."""

from collections.abc import Mapping
from typing import Any

from channels.base import Refused
from content.outlet import Outlet


def whole(outlet: Outlet, name: str, usual: int, least: int = 1) -> int:
    """A whole number from *least*. Raises Refused."""
    value = outlet.options.get(name, usual)
    if not is_whole(value, least):
        raise Refused(f"发布点 {outlet.id} 的 {name} 应是不小于{least}的整数，请修改设置")
    return int(value)


def whole_or_none(outlet: Outlet, name: str) -> int | None:
    """A whole number from 1; None where the option is not set. Raises Refused."""
    return whole(outlet, name, 1) if outlet.options.get(name) is not None else None


def yes_or_no(outlet: Outlet, name: str) -> bool | None:
    """None where the option is not set. Raises Refused."""
    value = outlet.options.get(name)
    if value is not None and not isinstance(value, bool):
        raise Refused(f"发布点 {outlet.id} 的 {name} 应是 true 或 false，请修改设置")
    return value


def one_of(outlet: Outlet, name: str, usual: str, words: Mapping[str, str]) -> str:
    """One of *words*, each with what it means to an editor (empty where it needs no explaining). Raises Refused."""
    value = outlet.options.get(name) or usual
    if not isinstance(value, str) or value not in words:
        known = "、".join(f"{word}（{meaning}）" if meaning else word for word, meaning in words.items())
        raise Refused(f"发布点 {outlet.id} 的 {name} 是“{value}”，可用：{known}，请修改设置")
    return value


def is_whole(value: Any, least: int = 1) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least
