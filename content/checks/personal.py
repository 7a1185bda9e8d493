"""Personal data: identity numbers, mobile numbers, bank cards (国务院令第711号 art. 15). Messages never repeat a number whole."""

import re
from collections.abc import Iterator
from datetime import date

from content.checks.case import Case, by_subject
from content.checks.labels import label
from content.finding import Finding, error, warning

_GAP = "[ -]?"
_IDENTITY = re.compile(
    rf"(?<![0-9A-Za-z])[1-9][0-9]{{5}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}{_GAP}[0-9]{{3}}[0-9Xx](?![0-9A-Za-z])"
)
_IDENTITY_15 = re.compile(r"(?<![0-9A-Za-z.])[1-9][0-9]{14}(?![0-9A-Za-z])")
_MOBILE = re.compile(
    rf"(?<![0-9])(?<![0-9][.,])(?:\+?(?:00)?86{_GAP})?"
    rf"(1[3-9][0-9](?:{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}}|[ -][0-9]{{3}}[ -][0-9]{{5}})|1[3-9][0-9]{{2}}[ -][0-9]{{3}}[ -][0-9]{{4}})"
    r"(?![0-9]|\.[0-9]|[万亿]?元|万|亿|吨|人次|平方|立方|千瓦)"
)
_CARD = re.compile(rf"(?<![0-9])[3-69][0-9]{{3}}(?:{_GAP}[0-9]{{4}}){{3}}(?:{_GAP}[0-9]{{1,3}})?(?![0-9])")
_CARD_WORD = re.compile(r"(?:银行卡|卡号|账号|帐号|账户|帐户|存折|一卡通)[^\n]{0,20}\Z")
# The first two digits of 地区代码 (GB/T 2260), 9x for foreigners' permanent residence.
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (91, 91))
    for code in range(first, last + 1)
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECKS = "10X98765432"


def check_personal(case: Case) -> Iterator[Finding]:
    """Every text, attachments' names and pictures' alternative texts included; the contact field may hold telephones."""
    yield from _identities(case)
    yield from _old_identities(case)
    yield from _mobiles(case)
    yield from _cards(case)


def is_identity_number(text: str) -> bool:
    """Whether these 18 characters are a citizen's identity number: region, birthday and checksum (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(text[:17], _WEIGHTS, strict=True))
    return _plausible(text[:2], text[6:14]) and _CHECKS[total % 11] == text[17].upper()


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check of the others (GB/T 15694.1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if position % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def masked(number: str) -> str:
    """A number as a message may show it: the first three and the last two characters."""
    return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"


def _plausible(province: str, birthday: str) -> bool:
    try:
        born = date(int(birthday[:4]), int(birthday[4:6]), int(birthday[6:8]))
    except ValueError:
        return False
    return province in _PROVINCES and 1900 <= born.year <= 2100


def _digits(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


def _identities(case: Case) -> Iterator[Finding]:
    reading, sure, doubtful = case.reading.folded, [], []
    for match in _IDENTITY.finditer(reading.text):
        number, place = _digits(match[0]), reading.at(match.start()).place
        if is_identity_number(number):
            sure.append((masked(number), place))
        elif _plausible(number[:2], number[6:14]):
            doubtful.append((masked(number), place))
    for shown, where in by_subject(sure).items():
        message = f"出现居民身份证号码“{shown}”，属于个人隐私（《政府信息公开条例》第十五条）。"
        yield error("identity-number", where, message, "请删去号码，或者只保留前三位和后两位，其余以“*”代替。")
    yield from _suspects(doubtful, "校验码不符，可能是抄写有误的身份证号码")


def _old_identities(case: Case) -> Iterator[Finding]:
    reading, found = case.reading.folded, []
    for match in _IDENTITY_15.finditer(reading.text):
        if _plausible(match[0][:2], "19" + match[0][6:12]):
            found.append((masked(match[0]), reading.at(match.start()).place))
    yield from _suspects(found, "可能是15位的旧身份证号码")


def _suspects(hits: list[tuple[str, str]], why: str) -> Iterator[Finding]:
    for shown, where in by_subject(hits).items():
        yield warning("identity-suspect", where, f"“{shown}”{why}。", "请核实；是身份证号码的请删去或者遮盖。")


def _mobiles(case: Case) -> Iterator[Finding]:
    reading = case.reading.folded
    contact: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for match in _MOBILE.finditer(reading.text):
        passage = reading.at(match.start())
        hits = contact if passage.name == "contact" else others
        hits.append((masked(_digits(match[1])), passage.place))
    for shown, where in by_subject(others).items():
        mend = f"请删去或者改为办公电话；确需公布的值班手机，请写在“{label('contact')}”中。"
        yield error("mobile-number", where, f"出现手机号码“{shown}”，属于个人信息。", mend)
    for shown, where in by_subject(contact).items():
        message = f"联系方式是手机号码“{shown}”。"
        yield warning(
            "mobile-contact", where, message, "请尽量公布办公电话；确需公布手机的，征得本人同意后说明理由放行。"
        )


def _cards(case: Case) -> Iterator[Finding]:
    reading, found = case.reading.folded, []
    for match in _CARD.finditer(reading.text):
        number = _digits(match[0])
        before = reading.text[max(0, match.start() - 30) : match.start()]
        if _is_card(number, named=_CARD_WORD.search(before) is not None):
            found.append((masked(number), reading.at(match.start()).place))
    for shown, where in by_subject(found).items():
        message = f"出现银行卡号“{shown}”，属于个人信息。"
        yield error("bank-card", where, message, "请删去卡号，或者只保留后四位。")


def _is_card(number: str, *, named: bool) -> bool:
    """A number beginning with 62 (银联) is a card when its check digit is right, another only where the text says so."""
    if len(number) == 18 and is_identity_number(number):
        return False
    return passes_luhn(number) and (number.startswith("62") or named)
