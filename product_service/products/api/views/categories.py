"""The category tree."""

from chassis.api import APIView, Request, Response
from chassis.swagger import document
from products.api.preconditions import REVALIDATE_HEADERS
from products.api.serializers.categories import CategoriesResponse, CategoryResponse
from products.models import Category

MAX_CATEGORIES = 1000
DESCRIPTION = f"The categories with active products, in tree order; the first {MAX_CATEGORIES}."


class CategoryListView(APIView):
    authentication_classes = []
    permission_classes = []

    @document(
        "list_categories",
        "List categories",
        description=DESCRIPTION,
        auth="anyone",
        responses={200: CategoriesResponse},
    )
    def get(self, request: Request) -> Response:
        rows = Category.objects.non_empty()[:MAX_CATEGORIES]
        body = {"results": CategoryResponse(rows, many=True).data}
        return Response(body, headers=REVALIDATE_HEADERS)
