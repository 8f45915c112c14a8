"""The door for the order service: reservations. People may look, staff only; nobody but the order service may write."""

from typing import Any
from uuid import UUID

from rest_framework.permissions import SAFE_METHODS, BasePermission

from chassis.api import APIView, Request, Response
from chassis.authentication import Service, ServiceOrUserAuthentication
from chassis.pagination import paged
from chassis.swagger import document, page_of
from chassis.validation import validate
from inventory import errors, listings, services
from inventory.api.serializers import ReservationQuery, ReservationRequest, ReservationResponse

ORDER_SERVICE = Service("order", "reservations:write")


class IsOrderServiceOrStaffReading(BasePermission):
    message = "Only the order service may change reservations."

    def has_permission(self, request: Any, view: Any) -> bool:
        if isinstance(request.user, Service):
            return request.user == ORDER_SERVICE
        return request.method in SAFE_METHODS and bool(getattr(request.user, "is_staff", False))


class ReservationListView(APIView):
    authentication_classes = [ServiceOrUserAuthentication]
    permission_classes = [IsOrderServiceOrStaffReading]

    @document(
        "list_reservations",
        "List reservations",
        description="Newest order first. For staff and the order service; not behind the gateway.",
        auth="staff",
        query=ReservationQuery,
        responses={200: page_of(ReservationResponse)},
    )
    def get(self, request: Request) -> Response:
        rows, ordering, within = listings.reservations(
            **validate(ReservationQuery, request.query_params)
        )
        return paged(request, rows, ReservationResponse, ordering, within)


class ReservationView(APIView):
    authentication_classes = [ServiceOrUserAuthentication]
    permission_classes = [IsOrderServiceOrStaffReading]

    @document(
        "read_reservation",
        "Read a reservation",
        description="What is held, or was, for an order. For staff and the order service; not behind the gateway.",
        auth="staff",
        responses={200: ReservationResponse},
        errors=[errors.UnknownReservation],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return Response(ReservationResponse(services.reservation_of(order_id)).data)

    @document(
        "reserve_stock",
        "Reserve stock for an order",
        description="All lines or none; safe to repeat. For the order service only; not behind the gateway.",
        auth="service",
        body=ReservationRequest,
        responses={201: ReservationResponse, 200: ReservationResponse},
        errors=[errors.InsufficientStock, errors.ReservationReleased, errors.ReservationMismatch],
    )
    def put(self, request: Request, order_id: UUID) -> Response:
        wanted = validate(ReservationRequest, request.data)
        reservation, created = services.reserve(order_id=order_id, **wanted)
        return Response(ReservationResponse.to_dict(reservation), status=201 if created else 200)

    @document(
        "release_reservation",
        "Release a reservation",
        description="Gives the stock back, at most once, and closes the door for this order id. "
        "For the order service only; not behind the gateway.",
        auth="service",
        responses={204: "Released."},
        errors=[errors.ReservationFulfilled],
    )
    def delete(self, request: Request, order_id: UUID) -> Response:
        services.release(order_id=order_id)
        return Response(status=204)


class FulfilmentView(APIView):
    authentication_classes = [ServiceOrUserAuthentication]
    permission_classes = [IsOrderServiceOrStaffReading]

    @document(
        "fulfil_reservation",
        "Fulfil a reservation",
        description="The goods have left: takes the units out of `reserved`, at most once. "
        "For the order service only; not behind the gateway.",
        auth="service",
        responses={204: "Fulfilled."},
        errors=[errors.UnknownReservation, errors.ReservationReleased],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        services.fulfil(order_id=order_id)
        return Response(status=204)
