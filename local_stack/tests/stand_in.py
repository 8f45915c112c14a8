"""A system of the same shape as ours in which every part does next to nothing, so that it starts in a moment."""

import subprocess
from pathlib import Path

from local_stack import Stack
from local_stack.catalogue import SERVICES

# `prepare` really uses its database; `run_worker` waits for its end.
MANAGE = """\
import os, signal, sys, time

if sys.argv[1] == "prepare":
    if os.environ.get("FAIL_TO_PREPARE"):
        sys.exit("FAIL_TO_PREPARE is set.")
    import psycopg2
    with psycopg2.connect(os.environ["MIGRATION_DATABASE_URL"]) as connection, connection.cursor() as cursor:
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
# A worker that is asked to stop while it is still being started does not hear it; gunicorn then waits for so many seconds.
GUNICORN = 'workers = 2\nworker_class = "gthread"\nthreads = 4\ncontrol_socket_disable = True\ngraceful_timeout = 1\n'
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
    """For what concerns nothing but PostgreSQL and its files."""

    def _bring_up(self, name: str) -> None:
        pass


def build(root: Path) -> Path:
    for service in SERVICES.values():
        config = root / service.folder / "config"
        config.mkdir(parents=True)
        (root / service.folder / "manage.py").write_text(MANAGE)
        (config / "wsgi.py").write_text(WSGI)
        (config / "gunicorn.py").write_text(GUNICORN)
    (root / "gateway" / "site").mkdir(parents=True)
    (root / "gateway" / "Caddyfile").write_text(CADDYFILE)
    return root


def copy_of(data: Path, folder: Path) -> Path:
    """With the same owners. Saves making a cluster where that is not what a test is about."""
    subprocess.run(["cp", "-a", data, folder], check=True)
    return folder / data.name
