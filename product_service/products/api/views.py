"""The door for shops and staff: the catalogue."""

from typing import Any
from uuid import UUID

from django.urls import reverse

from chassis.api import APIView, Request, Response
from chassis.authentication import IsStaff, IsStaffOrReadOnly, OptionalUserAuthentication
from chassis.pagination import KeysetPagination, paginate
from chassis.problems import NotAuthenticated, PermissionDenied, ValidationFailed
from chassis.query import given
from chassis.read_only import without_read_only
from chassis.swagger import document, header, page_of
from chassis.validation import validate
from products import errors, services
from products.api.etags import Unchanged, etag, has_seen
from products.api.serializers import (
    CategoriesResponse,
    CategoryResponse,
    ProductChange,
    ProductQuery,
    ProductRequest,
    ProductResponse,
)
from products.listing import by_id, listings
from products.models import Category, Product

IF_MATCH = header(
    "If-Match",
    "ETags of the versions you know: when the product is at none of them, nothing is changed (412).",
)
IF_NONE_MATCH = header(
    "If-None-Match", "ETags you have already: when one of them still holds, the answer is 304."
)
LIST = """Newest first; with `search`, what fits best first; with `ordering`, by that.

With `ids`, all that exist and are active in one page; what is unknown is left out."""
MOST_CATEGORIES = 1000
"""A menu: who has more wants a search."""
FRESH = {"Cache-Control": "no-cache", "Vary": "Authorization"}
"""May be kept, but is asked for again each time; and staff may see more."""
CHANGE_REFUSALS = [errors.UnknownProduct, errors.SkuTaken, errors.ProductChanged]


class AnyoneReadsWhatIsSold(IsStaffOrReadOnly):
    """Archived products are for staff."""

    def has_permission(self, request: Any, view: Any) -> bool:
        asks_for_more = given(request.query_params, "include_archived") is not None
        return super().has_permission(request, view) and (
            not asks_for_more or IsStaff.has_permission(self, request, view)
        )


class ProductListView(APIView):
    authentication_classes = [OptionalUserAuthentication]
    permission_classes = [AnyoneReadsWhatIsSold]

    @document(
        "list_products",
        "List products",
        description=LIST,
        auth="anyone, staff more",
        query=ProductQuery,
        responses={200: page_of(ProductResponse)},
        errors=[NotAuthenticated, PermissionDenied],
    )
    def get(self, request: Request) -> Response:
        return Response(page_of_products(request), headers=FRESH)

    @document(
        "create_product",
        "Create a product",
        description="Answers with `Location` and `ETag`.",
        auth="staff",
        body=ProductRequest,
        responses={201: ProductResponse},
        errors=[errors.SkuTaken],
    )
    def post(self, request: Request) -> Response:
        product = services.create(**validate(ProductRequest, request.data))
        return _answer(product, status=201, location=reverse("product", args=[product.pk]))


class CategoryListView(APIView):
    authentication_classes = []
    permission_classes = []

    @document(
        "list_categories",
        "List categories",
        description=f"Those with active products, as a tree in the order of their slugs; the first {MOST_CATEGORIES}.",
        auth="anyone",
        responses={200: CategoriesResponse},
    )
    def get(self, request: Request) -> Response:
        rows = Category.objects.in_use()[:MOST_CATEGORIES]
        return Response({"results": CategoryResponse(rows, many=True).data}, headers=FRESH)


class ProductView(APIView):
    authentication_classes = [OptionalUserAuthentication]
    permission_classes = [IsStaffOrReadOnly]

    @document(
        "read_product",
        "Read a product",
        description="Answers with `ETag`. An archived product is there for staff only. "
        "The `product_id` that is filled in is one of the demo data (`make seed`); else it is 404.",
        auth="anyone, staff more",
        headers=[IF_NONE_MATCH],
        responses={200: ProductResponse, 304: "You have it already."},
        errors=[errors.UnknownProduct],
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        rows = by_id([product_id], include_archived=IsStaff().has_permission(request, self))
        if not rows:
            raise errors.UnknownProduct
        version, product = rows[0]
        headers = {"ETag": etag(version), **FRESH}
        return (
            Response(status=304, headers=headers)
            if has_seen(request, version)
            else Response(product, headers=headers)
        )

    @document(
        "replace_product",
        "Replace a product",
        description="What is left out gets its default. Answers with the new `ETag`.",
        auth="staff",
        body=ProductRequest,
        headers=[IF_MATCH],
        responses={200: ProductResponse},
        errors=CHANGE_REFUSALS,
    )
    def put(self, request: Request, product_id: UUID) -> Response:
        facts = _fields_of(request, ProductRequest, product_id)
        return _answer(services.change(product_id=product_id, versions=Unchanged(request), **facts))

    @document(
        "change_product",
        "Change a product",
        description="What is left out stays. `is_active: true` brings an archived product back. Answers with the new `ETag`.",
        auth="staff",
        body=ProductChange,
        headers=[IF_MATCH],
        responses={200: ProductResponse},
        errors=CHANGE_REFUSALS,
    )
    def patch(self, request: Request, product_id: UUID) -> Response:
        facts = _fields_of(request, ProductChange, product_id)
        return _answer(services.change(product_id=product_id, versions=Unchanged(request), **facts))

    @document(
        "archive_product",
        "Archive a product",
        description="Gone from lists and for new orders; staff can still read it, and old orders keep what they say of it.",
        auth="staff",
        headers=[IF_MATCH],
        responses={204: "Archived, now or before."},
        errors=[errors.UnknownProduct, errors.ProductChanged],
    )
    def delete(self, request: Request, product_id: UUID) -> Response:
        services.archive(product_id=product_id, versions=Unchanged(request))
        return Response(status=204)


def _fields_of(
    request: Request, serializer: type[ProductRequest], product_id: UUID
) -> dict[str, Any]:
    body = without_read_only(
        request.data,
        serializer,
        ProductResponse,
        lambda: services.product_at(product_id, Unchanged(request)),
    )
    return validate(serializer, body)


def page_of_products(request: Request) -> Any:
    wanted = validate(ProductQuery, request.query_params)
    return _whole(request, **wanted) if "ids" in wanted else _page(request, **wanted)


def _page(request: Request, **wanted: Any) -> Any:
    for rows, ordering, within in listings(**wanted):
        page = paginate(request, rows, ProductResponse, ordering, within)
        if page["results"]:
            break
    return page


def _whole(request: Request, **wanted: Any) -> Any:
    KeysetPagination().get_page_size(request)
    if given(request.query_params, "cursor") is not None:
        raise ValidationFailed("cursor", "With ids there is one page only.")
    return {"next": None, "previous": None, "results": _all_of(**wanted)}


def _all_of(*, ids: list[UUID], **wanted: Any) -> Any:
    if wanted.keys() <= {"include_archived"}:
        return [product for _, product in by_id(ids, **wanted)]
    rows, ordering, _ = next(listings(ids=ids, **wanted))
    return ProductResponse(rows.order_by(*ordering), many=True).data


def _answer(product: Product, status: int = 200, **headers: str) -> Response:
    return Response(
        ProductResponse(product).data,
        status=status,
        headers={"ETag": etag(product.version), **FRESH, **headers},
    )
