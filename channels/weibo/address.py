"""A Weibo's public address and moment (contracts: Weibo 4 and 9)."""

import re
from datetime import datetime, timedelta, timezone

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOMENT = re.compile(r"\w{3} (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})")


def code_of(mid: str) -> str:
    """The short code of a decimal mid: groups of seven digits from the right, each base 62, padded to four."""
    if not (mid.isascii() and mid.isdigit()):
        raise ValueError(f"not a mid: {mid!r}")
    groups = [mid[max(end - 7, 0) : end] for end in range(len(mid), 0, -7)][::-1]
    codes = [_base62(int(group)) for group in groups]
    return codes[0] + "".join(code.rjust(4, "0") for code in codes[1:])


def mid_of(code: str) -> str:
    """The mid of a short code; raises ValueError for what is none."""
    if not code or any(character not in ALPHABET for character in code):
        raise ValueError(f"not a code: {code!r}")
    groups = [code[max(end - 4, 0) : end] for end in range(len(code), 0, -4)][::-1]
    numbers = [str(sum(ALPHABET.index(c) * 62**power for power, c in enumerate(reversed(group)))) for group in groups]
    return numbers[0] + "".join(number.rjust(7, "0") for number in numbers[1:])


def page_url(uid: str, mid: str) -> str:
    return f"https://weibo.com/{uid}/{code_of(mid)}"


def moment_of(text: object) -> datetime | None:
    """``Tue May 31 17:46:55 +0800 2011`` whatever the process's locale; None for anything else."""
    found = _MOMENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or found[1] not in _MONTHS:
        return None
    offset = timedelta(hours=int(found[7]), minutes=int(found[8])) * (1 if found[6] == "+" else -1)
    parts = (int(found[9]), _MONTHS.index(found[1]) + 1, int(found[2]), int(found[3]), int(found[4]), int(found[5]))
    try:
        return datetime(*parts, tzinfo=timezone(offset))
    except ValueError:
        return None


def _base62(value: int) -> str:
    digits = ""
    while value:
        value, rest = divmod(value, 62)
        digits = ALPHABET[rest] + digits
    return digits or "0"
