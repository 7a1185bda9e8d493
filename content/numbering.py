"""Document numbers (发文字号, 文号) and index numbers (索引号): their forms, and what was meant by a wrong one.

Sources: GB/T 9704-2012 (六角括号, no 第, no leading zero) for document numbers; 《政府信息公开目录系统实施指引（试行）》
for the 20-character index number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from content.folding import fold

_NUMBER = re.compile(r"([\u4e00-\u9fff]{2,8})〔((?:19|20)[0-9]{2})〕([1-9][0-9]{0,4})号")
_ORDER = re.compile(r"([\u4e00-\u9fff]{1,20}令)[ \u3000]?第([1-9][0-9]{0,3}|[一二三四五六七八九十百]{1,6})号")
_OPENING = r"[\[(（［【﹝〔﹙{｛〖「<《]"
_CLOSING = r"[\])）］】﹞〕﹚}｝〗」>》]"
_DIGIT = "[0-9０-９]"
_GAP = r"[ \t\u00a0\u3000]{0,3}"
_IN_TEXT = re.compile(
    f"{_OPENING}{_GAP}((?:[1１][9９]|[2２][0０]){_DIGIT}{{2}})年?{_GAP}{_CLOSING}{_GAP}第?{_GAP}"
    f"[0０]{{0,4}}({_DIGIT}{{1,5}}){_GAP}号"
)
_LOOSE = re.compile(
    rf"([\u4e00-\u9fff]{{2,8}}){_OPENING}((?:19|20)[0-9]{{2}})年?{_CLOSING}第?0{{0,4}}([1-9][0-9]{{0,4}})号?"
)
_LOOSE_ORDER = re.compile(r"([\u4e00-\u9fff]{1,20}令)[\[(（〔【]?第?0{0,3}([1-9][0-9]{0,3})号?[\])）〕】]?")
_BEFORE = re.compile(rf"([\u4e00-\u9fff]{{1,8}})({_GAP})\Z")
_LEAD_IN = re.compile(r"^.*(?:根据|依据|按照|依照|参照|印发|通知|文件|转发|规定|见|以|和|及|与|经|据)")
_INDEX = re.compile(r"[0-9A-Z]{7,18}(?:-[0-9X])?/(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])?-[0-9]{5,6}")
_ORGAN_CODE = re.compile(r"[0-9A-Z]{9}|[0-9A-Z]{18}")
_LONGEST = 64


@dataclass(frozen=True)
class DocumentNumber:
    """A document number in its parts. An order (``荆州市人民政府令第12号``) has no year."""

    code: str
    year: int | None
    serial: int

    def __str__(self) -> str:
        if self.year is None:
            return f"{self.code}第{self.serial}号"
        return f"{self.code}〔{self.year}〕{self.serial}号"


@dataclass(frozen=True)
class Misprint:
    """A document number in running text whose form is wrong: where it stands, as written and as it should be."""

    start: int
    written: str
    right: str


def parse_document_number(text: str) -> DocumentNumber | None:
    """The parts of a document number in its right form, 机关代字〔年份〕序号号 or ××令第N号; None for anything else."""
    if match := _NUMBER.fullmatch(text):
        return DocumentNumber(match[1], int(match[2]), int(match[3]))
    if (match := _ORDER.fullmatch(text)) and (serial := _serial(match[2])):
        return DocumentNumber(match[1], None, serial)
    return None


def suggest_document_number(text: str) -> str | None:
    """The right form of what was meant: brackets, digits, spaces, 第, leading zeros and a missing 号 mended.

    A number in its right form is given back as it is; None when no number can be told from the text.
    """
    if parse_document_number(text) is not None:
        return text
    if len(text) > _LONGEST:
        return None
    tight = "".join(fold(text).split())
    if match := _LOOSE.fullmatch(tight):
        return str(DocumentNumber(match[1], int(match[2]), int(match[3])))
    if match := _LOOSE_ORDER.fullmatch(tight):
        return str(DocumentNumber(match[1], None, int(match[2])))
    return None


def misprints(text: str) -> Iterator[Misprint]:
    """The document numbers in a text whose brackets, digits, zeros, 第 or spaces are wrong."""
    for match in _IN_TEXT.finditer(text):
        before = _BEFORE.search(text[max(0, match.start() - 12) : match.start()])
        right = f"〔{int(match[1])}〕{int(match[2])}号"
        if before and int(match[2]) and before[2] + match[0] != right:
            code = _LEAD_IN.sub("", before[1]) or before[1]
            yield Misprint(match.start(), code + before[2] + match[0], code + right)


def is_index_number(text: str) -> bool:
    """Whether this is an index number in the national form or one of the variants that sites carry."""
    return _INDEX.fullmatch(text) is not None


def make_index_number(organ_code: str, year: int, serial: int) -> str:
    """The index number 机构代码/年份-流水号: 20 characters with a 9-character organisation code (its hyphen left out),
    29 with an 18-character unified code.

    Raises ValueError for a code of another form, a year outside 1900–2099 or a serial outside 1–99999.
    """
    if not _ORGAN_CODE.fullmatch(organ_code):
        raise ValueError(
            f"the organisation code {organ_code!r} has not 9 (or 18) digits and capital letters; leave out its hyphen"
        )
    if not 1900 <= year <= 2099:
        raise ValueError(f"the year {year} is not between 1900 and 2099")
    if not 1 <= serial <= 99999:
        raise ValueError(f"the serial {serial} is not between 1 and 99999")
    return f"{organ_code}/{year}-{serial:05d}"


def _serial(text: str) -> int | None:
    """An order's serial in Arabic or Chinese figures; None for figures that are no number."""
    if text.isascii():
        return int(text)
    from cn2an import cn2an

    try:
        return int(cn2an(text, "strict"))
    except ValueError:
        return None
