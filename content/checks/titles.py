"""The title: its length and end, and the turns of phrase that titles of official documents avoid."""

import re
from collections.abc import Iterator

from content.checks.case import OFFICIAL, Case
from content.checks.labels import label
from content.checks.reading import shown
from content.finding import Finding, error, warning

_LIMIT = 100  # characters
_BREAK = re.compile(r"[\n\r\v\f\x85\u2028\u2029]")
_ENDING = re.compile(r"[。，、；：,.;:]\s*\Z")
# 《》 for names, （）for 试行 and the like, 、 in lists; quotation marks and · stand inside names that carry them.
_PUNCTUATION = re.compile(r"[，。；：！？,;:!?…]|——")
_GENRES = "决议|决定|命令|公报|公告|通告|意见|通知|通报|报告|请示|批复|议案|函|纪要|办法|方案"
_REPEATED = re.compile(rf"的({_GENRES})》?的\1")
_WORDINGS = (
    (re.compile("关于对"), "关于对", "“关于”与“对”重复", "请删去“对”，如“关于×××的通报”"),
    (re.compile("请求[^\n]{0,80}?的?请示"), "请求…请示", "“请求”与“请示”重复", "请删去“请求”"),
    (re.compile("上报[^\n]{0,80}?的?报告"), "上报…报告", "“上报”与“报告”重复", "请删去“上报”"),
    (re.compile("关于[^\n]{0,20}?有关[^\n]{0,60}?有关"), "有关…有关", "“有关”重复", "请精简标题"),
)


def check_title(case: Case) -> Iterator[Finding]:
    """Rules for every title, then those for official documents in Chinese."""
    title = case.fields.title
    if not title.strip():
        return
    if _BREAK.search(title.strip()):
        yield error("title-break", label("title"), "标题中有换行。", "请把标题写成一行，换行由版式决定。")
    if len(title) > _LIMIT:
        yield warning(
            "title-long", label("title"), f"标题共{len(title)}字，超过{_LIMIT}字。", f"请精简到{_LIMIT}字以内。"
        )
    if _ENDING.search(title):
        message = f"标题以标点“{title.rstrip()[-1]}”结尾。"
        yield warning("title-ending", label("title"), message, "请删去标题末尾的标点。")
    if case.chinese:
        yield from _repeated(title)
    if case.chinese and case.fields.kind in OFFICIAL:
        yield from _official(title.strip())


def _repeated(title: str) -> Iterator[Finding]:
    match = _REPEATED.search(title)
    if match:
        message = f"标题中“{shown(match[0])}”文种重复。"
        yield warning("title-repeated", label("title"), message, f"请只保留一个“的{match[1]}”。")


def _official(title: str) -> Iterator[Finding]:
    marks = dict.fromkeys(match[0] for match in _PUNCTUATION.finditer(title[:-1]))
    if marks:
        message = f"公文标题除书名号、括号和顿号外一般不用标点，现有{''.join(f'“{mark}”' for mark in marks)}。"
        yield warning("title-punctuation", label("title"), message, "请删去标点，必要时改写标题。")
    for pattern, name, why, mend in _WORDINGS:
        if pattern.search(title):
            yield warning("title-wording", label("title"), f"标题用语“{name}”不规范：{why}。", f"{mend}。")
