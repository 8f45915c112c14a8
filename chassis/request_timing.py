"""Since when a client waits for its response."""

import time

from chassis.context import HasMeta


def arrival(request: HasMeta) -> float:
    """When the server read the request, by time.monotonic(): it may have waited for a thread since."""
    return float(request.META.get("chassis.request_start") or time.monotonic())
