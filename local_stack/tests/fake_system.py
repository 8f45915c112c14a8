"""A system with the same parts as the real one, whose services do nothing, so that it starts
quickly.
"""

import subprocess
from pathlib import Path

from local_stack import Stack
from local_stack.topology import SERVICES

# `prepare` really uses its database; `run_worker` waits for its end.
MANAGE = """\
import os, signal, sys, time

if sys.argv[1] == "bootstrap":
    if os.environ.get("FAIL_TO_PREPARE"):
        sys.exit("FAIL_TO_PREPARE is set.")
    import psycopg2
    url = os.environ["MIGRATION_DATABASE_URL"]
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS starts (at timestamptz)")
        cursor.execute("INSERT INTO starts VALUES (now())")
else:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        time.sleep(60)
"""
WSGI = """\
import json, os

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(dict(os.environ)).encode()]
"""
# A worker that receives SIGTERM while it is starting ignores it; gunicorn then waits for
# graceful_timeout.
GUNICORN = (
    'workers = 2\nworker_class = "gthread"\nthreads = 4\ncontrol_socket_disable = '
    "True\ngraceful_timeout = 1\n"
)
CADDYFILE = """\
{
\tadmin off
\tpersist_config off
}
http://{$GATEWAY_ADDRESS} {
\tbind {$GATEWAY_BIND}
\treverse_proxy {$USER_SERVICE_URL}
}
"""


class DatabaseOnly(Stack):
    """Starts PostgreSQL only."""

    def _bring_up(self, name: str) -> None:
        pass


def build(root: Path) -> Path:
    for service in SERVICES.values():
        config = root / service.folder / "config"
        config.mkdir(parents=True)
        (root / service.folder / "manage.py").write_text(MANAGE)
        (config / "wsgi.py").write_text(WSGI)
        (config / "gunicorn.py").write_text(GUNICORN)
    (root / ".env").write_text(
        "ADMIN_EMAIL=unused@example.com\nADMIN_PASSWORD=password-of-the-file\n"
    )
    (root / "gateway" / "site").mkdir(parents=True)
    (root / "gateway" / "Caddyfile").write_text(CADDYFILE)
    return root


def copy_of(data: Path, folder: Path) -> Path:
    """Keeps the owners. Saves running initdb in tests about something else."""
    subprocess.run(["cp", "-a", data, folder], check=True)
    return folder / data.name
