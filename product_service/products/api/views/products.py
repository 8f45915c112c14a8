"""Products, for the public and for staff."""

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
from products import errors, selectors, services
from products.api.preconditions import REVALIDATE_HEADERS, IfMatch, etag, is_not_modified
from products.api.serializers.products import (
    ProductChange,
    ProductQuery,
    ProductRequest,
    ProductResponse,
)
from products.models import Product

IF_MATCH = header(
    "If-Match",
    "ETags of the versions that may be changed; for another version the response is 412.",
)
IF_NONE_MATCH = header(
    "If-None-Match", "ETags of cached versions; if one is current, the response is 304."
)
LIST_DESCRIPTION = """Sorted by `ordering`; by default newest first, with `search` by relevance.

With `ids`, one page has all that exist and are active. Unknown ids are left out."""
READ_DESCRIPTION = """The response has an `ETag`. Only staff can read archived products.
The prefilled `product_id` belongs to the demo data (`make seed`); without them it is 404."""
REPLACE_DESCRIPTION = "Omitted fields get their default. The response has the new `ETag`."
CHANGE_DESCRIPTION = (
    "Omitted fields stay as they are. `is_active: true` restores an archived product. "
    "The response has the new `ETag`."
)
ARCHIVE_DESCRIPTION = (
    "Removes the product from lists and from new orders. Staff can still read it, and existing "
    "orders keep its name and price."
)
CHANGE_ERRORS = [errors.ProductNotFound, errors.DuplicateSku, errors.StaleProductVersion]


class ReadActiveProducts(IsStaffOrReadOnly):
    """Everyone reads active products; only staff may include archived ones or write."""

    def has_permission(self, request: Any, view: Any) -> bool:
        includes_archived = given(request.query_params, "include_archived") is not None
        return super().has_permission(request, view) and (
            not includes_archived or IsStaff.has_permission(self, request, view)
        )


class ProductListView(APIView):
    authentication_classes = [OptionalUserAuthentication]
    permission_classes = [ReadActiveProducts]

    @document(
        "list_products",
        "List products",
        description=LIST_DESCRIPTION,
        auth="anyone, staff more",
        query=ProductQuery,
        responses={200: page_of(ProductResponse)},
        errors=[NotAuthenticated, PermissionDenied],
    )
    def get(self, request: Request) -> Response:
        return Response(list_products(request), headers=REVALIDATE_HEADERS)

    @document(
        "create_product",
        "Create a product",
        description="The response has `Location` and `ETag`.",
        auth="staff",
        body=ProductRequest,
        responses={201: ProductResponse},
        errors=[errors.DuplicateSku],
    )
    def post(self, request: Request) -> Response:
        product = services.create(**validate(ProductRequest, request.data))
        return _respond(product, status=201, location=reverse("product", args=[product.pk]))


class ProductView(APIView):
    authentication_classes = [OptionalUserAuthentication]
    permission_classes = [IsStaffOrReadOnly]

    @document(
        "read_product",
        "Read a product",
        description=READ_DESCRIPTION,
        auth="anyone, staff more",
        headers=[IF_NONE_MATCH],
        responses={200: ProductResponse, 304: "The cached version is current."},
        errors=[errors.ProductNotFound],
    )
    def get(self, request: Request, product_id: UUID) -> Response:
        include_archived = IsStaff().has_permission(request, self)
        rows = selectors.by_ids([product_id], include_archived=include_archived)
        if not rows:
            raise errors.ProductNotFound
        version, product = rows[0]
        headers = {"ETag": etag(version), **REVALIDATE_HEADERS}
        if is_not_modified(request, version):
            return Response(status=304, headers=headers)
        return Response(product, headers=headers)

    @document(
        "replace_product",
        "Replace a product",
        description=REPLACE_DESCRIPTION,
        auth="staff",
        body=ProductRequest,
        headers=[IF_MATCH],
        responses={200: ProductResponse},
        errors=CHANGE_ERRORS,
    )
    def put(self, request: Request, product_id: UUID) -> Response:
        return _update(request, ProductRequest, product_id)

    @document(
        "change_product",
        "Change a product",
        description=CHANGE_DESCRIPTION,
        auth="staff",
        body=ProductChange,
        headers=[IF_MATCH],
        responses={200: ProductResponse},
        errors=CHANGE_ERRORS,
    )
    def patch(self, request: Request, product_id: UUID) -> Response:
        return _update(request, ProductChange, product_id)

    @document(
        "archive_product",
        "Archive a product",
        description=ARCHIVE_DESCRIPTION,
        auth="staff",
        headers=[IF_MATCH],
        responses={204: "The product is archived."},
        errors=[errors.ProductNotFound, errors.StaleProductVersion],
    )
    def delete(self, request: Request, product_id: UUID) -> Response:
        services.archive(product_id=product_id, versions=IfMatch(request))
        return Response(status=204)


def list_products(request: Request) -> Any:
    filters = validate(ProductQuery, request.query_params)
    return _by_ids(request, **filters) if "ids" in filters else _page(request, **filters)


def _page(request: Request, **filters: Any) -> Any:
    for rows, ordering, within in selectors.list_products(**filters):
        page = paginate(request, rows, ProductResponse, ordering, within)
        if page["results"]:
            break
    return page


def _by_ids(request: Request, *, ids: list[UUID], **filters: Any) -> Any:
    KeysetPagination().get_page_size(request)
    if given(request.query_params, "cursor") is not None:
        raise ValidationFailed("cursor", "With ids there is one page only.")
    if filters.keys() <= {"include_archived"}:
        results: Any = [product for _, product in selectors.by_ids(ids, **filters)]
    else:
        rows, ordering, _ = next(selectors.list_products(ids=ids, **filters))
        results = ProductResponse(rows.order_by(*ordering), many=True).data
    return {"next": None, "previous": None, "results": results}


def _update(request: Request, serializer: type[ProductRequest], product_id: UUID) -> Response:
    versions = IfMatch(request)
    body = without_read_only(
        request.data,
        serializer,
        ProductResponse,
        lambda: services.get_product(product_id, versions),
    )
    fields = validate(serializer, body)
    return _respond(services.update(product_id=product_id, versions=versions, **fields))


def _respond(product: Product, status: int = 200, **headers: str) -> Response:
    return Response(
        ProductResponse(product).data,
        status=status,
        headers={"ETag": etag(product.version), **REVALIDATE_HEADERS, **headers},
    )
