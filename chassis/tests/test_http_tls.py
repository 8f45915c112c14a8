"""HTTPS upstreams: the certificate has to be trusted and match the host."""

import datetime
import ssl
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chassis.http_client import HttpClient, UpstreamUnavailable
from chassis.tests.servers import ScriptedServer, http_response

NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture
def certificate(tmp_path):
    """A file with a key and a self-signed certificate for 127.0.0.1."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "scripted_server")]),
    )
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(NOW - datetime.timedelta(days=1))
        .not_valid_after(NOW + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def scripted_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def play(connection):
        with context.wrap_socket(connection, server_side=True) as secure:
            while server.receive(secure):
                secure.sendall(http_response(200, b'"by https"'))

    server = ScriptedServer(play)
    yield server
    server.close()


@pytest.fixture
def client(scripted_server):
    return HttpClient("upstream", scripted_server.url.replace("http:", "https:"))


def test_a_trusted_certificate_is_accepted_and_the_connection_reused(
    client, scripted_server, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert [client.request("PUT", "/x", {"a": 1}, timeout=5) for _ in range(3)] == ["by https"] * 3
    assert scripted_server.connections == 1


def test_an_untrusted_certificate_is_rejected_and_nothing_is_sent(client, scripted_server):
    with pytest.raises(UpstreamUnavailable, match="certificate"):
        client.request("PUT", "/x", {"a": 1}, timeout=5)
    assert scripted_server.requests == []
