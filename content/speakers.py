"""Who speaks in a transcript: the names and roles that its paragraphs begin with, before a full-width colon.

``主持人：`` and ``王芳：`` are speakers, ``会议指出：`` and ``访谈时间：`` are not.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from content.item import Fields
from content.vocabulary import Kind

TRANSCRIBED = frozenset({Kind.INTERVIEW, Kind.PRESS_CONFERENCE})
"""The kinds whose text may be a transcript."""

COLON = "："
_LONGEST = 12  # characters before the colon; what is longer is a sentence
_LEAD = re.compile(rf"\s*([^{COLON}:，。！？；、,.!?;《》…]{{1,{_LONGEST}}}){COLON}")
_WORDS = re.compile(r"[\s（）()【】\[\]·,，、/]+")
# Those who need no second paragraph to be taken for speakers; each may carry a name (网友“荆江水”, 记者 王芳).
_ROLES = "主持人|嘉宾|访谈嘉宾|发言人|新闻发言人|记者|网友|市民|听众|观众|群众|群众代表|市民代表|企业代表|居民|村民|问|答|提问"
_ROLE = re.compile(rf"(?:{_ROLES})(?:[0-9０-９A-Za-z一二三四五六七八九十]|[\s（(【“\"].*)?")
# How an ordinary sentence or a line of particulars ends before its colon.
_NO_SPEAKER = re.compile(
    r".*(?:指出|强调|认为|要求|表示|提出|提到|明确|决定|介绍|反映|留言|了解到|获悉|显示|说|道|称|如下|包括|即|是|为|有|例如|比如|"
    r"时间|地点|地址|电话|热线|邮箱|网址|网站|方式|主题|内容|标题|来源|编辑|链接|附件|单位|名单|备注|注|附图|附表|日期|对象|范围|依据|条件|材料|流程|"
    r"[0-9０-９一二三四五六七八九十])"
)


def speakers(paragraphs: Iterable[str], guests: Sequence[str] = ()) -> frozenset[str]:
    """The names that speak, each as its paragraphs write it. A name counts when it is a role (主持人, 记者, 网友 …) or one
    of the *guests*, or when two paragraphs begin with it."""
    found = Counter(name for name in map(_lead, paragraphs) if name)
    known = frozenset(word for guest in guests for word in _WORDS.split(guest) if word)
    return frozenset(name for name, times in found.items() if _speaks(name, times, known))


def speakers_of(fields: Fields, paragraphs: Iterable[str]) -> frozenset[str]:
    """The speakers of an item's text: none where its kind has no transcript."""
    return speakers(paragraphs, fields.guests) if fields.kind in TRANSCRIBED else frozenset()


def speaker_at(text: str, names: frozenset[str]) -> str:
    """What a paragraph begins with when one of these names speaks in it, the colon included; else nothing."""
    return text[: text.index(COLON) + 1] if _lead(text) in names else ""


def _lead(text: str) -> str:
    found = _LEAD.match(text)
    return found[1].strip() if found else ""


def _speaks(name: str, times: int, known: frozenset[str]) -> bool:
    if _ROLE.fullmatch(name) or _guest(name, known):
        return True
    return times > 1 and not _NO_SPEAKER.fullmatch(name)


def _guest(name: str, known: frozenset[str]) -> bool:
    """Whether a guest's entry says this name, alone or after the office (市人社局副局长王芳)."""
    bare = "".join(name.split())
    return len(bare) > 1 and any(word.endswith(bare) for word in known)
