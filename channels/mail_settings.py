"""Where an outlet's letters go, from its options: the mailboxes, the server, and how its connection is secured."""

import base64
import re
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from channels.base import Refused
from channels.options import one_of, whole
from channels.places.target import own_file
from content.outlet import Outlet

CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 60.0
_LOGGED_IN = 235
_PORTS = {"tls": 465, "starttls": 587, "none": 25}
_SECURITY = {"tls": "全程加密", "starttls": "先连接后加密", "none": "不加密，只限本机"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_HOST = re.compile(r"[A-Za-z0-9.-]+")
MEGABYTES = 20  # what most of the country's mail services take in one message


@dataclass(frozen=True)
class MailSettings:
    """Checked. No repr and no message holds the password."""

    recipients: tuple[str, ...]
    sender: str
    host: str
    port: int
    security: str
    most_bytes: int
    ca_file: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def connect(self) -> smtplib.SMTP:
        """A session that is encrypted, and logged in where there is a password. Raises SMTPException and OSError."""
        context = ssl.create_default_context(cafile=self.ca_file or None)
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=CONNECT_SECONDS, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=CONNECT_SECONDS)
        try:
            if server.sock is not None:
                server.sock.settimeout(ANSWER_SECONDS)
            self._greet(server, context)
        except BaseException:
            server.close()
            raise
        return server

    def _greet(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        server.ehlo_or_helo_if_needed()
        if self.security == "starttls":
            server.starttls(context=context)
            server.ehlo()
        if self.secrets.get("password"):
            self._log_in(server, self.secrets.get("user", self.sender), self.secrets["password"])

    def _log_in(self, server: smtplib.SMTP, user: str, password: str) -> None:
        """smtplib's own way knows ASCII only; PLAIN is UTF-8 (RFC 4616)."""
        if (user + password).isascii():
            server.login(user, password)
            return
        secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        code, answer = server.docmd("AUTH", f"PLAIN {secret}")
        if code != _LOGGED_IN:
            raise smtplib.SMTPAuthenticationError(code, answer)

    def hide(self, text: str) -> str:
        password = self.secrets.get("password", "")
        return text.replace(password, "…") if password else text


def mail_settings(outlet: Outlet, secrets: Mapping[str, str]) -> MailSettings | None:
    """The outlet's, None for one without ``mail_to``. Raises Refused that names the option."""
    named = outlet.options.get("mail_to")
    if not named:
        return None
    security = one_of(outlet, "mail_security", "tls", _SECURITY)
    host, port = _server(outlet, security)
    if security == "none" and host not in _LOOPBACK:
        raise Refused(f"发布点 {outlet.id} 的 mail_security 是 none：稿件会在网络上明文传送。请改为 tls 或 starttls。")
    listed: Sequence[object] = named if isinstance(named, list | tuple) else [named]
    return MailSettings(
        recipients=tuple(_address(outlet, "mail_to", one) for one in listed),
        sender=_address(outlet, "mail_from", outlet.options.get("mail_from")),
        host=host,
        port=port,
        security=security,
        most_bytes=whole(outlet, "mail_megabytes", MEGABYTES) * 1_000_000,
        ca_file=own_file("ca_file", str(outlet.options.get("ca_file", ""))),
        secrets=secrets,
    )


def _address(outlet: Outlet, name: str, value: object) -> str:
    """An address that can stand in a head and an envelope as it is: no line end, no second address hides in it."""
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value):
        raise Refused(f"发布点 {outlet.id} 的 {name} 应是邮箱地址，如 xinwen@example.gov.cn，请修改设置")
    return value


def _server(outlet: Outlet, security: str) -> tuple[str, int]:
    host, _, port = str(outlet.options.get("mail_server", "")).partition(":")
    if not _HOST.fullmatch(host) or (port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise Refused(f"发布点 {outlet.id} 的 mail_server 应写成 smtp.example.gov.cn 或 smtp.example.gov.cn:465")
    return host, int(port) if port else _PORTS[security]
