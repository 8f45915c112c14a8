from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsStaff, get_current_user
from chassis.pagination import paged
from chassis.swagger import document, page_of
from chassis.validation import validate
from orders import errors
from orders.api.serializers import NoteRequest, NoteResponse
from orders.api.views.orders import get_order
from orders.services import notes


class NoteListView(APIView):
    permission_classes = [IsStaff]

    @document(
        "list_order_notes",
        "List the notes of an order",
        description="Newest first. Customers cannot see them.",
        auth="staff",
        responses={200: page_of(NoteResponse)},
        errors=[errors.OrderNotFound],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        return paged(request, get_order(request, order_id).notes.all(), NoteResponse)

    @document(
        "add_order_note",
        "Add a note to an order",
        description="Notes cannot be changed or deleted.",
        auth="staff",
        body=NoteRequest,
        responses={201: NoteResponse},
        errors=[errors.OrderNotFound],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        data, author = validate(NoteRequest, request.data), get_current_user(request).id
        note = notes.add_note(get_order(request, order_id), **data, author=author)
        return Response(NoteResponse(note).data, status=201)
