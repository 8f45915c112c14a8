"""The OpenAPI document: complete, equal to its snapshot, compatible with the released version."""

import pytest
from conftest import Api
from django.urls import get_resolver

from devtools.openapi.document_tests import *  # noqa: F403  (the tests of every service)

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
