"""Marks as they are said, or not: markers of levels, brackets, dashes, addresses, signs (domain.md 7, Radio copy)."""

import re

from channels.speech_words import spoken_words

_HAN = "[\u4e00-\u9fff]"
_COUNT = "[一二三四五六七八九十百]+"
_ITEM = rf"[（(]({_COUNT}|\d{{1,2}})[）)]"
_HOST = r"(?:https?://|ftp://)[A-Za-z0-9\-._~:/?#@!$&'*+;=%]+|(?:[A-Za-z0-9-]+\.)+(?:com|cn|net|org|gov|edu|info|top|vip)(?![A-Za-z])(?:[/:][A-Za-z0-9\-._~:/?#@!$&'*+;=%]*)?"
_MAIL = r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
# 村（社区）干部, 乡镇（街道）, 公司（企业）: the other name of the same kind of body, said as one list.
_ORGAN_PART = "社区|街道|热力|燃气|煤气|天然气|供热|街办|企业|单位|学校|医院|窗口|中心|管理处|管委会|办事处|联合社|分局|园区|站|所"
_ADDRESS_ALONE = re.compile(rf"[（(][^（()）]{{0,8}}?(?:{_HOST}|{_MAIL})[）)]", re.IGNORECASE)
_ADDRESS = re.compile(rf"(?P<mail>{_MAIL})|{_HOST}", re.IGNORECASE)
_TOLD = re.compile(r"(?:网址|链接|地址|邮箱|信箱|邮件)(?:为|是)?[：:]?$")
"""Words that promise an address."""
_NAMED_PLACE = re.compile(r"(?:网站|官网|主页|平台|系统)[：:]?$")

_MARKERS = (
    (re.compile(rf"^({_COUNT})、"), r"第\1，"),
    (re.compile(rf"^[（(]({_COUNT})[）)]\s*(?=[是为])"), r"第\1，"),
    (re.compile(rf"^[（(]({_COUNT})[）)]"), r"\1是"),
    (re.compile(r"^(\d{1,2})[.、](?!\d)\s*"), r"其\1，"),
    (re.compile(r"^[（(](\d{1,2})[）)]"), r"第\1点，"),
    (re.compile(r"^[•·●○■◆▪–-]\s*(?!\d)"), ""),
    (re.compile(rf"^(第{_COUNT}[编章节条])\s+"), r"\1，"),
)

_SIGNS = str.maketrans(
    {
        "×": "乘", "÷": "除以", "≥": "不低于", "≧": "不低于", "⩾": "不低于", "≤": "不超过", "≦": "不超过", "⩽": "不超过", ">": "大于", "<": "小于", "=": "等于", "+": "加", "±": "正负",
        "&": "和", "№": "编号", "°": "度", "²": "平方", "³": "立方", "·": "", "•": "", "*": "", "#": "", "^": "", "_": "",
        "|": "，", "\\": "", "`": "",
        "《": "", "》": "", "〈": "", "〉": "", "〔": "", "〕": "", "【": "", "】": "", "「": "", "」": "", "『": "", "』": "",
        "[": "", "]": "", "{": "", "}": "", '"': "", "※": "", "★": "", "☆": "", "●": "", "■": "", "◆": "",
        ",": "，", ";": "；", "!": "！", "?": "？", ":": "：",
    }
)  # fmt: skip


def marker_words(line: str) -> str:
    """The marker of a level at the front as it is said: 一、→ 第一，; （一）→ 一是; 1. → 其一，; （1）→ 第一点，; 第一条 and a
    space → a pause."""
    for pattern, words in _MARKERS:
        changed, hits = pattern.subn(words, line, count=1)
        if hits:
            return changed
    return line


def item_words(line: str) -> str:
    """第（一）项 as 第一项; （三）、（四）项 as 第三、第四项; 附表（三） as 附表三; 注：1. and 附件：1. as 其一."""
    if re.match("(?:注|备注|说明|附件)[：:]", line):
        line = re.sub(r"(?<=[；。：:，])\s*(\d{1,2})[.．](?!\d)\s*", r"其\1，", line)
    line = re.sub(rf"^其{_ITEM}\s*", r"其\1，", line)
    line = re.sub(rf"(?<=[其之附表图件例]){_ITEM}", r"\1", line)
    line = re.sub(r"(?<=[；。：])[（(](\d{1,2})[）)]", r"第\1点，", re.sub(rf"第\s*{_ITEM}", r"第\1", line))
    return re.sub(rf"{_ITEM}(?=(?:[、和或至]{_ITEM})*[项目])", r"第\1", line)


def without_addresses(line: str, site: str, domain: str = "") -> str:
    """Web and mail addresses cannot be read: *site* is said in their place, or nothing after the name of a 网站.

    An address outside *domain* is not that site's; without a *domain* every address is taken for the site's.
    """
    line = _ADDRESS_ALONE.sub("", line)

    def words(match: re.Match[str]) -> str:
        before = line[: match.start()][-12:]
        if _TOLD.search(before):
            return f"，请登录{site}查询"
        if match["mail"]:
            return f"{site}公布的电子邮箱"
        return "" if _NAMED_PLACE.search(before) else (site if _is_own(match[0], domain) else f"{site}公布的网址")

    return _ADDRESS.sub(words, line)


def _is_own(address: str, domain: str) -> bool:
    host = re.sub(r"^[a-z]+://", "", address.lower()).split("/")[0].split(":")[0]
    own = domain.lower().removeprefix("www.")
    return not own or host == own or host.endswith(f".{own}")


def without_marks(line: str) -> str:
    """Brackets become pauses, dashes and ellipses too; signs are said; 《》 are silent. Quotation marks stay."""
    line = re.sub(rf"(?<={_HAN})[（(]([市区县州旗镇乡级、]{{1,5}})[）)]", r"、\1", line)
    line = re.sub(rf"(?<={_HAN})[（(]({_ORGAN_PART})[）)]", r"、\1", line)
    line = re.sub(r"(?<=日)[（(]((?:星期|周)[一二三四五六日天])[）)]", r"\1，", line)
    line = re.sub(r"[（(]\s*[）)]", "", line)
    line = re.sub(r"[（()）]", "，", line)
    line = re.sub(rf"(?<={_HAN})\.(?={_HAN})", "，", line)
    line = re.sub(rf"(?<=中国)[—–－](?={_HAN})", "", line)
    line = re.sub(rf"(?<={_HAN})[—–－](?={_HAN})", "至", line)
    line = re.sub(r"↑(?=\s*[\d.零一二三四五六七八九十百千万])", "上升", line)
    line = re.sub(r"↓(?=\s*[\d.零一二三四五六七八九十百千万])", "下降", line)
    line = re.sub(r"[\u2190-\u21ff\u27f0-\u27ff\u2794-\u27be]+", "，", line)
    line = re.sub(r"[—–―－]+|…+|\.{3,}|。{2,}", "，", line)
    line = _units_alone(line)
    line = re.sub(r"(?<=[元吨克斤米升个次])/([\u4e00-\u9fff]{1,3})[·•/]([\u4e00-\u9fff]{1,3})", r"每\1每\2", line)
    line = re.sub(r"(?<=[元吨克斤米升个次])/(?=[\u4e00-\u9fff])", "每", line)
    line = re.sub(rf"(?<=[A-Za-z])-(?={_HAN})", "", line)
    line = re.sub(r"(?<=[A-Za-z])-|-(?=[A-Za-z])", " ", line)
    return re.sub(r"[-~～〜−]+", "，", line.replace("/", "、")).translate(_SIGNS)


def _units_alone(line: str) -> str:
    """Units that stand without a number, as in a table's head (元/m²). Those of letters alone are left: m may be anything."""
    for unit, said in spoken_words().units.items():
        if not unit.isascii():
            line = line.replace(unit, said)
    return line


def tidy(line: str) -> str:
    """No two pauses side by side, none at the front, no space beside a Chinese character."""
    line = re.sub(r"\s*([，。！？；：、])\s*", r"\1", line)
    line = re.sub(r"[，、：；]+(?=[。！？；”])|(?<=[：；。！？“])[，、]+", "", line)
    line = re.sub(r"[，、]*，[，、]*", "，", line)
    line = re.sub(r"、+", "、", line)
    line = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", line)
    return line.lstrip("，、：；。 ").strip()
