"""The pages that `type` points to."""

import re

import pytest

from chassis import error_pages as pages
from chassis.error_pages import describe, error_docs, problem_classes
from chassis.problem_details import title
from chassis.problems import Conflict, Problem, ValidationFailed

HOSTILE = {
    "code": "odd",
    "status": 409,
    "title": "Conflict",
    "detail": "<script>",
    "advice": "Use `a<b` & go.",
    "example": {"a": "<b>"},
}


def test_the_type_of_a_problem_is_a_page_of_the_same_service(client):
    problem = client.get("/nowhere").json()

    page = client.get(problem["type"])

    assert (problem["type"], page.status_code, page["Content-Type"]) == (
        "/errors/not_found",
        200,
        "text/html; charset=utf-8",
    )
    assert "<h2>404 Not Found</h2>" in page.content.decode()
    assert "misspelt" in page.content.decode()


@pytest.mark.parametrize("slash", ["", "/"])
def test_all_codes_are_listed_with_their_statuses(client, slash):
    page = client.get(f"/errors{slash}").content.decode()

    assert re.findall(r'<a href="/errors/([a-z_]+)">', page) == sorted(
        {meaning["code"] for meaning in error_docs()}
    )
    assert "<code>bad_request</code></a></th><td>400, 414</td>" in page


@pytest.mark.parametrize("code", ["nope", "not-found", "Not_Found", "conflict"])
def test_an_unknown_code_has_no_page(client, code):
    response = client.get(f"/errors/{code}")

    assert (response.status_code, response["Content-Type"], response.json()["code"]) == (
        404,
        "application/problem+json",
        "not_found",
    )


def test_the_pages_reject_other_methods(client):
    for path in ("/errors/", "/errors/invalid/"):
        response = client.post(path)
        assert (response.status_code, response["Allow"], response.json()["code"]) == (
            405,
            "GET, HEAD",
            "method_not_allowed",
        )


@pytest.mark.django_db  # Django closes connections at the end of a response
def test_a_page_loads_nothing_from_other_origins_and_runs_no_script(client):
    response = client.get("/errors/invalid")

    assert response["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self';")
    (style,) = re.findall(r'<link rel="stylesheet" href="([^"]*)">', response.content.decode())
    assert style == "/static/chassis/documents.css"
    sheet = client.get(style)
    assert sheet.status_code == 200
    sheet.close()


def test_a_base_class_has_no_page():
    assert Conflict.advice == ""
    assert "conflict" not in {meaning["code"] for meaning in error_docs()}


def test_errors_with_equal_code_status_and_detail_are_one_meaning():
    meanings = [(meaning["code"], meaning["status"], meaning["detail"]) for meaning in error_docs()]

    assert len(meanings) == len(set(meanings))
    assert ("invalid", 400, ValidationFailed.detail) in meanings


def test_the_list_does_not_depend_on_the_order_of_imports():
    class Late(Conflict):
        """Like a class of a module that only some processes import."""

        code = "late"
        advice = "Come earlier."

    modules = [error.__module__ for error in problem_classes()]

    assert set(modules) == {"chassis.problems"}
    assert "late" not in {meaning["code"] for meaning in error_docs()}


def test_a_meaning_has_an_example_of_the_problem_document():
    class Odd(Problem):
        status = 422
        code = "odd"
        detail = "Odd."
        example = {"items": [1]}

    assert describe(Odd) == {
        "code": "odd",
        "status": 422,
        "title": "Unprocessable Content",
        "detail": "Odd.",
        "advice": "",
        "example": {
            "type": "/errors/odd",
            "title": "Unprocessable Content",
            "status": 422,
            "detail": "Odd.",
            "code": "odd",
            "request_id": "9f2c61d0a4b84a52b1d6f3c7e8a90b12",
            "items": [1],
        },
    }


def test_titles_are_those_of_the_rfc():
    assert [title(status) for status in (404, 413, 414, 422)] == [
        "Not Found",
        "Content Too Large",
        "URI Too Long",
        "Unprocessable Content",
    ]


def test_texts_are_escaped_and_backticks_become_code():
    page = pages.render_pages(
        [HOSTILE],
        pages.PageTheme(of="the <sample>", stylesheet="/s.css", links=[("/", "<Sample>")]),
    )["odd"]

    assert "<script>" not in page
    assert "<p>Use <code>a&lt;b</code> &amp; go.</p>" in page
    assert "&lt;b&gt;" in page
    assert "the &lt;sample&gt;" in page
