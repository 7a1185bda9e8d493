"""The number by which a partner's receipt names our delivery (回执号): nobody can guess it, and every attempt at a delivery
has the same."""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from content.sealing import Sealing

_GROUPS, _SIZE = 4, 4  # 80 bits, as people can still copy them from a sheet
_WRITTEN = re.compile(r"TB-?((?:[A-Z2-7]{4}-?){4})(?![A-Z2-7])")


def reference_of(key_file: Path, outlet: str, name: str) -> str:
    """``TB-7K2M-…``: of a delivery's name at an outlet, by a key that is made where there is none. Raises OSError."""
    key_file.parent.mkdir(parents=True, exist_ok=True)
    key = Sealing.of(key_file).key
    drawn = hmac.new(key, f"receipt/{outlet}/{name}".encode(), hashlib.sha256).digest()
    letters = base64.b32encode(drawn).decode()[: _GROUPS * _SIZE]
    return "-".join(["TB", *(letters[start : start + _SIZE] for start in range(0, len(letters), _SIZE))])


def references_in(text: str) -> Iterator[str]:
    """The numbers that a text names, also in small letters, full width, or without their dashes."""
    for found in _WRITTEN.finditer(unicodedata.normalize("NFKC", text).upper()):
        letters = found[1].replace("-", "")
        yield "-".join(["TB", *(letters[start : start + _SIZE] for start in range(0, len(letters), _SIZE))])


def same_reference(one: str, other: str) -> bool:
    """Compared in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())
