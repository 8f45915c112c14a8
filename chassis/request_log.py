"""The log line and the metrics of each request."""

import logging

from chassis import metrics

UNLOGGED_PREFIXES = ("/health/", "/metrics")
"""Polled by machines, so logged only if the response is an error."""

log = logging.getLogger("request")


def log_request(method: str, path: str, route: str, status: int, seconds: float) -> None:
    """`path` is without the query; `route` is the URL pattern."""
    metrics.observe_request(method, route, status, seconds)
    if path.startswith(UNLOGGED_PREFIXES) and status < 400:
        return
    fields = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 2)}
    level = logging.ERROR if status == 500 else logging.INFO
    log.log(level, "%(method)s %(path)s %(status)s %(ms)s ms", fields, extra=fields)
