from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsStaff
from chassis.pagination import paged
from chassis.swagger import document, page_of
from chassis.validation import validate
from orders import errors, selectors
from orders.api.serializers import OutboxQuery, StockTaskResponse
from orders.services import outbox


class OutboxView(APIView):
    permission_classes = [IsStaff]

    @document(
        "list_stock_tasks",
        "List unfinished stock tasks",
        description="The outbox: what a cancelled or shipped order still requires of inventory, "
        "newest order first. A rejected task is retried with backoff, and becomes a dead letter "
        "(`failed_at`) after a day.",
        auth="staff",
        query=OutboxQuery,
        responses={200: page_of(StockTaskResponse)},
    )
    def get(self, request: Request) -> Response:
        messages = selectors.list_outbox(**validate(OutboxQuery, request.query_params))
        return paged(request, messages, StockTaskResponse, ordering="-order_id")


class OutboxRetryView(APIView):
    permission_classes = [IsStaff]

    @document(
        "retry_stock_task",
        "Retry a stock task",
        description="The order worker retries it now, and then with backoff for another day.",
        auth="staff",
        responses={200: StockTaskResponse},
        errors=[errors.OutboxMessageNotFound],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        return Response(StockTaskResponse(outbox.retry(order_id)).data)
