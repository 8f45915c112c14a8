"""Idempotency-Key on POST endpoints."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from chassis.api import Request, Response
from chassis.authentication import get_current_user
from chassis.idempotency import PATTERN, fingerprint, idempotency_key
from chassis.swagger import header
from inventory.services.idempotency import StoredResponse, run_once

IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "1 to 255 characters. A repeated request with the same key gets the stored response.",
    pattern=PATTERN,
)


def idempotent(
    request: Request,
    execute: Callable[..., Response],
    prepare: Callable[[], Mapping[str, Any]] = dict,
) -> Response:
    """Execute a request, once if it has a key. `prepare` returns the arguments of `execute`."""
    key = idempotency_key(request)
    if key is None:
        return execute(**prepare())

    def execute_and_render(**arguments: Any) -> StoredResponse:
        response = execute(**arguments)
        return StoredResponse(response.status_code, response.content.decode())

    (status, body), is_replay = run_once(
        user_id=get_current_user(request).id,
        key=key,
        # path_info always ends with a slash, even if the request's path does not.
        fingerprint=fingerprint(request.path_info.encode(), request.body),
        execute=execute_and_render,
        prepare=prepare,
    )
    headers = {"Idempotency-Replayed": "true"} if is_replay else None
    return Response(orjson.Fragment(body), status=status, headers=headers)
