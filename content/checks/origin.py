"""Whether the item may go out at all, and whether this is the organ to publish it."""

import re
from collections.abc import Callable, Iterator

from content.checks.case import Case
from content.checks.labels import label
from content.checks.reading import Reading, places, shown
from content.finding import Finding, error, warning
from content.vocabulary import Disclosure, Level

_SECRET = re.compile(
    r"(?:绝密|机密|秘密)[ \t\u3000]?[★☆✩✭*＊][^\n]{0,8}|密级[ \t\u3000]?[：:][ \t\u3000]?(?:绝密|机密|秘密)"
    r"|^[ \t\u3000]*(?:绝密|机密|秘密)[ \t\u3000]*(?:[0-9一二三四五六七八九十]{1,3}年|长期)?[ \t\u3000]*$",
    re.MULTILINE,
)
_CLOSED = re.compile(r"此件[^\n。，]{0,6}?(?:不予公开|不公开|依申请公开|不宜公开|不得公开)")
_CLOSED_NOTE = re.compile(r"[（(\[【]?(?:公开属性[：:])?(?:不予公开|不公开|依申请公开)[）)\]】]?")
_INTERNAL = re.compile(r"内部资料(?!性出版物)|内部文件|内部使用|仅供内部|不得外传|严禁外传|请勿外传|注意保密")
_Maker = Callable[[str, str, str, str], Finding]
_LAST = 5
_ABOVE = frozenset({Level.STATE_COUNCIL, Level.PROVINCE})


def check_origin(case: Case) -> Iterator[Finding]:
    """Disclosure (国务院令第711号 art. 13–16), marks in the text that forbid it, and who may publish (art. 10)."""
    yield from _disclosure(case)
    yield from _marks(case)
    yield from _maker(case)
    yield from _level(case)


def _disclosure(case: Case) -> Iterator[Finding]:
    value = case.fields.disclosure
    if value not in (None, Disclosure.PROACTIVE):
        message = f"公开方式是“{value}”。按照《政府信息公开条例》第十三条，只有主动公开的信息才能对外发布。"
        mend = "请停止发布；如公开方式填写有误，请经保密审查后改为“主动公开”。"
        yield error("not-proactive", label("disclosure"), message, mend)


def _marks(case: Case) -> Iterator[Finding]:
    reading = case.reading.of("body", "title", "summary")
    yield from _mark(error, "secrecy-mark", _SECRET, reading, "密级标志", "请立即停止发布，交保密审查人员处理。")
    yield from _mark(error, "closed-mark", _CLOSED, reading, "不公开标注", "请核实公开属性；不属于主动公开的不得发布。")
    ending = [one for one in case.reading.of("body").passages[-_LAST:] if _CLOSED_NOTE.fullmatch(one.text.strip())]
    if ending:
        message = f"文末标注“{shown(ending[0].text)}”，与主动公开不符。"
        yield error(
            "closed-mark", places(one.place for one in ending), message, "请核实公开属性；不属于主动公开的不得发布。"
        )
    yield from _mark(
        warning, "internal-mark", _INTERNAL, reading, "内部使用字样", "请核实能否公开；可以公开的，说明理由后放行。"
    )


def _mark(
    make: _Maker, code: str, pattern: re.Pattern[str], reading: Reading, what: str, mend: str
) -> Iterator[Finding]:
    found = list(pattern.finditer(reading.text))
    if found:
        where = places(reading.at(match.end() - 1).place for match in found)
        yield make(code, where, f"文中有{what}“{shown(found[0][0])}”。", mend)


def _maker(case: Case) -> Iterator[Finding]:
    fields, organs = case.fields, case.context.organs
    if not organs or not fields.organ:
        return
    if fields.organ in organs:
        if fields.source:
            message = f"“{shown(fields.organ)}”在本平台发布自己的信息，却填写了转载来源“{shown(fields.source)}”。"
            yield warning("source-needless", label("source"), message, "请删去转载来源；确属转载的，请改正发文机关。")
    elif not fields.source:
        yield _foreign(case)


def _foreign(case: Case) -> Finding:
    joint = [name for name in case.fields.joint_organs if name in case.context.organs]
    rule = "按照《政府信息公开条例》第十条，政府信息由制作机关公开，联合制作的由牵头机关公开"
    own = f"（“{joint[0]}”是联合发文机关，不是牵头机关）" if joint else ""
    message = f"“{shown(case.fields.organ)}”不是在本平台发布信息的机关{own}。{rule}，其他机关只能转载并注明来源。"
    mend = f"请填写“{label('source')}”（首发的网站或者报刊）；发文机关填写有误的请改正。"
    return error("reprint-source", label("organ"), message, mend)


def _level(case: Case) -> Iterator[Finding]:
    fields = case.fields
    if fields.level not in _ABOVE:
        return
    if fields.organ in case.context.organs:
        message = f"来源层级是“{fields.level}”，而发文机关“{shown(fields.organ)}”是本地机关，两者不符。"
        yield warning(
            "level-organ", label("level"), message, "请核对来源层级；转发上级文件的，请填写原发文机关和转载来源。"
        )
    elif not fields.source and not case.context.organs:
        message = f"来源层级是“{fields.level}”，属于转载上级信息，但没有注明转载来源。"
        yield error("reprint-source", label("source"), message, f"请填写“{label('source')}”。")
