"""One view for each feature of the chassis."""

import time
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions, serializers

from chassis import problems
from chassis.api import APIView, Request, Response
from chassis.authentication import (
    IsAuthenticated,
    IsStaffOrReadOnly,
    OptionalUserAuthentication,
    ServiceAccount,
    ServiceOrUserAuthentication,
)
from chassis.pagination import paged
from chassis.request_timing import arrival
from chassis.swagger import document, page_of
from chassis.tests.sample.models import Thing
from chassis.validation import CommaSeparatedUUIDs, QuerySerializer, RequestSerializer, validate


class PartRequest(RequestSerializer):
    count = serializers.IntegerField(min_value=1, max_value=1000)


class BoxRequest(RequestSerializer):
    label = serializers.CharField(max_length=10, required=False)
    parts = PartRequest(many=True, max_length=3, required=False)


class EchoRequest(RequestSerializer):
    name = serializers.CharField(max_length=100, required=False)
    count = serializers.IntegerField(min_value=-1000, max_value=1000, required=False)
    price = serializers.DecimalField(max_digits=6, decimal_places=2, required=False)
    flag = serializers.BooleanField(required=False)
    ref = serializers.UUIDField(required=False)
    at = serializers.DateTimeField(required=False)
    kind = serializers.ChoiceField(["a", "b"], required=False)
    mail = serializers.EmailField(required=False)
    tags = serializers.ListField(child=serializers.CharField(max_length=5), required=False)
    made = serializers.IntegerField(read_only=True)
    box = BoxRequest(required=False, allow_null=True)
    boxes = BoxRequest(many=True, required=False)


class EchoQuery(QuerySerializer):
    ids = CommaSeparatedUUIDs(required=False)


class ThingResponse(serializers.ModelSerializer[Thing]):
    class Meta:
        model = Thing
        fields: ClassVar = ["id", "name"]


FAILURES: dict[str, Exception] = {
    "operational": OperationalError("server closed the connection"),
    "interface": InterfaceError("connection already closed"),
    "data": DataError("value out of range"),
    "unknown": RuntimeError("internal details"),
    "not-found": Http404("No Thing matches"),
    "denied": PermissionDenied("internal details"),
    "suspicious": SuspiciousOperation("internal details"),
    "throttled": exceptions.Throttled(wait=7),
    "recursion": RecursionError("too deep"),
    **{
        kind.__name__: kind("A detail.", hint="h")
        for kind in [
            problems.BadRequest,
            problems.NotAuthenticated,
            problems.PermissionDenied,
            problems.NotFound,
            problems.Conflict,
            problems.PreconditionFailed,
            problems.ContentTooLarge,
            problems.UnprocessableContent,
            problems.TooManyRequests,
        ]
    },
    "ValidationFailed": problems.ValidationFailed("name", "No."),
    "ServiceUnavailable": problems.ServiceUnavailable("product", retry_after=3),
}


class Open(APIView):
    authentication_classes: ClassVar = []
    permission_classes: ClassVar = []


class EchoView(Open):
    def get(self, request: Request) -> Response:
        return Response(
            {
                name: [str(i) for i in value]
                for name, value in validate(EchoQuery, request.query_params).items()
            }
        )

    def post(self, request: Request) -> Response:
        return Response(validate(EchoRequest, request.data))

    def patch(self, request: Request) -> Response:
        return self.post(request)


class RawView(Open):
    def post(self, request: Request) -> Response:
        return Response({"size": len(str(request.data))})


class WaitView(Open):
    """Blocks its thread until the file of the query parameter exists."""

    def get(self, request: Request) -> Response:
        arrived = time.monotonic() - arrival(request)
        deadline = time.monotonic() + 10
        while not Path(request.query_params["file"]).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        return Response({"waited": arrived})


class ThingListView(Open):
    def get(self, request: Request) -> Response:
        return paged(
            request,
            Thing.objects.all(),
            ThingResponse,
            ordering=request.query_params.get("by", "-id").split(","),
        )


class DocumentedQuery(QuerySerializer):
    search = serializers.CharField(required=False)


class DocumentedView(Open):
    @document(
        "list_documented",
        "List",
        auth="anyone",
        query=DocumentedQuery,
        responses={200: page_of(ThingResponse)},
    )
    def get(self, request: Request) -> Response:
        names = validate(DocumentedQuery, request.query_params)
        return paged(
            request,
            Thing.objects.filter(name__in=names.values()) if names else Thing.objects.all(),
            ThingResponse,
        )

    @document(
        "create_documented",
        "Create",
        auth="anyone",
        body=EchoRequest,
        responses={201: ThingResponse},
    )
    def post(self, request: Request) -> Response:
        return Response(ThingResponse(Thing.objects.create(name="x")).data, status=201)


class FailingView(Open):
    def get(self, request: Request, how: str) -> Response:
        raise FAILURES[how]


def plain(request: HttpRequest, how: str) -> HttpResponse:
    raise FAILURES[how]


class SignedInView(APIView):
    permission_classes: ClassVar = [IsAuthenticated]

    def get(self, request: Request) -> Response:
        return Response({"id": str(request.user.id), "role": request.user.role})


class StaffView(APIView):
    def get(self, request: Request) -> Response:
        return Response({"id": UUID(str(request.user.id))})


class OptionalView(APIView):
    authentication_classes: ClassVar = [OptionalUserAuthentication]
    permission_classes: ClassVar = [IsStaffOrReadOnly]

    def get(self, request: Request) -> Response:
        return Response({"role": getattr(request.user, "role", None)})

    def post(self, request: Request) -> Response:
        return Response({"role": request.user.role})


class EitherView(APIView):
    authentication_classes: ClassVar = [ServiceOrUserAuthentication]
    permission_classes: ClassVar = []

    def get(self, request: Request) -> Response:
        user: Any = request.user
        return Response(
            {"service": user.name}
            if isinstance(user, ServiceAccount)
            else {"role": getattr(user, "role", None)}
        )


class ClientView(Open):
    def get(self, request: Request) -> Response:
        return Response(
            {"address": request.META["REMOTE_ADDR"], "key": request.META.get("HTTP_X_PROXY_SECRET")}
        )


class BackendView(Open):
    def get(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return Response({"pid": cursor.fetchone()[0]})


class SlowView(Open):
    """Takes a second, nearly all of it in PostgreSQL."""

    def get(self, request: Request) -> Response:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(1)")
        return Response({})
