"""Names of rows that another service stores. If a call fails, the page shows only ids."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import requests
from django.http import HttpRequest

from chassis import context
from chassis.requests_with_deadline import request as send

log = logging.getLogger(__name__)

TIMEOUT = 1.5


def look_up(
    request: HttpRequest, url: str, ids: Iterable[UUID], **query: str
) -> dict[UUID, Mapping[str, Any]]:
    """The rows of `GET url?ids=...` by id, fetched with the staff member's token."""
    wanted = ",".join(sorted({str(each) for each in ids}))
    if not wanted:
        return {}
    token = {"Authorization": f"Bearer {request.session['access']}"}
    headers = context.get().headers | token
    try:
        url = f"{url}?{urlencode({'ids': wanted, **query})}"
        response = send("GET", url, headers=headers, timeout=TIMEOUT)
        response.raise_for_status()
        return {UUID(row["id"]): row for row in response.json()["results"]}
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        log.warning("names not fetched: %s", type(error).__name__)
        return {}
