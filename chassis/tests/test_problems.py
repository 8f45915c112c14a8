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
def test_each_kind_has_its_status_and_code_inside_a_view_and_outside_of_one(
    client, kind, status, code
):
    for path in (f"/api/fails/{kind}/", f"/api/plain/{kind}/"):
        answer = client.get(path)
        body = json.loads(answer.content)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert set(body) == MEMBERS | {"hint"}
        assert (body["type"], body["status"], body["code"], body["detail"], body["hint"]) == (
            f"/errors/{code}",
            status,
            code,
            "Said so.",
            "h",
        )
        assert body["request_id"] == answer["X-Request-ID"]


def test_a_401_always_says_which_scheme(client):
    assert client.get("/api/fails/NotAuthenticated/")["WWW-Authenticate"] == "Bearer"


def test_an_invalid_field_is_named_in_errors(client):
    answer = client.get("/api/fails/ValidationFailed/")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json()["errors"] == [{"field": "name", "message": "No.", "code": "invalid"}]


def test_what_is_out_of_reach_is_named_and_when_to_come_back(client):
    answer = client.get("/api/fails/ServiceUnavailable/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    assert (answer.json()["code"], answer.json()["service"]) == ("service_unavailable", "product")


def test_a_problem_without_words_has_those_of_its_status():
    assert problems.Conflict().body["detail"] == "Request conflict"
    assert problems.NotFound().body["detail"] == "There is nothing at this address."


def test_a_database_that_is_away_is_503_with_a_time_to_come_back(client):
    for path in ("/api/fails/operational/", "/api/plain/operational/", "/api/fails/interface/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Retry-After"], answer.json()["service"]) == (
            503,
            "1",
            "database",
        )
        assert "closed" not in answer.json()["detail"]


@pytest.mark.parametrize(
    "path",
    ["/api/fails/unknown/", "/api/plain/unknown/", "/api/fails/data/", "/api/fails/recursion/"],
)
def test_an_unexpected_error_is_500_without_a_word_of_what_it_was_and_is_logged_with_its_trace(
    client, path, caplog
):
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert answer.json() == problem(
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
def test_what_django_and_drf_raise_is_a_problem_too(client, how, status, code):
    for path in (f"/api/fails/{how}/", f"/api/plain/{how}/"):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"], set(answer.json())) == (
            status,
            code,
            MEMBERS,
        )


def test_a_throttled_answer_says_when_to_come_back(client):
    assert client.get("/api/fails/throttled/")["Retry-After"] == "7"


def test_the_answer_outside_of_a_view_is_the_same_document():
    error = problems.ServiceUnavailable("database")
    answer = problem_response(error.body, error.headers)
    assert (answer.status_code, answer["Content-Type"], answer["Retry-After"]) == (
        503,
        "application/problem+json",
        "1",
    )
    assert json.loads(answer.content)["service"] == "database"


def test_an_error_of_the_database_is_logged_in_one_line(client, caplog):
    client.get("/api/fails/operational/")
    assert [
        record.getMessage() for record in caplog.records if record.name == "chassis.exceptions"
    ] == ["database: server closed the connection"]
