"""The HTTP clients that channels are given: whom they trust."""

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.base import Refused
from content.outlet import Outlet
from flows.wiring import Wired
from flows.workspace import make


def signed_by_itself(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that no authority stands behind."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "api.weibo.com")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    certificate = built.add_extension(here, critical=False).sign(key, hashes.SHA256())
    private = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    kept = folder / "both.pem"
    kept.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, *private) + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return kept


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(signed_by_itself(tmp_path))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *told: None  # type: ignore[method-assign]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_platform_without_a_certificate_of_an_authority_is_told_nothing(tmp_path: Path, impostor: str) -> None:
    bench = Wired(make(tmp_path / "home")).bench(Outlet("weibo-main", "weibo", "荆州发布", "1", options={}))
    for _ in range(2):
        with bench.client() as client, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            client.get(impostor)
    assert httpx.get(impostor, verify=False, trust_env=False).status_code == 501


def test_an_apps_backend_may_be_vouched_for_by_the_citys_own_authority(tmp_path: Path, impostor: str) -> None:
    wired = Wired(make(tmp_path / "home"))

    def client(channel: str, ca_file: Path) -> httpx.Client:
        return wired.bench(Outlet(channel, channel, "云上荆州", "1", options={"ca_file": str(ca_file)})).client()

    with client("app", tmp_path / "both.pem") as known:
        assert known.get(impostor).status_code == 501
    with client("weibo", tmp_path / "both.pem") as other, pytest.raises(httpx.ConnectError):
        other.get(impostor)
    (tmp_path / "no.pem").write_text("no certificate")
    for name in ("no.pem", "nowhere.pem"):
        with pytest.raises(Refused, match=f"ca_file.*{name}"):
            client("app", tmp_path / name)
