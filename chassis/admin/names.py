"""Names of rows that another service has. Without an answer, a page shows the ids alone."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import requests
from django.http import HttpRequest

from chassis import context

log = logging.getLogger(__name__)

CONNECT_SECONDS, ANSWER_SECONDS = 0.5, 1.5


def look_up(
    request: HttpRequest, url: str, ids: Iterable[UUID], **query: str
) -> dict[UUID, Mapping[str, Any]]:
    """The rows of `GET url?ids=...` by id, asked with the token of the staff member."""
    wanted = ",".join(sorted({str(each) for each in ids}))
    if not wanted:
        return {}
    try:
        answer = _get(url, {"ids": wanted, **query}, request.session["access"])
        answer.raise_for_status()
        return {UUID(row["id"]): row for row in answer.json()["results"]}
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        log.warning("names: %s: %s", url, type(error).__name__)
        return {}


def _get(url: str, query: dict[str, str], token: str) -> requests.Response:
    headers = context.current().headers | {"Authorization": f"Bearer {token}"}
    with requests.Session() as session:
        session.trust_env = False
        timeout = (CONNECT_SECONDS, ANSWER_SECONDS)
        return session.get(
            url, params=query, headers=headers, timeout=timeout, allow_redirects=False
        )
