"""Client for the product service."""

from collections.abc import Iterable
from urllib.parse import urlencode
from uuid import UUID

from chassis.http_client import HttpClient, UpstreamError, UpstreamUnavailable

MAX_IDS = 100
"""Limit of the product service for one request."""
MAX_SKUS = 10
"""64 characters of up to 12 encoded bytes each; a request line is limited to 8,190 bytes."""


class ProductClient:
    """Finds archived products only with the access token of a staff user."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def find_existing(
        self, product_ids: Iterable[UUID], *, timeout: float, staff_token: str | None = None
    ) -> set[UUID]:
        """The ids, of at most MAX_IDS, that exist. Raises UpstreamUnavailable."""
        return self._get_ids({"ids": ",".join(map(str, product_ids))}, timeout, staff_token)

    def find_by_sku(
        self, skus: Iterable[str], *, timeout: float, staff_token: str | None = None
    ) -> set[UUID]:
        """The ids of the products with at most MAX_SKUS SKUs. Raises UpstreamUnavailable."""
        return self._get_ids({"sku": ",".join(skus), "page_size": "100"}, timeout, staff_token)

    def _get_ids(self, query: dict[str, str], timeout: float, staff_token: str | None) -> set[UUID]:
        archived = {"include_archived": "true"} if staff_token else {}
        path = f"/api/products/?{urlencode(query | archived, safe=',')}"
        try:
            page = self._http.request("GET", path, timeout=timeout, user_token=staff_token)
            return {UUID(row["id"]) for row in page["results"]}
        except (UpstreamError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise UpstreamUnavailable(
                f"the product service sent an invalid response: {error!r}"
            ) from error
