"""Copy by e-mail: one message for a delivery, never sent twice, and nobody guesses whether it arrived."""

import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from channels.base import CannotRender, Refused, Unavailable, Unknown
from channels.newspaper import Newspaper
from channels.reference import references_in
from content.canonical import digest
from content.vocabulary import Action, State
from tests.channels import partner_bench as made
from tests.channels.mail_server import HOST, PASSWORD, USER, MailServer
from tests.channels.mirror_places import Cutter, free_port

TO = "desk@paper.example"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    running = MailServer(tmp_path)
    yield running
    running.close()


def paper(folder: Path, port: int, secrets: dict[str, str] | None = None, to: Any = TO, **options: Any) -> Newspaper:
    mail = {"mail_to": to, "mail_from": USER, "mail_server": f"{HOST}:{port}", "mail_security": "none", **options}
    named = to if isinstance(to, list) else [to]
    outlet = made.replace(made.outlet("newspaper", **mail), identity=f"mailto:{','.join(named)}")
    return Newspaper(outlet, made.replace(made.workbench(folder), secrets=secrets or {}))


def photograph(one: Newspaper, width: int, height: int) -> made.Picture:
    """Some three bytes a pixel."""
    target = BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(3 * width * height)).save(
        target, "JPEG", quality=100, subsampling=0
    )
    data = target.getvalue()
    return made.Picture("大图.jpg", one.bench.assets.put(data), "image/jpeg", width, height, len(data), "图")


def send(one: Newspaper, action: Action = Action.PUBLISH, revision: Any = None) -> Any:
    rendition = one.render(made.ITEM, revision or made.illustrated(one.bench.assets), action, "")
    work = made.delivery(action)
    return one.release(work, rendition, one.prepare(work, rendition)), rendition


def test_one_message_holds_the_copy_byte_for_byte_and_the_note(server: MailServer, tmp_path: Path) -> None:
    receipt, rendition = send(paper(tmp_path, server.port))
    assert receipt.state is State.ACCEPTED
    (message,) = server.messages()
    attached = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    as_bytes = {name: data if isinstance(data, bytes) else data.encode() for name, data in attached.items()}
    assert {name: digest(data) for name, data in as_bytes.items() if not name.endswith(".json")} == {
        name.replace("/", "-"): digest(part.data)
        for name, part in rendition.parts.items()
        if not name.endswith(".json")
    }
    assert set(as_bytes) == {name.replace("/", "-") for name in rendition.parts}
    body = message.get_body()
    assert body is not None
    assert "信息发布交接单" in body.get_content()
    assert "直接回复本邮件" in body.get_content()
    assert message["To"] == TO
    assert server.taken[0].mail_from == USER
    assert server.taken[0].rcpt_tos == [TO]


def test_its_message_id_and_its_subject_name_the_delivery_and_are_the_same_in_every_attempt(
    server: MailServer, tmp_path: Path
) -> None:
    one = paper(tmp_path, server.port)
    server.answers = {"DATA": "451 try again later"}
    with pytest.raises(Unavailable, match="451"):
        send(one)
    server.answers = {}
    receipt, _ = send(one)
    other = paper(tmp_path / "again", server.port)
    (tmp_path / "again" / "outlet").mkdir(parents=True)
    key = (one.bench.folder / "reference.key").read_bytes()
    (other.bench.folder / "reference.key").write_bytes(key)
    send(other)
    first, second = server.taken
    assert first.content == second.content
    message = server.messages()[0]
    assert list(references_in(message["Message-ID"])) == [receipt.evidence["reference"]]
    assert list(references_in(message["Subject"])) == [receipt.evidence["reference"]]
    assert made.FIELDS.title in message["Subject"]


def test_a_delivery_that_was_taken_is_not_sent_again(server: MailServer, tmp_path: Path) -> None:
    one = paper(tmp_path, server.port)
    receipt, rendition = send(one)
    send(one)
    assert len(server.taken) == 1
    assert one.find(made.delivery(), rendition) == receipt


def test_an_answer_that_is_lost_after_the_text_is_unknown_and_never_sent_again_by_itself(
    server: MailServer, tmp_path: Path
) -> None:
    one = paper(tmp_path, server.port)
    server.cuts = "answer"
    with pytest.raises(Unknown, match="核实"):
        send(one)
    server.cuts = ""
    rendition = one.render(made.ITEM, made.illustrated(one.bench.assets))
    with pytest.raises(Unknown, match="不会自动重发"):
        one.find(made.delivery(), rendition)
    with pytest.raises(Unknown):
        send(one)
    assert len(server.taken) == 1


def test_a_connection_that_is_cut_within_the_text_sent_nothing_and_may_be_tried_again(
    server: MailServer, tmp_path: Path
) -> None:
    cutter = Cutter(server.port, 20_000)
    one = paper(tmp_path, cutter.port)
    revision = made.replace(made.policy(), pictures=(photograph(one, 2000, 1500),))
    with pytest.raises(Unavailable):
        send(one, revision=revision)
    again = paper(tmp_path, server.port)
    assert again.find(made.delivery(), again.render(made.ITEM, revision)) is None
    assert server.taken == []
    send(again, revision=revision)
    assert len(server.taken) == 1


def test_a_full_disk_here_sends_nothing_and_is_tried_again(
    server: MailServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_source: Any, _target: Any) -> None:
        raise OSError(28, "No space left on device")

    one = paper(tmp_path, server.port)
    rendition, work = one.render(made.ITEM, made.policy()), made.delivery()
    prepared = one.prepare(work, rendition)
    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", full)
        with pytest.raises(Unavailable, match="space"):
            one.release(work, rendition, prepared)
    assert one.find(work, rendition) is None
    assert server.taken == []
    assert one.release(work, rendition, prepared).state is State.ACCEPTED
    assert len(server.taken) == 1


def test_a_server_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="没有应答"):
        send(paper(tmp_path, free_port()))


@pytest.mark.parametrize(("answer", "kind"), [("550 no such desk", Refused), ("450 come back", Unavailable)])
def test_where_one_of_several_is_not_taken_nobody_gets_anything(
    server: MailServer, tmp_path: Path, answer: str, kind: type[Exception]
) -> None:
    server.answers = {"RCPT": answer}
    with pytest.raises(kind, match=r"refused@paper\.example"):
        send(paper(tmp_path, server.port, to=[TO, "refused@paper.example"]))
    assert server.taken == []


def test_a_message_that_the_server_turns_down_is_refused_and_not_held(server: MailServer, tmp_path: Path) -> None:
    server.answers = {"DATA": "554 no"}
    one = paper(tmp_path, server.port)
    with pytest.raises(Refused, match="554"):
        send(one)
    assert one.find(made.delivery(), one.render(made.ITEM, made.illustrated(one.bench.assets))) is None


def test_copy_that_no_letter_can_hold_is_a_finding_before_anybody_signs(tmp_path: Path) -> None:
    one = paper(tmp_path, 25, mail_megabytes=1)
    with pytest.raises(CannotRender) as problem:
        one.render(made.ITEM, made.replace(made.policy(), pictures=(photograph(one, 800, 600),)))
    assert problem.value.finding.code == "partner-mail-large"


# Who may listen, and what may hide in a setting.


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_an_encrypted_session_logs_in(tmp_path: Path, security: str) -> None:
    server = MailServer(tmp_path, security=security)
    try:
        options = {"mail_security": security, "ca_file": str(server.certificate)}
        send(paper(tmp_path, server.port, {"user": USER, "password": PASSWORD}, **options))
        assert (len(server.taken), server.logins) == (1, 2)
        wrong = paper(tmp_path / "w", server.port, {"user": USER, "password": "wrong-5511"}, **options)
        with pytest.raises(Unavailable, match="核对凭据") as problem:
            send(wrong)
        assert "wrong-5511" not in repr(problem.value)
    finally:
        server.close()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_whose_certificate_nobody_vouches_for_gets_no_password(tmp_path: Path, security: str) -> None:
    server = MailServer(tmp_path, security=security)
    try:
        with pytest.raises(Unavailable, match="证书"):
            send(paper(tmp_path, server.port, {"password": PASSWORD}, mail_security=security))
        assert server.logins == 0
    finally:
        server.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mail_to": "desk@paper.example\r\nBcc: spy@evil.example"}, "mail_to"),
        ({"mail_to": "desk@paper.example, spy@evil.example"}, "mail_to"),
        ({"mail_to": ["desk@paper.example", 7]}, "mail_to"),
        ({"mail_from": "office\n@x.example"}, "mail_from"),
        ({"mail_from": None}, "mail_from"),
        ({"mail_server": "smtp.example\r\nDATA"}, "mail_server"),
        ({"mail_server": ""}, "mail_server"),
        ({"mail_server": "smtp.example:99999"}, "mail_server"),
        ({"mail_server": "smtp.example", "mail_security": "none"}, "明文"),
        ({"mail_security": "ssl"}, "mail_security"),
        ({"mail_megabytes": 0}, "mail_megabytes"),
        ({"folder": "/x"}, "只留一个"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused_by_name(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    base = {"mail_to": TO, "mail_from": USER, "mail_server": "localhost:25", "mail_security": "none"}
    outlet = made.replace(made.outlet("newspaper", **{**base, **options}), identity=f"mailto:{TO}")
    one = Newspaper(outlet, made.workbench(tmp_path))
    with pytest.raises(Refused, match=said):
        one.handing()


def test_another_mailbox_than_the_signed_one_is_refused(server: MailServer, tmp_path: Path) -> None:
    one = paper(tmp_path, server.port)
    other = Newspaper(made.replace(one.outlet, identity="mailto:other@paper.example"), one.bench)
    with pytest.raises(Refused, match="identity"):
        send(other)
    assert server.taken == []


def test_what_an_editor_writes_makes_no_head_of_its_own(server: MailServer, tmp_path: Path) -> None:
    office = made.replace(made.OFFICE, organ="荆州市\r\nBcc: spy@evil.example\r\n\r\n人民政府")
    one = paper(tmp_path, server.port)
    send(Newspaper(one.outlet, made.replace(one.bench, office=office)))
    (message,) = server.messages()
    assert message["Bcc"] is None
    assert "人民政府" in message["Subject"]


def test_a_line_of_one_dot_does_not_end_the_message(server: MailServer, tmp_path: Path) -> None:
    one = paper(tmp_path, server.port)
    letter: Any = one.handing()
    data = b"Subject: dots\r\n\r\n.\r\n..\r\n.end\r\n"
    letter._send("dots", data)
    assert server.taken[0].content == data
