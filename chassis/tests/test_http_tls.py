"""A neighbour that speaks HTTPS: its certificate has to be good for its name."""

import datetime
import ssl
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chassis.http_client import HttpClient, UpstreamUnavailable
from chassis.tests.servers import ScriptedNeighbour, answer

NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture
def certificate(tmp_path):
    """The file of a key and a certificate for 127.0.0.1 that nobody has signed."""
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "neighbour")]),
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
def neighbour(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def play(connection):
        with context.wrap_socket(connection, server_side=True) as secure:
            while server.hears(secure):
                secure.sendall(answer(200, b'"by https"'))

    server = ScriptedNeighbour(play)
    yield server
    server.close()


@pytest.fixture
def client(neighbour):
    return HttpClient("neighbour", neighbour.url.replace("http:", "https:"))


def test_a_good_certificate_is_believed_and_the_connection_kept(
    client, neighbour, certificate, monkeypatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert [client.request("PUT", "/x", {"a": 1}, timeout=5) for _ in range(3)] == ["by https"] * 3
    assert neighbour.connections == 1


def test_a_certificate_that_nobody_knows_is_not_and_nothing_is_sent(client, neighbour):
    with pytest.raises(UpstreamUnavailable, match="certificate"):
        client.request("PUT", "/x", {"a": 1}, timeout=5)
    assert neighbour.requests == []
