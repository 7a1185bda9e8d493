"""Fields: what the kind needs, and values that must come from a known set."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from content import kinds
from content.checks.case import Case
from content.checks.labels import label
from content.checks.reading import shown
from content.finding import Finding, error, warning
from content.vocabulary import KIND_LABELS

_SUMMARY_LIMIT = 300  # characters; local rules for 内容概述 name 100 to 300


def check_fields(case: Case) -> Iterator[Finding]:
    """Required and recommended fields of the kind, and fields with a closed set of values."""
    yield from _absent(case)
    yield from _theme(case)
    yield from _sets(case)
    yield from _words(case)
    yield from _summary(case)


def _absent(case: Case) -> Iterator[Finding]:
    kind, results = KIND_LABELS[case.fields.kind], bool(case.fields.results_of)
    for name in kinds.required(case.fields.kind, results=results):
        if _blank(getattr(case.fields, name)):
            yield error(
                "field-missing",
                label(name),
                f"“{kind}”必须填写“{label(name)}”，现在是空的。",
                f"请填写“{label(name)}”。",
            )
    for name in kinds.recommended(case.fields.kind, results=results):
        if _blank(getattr(case.fields, name)):
            mend = f"请补填“{label(name)}”；确实没有的，可说明理由后放行。"
            yield warning("field-recommended", label(name), f"“{kind}”一般应有“{label(name)}”，现在是空的。", mend)


def _blank(value: object) -> bool:
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, tuple):
        return not any(str(entry).strip() for entry in value)
    return value is None


def _theme(case: Case) -> Iterator[Finding]:
    theme = case.fields.theme
    if not theme or kinds.is_theme(theme):
        return
    message = f"“{shown(theme)}”不是主题分类表中的类别，应写作“大类\\小类”，如“综合政务\\政务公开”。"
    yield error("theme-unknown", label("theme"), message, _theme_mend(theme))


def _theme_mend(theme: str) -> str:
    """What was probably meant, else the children of the class that is named, else the classes."""
    plain = theme.translate(str.maketrans("/／>＞-—＼", "\\" * 7)).replace(" ", "")
    name = plain.partition("\\")[0]
    children = kinds.themes().get(name)
    meant = name if children == () else _theme_meant(plain)
    if meant:
        return f"可改为“{meant}”。"
    if children:
        return f"“{name}”的小类有：{_quoted(children)}，请选择其一。"
    return f"请从22个大类中选择：{_quoted(kinds.themes())}。"


def _quoted(names: Iterable[str]) -> str:
    return "、".join(f"“{name}”" for name in names)


def _theme_meant(plain: str) -> str | None:
    """The theme that a child's name alone, or another separator, was meant to be."""
    pairs = [(name, child) for name, children in kinds.themes().items() for child in children]
    if kinds.is_theme(plain):
        return plain
    found = [f"{name}\\{child}" for name, child in pairs if child == plain and child != "其他"]
    return found[0] if found else None


def _sets(case: Case) -> Iterator[Finding]:
    fields = case.fields
    if fields.genre and fields.genre not in kinds.genres():
        yield _not_one_of("genre-unknown", "genre", fields.genre, kinds.genres())
    if fields.language not in kinds.languages():
        yield _not_one_of("language-unknown", "language", fields.language, kinds.languages())
    if fields.article20 is not None and fields.article20 not in range(1, 16):
        message = f"《政府信息公开条例》第二十条共十五项，没有第{fields.article20}项。"
        yield error("article20-unknown", label("article20"), message, "请填写1至15之间的整数。")
    if case.context.columns:
        unknown = [name for name in fields.columns if name not in case.context.columns]
        yield from (_not_one_of("column-unknown", "columns", name, sorted(case.context.columns)) for name in unknown)


def _not_one_of(code: str, name: str, value: str, known: Iterable[str]) -> Finding:
    choices = list(known)
    near = get_close_matches(value[:50], choices, n=1, cutoff=0.5)
    mend = (f"是否应为“{near[0]}”？" if near else "") + f"可选：{'、'.join(choices)}。"
    return error(code, label(name), f"“{shown(value)}”不在“{label(name)}”的可选范围内。", mend)


def _words(case: Case) -> Iterator[Finding]:
    known = kinds.own_words()
    for key, text in sorted(case.fields.words.items()):
        place = f"{label('words')}“{shown(key)}”"
        if key not in known:
            near = get_close_matches(key[:50], known, n=1, cutoff=0.6)
            mend = (f"是否应为“{near[0]}”？" if near else "") + f"可用的名称：{'、'.join(known)}。"
            yield warning(
                "word-unknown", place, f"没有渠道使用名为“{shown(key)}”的用语，这段文字不会出现在任何渠道。", mend
            )
        if _blank(text):
            yield warning("word-empty", place, "这段用语是空的，渠道将改用标题或正文。", "请填写文字，或者删去这一项。")


def _summary(case: Case) -> Iterator[Finding]:
    summary = case.fields.summary.strip()
    if len(summary) > _SUMMARY_LIMIT:
        message = f"内容概述共{len(summary)}字，超过{_SUMMARY_LIMIT}字。"
        yield warning("summary-long", label("summary"), message, f"请压缩到{_SUMMARY_LIMIT}字以内。")
    if summary and summary == case.fields.title.strip():
        message = "内容概述与标题完全相同，没有提供新的信息。"
        yield warning("summary-repeats", label("summary"), message, "请用一两句话概括主要内容。")
