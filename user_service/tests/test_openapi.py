"""The OpenAPI document describes the API."""

import pytest
from conftest import Api
from django.urls import get_resolver

FOR_ANYONE = {
    ("/.well-known/jwks.json", "get"): {"200", "503"},
    ("/api/users/", "post"): {"201", "400", "409", "413", "415", "429", "503"},
    ("/api/users/session/", "post"): {"200", "400", "401", "413", "415", "429", "503"},
    ("/api/users/session/", "delete"): {"204", "403", "503"},
    ("/api/users/session/refresh/", "post"): {"200", "401", "403", "429", "503"},
    ("/api/users/token/", "post"): {"200", "400", "401", "413", "415", "429", "503"},
    ("/api/users/token/refresh/", "post"): {"200", "400", "401", "413", "415", "429", "503"},
    ("/api/users/token/revoke/", "post"): {"204", "400", "413", "415", "503"},
    ("/api/users/password-reset/", "post"): {"202", "400", "413", "415", "503"},
    ("/api/users/password-reset/confirm/", "post"): {"204", "400", "413", "415", "503"},
}
FOR_USERS = {
    ("/api/users/me/", "get"): {"200", "401", "503"},
    ("/api/users/me/", "patch"): {"200", "400", "401", "409", "413", "415", "429", "503"},
    ("/api/users/me/", "delete"): {"204", "400", "401", "409", "413", "415", "429", "503"},
    ("/api/users/me/password/", "post"): {"204", "400", "401", "413", "415", "429", "503"},
    ("/api/users/me/addresses/", "get"): {"200", "400", "401", "414", "503"},
    ("/api/users/me/addresses/", "post"): {"201", "400", "401", "409", "413", "415", "503"},
    ("/api/users/me/addresses/{address_id}/", "get"): {"200", "401", "404", "414", "503"},
    ("/api/users/me/addresses/{address_id}/", "patch"): {
        "200",
        "400",
        "401",
        "404",
        "413",
        "414",
        "415",
        "503",
    },
    ("/api/users/me/addresses/{address_id}/", "delete"): {"204", "401", "404", "414", "503"},
}
FOR_STAFF = {
    ("/api/users/", "get"): {"200", "400", "401", "403", "414", "503"},
    ("/api/users/closed/", "get"): {"200", "400", "401", "403", "414", "503"},
    ("/api/users/{user_id}/", "get"): {"200", "401", "403", "404", "414", "503"},
    ("/api/users/{user_id}/", "patch"): {
        "200",
        "400",
        "401",
        "403",
        "404",
        "409",
        "413",
        "414",
        "415",
        "503",
    },
}


@pytest.fixture
def document():
    response = Api().get("/swagger.json")
    assert response.status_code == 200
    return response.json()


def operations(document):
    methods = {"get", "post", "put", "patch", "delete"}
    return {
        (path, method): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in methods
    }


def test_every_route_is_documented_with_every_status(document):
    (api,) = [
        pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == "api/users/"
    ]
    assert len(document["paths"]) == len(api.url_patterns) + 1  # the key set
    statuses = {
        place: set(operation["responses"]) for place, operation in operations(document).items()
    }
    assert statuses == FOR_ANYONE | FOR_USERS | FOR_STAFF


def test_every_operation_has_a_summary_and_examples(document):
    for place, operation in operations(document).items():
        assert operation["summary"], place
        for status, response in operation["responses"].items():
            assert response["description"], (place, status)
            assert status == "204" or (
                "schema" in response and all(response["examples"].values())
            ), (
                place,
                status,
            )


def test_operations_that_need_a_token_declare_it(document):
    assert document["securityDefinitions"]["Bearer"]["name"] == "Authorization"
    for place, operation in operations(document).items():
        assert operation["security"] == ([] if place in FOR_ANYONE else [{"Bearer": []}]), place


@pytest.mark.parametrize(
    "name",
    [
        *(
            "ProfileResponse",
            "UserResponse",
            "TokenResponse",
            "SessionResponse",
            "KeyResponse",
            "RegistrationRequest",
            "SignInRequest",
        ),
        *(
            "AddressRequest",
            "AddressResponse",
            "PasswordResetRequest",
            "PasswordResetResponse",
            "PasswordResetConfirmRequest",
        ),
    ],
)
def test_the_examples_have_all_fields(document, name):
    definitions = document["definitions"]
    example = (
        definitions["KeySetResponse"]["example"]["keys"][0]
        if name == "KeyResponse"
        else definitions[name]["example"]
    )
    assert set(example) == set(definitions[name]["properties"])


def test_required_fields(document):
    definitions = document["definitions"]
    assert sorted(definitions["RegistrationRequest"]["required"]) == ["email", "password"]
    assert definitions["RegistrationRequest"]["properties"]["email"]["format"] == "email"
    assert "required" not in definitions["ProfileRequest"]
    assert "required" not in definitions["UserChangeRequest"]
    assert sorted(definitions["AddressRequest"]["required"]) == ["city", "country", "line1"]
    assert "required" not in definitions["AddressChangeRequest"]
    assert "US" in definitions["AddressRequest"]["properties"]["country"]["enum"]


def test_unknown_fields_and_empty_values(document):
    definitions = document["definitions"]
    assert definitions["ProfileRequest"]["additionalProperties"] is False
    assert "additionalProperties" not in definitions["ProfileResponse"]
    assert definitions["RegistrationRequest"]["properties"]["password"]["minLength"] == 1
    assert "minLength" not in definitions["ProfileResponse"]["properties"]["name"]
    for place, is_required in {
        ("/api/users/", "post"): True,
        ("/api/users/me/", "patch"): False,
    }.items():
        assert [
            each["required"]
            for each in operations(document)[place]["parameters"]
            if each["in"] == "body"
        ] == [is_required]


def test_a_list_documents_its_query_and_media_types(document):
    listing = operations(document)["/api/users/", "get"]
    assert {each["name"] for each in listing["parameters"]} == {
        "search",
        "ids",
        "role",
        "is_active",
        "page_size",
        "cursor",
    }
    assert listing["produces"] == ["application/json", "application/problem+json"]


@pytest.mark.parametrize("path", ["/swagger/", "/redoc/"])
def test_swagger_ui_and_redoc_are_public(path):
    response = Api().get(path)
    assert (response.status_code, response["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert b"//cdn" not in response.content
