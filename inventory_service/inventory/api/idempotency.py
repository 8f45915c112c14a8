"""A POST that came before is answered as it was then."""

from collections.abc import Callable
from typing import Any

import orjson
from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response

from chassis.authentication import caller_of
from chassis.idempotency import fingerprint, idempotency_key
from chassis.payloads import JSONRenderer
from inventory.errors import IdempotencyKeyReused
from inventory.models import IdempotencyKey

REPLAYED = {"Idempotency-Replayed": "true"}


def once(request: Request, work: Callable[[], Response]) -> Response:
    """Do `work`, or repeat its answer; the key is kept in the transaction of the work itself, so there is never one alone."""
    key = idempotency_key(request)
    if key is None:
        return work()
    mark = fingerprint([request.path_info, request.data])  # with its slash, however it was typed
    with transaction.atomic():
        claim = {"user_id": caller_of(request).id, "key": key}
        fresh = IdempotencyKey(**claim, fingerprint=mark, status=0, answer=None)
        IdempotencyKey.objects.bulk_create([fresh], ignore_conflicts=True)  # waits for a twin that is under way
        seen = IdempotencyKey.objects.select_for_update().get(**claim)
        return _replay(seen, mark) if seen.status else _do(seen, work)


def _do(claimed: IdempotencyKey, work: Callable[[], Response]) -> Response:
    response = work()
    claimed.status, claimed.answer = response.status_code, orjson.loads(JSONRenderer().render(response.data))
    claimed.save(update_fields=["status", "answer"])
    return response


def _replay(seen: IdempotencyKey, mark: str) -> Response:
    if seen.fingerprint != mark:
        raise IdempotencyKeyReused
    answer: Any = seen.answer
    return Response(answer, status=seen.status, headers=REPLAYED)
