"""The OpenAPI document: complete, equal to its snapshot, compatible with the released version."""

import pytest
from conftest import Api
from django.urls import get_resolver

from chassis.error_pages import error_docs
from devtools.openapi import assertions, snapshots

PUBLIC = {
    ("/.well-known/jwks.json", "get"),
    ("/api/users/", "post"),
    ("/api/users/session/", "post"),
    ("/api/users/session/", "delete"),
    ("/api/users/session/refresh/", "post"),
    ("/api/users/token/", "post"),
    ("/api/users/token/refresh/", "post"),
    ("/api/users/token/revoke/", "post"),
    ("/api/users/password-reset/", "post"),
    ("/api/users/password-reset/confirm/", "post"),
}


@pytest.fixture
def document():
    response = Api().get("/swagger.json")
    assert response.status_code == 200
    return response.json()


def operations(document):
    return {
        (path, method): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def test_every_route_is_documented(document):
    (api,) = [each for each in get_resolver().url_patterns if str(each.pattern) == "api/users/"]
    assert len(document["paths"]) == len(api.url_patterns) + 1  # the key set


def test_operations_that_need_a_token_declare_it(document):
    assert document["securityDefinitions"]["Bearer"]["name"] == "Authorization"
    public = {
        place for place, operation in operations(document).items() if operation["security"] == []
    }
    assert public == PUBLIC


@pytest.mark.parametrize(
    "name",
    [
        *("ProfileResponse", "UserResponse", "TokenResponse", "SessionResponse"),
        *("RegistrationRequest", "SignInRequest", "AddressRequest", "AddressResponse"),
        *("PasswordResetRequest", "PasswordResetResponse", "PasswordResetConfirmRequest"),
    ],
)
def test_the_examples_have_all_fields(document, name):
    definition = document["definitions"][name]
    assert set(definition["example"]) == set(definition["properties"])


def test_required_fields(document):
    definitions = document["definitions"]
    assert sorted(definitions["RegistrationRequest"]["required"]) == ["email", "password"]
    assert "required" not in definitions["ProfileRequest"]
    assert "required" not in definitions["UserChangeRequest"]
    assert sorted(definitions["AddressRequest"]["required"]) == ["city", "country", "line1"]
    assert "required" not in definitions["AddressChangeRequest"]


@pytest.mark.parametrize("path", ["/swagger/", "/redoc/"])
def test_swagger_ui_and_redoc_are_public(path):
    response = Api().get(path)
    assert (response.status_code, response["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert b"//cdn" not in response.content


def test_the_snapshots_are_up_to_date():
    assert assertions.stale_snapshots() == [], "run make docs"


def test_no_change_breaks_clients_of_the_released_version():
    assert assertions.changes_that_break_clients() == []


def test_every_operation_is_documented():
    assert assertions.missing_documentation() == []


def test_every_error_has_advice():
    assert assertions.errors_without_advice() == []


def test_the_served_document_equals_the_snapshot(document):
    assert document == snapshots.current_schema()


@pytest.mark.parametrize("code", sorted({doc["code"] for doc in error_docs()}))
def test_every_error_code_has_a_page(code):
    page = Api().get(f"/errors/{code}")
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f"<h1><code>{code}</code></h1>" in page.content.decode()
