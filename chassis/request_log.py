"""The line and the metrics that each answer leaves."""

import logging

from chassis import metrics

UNLOGGED_PREFIXES = ("/health/", "/metrics")
"""Asked all the time by machines: worth a line only when something is wrong."""

log = logging.getLogger("request")


def log_request(method: str, path: str, route: str, status: int, seconds: float) -> None:
    """`path` as it was asked for, without the query; `route` is the pattern behind it."""
    metrics.observe_request(method, route, status, seconds)
    if path.startswith(UNLOGGED_PREFIXES) and status < 400:
        return
    facts = {"method": method, "path": path, "status": status, "ms": round(seconds * 1000, 2)}
    level = logging.ERROR if status == 500 else logging.INFO
    log.log(level, "%(method)s %(path)s %(status)s %(ms)s ms", facts, extra=facts)
