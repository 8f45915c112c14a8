"""Gunicorn's configuration. Each service's config/gunicorn.py uses it."""

import gc
import os
import resource
import select
import shutil
import tempfile
from typing import Any

from gunicorn import glogging

from chassis import logs
from chassis.environment import Environment
from chassis.json_text import dumps

THREADS = 6
"""Per worker: enough to wait for upstream services and locks. Each has a PostgreSQL connection, of
2 to 4 MB."""
MAX_CONNECTIONS = 1000
OTHER_FILES = 200


def configuration(environment: Environment, *, threads: int = THREADS) -> dict[str, Any]:
    metrics_dir = (
        None if "PROMETHEUS_MULTIPROC_DIR" in os.environ else tempfile.mkdtemp(prefix="metrics-")
    )
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", metrics_dir or "")
    _patch_error_writer()
    return {
        "worker_class": "chassis.gunicorn_worker.Worker" if hasattr(select, "epoll") else "gthread",
        "workers": environment.integer("WEB_CONCURRENCY", 2, maximum=64),
        "threads": threads,
        "worker_connections": _max_connections(),
        "preload_app": True,  # workers share memory and start fast
        "when_ready": lambda _: gc.freeze(),  # otherwise collections copy the shared memory
        "post_fork": _post_fork,
        "timeout": 30,
        "graceful_timeout": 15,
        "sendfile": False,  # the worker buffers its output
        "keepalive": 75,  # longer than clients keep idle connections: no request races with a close
        "backlog": 1024,
        "forwarded_allow_ips": "",
        "accesslog": None,  # the middleware logs requests
        "logger_class": Logger,
        "loglevel": "warning",
        "logconfig_dict": logs.gunicorn_logconfig(
            environment.choice("LOG_FORMAT", "json", {"json", "console"})
        ),
        "control_socket_disable": True,
        "child_exit": _child_exit,
        "on_exit": lambda _: (
            shutil.rmtree(metrics_dir, ignore_errors=True) if metrics_dir else None
        ),
    }


class Logger(glogging.Logger):
    """Collects data for the access log only if `accesslog` is set.

    With a `logconfig_dict` gunicorn always does.
    """

    @property
    def access_log_enabled(self) -> bool:
        return bool(self.cfg.accesslog)


def _max_connections() -> int:
    """Limited by how many files the worker may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = MAX_CONNECTIONS + OTHER_FILES
    if 0 <= soft < needed:
        soft = needed if hard < 0 else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MAX_CONNECTIONS if soft < 0 else max(1, min(MAX_CONNECTIONS, soft - OTHER_FILES))


def _post_fork(server: Any, worker: Any) -> None:
    """Start threads, which a fork does not copy."""
    from chassis import tokens

    if isinstance(keys := tokens.get_key_provider(), tokens.JWKSClient):
        keys.start_refresh_thread()


def _child_exit(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _patch_error_writer() -> None:
    """Gunicorn responds to malformed HTTP in HTML, without a setting to change that."""
    from gunicorn import util

    util.write_error = _write_problem


def _write_problem(sock: Any, status: int, reason: str, message: str) -> None:
    from gunicorn import util

    from chassis import context
    from chassis.problem_details import problem

    request_id = context.start().request_id
    code = "bad_request" if status < 500 else "internal_error"
    body = dumps(problem(status, code, "This is not a well-formed HTTP request."))
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\n"
        f"Content-Type: application/problem+json\r\nX-Request-ID: {request_id}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode("latin1") + body)
