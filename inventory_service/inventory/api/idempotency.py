"""A POST that came before is answered as it was then."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.db import connection, transaction

from chassis.api import Request, Response
from chassis.authentication import get_current_user
from chassis.idempotency import PATTERN, fingerprint, idempotency_key
from chassis.swagger import header
from inventory.errors import IdempotencyKeyReused
from inventory.models import IdempotencyKey

IDEMPOTENCY_KEY = header(
    "Idempotency-Key",
    "1 to 255 characters; the same key again is answered as it was the first time.",
    pattern=PATTERN,
)
REPLAYED = {"Idempotency-Replayed": "true"}
KEPT_HOURS = 48
"""24 are promised."""
FORGOTTEN_AT_ONCE = 10
"""More than the one key that comes in meanwhile, so that what is old is gone soon; few enough to cost next to nothing."""

FORGET = """
    WITH old AS MATERIALIZED (
        SELECT id FROM idempotency_key WHERE id < (SELECT uuidv7(make_interval(hours => -%(hours)s)))
        ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
    DELETE FROM idempotency_key USING old WHERE idempotency_key.id = old.id"""


def once(
    request: Request, work: Callable[..., Response], prepare: Callable[[], Mapping[str, Any]] = dict
) -> Response:
    """Do `work`, or repeat its answer; the key is kept in the transaction of the work itself, so there is never one alone.

    `prepare` makes the arguments of `work`, outside of the transaction: it may call another service.
    """
    key = idempotency_key(request)
    if key is None:
        return work(**prepare())
    user_id = get_current_user(request).id
    mark = fingerprint(
        request.path_info.encode(), request.body
    )  # the path with its slash, however it was typed
    if seen := IdempotencyKey.objects.filter(user_id=user_id, key=key).first():
        return _replay(seen, mark)
    forget_old_keys()
    prepared = prepare()
    with transaction.atomic():
        claimed = _claim(
            IdempotencyKey(user_id=user_id, key=key, fingerprint=mark, status=0, answer=None)
        )
        return _replay(claimed, mark) if claimed.status else _do(claimed, lambda: work(**prepared))


def forget_old_keys() -> None:
    """Some of them: each request that brings a key takes away a few that nobody is promised any more, and none that is in use."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"hours": KEPT_HOURS, "most": FORGOTTEN_AT_ONCE})


def _claim(fresh: IdempotencyKey) -> IdempotencyKey:
    """The row of this key, ours until the end of the transaction. Waits for a twin that is under way.

    One that is there already is written as it is, and so locked in the same statement: nobody can forget it in between.
    """
    same = ["user_id", "key"]
    IdempotencyKey.objects.bulk_create(
        [fresh], update_conflicts=True, unique_fields=same, update_fields=["key"]
    )
    return IdempotencyKey.objects.get(user_id=fresh.user_id, key=fresh.key)


def _do(claimed: IdempotencyKey, work: Callable[[], Response]) -> Response:
    response = work()
    claimed.status, claimed.answer = response.status_code, response.content.decode()
    claimed.save(update_fields=["status", "answer"])
    return response


def _replay(seen: IdempotencyKey, mark: str) -> Response:
    if seen.fingerprint != mark:
        raise IdempotencyKeyReused
    return Response(orjson.Fragment(str(seen.answer)), status=seen.status, headers=REPLAYED)
