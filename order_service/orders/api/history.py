"""The door to what happened to an order, and to what staff note about it."""

from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsSignedIn, IsStaff, caller_of
from chassis.pagination import paged
from chassis.swagger import operation, page_of
from chassis.validation import parsed
from orders import errors
from orders.api.serializers import EventResponse, NoteRequest, NoteResponse
from orders.api.views import order_of
from orders.models import Event
from orders.services import notes


class EventListView(APIView):
    permission_classes = [IsSignedIn]

    @operation(
        "Read what happened to an order",
        description="Oldest first.",
        access="user",
        answers={200: page_of(EventResponse)},
        refusals=[errors.UnknownOrder],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return paged(request, Event.objects.of(order_of(request, order_id)), EventResponse, ordering="id")


class NoteListView(APIView):
    permission_classes = [IsStaff]

    @operation(
        "Read what staff noted about an order",
        description="Newest first. Customers do not see it.",
        access="staff",
        answers={200: page_of(NoteResponse)},
        refusals=[errors.UnknownOrder],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return paged(request, order_of(request, order_id).notes.all(), NoteResponse)

    @operation(
        "Note something about an order",
        description="Notes are only added, never changed or deleted.",
        access="staff",
        body=NoteRequest,
        answers={201: NoteResponse},
        refusals=[errors.UnknownOrder],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        wanted = parsed(NoteRequest, request.data)
        note = notes.note(order_of(request, order_id), **wanted, author=caller_of(request).id)
        return Response(NoteResponse(note).data, status=201)
