"""What inventory still has to do for orders, for staff."""

from uuid import UUID

from chassis.api import APIView, Request, Response
from chassis.authentication import IsStaff
from chassis.pagination import paged
from chassis.swagger import document, page_of
from chassis.validation import validate
from orders import errors
from orders.api.serializers import StockTaskQuery, StockTaskResponse
from orders.models import StockTask
from orders.services import recovery


class OutboxView(APIView):
    permission_classes = [IsStaff]

    @document(
        "list_stock_tasks",
        "List unfinished stock tasks",
        description="What a cancelled or shipped order still needs of inventory, newest order first. One that inventory rejects is "
        "tried again after growing pauses, and fails after a day.",
        auth="staff",
        query=StockTaskQuery,
        responses={200: page_of(StockTaskResponse)},
    )
    def get(self, request: Request) -> Response:
        failed = validate(StockTaskQuery, request.query_params).get("failed")
        tasks = (
            StockTask.objects.all()
            if failed is None
            else StockTask.objects.filter(failed_at__isnull=not failed)
        )
        return paged(request, tasks, StockTaskResponse, ordering="-order_id")


class OutboxRetryView(APIView):
    permission_classes = [IsStaff]

    @document(
        "retry_stock_task",
        "Retry a stock task",
        description="The order worker tries it again at once, and for another day if need be.",
        auth="staff",
        responses={200: StockTaskResponse},
        errors=[errors.StockTaskNotFound],
    )
    def post(self, request: Request, order_id: UUID) -> Response:
        return Response(StockTaskResponse(recovery.retry(order_id)).data)
