"""Handing copy to a partner by e-mail: one message for a delivery, under a Message-ID that all attempts share.

SMTP cannot be asked afterwards. So our own record of the message is made before its text is handed over, and marked when
the server has taken it; looking later (engine.md 4.4):

* no record: the server never got the end of the text, so it has discarded it (RFC 5321, 4.1.1.4);
* a record that is marked: taken;
* a record without mark: the answer was lost, and only a person can tell.
"""

import re
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from channels.base import Refused, Unavailable, Unknown
from channels.drop import DELIVERED, attempting, require_records
from channels.mail_settings import MailSettings
from channels.places.media import media_type
from content.assets import write_whole
from content.clock import in_china

_OK, _GO_ON, _LASTING = 250, 354, 500
_END = b"\r\n.\r\n"
_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)  # doubled, RFC 5321, 4.5.2


@dataclass(frozen=True)
class Written:
    """What a letter says. *name* and *reference* know the delivery; *at* is the moment that its head shows."""

    name: str
    reference: str
    subject: str
    text: str
    files: Mapping[str, bytes]
    at: datetime


@dataclass(frozen=True)
class Letter:
    """A partner's mailboxes, and the folder of our own records."""

    settings: MailSettings
    sent: Path

    def ready(self) -> None:
        """Connects and logs in; nothing is handed over. Raises Unavailable, or Refused for wrong settings."""
        require_records(self.sent)
        with self._connected() as server:
            server.noop()

    def deliver(self, written: Written) -> None:
        """Sends the message once. Raises Refused and Unavailable when the server did not take it, Unknown when its answer
        was lost."""
        with attempting(self.sent, written.name):
            if not self._taken(written.name):
                self._send(written.name, self.message(written))

    def _send(self, name: str, data: bytes) -> None:
        if len(data) > self.settings.most_bytes:
            raise Refused(
                f"邮件有{len(data)}字节，超过 {self.settings.host} 的{self.settings.most_bytes}字节，请改用目录交接。"
            )
        with self._connected() as server:
            self._envelope(server)
            self._hand_over(server, name, data)

    def delivered(self, name: str) -> bool:
        """Whether the server took it; False is proof that it did not. Raises Unknown, and Unavailable while it is sent."""
        with attempting(self.sent, name):
            return self._taken(name)

    def _taken(self, name: str) -> bool:
        if self._mark(name).exists():
            return True
        if not self._record(name).exists():
            return False
        raise Unknown(f"邮件 {name} 已发出而应答丢失，邮件不能查询：请向对方核实是否收到，不会自动重发。")

    def message(self, written: Written) -> bytes:
        """The message as it is sent: the same bytes for the same letter."""
        made = EmailMessage(policy=SMTP)
        made["From"] = _mailbox(self.settings.sender)
        made["To"] = [_mailbox(one) for one in self.settings.recipients]
        made["Subject"] = " ".join(written.subject.split())
        made["Date"] = format_datetime(in_china(written.at).replace(microsecond=0))
        made["Message-ID"] = f"<{written.reference}@{self.settings.sender.rpartition('@')[2]}>"
        made["X-Tongbu-Delivery"] = written.name
        made.set_content(written.text, charset="utf-8", cte="base64")
        for path, content in sorted(written.files.items()):
            main, _, sub = media_type(path).partition(";")[0].partition("/")
            made.add_attachment(content, maintype=main, subtype=sub, filename=path.replace("/", "-"), cte="base64")
        if made.is_multipart():
            made.set_boundary(f"=_{written.reference}")
        return made.as_bytes()

    def _record(self, name: str) -> Path:
        return self.sent / f"{name}.eml"

    def _mark(self, name: str) -> Path:
        return self.sent / f"{name}{DELIVERED}"

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Whatever goes wrong before the end of the text was sent is Unavailable: nothing was taken."""
        try:
            with self._server() as server:
                yield server
        except smtplib.SMTPAuthenticationError as problem:
            raise Unavailable(self._said("不接受用户名或密码，请核对凭据", problem.smtp_code)) from None
        except smtplib.SMTPResponseException as problem:
            raise Unavailable(self._said("拒绝连接", problem.smtp_code)) from None
        except ssl.SSLError as problem:
            raise Unavailable(self._said(f"的证书不可信：{problem.reason or problem}")) from None
        except (smtplib.SMTPException, OSError) as problem:
            raise Unavailable(self._said(f"没有应答：{problem}")) from None

    @contextmanager
    def _server(self) -> Iterator[smtplib.SMTP]:
        """One that fails is closed as it stands: a QUIT behind half a text would be part of it."""
        server = self.settings.connect()
        try:
            yield server
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()

    def _envelope(self, server: smtplib.SMTP) -> None:
        """Sender and recipients: all of them are taken, or nobody gets anything."""
        code, answer = server.mail(self.settings.sender)
        self._require(code, answer, "发件人", self.settings.sender)
        for recipient in self.settings.recipients:
            code, answer = server.rcpt(recipient)
            self._require(code, answer, "收件人", recipient)

    def _require(self, code: int, answer: bytes, what: str, address: str) -> None:
        if code in (_OK, 251):
            return
        kind = Refused if code >= _LASTING else Unavailable
        raise kind(self._said(f"不接受{what} {address}（{_words(answer)}），没有发出任何邮件", code))

    def _hand_over(self, server: smtplib.SMTP, name: str, data: bytes) -> None:
        code, answer = server.docmd("DATA")
        if code != _GO_ON:
            self._require(code, answer, "邮件", name)
        server.send(_LEADING_DOT.sub(b"..", data).removesuffix(b"\r\n"))
        write_whole(self._record(name), data)
        self._end(server, name)

    def _end(self, server: smtplib.SMTP, name: str) -> None:
        """The one public act: with the end of the text the message is the server's. An end that could not be sent whole is
        none."""
        try:
            server.send(_END)
        except (smtplib.SMTPException, OSError):
            self._record(name).unlink(missing_ok=True)
            raise
        try:
            code, answer = server.getreply()
        except (smtplib.SMTPException, OSError) as problem:
            raise Unknown(
                self._said(f"在收下邮件 {name} 后没有应答（{problem}），邮件不能查询，请向对方核实")
            ) from None
        if code != _OK:
            self._record(name).unlink(missing_ok=True)
            self._require(code, answer, "邮件", name)
        try:
            write_whole(self._mark(name), b"")
        except OSError as problem:
            raise Unknown(f"邮件 {name} 已发出，但记录未写成（{problem.strerror}）。") from problem

    def _said(self, what: str, code: int | None = None) -> str:
        number = f"（{code}）" if code is not None else ""
        return self.settings.hide(f"邮件服务器 {self.settings.host} {what}{number}。")


def _mailbox(address: str) -> Mailbox:
    name, _, domain = address.rpartition("@")
    return Mailbox(username=name, domain=domain)


def _words(answer: bytes) -> str:
    return " ".join(answer.decode("utf-8", "replace").split())[:200]
