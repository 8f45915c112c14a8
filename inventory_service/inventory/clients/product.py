"""Calls to the product service."""

from collections.abc import Iterable
from urllib.parse import urlencode
from uuid import UUID

from chassis.http_client import HttpClient, UpstreamError, UpstreamUnavailable

MAX_IDS = 100
"""What the product service takes in one request."""
MOST_SKUS = 10
"""Of 64 characters, each of up to 12 bytes when encoded: a request line may have 8,190 bytes."""


class ProductClient:
    """Without the access token of staff, archived products are unknown ones."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def existing(
        self, product_ids: Iterable[UUID], *, timeout: float, staff_token: str | None = None
    ) -> set[UUID]:
        """Those of at most MAX_IDS ids that products have. Raises UpstreamUnavailable."""
        return self._ids({"ids": ",".join(map(str, product_ids))}, timeout, staff_token)

    def with_skus(
        self, skus: Iterable[str], *, timeout: float, staff_token: str | None = None
    ) -> set[UUID]:
        """The ids of the products that have one of at most MOST_SKUS SKUs. Raises UpstreamUnavailable."""
        return self._ids({"sku": ",".join(skus), "page_size": "100"}, timeout, staff_token)

    def _ids(self, query: dict[str, str], timeout: float, staff_token: str | None) -> set[UUID]:
        archived = {"include_archived": "true"} if staff_token else {}
        path = f"/api/products/?{urlencode(query | archived, safe=',')}"
        try:
            page = self._http.request("GET", path, timeout=timeout, caller=staff_token)
            return {UUID(row["id"]) for row in page["results"]}
        except (UpstreamError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise UpstreamUnavailable(
                f"the product service gave an invalid response: {error!r}"
            ) from error
