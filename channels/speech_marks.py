"""Marks as they are said, or not: markers of levels, brackets, dashes, addresses, signs (domain.md 7, Radio copy)."""

import re

_HAN = "[\u4e00-\u9fff]"
_COUNT = "[一二三四五六七八九十百]+"
_HOST = r"(?:https?://|ftp://)[A-Za-z0-9\-._~:/?#@!$&'*+;=%]+|(?:[A-Za-z0-9-]+\.)+(?:com|cn|net|org|gov|edu|info|top|vip)(?![A-Za-z])(?:[/:][A-Za-z0-9\-._~:/?#@!$&'*+;=%]*)?"
_MAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
# 村（社区）干部, 乡镇（街道）, 公司（企业）: the other name of the same kind of body, said as one list.
_ORGAN_PART = "社区|街道|街办|企业|单位|学校|医院|窗口|中心|管理处|管委会|办事处"
_ADDRESS_ALONE = re.compile(rf"[（(][^（()）]{{0,8}}?(?:{_HOST}|{_MAIL})[）)]", re.IGNORECASE)
_ADDRESS = re.compile(rf"(?P<mail>{_MAIL})|{_HOST}", re.IGNORECASE)

_MARKERS = (
    (re.compile(rf"^({_COUNT})、"), r"第\1，"),
    (re.compile(rf"^[（(]({_COUNT})[）)]"), r"\1是"),
    (re.compile(r"^(\d{1,2})[.、](?!\d)\s*"), r"其\1，"),
    (re.compile(r"^[（(](\d{1,2})[）)]"), r"第\1点，"),
    (re.compile(r"^[•·●○■◆▪–-]\s*(?!\d)"), ""),
)

_SIGNS = str.maketrans(
    {
        "×": "乘", "÷": "除以", "≥": "大于等于", "≤": "小于等于", ">": "大于", "<": "小于", "=": "等于", "+": "加", "±": "正负",
        "&": "和", "№": "编号", "°": "度", "·": "", "•": "", "*": "", "#": "", "^": "", "_": "", "|": "，", "\\": "", "`": "",
        "《": "", "》": "", "〈": "", "〉": "", "〔": "", "〕": "", "【": "", "】": "", "「": "", "」": "", "『": "", "』": "",
        "[": "", "]": "", "{": "", "}": "", '"': "", "※": "", "★": "", "☆": "", "●": "", "■": "", "◆": "",
        ",": "，", ";": "；", "!": "！", "?": "？", ":": "：",
    }
)  # fmt: skip


def marker_words(line: str) -> str:
    """The marker of a level at the front as it is said: 一、→ 第一，; （一）→ 一是; 1. → 其一，; （1）→ 第一点，."""
    for pattern, words in _MARKERS:
        changed, hits = pattern.subn(words, line, count=1)
        if hits:
            return changed
    return line


def without_addresses(line: str, site: str) -> str:
    """Web and mail addresses cannot be read: the site's name is said in their place, or nothing after 网站."""
    line = _ADDRESS_ALONE.sub("", line)

    def words(match: re.Match[str]) -> str:
        if match["mail"]:
            return f"{site}公布的电子邮箱"
        return "" if re.search(r"(网站|官网|主页|平台)[：:]?$", line[: match.start()]) else site

    return _ADDRESS.sub(words, line)


def without_marks(line: str) -> str:
    """Brackets become pauses, dashes and ellipses too; signs are said; 《》 are silent. Quotation marks stay."""
    line = re.sub(rf"(?<={_HAN})[（(]([市区县州旗镇乡、]{{1,5}})[）)]", r"、\1", line)
    line = re.sub(rf"(?<={_HAN})[（(]({_ORGAN_PART})[）)]", r"、\1", line)
    line = re.sub(r"[（(]\s*[）)]", "", line)
    line = re.sub(r"[（()）]", "，", line)
    line = re.sub(rf"(?<={_HAN})[—–－](?={_HAN})", "至", line)
    line = re.sub(r"[—–―－]+|…+|\.{3,}|。{2,}", "，", line)
    line = re.sub(r"(?<=[元吨克斤米升个次])/(?=[\u4e00-\u9fff])", "每", line)
    line = re.sub(r"(?<=[A-Za-z])-|-(?=[A-Za-z])", " ", line)
    return re.sub(r"[-~～〜−]+", "，", line.replace("/", "、")).translate(_SIGNS)


def tidy(line: str) -> str:
    """No two pauses side by side, none at the front, no space beside a Chinese character."""
    line = re.sub(r"\s*([，。！？；：、])\s*", r"\1", line)
    line = re.sub(r"[，、：；]+(?=[。！？；”])|(?<=[：；。！？“])[，、]+", "", line)
    line = re.sub(r"[，、]*，[，、]*", "，", line)
    line = re.sub(r"、+", "、", line)
    line = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", line)
    return line.lstrip("，、：；。 ").strip()
