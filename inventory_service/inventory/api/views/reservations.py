"""Reservations. Only the order service may change them; staff may read them."""

from typing import Any
from uuid import UUID

from rest_framework.permissions import SAFE_METHODS, BasePermission

from chassis.api import APIView, Request, Response
from chassis.authentication import ServiceAccount, ServiceOrUserAuthentication
from chassis.pagination import paged
from chassis.swagger import document, page_of
from chassis.validation import validate
from inventory import errors, selectors, services
from inventory.api.serializers import ReservationQuery, ReservationRequest, ReservationResponse

ORDER_SERVICE = ServiceAccount("order", "reservations:write")

FOR_READERS = "For staff and the order service; not reachable through the gateway."
FOR_ORDER_SERVICE = "For the order service only; not reachable through the gateway."


class IsOrderServiceOrReadOnlyStaff(BasePermission):
    message = "Only the order service may change reservations."

    def has_permission(self, request: Any, view: Any) -> bool:
        if isinstance(request.user, ServiceAccount):
            return request.user == ORDER_SERVICE
        return request.method in SAFE_METHODS and bool(getattr(request.user, "is_staff", False))


class ReservationListView(APIView):
    authentication_classes = [ServiceOrUserAuthentication]
    permission_classes = [IsOrderServiceOrReadOnlyStaff]

    @document(
        "list_reservations",
        "List reservations",
        description=f"Newest order first. {FOR_READERS}",
        auth="staff",
        query=ReservationQuery,
        responses={200: page_of(ReservationResponse)},
    )
    def get(self, request: Request) -> Response:
        query = validate(ReservationQuery, request.query_params)
        rows, ordering, bounds = selectors.list_reservations(**query)
        return paged(request, rows, ReservationResponse, ordering, bounds)


class ReservationView(APIView):
    authentication_classes = [ServiceOrUserAuthentication]
    permission_classes = [IsOrderServiceOrReadOnlyStaff]

    @document(
        "read_reservation",
        "Read a reservation",
        description=f"The stock that is or was reserved for an order. {FOR_READERS}",
        auth="staff",
        responses={200: ReservationResponse},
        errors=[errors.ReservationNotFound],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return Response(ReservationResponse(selectors.get_reservation(order_id)).data)

    @document(
        "reserve_stock",
        "Reserve stock for an order",
        description=f"All lines or none. Safe to repeat. {FOR_ORDER_SERVICE}",
        auth="service",
        body=ReservationRequest,
        responses={201: ReservationResponse, 200: ReservationResponse},
        errors=[errors.InsufficientStock, errors.ReservationReleased, errors.ReservationMismatch],
    )
    def put(self, request: Request, order_id: UUID) -> Response:
        body = validate(ReservationRequest, request.data)
        reservation, created = services.reserve(order_id=order_id, **body)
        return Response(ReservationResponse.to_dict(reservation), status=201 if created else 200)

    @document(
        "release_reservation",
        "Release a reservation",
        description="Returns the stock, at most once. This order id can never be reserved again. "
        + FOR_ORDER_SERVICE,
        auth="service",
        responses={204: "Released."},
        errors=[errors.ReservationFulfilled],
    )
    def delete(self, request: Request, order_id: UUID) -> Response:
        services.release(order_id=order_id)
        return Response(status=204)


class FulfilmentView(APIView):
    authentication_classes = [ServiceOrUserAuthentication]
    permission_classes = [IsOrderServiceOrReadOnlyStaff]

    @document(
        "fulfil_reservation",
        "Fulfil a reservation",
        description="For a shipped order: removes the units from `reserved`, at most once. "
        + FOR_ORDER_SERVICE,
        auth="service",
        responses={204: "Fulfilled."},
        errors=[errors.ReservationNotFound, errors.ReservationReleased],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        services.fulfil(order_id=order_id)
        return Response(status=204)
