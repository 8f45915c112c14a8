"""Closed accounts, for the order service, which erases their shipping addresses."""

from typing import Any

from rest_framework.permissions import BasePermission

from chassis.api import APIView, Request, Response
from chassis.authentication import ServiceAccount, ServiceOrUserAuthentication
from chassis.pagination import paged
from chassis.swagger import document, page_of
from chassis.validation import validate
from users import selectors
from users.api.serializers.closed_accounts import ClosedAccountQuery, ClosedAccountResponse

ORDER_SERVICE = ServiceAccount("order", "closures:read")


class IsOrderService(BasePermission):
    message = "This is for the order service."

    def has_permission(self, request: Any, view: Any) -> bool:
        return isinstance(request.user, ServiceAccount) and request.user == ORDER_SERVICE


class ClosedAccountListView(APIView):
    authentication_classes = [ServiceOrUserAuthentication]
    permission_classes = [IsOrderService]

    @document(
        "list_closed_accounts",
        "List closed accounts",
        description=(
            "For the order service, ordered by the time of closing, so that it can erase the "
            "shipping addresses of their orders."
        ),
        auth="service",
        query=ClosedAccountQuery,
        responses={200: page_of(ClosedAccountResponse)},
    )
    def get(self, request: Request) -> Response:
        query = validate(ClosedAccountQuery, request.query_params)
        rows = selectors.list_closed_accounts(**query)
        return paged(request, rows, ClosedAccountResponse, "updated_at")
