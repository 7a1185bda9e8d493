"""Typesetting with Typst: data in, PDF out. No text is ever markup: layouts read it from ``data.json``.

Everything is laid out with the fonts of our own packages (or of a folder that the office names), never with those of the
machine, so the same input gives the same bytes everywhere.
"""

import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent / "templates"
NO_GLYPH = "〓"
"""What Chinese typesetters put where a character is not in the case."""
MOST_GLYPH_ROUNDS = 20
STANDARDS: list[Literal["a-2b", "ua-1"]] = ["a-2b", "ua-1"]
"""PDF/A-2b for keeping, PDF/UA-1 for readers who cannot see."""

SERIF, SANS = "Noto Serif SC", "Noto Sans SC"

WANTED: dict[str, tuple[str, ...]] = {
    "title": ("FZXiaoBiaoSong-B05S", "方正小标宋简体", "FZXiaoBiaoSong-B05", "方正小标宋_GBK", "STZhongsong"),
    "body": ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong"),
    "kai": ("KaiTi_GB2312", "楷体_GB2312", "KaiTi", "楷体", "STKaiti", "LXGW WenKai GB", "LXGW WenKai"),
    "hei": ("SimHei", "黑体", "STHeiti"),
}
"""The families that GB/T 9704-2012 asks for, by the part they set, the preferred first."""

_NAMES = {"title": "小标宋体", "body": "仿宋体", "kai": "楷体", "hei": "黑体"}
_SUBSTITUTES = {"title": SERIF, "body": SERIF, "kai": None, "hei": SANS}
_SUBSTITUTE_NAMES = {"title": "思源宋体（加粗）", "body": "思源宋体", "kai": "思源黑体（细）", "hei": "思源黑体"}


class TypesettingFailed(Exception):
    """Typst could not lay the document out; the message is Typst's own."""


class GlyphsMissing(TypesettingFailed):
    """The fonts have no picture for some characters; *characters* are those that Typst named."""

    def __init__(self, characters: str) -> None:
        super().__init__(f"no font has a glyph for {characters!r}")
        self.characters = characters


@dataclass(frozen=True)
class Faces:
    """The families that set title, body, 楷体 and 黑体. *kai* None: the light sans stands in; *heavy*: the title's
    family is heavy by itself. *report* says in Chinese what was substituted (never claim conformity, domain.md 5.1)."""

    title: str
    body: str
    kai: str | None
    hei: str
    heavy: bool
    report: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    """Which family sets what, or stands in for what is missing, a line for each part."""


@dataclass(frozen=True)
class Typeset:
    """A PDF, what Typst warned of while it was made, the values of the labels that were asked for, and where it was asked
    for the same pages with bleed, untagged, for the printer."""

    pdf: bytes
    warnings: tuple[str, ...] = field(default=())
    found: Mapping[str, list[Any]] = field(default_factory=dict)
    with_bleed: bytes = b""


def compile_pdf(
    layout: str,
    data: Mapping[str, object],
    files: Mapping[str, bytes] | None = None,
    own_fonts: Path | None = None,
    labels: Sequence[str] = (),
    with_bleed: bool = False,
) -> Typeset:
    """Lays out ``templates/<layout>.typ`` with *data* (JSON values); *files* are pictures by name, under ``files/``.
    *labels* name metadata of the layout whose values are wanted, such as the pages that it found.

    Raises GlyphsMissing and TypesettingFailed.
    """
    import typst

    shown = asdict(faces(own_fonts))
    main = TEMPLATES / f"{layout}.typ"
    with tempfile.TemporaryDirectory(prefix="tongbu-typeset-") as folder:
        root = Path(folder)
        for source in main.parent.glob("*.typ"):
            (root / source.name).write_bytes(source.read_bytes())
        (root / "files").mkdir()
        for name, content in (files or {}).items():
            (root / "files" / name).write_bytes(content)
        (root / "data.json").write_text(json.dumps({**data, "faces": shown}, ensure_ascii=False), encoding="utf-8")
        try:
            compiler = typst.Compiler(root / main.name, root, _fonts(own_fonts), ignore_system_fonts=True)
            pdf, warnings = compiler.compile_with_warnings(pdf_standards=[*STANDARDS])
            found = {label: json.loads(compiler.query(f"<{label}>", field="value")) for label in labels}
            wide = compiler.compile(sys_inputs={"copy": "printer"}, pdf_tags=False) if with_bleed else b""
        except typst.TypstError as problem:
            raise _failure(problem) from problem
    told = tuple(str(warning.message) for warning in warnings)
    return Typeset(cast(bytes, pdf), told, found, cast(bytes, wide))


def all_missing(compiled: Callable[[Mapping[str, Any]], object], data: Mapping[str, Any], first: GlyphsMissing) -> str:
    """Every character that no font has, where *compiled* stopped at the *first* one: it is tried again without those that are
    known, up to 20 times."""
    missing = first.characters
    for _ in range(MOST_GLYPH_ROUNDS):
        try:
            compiled(replaced(data, str.maketrans(dict.fromkeys(missing, NO_GLYPH))))
        except GlyphsMissing as more:
            missing += more.characters
        except TypesettingFailed:
            break
        else:
            break
    return "".join(dict.fromkeys(missing))


def replaced(value: Any, table: Mapping[int, str]) -> Any:
    """JSON values with characters replaced in every text."""
    if isinstance(value, str):
        return value.translate(table)
    if isinstance(value, list):
        return [replaced(inner, table) for inner in value]
    return {name: replaced(inner, table) for name, inner in value.items()} if isinstance(value, dict) else value


@lru_cache(maxsize=4)
def faces(own_fonts: Path | None = None) -> Faces:
    """Which families are used, the office's own first (*own_fonts* is a folder of .otf and .ttf files)."""
    there = set(_fonts(own_fonts).families())
    chosen = {role: next((name for name in wanted if name in there), None) for role, wanted in WANTED.items()}
    used = {
        role: f"{_NAMES[role]}用 {name}" if name else f"{_NAMES[role]}缺字体文件，以{_SUBSTITUTE_NAMES[role]}代替"
        for role, name in chosen.items()
    }
    return Faces(
        title=chosen["title"] or SERIF,
        body=chosen["body"] or SERIF,
        kai=chosen["kai"],
        hei=chosen["hei"] or SANS,
        heavy=chosen["title"] is not None,
        report=tuple(line for role, line in used.items() if chosen[role] is None),
        used=tuple(used.values()),
    )


@lru_cache(maxsize=4)
def _fonts(own_fonts: Path | None) -> "typst.Fonts":
    import typst

    folders: list[Path] = [*_packaged_folders(), *([own_fonts] if own_fonts else [])]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(folders))


def _packaged_folders() -> tuple[Path, Path]:
    import pylopdf_fonts_zh_cn

    variable = Path(str(resources.files("justmytype_intl_cjk"))) / "fonts" / "ofl" / "notosanssc"
    return pylopdf_fonts_zh_cn.serif_path().parent, variable


def _failure(problem: Exception) -> TypesettingFailed:
    message = str(problem)
    missing = re.search(r'the text `"(.+?)"` could not be displayed', message, re.DOTALL)
    if missing is None:
        return TypesettingFailed(message)
    return GlyphsMissing(re.sub(r"\\u\{([0-9a-f]+)\}", lambda code: chr(int(code[1], 16)), missing[1]))
