"""The door to what happened to an order, and to what staff note about it."""

from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsAuthenticated, IsStaff, get_current_user
from chassis.pagination import paged
from chassis.swagger import document, page_of
from chassis.validation import validate
from orders import errors
from orders.api.serializers import EventResponse, NoteRequest, NoteResponse
from orders.api.views import order_of
from orders.models import Event
from orders.services import notes


class EventListView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "list_order_events",
        "Read what happened to an order",
        description="Oldest first.",
        auth="user",
        responses={200: page_of(EventResponse)},
        errors=[errors.UnknownOrder],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return paged(
            request, Event.objects.of(order_of(request, order_id)), EventResponse, ordering="id"
        )


class NoteListView(APIView):
    permission_classes = [IsStaff]

    @document(
        "list_order_notes",
        "Read what staff noted about an order",
        description="Newest first. Customers do not see it.",
        auth="staff",
        responses={200: page_of(NoteResponse)},
        errors=[errors.UnknownOrder],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return paged(request, order_of(request, order_id).notes.all(), NoteResponse)

    @document(
        "add_order_note",
        "Note something about an order",
        description="Notes are only added, never changed or deleted.",
        auth="staff",
        body=NoteRequest,
        responses={201: NoteResponse},
        errors=[errors.UnknownOrder],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        wanted = validate(NoteRequest, request.data)
        note = notes.note(
            order_of(request, order_id), **wanted, author=get_current_user(request).id
        )
        return Response(NoteResponse(note).data, status=201)
