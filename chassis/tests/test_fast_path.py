import io
import json
import logging
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from chassis import database
from chassis.fast_path import LARGEST_BODY, FastPaths
from chassis.tests.test_served import request
from chassis.tests.two_ways import by_the_fast_path

pytestmark = pytest.mark.django_db
PLAIN = {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/fast/", "QUERY_STRING": "", "HTTP_HOST": "localhost:8000"}


def asked(**changes):
    """Status and headers, None when it is left to Django."""
    begun = []
    meta = PLAIN | {"wsgi.input": io.BytesIO(), "REMOTE_ADDR": "127.0.0.1"} | changes
    answered = FastPaths().answer(
        {name: value for name, value in meta.items() if value is not None}, lambda *said: begun.append(said)
    )
    return None if answered is None else (begun[0][0], dict(begun[0][1]))


def test_a_plain_request_is_answered_with_its_headers():
    status, headers = asked(HTTP_X_REQUEST_ID="abc", HTTP_TRACEPARENT=f"00-{'1' * 32}-{'2' * 16}-01")
    assert status == "200 OK"
    assert headers == {
        "Content-Type": "application/json",
        "Allow": "GET",
        "Extra": "1",
        "X-Request-ID": "abc",
        "traceparent": f"00-{'1' * 32}-{'2' * 16}-01",
        "Content-Length": "2",
    }


def test_an_id_of_the_address_is_a_uuid():
    product_id = uuid4()
    assert by_the_fast_path("GET", f"/api/fast/{product_id}/").body == str(product_id)


@pytest.mark.parametrize(
    "changes",
    [
        {"REQUEST_METHOD": "HEAD"},
        {"PATH_INFO": "/api/fast/x"},
        {"QUERY_STRING": "how=leave"},
        {"QUERY_STRING": "how=%00"},
        {"HTTP_ORIGIN": "http://localhost:3000"},
        {"HTTP_TRANSFER_ENCODING": "chunked"},
        {"HTTP_EXPECT": "100-continue"},
        {"HTTP_HOST": None},
        {"HTTP_HOST": "elsewhere.example.com"},
        {"HTTP_HOST": "localhost:8000, x"},
        {"CONTENT_LENGTH": str(LARGEST_BODY + 1)},
    ],
    ids=str,
)
def test_what_means_work_for_the_middleware_is_left_to_django(changes):
    assert asked(**changes) is None


def test_with_an_open_circuit_to_the_database_it_is_left_to_django_which_says_so(monkeypatch):
    monkeypatch.setattr(database.BREAKER, "_failures", 5)
    assert asked() is None


def test_with_traces_all_is_left_to_django_which_makes_them(settings):
    settings.TRACES_ENDPOINT = "http://localhost:4318"
    assert asked() is None


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("conflict", "409 Conflict", "conflict"),
        ("database", "503 Service Unavailable", "service_unavailable"),
        ("fault", "500 Internal Server Error", "internal_error"),
    ],
)
def test_an_exception_is_a_problem_document(how, status, code):
    said = by_the_fast_path("GET", f"/api/fast/?how={how}")
    assert (said.status, said.body["code"]) == (status, code)
    assert said.headers["Content-Type"] == "application/problem+json"
    assert "secret" not in json.dumps(said.body)


def test_each_answer_leaves_a_line_and_metrics(caplog):
    labels = {"method": "GET", "route": "api/fast/", "status": "409"}
    before = REGISTRY.get_sample_value("http_requests_total", labels) or 0
    with caplog.at_level(logging.INFO, "request"):
        asked(QUERY_STRING="how=conflict")
        asked(QUERY_STRING="how=leave")
    assert [(line.method, line.path, line.status) for line in caplog.records] == [("GET", "/api/fast/", 409)]
    assert REGISTRY.get_sample_value("http_requests_total", labels) == before + 1


def test_it_stands_before_django_in_a_running_service(service):
    status, _, body = service.says(request("GET", "/api/fast/"))
    assert (status, body) == (200, b"{}")
    assert service.says(request("GET", "/api/fast/?how=leave"))[0] == 404
    assert service.says(request("GET", "/api/fast/?how=conflict"))[0] == 409
