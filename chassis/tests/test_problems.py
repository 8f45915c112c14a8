import json

import pytest

from chassis import problems
from chassis.problem_details import problem, problem_response

MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("BadRequest", 400, "bad_request"),
        ("NotAuthenticated", 401, "not_authenticated"),
        ("PermissionDenied", 403, "permission_denied"),
        ("NotFound", 404, "not_found"),
        ("Conflict", 409, "conflict"),
        ("PreconditionFailed", 412, "precondition_failed"),
        ("ContentTooLarge", 413, "payload_too_large"),
        ("UnprocessableContent", 422, "unprocessable"),
        ("TooManyRequests", 429, "too_many_requests"),
    ],
)
def test_each_error_class_has_its_status_and_code_in_any_view(client, kind, status, code):
    for path in (f"/api/fails/{kind}/", f"/api/plain/{kind}/"):
        response = client.get(path)
        body = json.loads(response.content)
        assert (response.status_code, response["Content-Type"]) == (
            status,
            "application/problem+json",
        )
        assert set(body) == MEMBERS | {"hint"}
        assert (body["type"], body["status"], body["code"], body["detail"], body["hint"]) == (
            f"/errors/{code}",
            status,
            code,
            "A detail.",
            "h",
        )
        assert body["request_id"] == response["X-Request-ID"]


def test_a_401_has_www_authenticate(client):
    assert client.get("/api/fails/NotAuthenticated/")["WWW-Authenticate"] == "Bearer"


def test_an_invalid_field_is_named_in_errors(client):
    response = client.get("/api/fails/ValidationFailed/")
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert response.json()["errors"] == [{"field": "name", "message": "No.", "code": "invalid"}]


def test_an_unavailable_dependency_is_named_with_retry_after(client):
    response = client.get("/api/fails/ServiceUnavailable/")
    assert (response.status_code, response["Retry-After"]) == (503, "3")
    assert (response.json()["code"], response.json()["service"]) == (
        "service_unavailable",
        "product",
    )


def test_the_default_detail_is_that_of_the_class_or_the_status():
    assert problems.Conflict().body["detail"] == "Request conflict"
    assert problems.NotFound().body["detail"] == "There is nothing at this address."


def test_an_unavailable_database_is_503_with_retry_after(client):
    for path in ("/api/fails/operational/", "/api/plain/operational/", "/api/fails/interface/"):
        response = client.get(path)
        assert (response.status_code, response["Retry-After"], response.json()["service"]) == (
            503,
            "1",
            "database",
        )
        assert "closed" not in response.json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["/api/fails/unknown/", "/api/plain/unknown/", "/api/fails/data/", "/api/fails/recursion/"],
)
def test_an_unexpected_error_is_500_without_details_and_is_logged_with_its_traceback(
    client, path, caplog
):
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")
    assert response.json() == problem(
        500, "internal_error", "Something went wrong here. The request_id helps to find out what."
    )
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.levelname == "ERROR"


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("not-found", 404, "not_found"),
        ("denied", 403, "permission_denied"),
        ("suspicious", 400, "bad_request"),
        ("throttled", 429, "throttled"),
    ],
)
def test_exceptions_of_django_and_drf_become_problems(client, how, status, code):
    for path in (f"/api/fails/{how}/", f"/api/plain/{how}/"):
        response = client.get(path)
        assert (response.status_code, response.json()["code"], set(response.json())) == (
            status,
            code,
            MEMBERS,
        )


def test_a_throttled_response_has_retry_after(client):
    assert client.get("/api/fails/throttled/")["Retry-After"] == "7"


def test_problem_response_has_the_document_and_headers():
    error = problems.ServiceUnavailable("database")
    response = problem_response(error.body, error.headers)
    assert (response.status_code, response["Content-Type"], response["Retry-After"]) == (
        503,
        "application/problem+json",
        "1",
    )
    assert json.loads(response.content)["service"] == "database"


def test_an_error_of_the_database_is_logged_in_one_line(client, caplog):
    client.get("/api/fails/operational/")
    assert [
        record.getMessage() for record in caplog.records if record.name == "chassis.exceptions"
    ] == ["database: server closed the connection"]
