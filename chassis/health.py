"""`/health/live`: the process is up. `/health/ready`: it can do its work."""

import requests
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from chassis import deadlines

_migrated = False


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "live"})


def ready(request: HttpRequest) -> JsonResponse:
    """503 without the database or with migrations to run. Neighbours are listed, but each of us is ready without them."""
    checks = {"database": _database(), "migrations": _migrations()}
    good = all(state == "ok" for state in checks.values())
    body = {"status": "ready" if good else "not ready", "checks": checks, "dependencies": _dependencies()}
    return JsonResponse(body, status=200 if good else 503)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "unavailable"
    return "ok"


def _migrations() -> str:
    """Looked at until they are all there, once: nothing takes them away again."""
    global _migrated
    try:
        if not _migrated:
            executor = MigrationExecutor(connection)
            _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        return "unknown"
    return "ok" if _migrated else "pending"


def _dependencies() -> dict[str, str]:
    return {name: _reachable(url) for name, url in settings.DEPENDENCIES.items()}


def _reachable(url: str) -> str:
    try:
        return "ok" if deadlines.get(f"{url}/health/live", connect=0.5, answer=0.5).ok else "unavailable"
    except requests.RequestException:
        return "unavailable"
