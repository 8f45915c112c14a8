"""When a request arrived."""

import time

from chassis.context import HasMeta


def arrival(request: HasMeta) -> float:
    """When the request arrived, by time.monotonic(). It includes the time in the worker's queue."""
    return float(request.META.get("chassis.request_start") or time.monotonic())
