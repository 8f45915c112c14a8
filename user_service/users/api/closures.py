"""The door for the order service, which keeps the orders of people who have closed their account."""

from typing import Any

from rest_framework.permissions import BasePermission

from chassis.api import APIView, Request, Response
from chassis.authentication import Service, ServiceOrUserAuthentication
from chassis.pagination import paged
from chassis.swagger import document, page_of
from chassis.validation import validate
from users.api.serializers.closures import ClosureQuery, ClosureResponse
from users.models import User

ORDER_SERVICE = Service("order", "closures:read")


class IsOrderService(BasePermission):
    message = "This is for the order service."

    def has_permission(self, request: Any, view: Any) -> bool:
        return isinstance(request.user, Service) and request.user == ORDER_SERVICE


class ClosureListView(APIView):
    authentication_classes = [ServiceOrUserAuthentication]
    permission_classes = [IsOrderService]

    @document(
        "list_closed_accounts",
        "List closed accounts",
        description="For the order service, by the time they were closed, so that it can forget where their orders went.",
        auth="service",
        query=ClosureQuery,
        responses={200: page_of(ClosureResponse)},
    )
    def get(self, request: Request) -> Response:
        return paged(
            request,
            User.objects.closed(**validate(ClosureQuery, request.query_params)),
            ClosureResponse,
            "updated_at",
        )
