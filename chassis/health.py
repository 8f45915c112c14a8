"""`/health/live`: the process is up. `/health/ready`: it can serve requests."""

from concurrent.futures import ThreadPoolExecutor

import requests
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from chassis import database, requests_with_deadline

CHECK_TIMEOUT = 0.7
"""Limit of each check. Checks run in parallel, so that the response takes at most 0.8 s."""

_migrated = False


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "live"})


def ready(request: HttpRequest) -> JsonResponse:
    """503 without the database or with pending migrations. Dependencies are only listed."""
    urls = settings.UPSTREAM_SERVICES
    with ThreadPoolExecutor(max_workers=len(urls) + 1, thread_name_prefix="ready") as pool:
        states = pool.map(_dependency, urls.values())
        checks = _checks()
        dependencies = dict(zip(urls, states, strict=True))
    is_ready = all(state == "ok" for state in checks.values())
    body = {
        "status": "ready" if is_ready else "not ready",
        "checks": checks,
        "dependencies": dependencies,
    }
    return JsonResponse(body, status=200 if is_ready else 503)


def _checks() -> dict[str, str]:
    try:
        with database.client_timeout(CHECK_TIMEOUT), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return {"database": "unavailable", "migrations": "unknown"}
    return {"database": "ok", "migrations": _migrations()}


def _migrations() -> str:
    """Checked until all are applied; afterwards the result is cached."""
    global _migrated
    try:
        if not _migrated:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return "unknown"
    return "ok" if _migrated else "pending"


def _dependency(url: str) -> str:
    try:
        response = requests_with_deadline.get(f"{url}/health/live", timeout=CHECK_TIMEOUT)
    except requests.RequestException:
        return "unavailable"
    return "ok" if response.ok else "unavailable"
