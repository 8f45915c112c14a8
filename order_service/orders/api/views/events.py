from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsAuthenticated
from chassis.pagination import paged
from chassis.swagger import document, page_of
from orders import errors, selectors
from orders.api.serializers import EventResponse
from orders.api.views.orders import get_order


class EventListView(APIView):
    permission_classes = [IsAuthenticated]

    @document(
        "list_order_events",
        "List the events of an order",
        description="Oldest first.",
        auth="user",
        responses={200: page_of(EventResponse)},
        errors=[errors.OrderNotFound],
    )
    def get(self, request: Request, order_id: UUID) -> Response:
        events = selectors.list_events(get_order(request, order_id))
        return paged(request, events, EventResponse, ordering="id")
