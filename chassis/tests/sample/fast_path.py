"""`GET /api/fast/`: `?how=` what it does."""

import re

from django.db import OperationalError, connection

from chassis.fast_path import Answer, Call, Path
from chassis.problems import Conflict


def answer(call: Call) -> Answer | None:
    how = call.META["QUERY_STRING"].removeprefix("how=")
    if how == "leave":
        return None
    if how == "conflict":
        raise Conflict("Said so.", hint="h")
    if how == "database":
        raise OperationalError("gone")
    if how == "fault":
        raise RuntimeError("the secret of the house")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Answer(200, b"{}" if call.id is None else f'"{call.id}"'.encode(), {"Extra": "1"})


PATH = Path("GET", re.compile("/api/fast/(?:(?P<id>[0-9a-f-]{36})/?)?"), "api/fast/", answer, {"Allow": "GET"})
