"""Since when a client waits for its response."""

import time

from chassis.context import WithMeta


def arrival(request: WithMeta) -> float:
    """When the server read the request, by time.monotonic(): it may have waited for a thread since."""
    return float(request.META.get("chassis.request_start") or time.monotonic())
