"""One call to a sandbox platform and its reply, apart from any web framework."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from email.message import Message
from email.parser import BytesHeaderParser
from typing import Any
from urllib.parse import parse_qsl

from channels.sandbox.accounts import Account

_DIRT = b',"note":"\x08\xff"}'


@dataclass(frozen=True)
class Upload:
    """A file part of a multipart body; *filename* None where the part had none."""

    filename: str | None
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Call:
    """What came in. *name* is the path below the platform's prefix, without slash in front; *kind* the body's media
    type, *ip* where the caller is, *repeated* the query with every value of what it names more than once."""

    method: str
    name: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)
    body: bytes = b""
    authorization: str = ""
    kind: str = ""
    ip: str = "127.0.0.1"
    repeated: Sequence[tuple[str, str]] = ()

    def value(self, name: str) -> str:
        """A parameter of the form, else of the query; empty where there is none."""
        return self.form.get(name) or self.query.get(name, "")

    def every(self, name: str) -> list[str]:
        """All values of a parameter that may be named more than once."""
        return [value for key, value in self.repeated if key == name] or [self.value(name)]


@dataclass(frozen=True)
class Reply:
    """What goes out. *marker*, *accepted* and *hint* are for the log: what was said, whether the platform took it, and what
    a client's author should know of it. *location* is where it sends the caller. *escaped* writes slashes as ``\\/``, as some real replies have them; *dirty*
    adds a member whose value no strict reader of JSON or UTF-8 takes."""

    body: Any
    status: int = 200
    media_type: str = "application/json; charset=utf-8"
    accepted: bool = False
    marker: str = ""
    hint: str = ""
    location: str = ""
    escaped: bool = False
    dirty: bool = False

    def but(self, **changes: Any) -> "Reply":
        """The same reply with other values."""
        return replace(self, **changes)

    def encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        text = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        data = (text.replace("/", "\\/") if self.escaped else text).encode()
        return data[:-1] + _DIRT if self.dirty and isinstance(self.body, dict) and self.body else data


Handler = Callable[[Account, Call], Reply]
"""What answers one call of a known account."""


def parsed(
    method: str,
    name: str,
    query: Mapping[str, str],
    content_type: str,
    authorization: str,
    body: bytes,
    ip: str = "127.0.0.1",
    repeated: Sequence[tuple[str, str]] = (),
) -> Call:
    """The call that these bytes are; a body that is neither form nor multipart is left as it is."""
    kind = content_type.partition(";")[0].strip().lower()
    form: Mapping[str, str] = {}
    uploads: Mapping[str, Upload] = {}
    if kind == "application/x-www-form-urlencoded":
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    elif kind == "multipart/form-data":
        form, uploads = _multipart(content_type, body)
    return Call(method, name, query, form, uploads, body, authorization, kind, ip, repeated)


def _multipart(content_type: str, body: bytes) -> tuple[dict[str, str], dict[str, Upload]]:
    form: dict[str, str] = {}
    uploads: dict[str, Upload] = {}
    boundary = _parameter(content_type, "boundary")
    for piece in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:-1] if boundary else []:
        head, _, data = piece.lstrip(b"\r\n").partition(b"\r\n\r\n")
        headers = BytesHeaderParser().parsebytes(head)
        name = headers.get_param("name", header="content-disposition")
        filename = headers.get_filename()
        if not isinstance(name, str):
            continue
        if filename is None and headers.get("content-type") is None:
            form[name] = data.decode("utf-8", "replace")
        else:
            uploads[name] = Upload(filename, headers.get_content_type(), data)
    return form, uploads


def _parameter(header: str, name: str) -> str:
    message = Message()
    message["content-type"] = header
    value = message.get_param(name)
    return value if isinstance(value, str) else ""
