"""Field values from YAML and TOML: front matter and the file beside the item."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from content.intake import limits
from content.intake.decoding import decoded
from content.intake.errors import IntakeError
from content.intake.files import read_bytes

_EXTENSIONS = (".toml", ".yaml", ".yml")


def sidecar_values(path: Path) -> dict[str, Any]:
    """The values in ``name.toml``, ``name.yaml`` or ``name.yml`` beside the file; none where there is no such file."""
    found = [path.with_suffix(extension) for extension in _EXTENSIONS if path.with_suffix(extension).exists()]
    if not found:
        return {}
    if len(found) > 1:
        names = "、".join(sidecar.name for sidecar in found)
        raise IntakeError(path.name, f"有几个字段文件：{names}。", "请只留一个。", "sidecar")
    sidecar = found[0]
    text = _text(read_bytes(sidecar, limits.SIDECAR), sidecar.name)
    return toml_values(text, sidecar.name) if sidecar.suffix == ".toml" else yaml_values(text, sidecar.name)


def toml_values(text: str, place: str) -> dict[str, Any]:
    """The values of a TOML text. Raises IntakeError with the line that is wrong."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        found = re.search(r"at line (\d+)", str(problem))
        line = f"（第{found.group(1)}行）" if found else ""
        mend = '请按“字段 = "值"”的写法改正该行；中文的字段名也要加引号。'
        raise IntakeError(place, f"TOML 写法有误{line}。", mend, "sidecar") from problem


def yaml_values(text: str, place: str) -> dict[str, Any]:
    """The values of a YAML text, every scalar as the text that was typed: so that 0716 stays 0716 and 是 or no stay words.

    Raises IntakeError for a wrong form, a name given twice, and references (&, *), which can make a small text huge.
    """
    import yaml  # type: ignore[import-untyped, unused-ignore]

    if len(text) > limits.SIDECAR:
        raise IntakeError(place, "字段太长。", "正文请写在字段之后。", "front-matter")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.BaseLoader)):
            raise IntakeError(
                place, "YAML 里用了引用（*）。", "请把值直接写出来；以 * 开头的值请加引号。", "front-matter"
            )
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        values = _value(node, place) if node is not None else {}
    except (yaml.YAMLError, RecursionError) as problem:
        raise IntakeError(
            place,
            f"YAML 写法有误{_line(problem)}。",
            "请按“字段: 值”的写法改正，冒号后留一个半角空格；值里有冒号时请加引号。",
            "front-matter",
        ) from problem
    if not isinstance(values, dict):
        raise IntakeError(place, "字段应当一行一个，写成“字段: 值”。", "请改正后重新提交。", "front-matter")
    return values


def _value(node: Any, place: str) -> Any:
    import yaml

    if isinstance(node, yaml.SequenceNode):
        return [_value(entry, place) for entry in node.value]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, place)
    plain_null = node.style is None and node.value in ("~", "null", "Null", "NULL")
    return "" if plain_null else node.value


def _mapping(node: Any, place: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in node.value:
        name = key.value if isinstance(key.value, str) else ""
        if not name or name in values:
            line = key.start_mark.line + 1
            reason = f"“{name}”写了两次" if name else "字段名不对"
            raise IntakeError(place, f"第{line}行：{reason}。", "请每个字段只写一次。", "front-matter")
        values[name] = _value(value, place)
    return values


def _line(problem: Exception) -> str:
    mark = getattr(problem, "problem_mark", None)
    return f"（第{mark.line + 1}行）" if mark is not None else ""


def _text(data: bytes, place: str) -> str:
    return decoded(data, place)


def flattened(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A mapping of mappings as dotted names: ``{"weibo": {"text": …}}`` gives ``weibo.text``."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat.update(flattened(value, f"{prefix}{name}."))
        else:
            flat[f"{prefix}{name}"] = value
    return flat
