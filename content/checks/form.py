"""The body as such, and characters that nobody sees or nobody can read."""

import re
from collections.abc import Iterator

from content import body
from content.checks.case import Case, by_subject
from content.finding import Finding, error, warning
from content.folding import INVISIBLE

# A zero-width joiner between two emoji makes one emoji of them (Unicode UTS 51).
_JOINER = "(?<![\U0001f000-\U0001faff\u2600-\u27bf\ufe0f])\u200d|\u200d(?![\U0001f000-\U0001faff\u2600-\u27bf])"
_HIDDEN = re.compile(f"{_JOINER}|(?!\u200d)[{INVISIBLE}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff]")


def check_form(case: Case) -> Iterator[Finding]:
    """Whether there is a body at all, and whether every character of every text can be seen."""
    yield from _body(case)
    yield from _hidden(case)
    yield from _unreadable(case)


def _body(case: Case) -> Iterator[Finding]:
    try:
        found = body.paragraphs(case.revision.body)
    except ValueError as problem:
        message = f"正文的结构已损坏，无法读取（{str(problem)[:120]}）。"
        yield error("body-broken", "正文", message, "请从原文件重新导入正文。")
        return
    if not found and not case.revision.pictures:
        yield error("body-empty", "正文", "正文是空的。", "请导入正文；图解类稿件请把图片放入正文并填写替代文字。")


def _hidden(case: Case) -> Iterator[Finding]:
    reading = case.reading
    hits = ((f"U+{ord(match[0]):04X}", reading.at(match.start()).place) for match in _HIDDEN.finditer(reading.text))
    found = by_subject(hits)
    for name, where in found.items():
        message = f"文中有看不见的字符{name}，可能用来隐藏内容或者改变文字的显示顺序。"
        yield error("hidden-text", where, message, "请删去该字符：把这一段重新输入，或者先粘贴为纯文本。")


def _unreadable(case: Case) -> Iterator[Finding]:
    reading = case.reading
    hits = ((f"U+{ord(match[0]):04X}", reading.at(match.start()).place) for match in _UNREADABLE.finditer(reading.text))
    for name, where in by_subject(hits).items():
        message = f"文中有无法显示的字符{name}（造字或者乱码），读者看到的是方框。"
        yield warning("unreadable-text", where, message, "请对照原件改为规范汉字或符号。")
