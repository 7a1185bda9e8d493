"""Mails in which partners acknowledge copy: read from files, taken apart, and what they state."""

import html
import mailbox
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from channels.receipts import MOST_BYTES, MOST_SCAN, BadReceipt, Told, receipt_in, told_in_text
from channels.reference import references_in
from channels.returned import NAMES

MOST_MAIL = 40 * 1024 * 1024
_PARTS, _MOST_PARTS = re.compile(rb"boundary\s*=", re.IGNORECASE), 100  # the time to read them grows with their square
_BREAKS = re.compile(r"<(br|/p|/div|/tr|/li|/h\d)\b[^>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<(style|script)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r"^[>\s]+", re.MULTILINE)
_PROOFS = ("application/pdf", "image/", "audio/", "video/")


@dataclass(frozen=True)
class Mail:
    """One message. *place* names it for people; *raw* is None where it is larger than ``MOST_MAIL``."""

    place: str
    raw: bytes | None

    @property
    def problem(self) -> str:
        """Why it is not taken apart; empty for one that may be."""
        if self.raw is None:
            return f"is larger than {MOST_MAIL // 1024 // 1024} MB"
        parts = len(_PARTS.findall(self.raw))
        return f"has {parts} parts of parts: nobody writes such a mail" if parts > _MOST_PARTS else ""


def mails_in(path: Path) -> Iterator[Mail]:
    """The messages of a file (.eml, or mbox), or of a folder of such (a Maildir). Raises OSError."""
    if path.is_dir():
        inside = [path / name for name in ("new", "cur") if (path / name).is_dir()] or [path]
        for file in sorted(entry for folder in inside for entry in folder.iterdir() if _plain_file(entry)):
            yield from mails_in(file)
        return
    with path.open("rb") as stream:
        several = stream.read(5) == b"From "
    if several:
        yield from _of_mbox(path)
    elif path.stat().st_size > MOST_MAIL:
        yield Mail(path.name, None)
    else:
        yield Mail(path.name, path.read_bytes())


def _plain_file(entry: Path) -> bool:
    return entry.is_file() and not entry.is_symlink() and not entry.name.startswith(".")


def _of_mbox(path: Path) -> Iterator[Mail]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            with box.get_file(key) as stream:
                raw = stream.read(MOST_MAIL + 1)
            yield Mail(f"{path.name} #{number}", raw if len(raw) <= MOST_MAIL else None)
    finally:
        box.close()


class Answer:
    """A message taken apart. Whatever is wrong with its form is read as if it were not there."""

    def __init__(self, raw: bytes) -> None:
        message = message_from_bytes(raw, policy=default)
        if not isinstance(message, EmailMessage):
            raise TypeError("the policy makes no other messages")
        self._message = message
        self.sender = self._head("From")
        self.subject = self._head("Subject")

    @property
    def references(self) -> Sequence[str]:
        """The numbers of ours that it answers: those of the message that it replies to, and in its subject."""
        heads = (self._head(name) for name in ("In-Reply-To", "References", "Subject"))
        return list(dict.fromkeys(number for head in heads for number in references_in(head)))

    def told(self, reference: str) -> Told:
        """What it states of the delivery *reference*: in a receipt's file that is attached, else in its text. Raises
        BadReceipt."""
        if (
            self._head("Auto-Submitted").lower() not in ("", "no")
            or self._message.get_content_type() == "multipart/report"
        ):
            raise BadReceipt("这是自动回复或退信，不是回执")
        for name, data in self._files():
            if name in NAMES:
                return receipt_in(data)
        return told_in_text(self._text(), reference)

    def scan(self) -> bytes:
        """The first attached document, picture or recording; empty for none."""
        for part in self._message.walk():
            if part.get_content_type().startswith(_PROOFS) and (data := _payload(part)) and len(data) <= MOST_SCAN:
                return data
        return b""

    def _head(self, name: str) -> str:
        try:
            return " ".join(str(self._message.get(name, "")).split())[:4000]
        except (ValueError, IndexError, TypeError, AttributeError, LookupError):
            return ""  # the library stumbles over some heads that no standard allows

    def _files(self) -> Iterator[tuple[str, bytes]]:
        for part in self._message.walk():
            name = _file_name(part)
            if name:
                yield name, _payload(part)

    def _text(self) -> str:
        """What people wrote. The marks of quoting go: a note may be filled in where it is quoted."""
        parts = [part for part in self._message.walk() if not _file_name(part)]
        plain = next((part for part in parts if part.get_content_type() == "text/plain"), None)
        rich = next((part for part in parts if part.get_content_type() == "text/html"), None)
        text = _decoded(plain) if plain else _without_markup(_decoded(rich)) if rich else ""
        return _QUOTED.sub("", text)


def _file_name(part: object) -> str:
    try:
        return str(part.get_filename() or "") if isinstance(part, EmailMessage) else ""
    except (ValueError, IndexError, TypeError, AttributeError, LookupError):
        return ""


def _payload(part: object) -> bytes:
    if not isinstance(part, EmailMessage) or part.is_multipart():
        return b""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _decoded(part: EmailMessage) -> str:
    data = _payload(part)[:MOST_BYTES]
    for encoding in (part.get_content_charset("utf-8"), "utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace")


def _without_markup(text: str) -> str:
    return html.unescape(_TAGS.sub("", _BREAKS.sub("\n", text)))
