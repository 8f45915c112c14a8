"""A system of the same shape as ours in which every part does next to nothing, so that it starts in a moment."""

from pathlib import Path

from local_stack.catalogue import SERVICES

# `prepare` really uses its database; `run_worker` waits for its end.
MANAGE = """\
import os, signal, sys, time
import psycopg2
from urllib.parse import urlsplit, parse_qs

if sys.argv[1] == "prepare":
    if os.environ.get("FAIL_TO_PREPARE"):
        sys.exit("FAIL_TO_PREPARE is set.")
    url = urlsplit(os.environ["DATABASE_URL"])
    host = parse_qs(url.query)["host"][0]
    connection = psycopg2.connect(user=url.username, password=url.password, dbname=url.path[1:], host=host)
    with connection, connection.cursor() as cursor:
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
GUNICORN = 'workers = 2\nworker_class = "gthread"\ncontrol_socket_disable = True\ngraceful_timeout = 3\n'
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
