"""Whom a mirror over SFTP trusts: the server's key is verified before any credential is sent."""

from pathlib import Path

import asyncssh
import pytest

from channels.base import Refused
from channels.places.target import address_of
from tests.channels.mirror_places import USER, SftpPlace, SftpServer
from tests.channels.mirror_site import MirroredSite


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    made = SftpServer(tmp_path_factory.mktemp("sftp"))
    yield made
    made.close()


@pytest.fixture
def place(server, tmp_path):
    server.logins.clear()
    return SftpPlace(tmp_path.name, server)


def site(tmp_path: Path, place: SftpPlace, secrets=None, **options) -> MirroredSite:
    return MirroredSite(tmp_path / "site", {**place.options, **options}, place.secrets if secrets is None else secrets)


def other_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


def known_hosts(tmp_path: Path, server: SftpServer, key: asyncssh.SSHKey) -> str:
    path = tmp_path / "known_hosts"
    path.write_text(f"[127.0.0.1]:{server.port} {key.export_public_key().decode()}")
    return str(path)


def test_a_server_with_another_key_gets_no_credentials(tmp_path, place, server):
    with pytest.raises(Refused, match="未发送任何凭据"):
        site(tmp_path, place, host_key=other_key().get_fingerprint()).mirror.check()
    assert server.logins == []


def test_a_server_whose_key_nobody_registered_is_refused_with_its_fingerprint(tmp_path, place, server):
    with pytest.raises(Refused, match="host_key") as refused:
        site(tmp_path, place, host_key="").mirror.check()
    assert server.fingerprint in str(refused.value)
    assert server.logins == []


def test_the_pinned_key_is_taken_and_the_password_sent(tmp_path, place, server):
    site(tmp_path, place).mirror.check()
    assert server.logins == [place.secrets["password"]]


def test_one_of_several_fingerprints_is_enough_during_a_change_of_keys(tmp_path, place, server):
    site(tmp_path, place, host_key=[other_key().get_fingerprint(), server.fingerprint]).mirror.check()


def test_a_key_in_known_hosts_is_taken_and_another_is_refused(tmp_path, place, server):
    right = known_hosts(tmp_path, server, server.host_key)
    site(tmp_path, place, host_key="", known_hosts=right).mirror.check()
    server.logins.clear()
    wrong = known_hosts(tmp_path, server, other_key())
    with pytest.raises(Refused, match="known_hosts"):
        site(tmp_path, place, host_key="", known_hosts=wrong).mirror.check()
    assert server.logins == []


def test_a_known_hosts_file_that_is_not_there_is_named(tmp_path, place, server):
    with pytest.raises(Refused, match="nowhere"):
        site(tmp_path, place, host_key="", known_hosts=str(tmp_path / "nowhere")).mirror.check()
    assert server.logins == []


def test_a_key_file_logs_in_without_a_password(tmp_path, place, server):
    path = tmp_path / "key"
    server.user_key.write_private_key(str(path))
    site(tmp_path, place, {"key_file": str(path)}).mirror.check()
    assert server.logins == []


def test_a_key_file_with_a_passphrase_needs_it(tmp_path, place, server):
    path = tmp_path / "key"
    server.user_key.write_private_key(str(path), passphrase="口令-91")
    with pytest.raises(Refused, match="key_passphrase"):
        site(tmp_path, place, {"key_file": str(path)}).mirror.check()
    site(tmp_path, place, {"key_file": str(path), "key_passphrase": "口令-91"}).mirror.check()


def test_a_key_file_that_is_none_is_refused(tmp_path, place):
    path = tmp_path / "key"
    path.write_text("no key")
    with pytest.raises(Refused, match="无法使用"):
        site(tmp_path, place, {"key_file": str(path)}).mirror.check()


def test_a_key_file_that_is_not_there_is_named(tmp_path, place):
    with pytest.raises(Refused, match="no-such-key"):
        site(tmp_path, place, {"key_file": str(tmp_path / "no-such-key")}).mirror.check()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"sftp://{USER}:hunter2@host/x", "密码"),
        ("ftp://host/x", "无法使用"),
        ("sftp:///x", "无法使用"),
        ("sftp://host:ninety/x", "不是有效的地址"),
        ("relative/folder", "无法使用"),
        ("s3://bucket/x?versionId=1", "无法使用"),
        ("file://host/x", "无法使用"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(address, said):
    with pytest.raises(Refused, match=said) as refused:
        address_of(address)
    assert "hunter2" not in repr(refused.value)


def test_sftp_without_a_user_is_refused(tmp_path, place, server):
    address = f"sftp://127.0.0.1:{server.port}/x"
    with pytest.raises(Refused, match="用户名"):
        site(tmp_path, place, mirror=address).mirror.check()


def test_webdav_never_sends_its_password_in_the_clear(tmp_path, place):
    with pytest.raises(Refused, match="明文"):
        site(tmp_path, place, mirror="webdav://tongbu@www.example.com/x").mirror.check()
