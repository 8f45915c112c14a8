"""The schema of a view, from its decorator and serializers."""

from typing import Any

import pytest
from django.urls import path, reverse
from drf_yasg import openapi
from rest_framework import serializers

from chassis.api import APIView, Request, Response
from chassis.problem_details import example_of
from chassis.problems import Conflict, InvalidToken
from chassis.swagger import document
from chassis.swagger_defaults import BEARER, SETTINGS
from chassis.swagger_schema import Generator
from chassis.validation import QuerySerializer, RequestSerializer


class Taken(Conflict):
    code = "taken"
    detail = "The name is taken."
    example = {"name": "lamp"}


class ThingQuery(QuerySerializer):
    is_old = serializers.BooleanField(required=False, allow_null=True, default=None)


class ThingRequest(RequestSerializer):
    note = serializers.CharField(required=False)
    name = serializers.CharField()


class ThingResponse(serializers.Serializer[Any]):
    id = serializers.UUIDField(read_only=True)
    parent = serializers.CharField(allow_null=True, default=None)
    total = serializers.IntegerField(max_value=2**63 - 1, min_value=-(2**63))
    line = serializers.IntegerField(required=False)
    rows = serializers.ListSerializer[Any](child=serializers.CharField())


class ThingView(APIView):
    @document("read_thing", "Read", auth="anyone", query=ThingQuery, responses={200: ThingResponse})
    def get(self, request: Request, thing_id: str) -> Response:
        raise NotImplementedError

    @document(
        "change_thing",
        "Change",
        auth="staff",
        body=ThingRequest,
        responses={200: ThingResponse},
        errors=[Taken],
    )
    def put(self, request: Request, thing_id: str) -> Response:
        raise NotImplementedError


@pytest.fixture
def schema(settings):
    settings.OPENAPI_PATH_EXAMPLES = {"thing_id": "01964164-6260-7eb5-8431-10f63fcffedd"}
    patterns = [path("things/<uuid:thing_id>/", ThingView.as_view())]
    return Generator(openapi.Info("Sample", "v1"), patterns=patterns).get_schema(None, public=True)


def operation(schema, method):
    return schema["paths"]["/things/{thing_id}/"][method]


def test_a_response_has_every_field_that_is_not_declared_optional(schema):
    assert schema["definitions"]["ThingResponse"]["required"] == ["id", "total", "rows"]
    assert schema["definitions"]["ThingResponse"]["properties"]["parent"]["x-nullable"] is True


def test_a_limit_beyond_exact_numbers_of_javascript_becomes_int64(schema):
    assert schema["definitions"]["ThingResponse"]["properties"]["total"] == {
        "title": "Total",
        "type": "integer",
        "format": "int64",
    }


def test_a_query_parameter_is_never_null(schema):
    [parameter] = operation(schema, "get")["parameters"]

    assert "x-nullable" not in parameter


def test_the_id_in_a_path_has_an_example(schema):
    [parameter] = schema["paths"]["/things/{thing_id}/"]["parameters"]

    assert parameter["x-example"] == "01964164-6260-7eb5-8431-10f63fcffedd"


@pytest.mark.parametrize("media_type", ["application/json", "application/problem+json"])
def test_the_example_of_an_error_is_its_problem_document_under_every_media_type(schema, media_type):
    assert operation(schema, "put")["responses"]["409"]["examples"][media_type] == {
        "type": "/errors/taken",
        "title": "Conflict",
        "status": 409,
        "detail": "The name is taken.",
        "code": "taken",
        "request_id": "9f2c61d0a4b84a52b1d6f3c7e8a90b12",
        "name": "lamp",
    }


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ("put", {"field": "name", "message": "This field is required.", "code": "required"}),
        (
            "get",
            {
                "field": "colour",
                "message": "There is no such query parameter; there are: is_old.",
                "code": "unknown",
            },
        ),
    ],
)
def test_the_example_of_invalid_input_uses_a_field_of_the_operation(schema, method, error):
    assert operation(schema, method)["responses"]["400"]["examples"]["application/problem+json"][
        "errors"
    ] == [error]


def test_an_example_has_the_detail_of_its_own_class():
    class Expired(InvalidToken):
        detail = "The session is over."

    assert example_of(InvalidToken)["detail"].startswith(
        "The access token has expired. Get an access token at "
    )
    assert example_of(Expired)["detail"] == "The session is over."


def test_the_authorization_header_is_documented_with_bearer():
    description = SETTINGS["SECURITY_DEFINITIONS"][BEARER]["description"]

    assert description.startswith("`Bearer <access token>`")
    assert "the token alone" not in description


def test_swagger_ui_is_at_its_named_route_for_anyone(client):
    assert reverse("schema-swagger-ui") == "/swagger/"
    assert client.get(reverse("schema-swagger-ui")).status_code == 200
    assert client.get(reverse("schema-json")).json()["swagger"] == "2.0"
    assert client.get(reverse("schema-redoc")).status_code == 200
