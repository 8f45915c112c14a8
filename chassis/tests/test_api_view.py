"""The base class of API views: parsing, authentication, permissions, response headers."""

from io import BytesIO

import pytest
from django.test import RequestFactory
from rest_framework.exceptions import ParseError

from chassis.api import APIView, Request
from chassis.problems import ContentTooLarge


class Unreadable:
    def read(self, size):
        raise RuntimeError("the client has gone")


def request_with(stream=None, **meta):
    http_request = RequestFactory().post("/", b"", "application/json")
    http_request.META |= {"CONTENT_LENGTH": "0"} | meta
    if stream is not None:
        http_request.META["wsgi.input"] = stream
    view = APIView()
    view.request = http_request
    return Request(http_request, view)


def test_every_response_forbids_sniffing_and_by_default_caching(client):
    for path in ("/api/echo/", "/api/fails/Conflict/", "/api/who/", "/nothing/"):
        assert client.get(path)["X-Content-Type-Options"] == "nosniff"
    assert client.get("/api/echo/")["Cache-Control"] == "no-store"
    assert client.get("/api/fails/Conflict/")["Cache-Control"] == "no-store"


def test_another_method_is_405_with_allow(client):
    response = client.put("/api/echo/", b"{}", content_type="application/json")
    assert (response.status_code, response["Allow"]) == (405, "GET, POST, PATCH, HEAD, OPTIONS")


def test_options_names_the_methods(client):
    response = client.options("/api/echo/")
    assert (response.status_code, response["Allow"], response.content) == (
        204,
        "GET, POST, PATCH, HEAD, OPTIONS",
        b"",
    )


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "x-unknown"])
def test_an_encoded_body_is_415(client, encoding):
    sent = {"content_type": "application/json", "HTTP_CONTENT_ENCODING": encoding}
    response = client.post("/api/echo/", b'{"name": "a"}', **sent)
    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    assert "unencoded" in response.json()["detail"]


def test_the_identity_encoding_is_accepted(client):
    sent = {"content_type": "application/json", "HTTP_CONTENT_ENCODING": "identity"}
    assert client.post("/api/echo/", b'{"name": "a"}', **sent).json() == {"name": "a"}


def test_415_names_the_supported_types(client):
    response = client.post("/api/echo/", b"<a/>", content_type="application/xml")
    assert "application/json" in response.json()["detail"]


def test_a_merge_patch_is_for_patch_only(client):
    kind = "application/merge-patch+json"
    assert client.patch("/api/echo/", b'{"name": "a"}', content_type=kind).json() == {"name": "a"}
    assert client.post("/api/echo/", b'{"name": "a"}', content_type=kind).status_code == 415


def test_a_truncated_body_is_an_error():
    with pytest.raises(ParseError, match="ends before"):
        _ = request_with(BytesIO(b"[1, 2"), CONTENT_LENGTH="7").body
    with pytest.raises(ParseError, match="to its end"):
        _ = request_with(Unreadable(), CONTENT_LENGTH="7").body


def test_a_content_length_over_the_limit_is_rejected_before_the_body_is_read():
    with pytest.raises(ContentTooLarge):
        request_with(Unreadable(), CONTENT_LENGTH=str(2**40)).check_size()


def test_without_a_content_length_at_most_one_byte_over_the_limit_is_read():
    sizes = []

    class Endless:
        def read(self, size):
            sizes.append(size)
            return b"x" * size

    with pytest.raises(ContentTooLarge):
        _ = request_with(Endless(), HTTP_TRANSFER_ENCODING="chunked").body
    assert sizes == [APIView.max_body_size + 1]


def test_authentication_precedes_reading_the_body(client):
    response = client.post("/api/who/optional/", b"{", content_type="application/json")
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
