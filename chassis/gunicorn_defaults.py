"""How gunicorn runs a service. Each service's config/gunicorn.py takes these names over."""

import gc
import json
import os
import resource
import select
import shutil
import tempfile
from typing import Any
from uuid import uuid4

from gunicorn import glogging

from chassis import logs
from chassis.environment import Environment

THREADS = 6
"""Of a worker: enough to wait on neighbours and locks, few enough for PostgreSQL (a connection each, of 2 to 4 MB)."""
MAX_CONNECTIONS = 1000
OTHER_FILES = 200


def configuration(environment: Environment, *, threads: int = THREADS) -> dict[str, Any]:
    made = None if "PROMETHEUS_MULTIPROC_DIR" in os.environ else tempfile.mkdtemp(prefix="metrics-")
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", made or "")
    _patch_error_writer()
    return {
        "worker_class": "chassis.gunicorn_worker.Worker" if hasattr(select, "epoll") else "gthread",
        "workers": environment.integer("WEB_CONCURRENCY", 2, maximum=64),
        "threads": threads,
        "worker_connections": _most_connections(),
        "preload_app": True,  # memory is shared, and a worker that takes another's place is there at once
        "when_ready": lambda _: (
            gc.freeze()
        ),  # what all workers share is not to be copied for the garbage collector's marks
        "post_fork": _begin,
        "timeout": 30,
        "graceful_timeout": 15,
        "sendfile": False,  # the worker collects what it sends
        "keepalive": 75,  # longer than any client keeps an idle connection, so that no request meets a closing one
        "backlog": 1024,
        "forwarded_allow_ips": "",
        "accesslog": None,  # the request log is the middleware's
        "logger_class": Logger,
        "loglevel": "warning",
        "logconfig_dict": logs.gunicorn_logconfig(
            environment.choice("LOG_FORMAT", "json", {"json", "console"})
        ),
        "control_socket_disable": True,
        "child_exit": _child_exit,
        "on_exit": lambda _: shutil.rmtree(made, ignore_errors=True) if made else None,
    }


class Logger(glogging.Logger):
    """Gunicorn's, which collects each request's data only when `accesslog` is set: with a `logconfig_dict` it always does."""

    @property
    def access_log_enabled(self) -> bool:
        return bool(self.cfg.accesslog)


def _most_connections() -> int:
    """Of a worker: as many as it may open files for, beside other files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + OTHER_FILES
    if 0 <= soft < wanted:
        soft = wanted if hard < 0 else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return MAX_CONNECTIONS if soft < 0 else max(1, min(MAX_CONNECTIONS, soft - OTHER_FILES))


def _begin(server: Any, worker: Any) -> None:
    """What no worker can take over from its parent process: threads."""
    from chassis import tokens

    if isinstance(keys := tokens.get_key_provider(), tokens.JWKSClient):
        keys.start_refresh_thread()


def _child_exit(server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _patch_error_writer() -> None:
    """Gunicorn answers what is not HTTP by itself, in HTML; it has no setting for that, so its function is replaced."""
    from gunicorn import util

    util.write_error = _write_problem


def _write_problem(sock: Any, status: int, reason: str, message: str) -> None:
    from gunicorn import util

    from chassis.problem_details import title

    request_id = uuid4().hex
    code = "bad_request" if status < 500 else "internal_error"
    problem = {
        "type": f"/errors/{code}",
        "title": title(status),
        "status": status,
        "detail": "This is not a well-formed HTTP request.",
        "code": code,
        "request_id": request_id,
    }
    body = json.dumps(problem)
    head = f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
    head += f"X-Request-ID: {request_id}\r\nContent-Length: {len(body)}\r\n\r\n"
    util.write_nonblock(sock, (head + body).encode("latin1"))
