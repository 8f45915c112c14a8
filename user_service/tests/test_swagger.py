"""The documents describe what is there."""

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
    answer = Api().get("/swagger.json")
    assert answer.status_code == 200
    return answer.json()


def operations(document):
    methods = {"get", "post", "put", "patch", "delete"}
    return {
        (path, method): said
        for path, item in document["paths"].items()
        for method, said in item.items()
        if method in methods
    }


def test_every_route_is_documented_with_every_status(document):
    (api,) = [
        pattern for pattern in get_resolver().url_patterns if str(pattern.pattern) == "api/users/"
    ]
    assert len(document["paths"]) == len(api.url_patterns) + 1  # the key set
    said = {place: set(operation["responses"]) for place, operation in operations(document).items()}
    assert said == FOR_ANYONE | FOR_USERS | FOR_STAFF


def test_every_operation_has_a_summary_and_examples(document):
    for place, said in operations(document).items():
        assert said["summary"], place
        for status, answer in said["responses"].items():
            assert answer["description"], (place, status)
            assert status == "204" or ("schema" in answer and all(answer["examples"].values())), (
                place,
                status,
            )


def test_what_needs_a_token_says_so(document):
    assert document["securityDefinitions"]["Bearer"]["name"] == "Authorization"
    for place, said in operations(document).items():
        assert said["security"] == ([] if place in FOR_ANYONE else [{"Bearer": []}]), place


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
        *("AddressRequest", "AddressResponse", "ResetAsked", "ResetAccepted", "ResetConfirmation"),
    ],
)
def test_the_examples_have_the_fields_of_what_is_answered(document, name):
    definitions = document["definitions"]
    example = (
        definitions["KeySetResponse"]["example"]["keys"][0]
        if name == "KeyResponse"
        else definitions[name]["example"]
    )
    assert set(example) == set(definitions[name]["properties"])


def test_what_is_needed_and_what_is_not(document):
    definitions = document["definitions"]
    assert sorted(definitions["RegistrationRequest"]["required"]) == ["email", "password"]
    assert definitions["RegistrationRequest"]["properties"]["email"]["format"] == "email"
    assert "required" not in definitions["ProfileRequest"]
    assert "required" not in definitions["UserChangeRequest"]
    assert sorted(definitions["AddressRequest"]["required"]) == ["city", "country", "line1"]
    assert "required" not in definitions["AddressChangeRequest"]
    assert "US" in definitions["AddressRequest"]["properties"]["country"]["enum"]


def test_what_is_refused_and_what_may_be_empty_is_said(document):
    definitions = document["definitions"]
    assert definitions["ProfileRequest"]["additionalProperties"] is False
    assert "additionalProperties" not in definitions["ProfileResponse"]
    assert definitions["RegistrationRequest"]["properties"]["password"]["minLength"] == 1
    assert "minLength" not in definitions["ProfileResponse"]["properties"]["name"]
    for place, needed in {
        ("/api/users/", "post"): True,
        ("/api/users/me/", "patch"): False,
    }.items():
        assert [
            each["required"]
            for each in operations(document)[place]["parameters"]
            if each["in"] == "body"
        ] == [needed]


def test_lists_say_how_they_are_paged_and_refusals_their_media_type(document):
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
def test_the_documents_open_in_a_browser_without_a_login(path):
    answer = Api().get(path)
    assert (answer.status_code, answer["Content-Type"].partition(";")[0]) == (200, "text/html")
    assert b"//cdn" not in answer.content
