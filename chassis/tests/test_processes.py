"""Several workers, tracing, and replicas that start concurrently."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
from django.db import connections

from chassis.management.commands import bootstrap as command
from chassis.tests.conftest import url_of
from chassis.tests.servers import ROOT, free_port, http_server, read_response, served, wait_until
from chassis.tests.test_served import request


def test_the_metrics_of_all_workers_are_added_up(tmp_path, database_url):
    with served(tmp_path, database_url, WEB_CONCURRENCY="2") as service:
        for _ in range(30):
            service.send(request("GET", "/api/fails/Conflict"))
        for _ in range(4):
            text = service.send(request("GET", "/metrics"))[2].decode()
            assert (
                'http_requests_total{method="GET",route="api/fails/<str:how>/",status="409"} 30.0'
                in text
            )


@pytest.fixture
def collector():
    arrived = []

    def collect(path, body):
        arrived.append((path, body))
        return 200, {}

    with http_server(collect) as address:
        yield address, arrived


def test_spans_are_sent_to_the_configured_endpoint(tmp_path, database_url, collector):
    address, arrived = collector
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with served(tmp_path, database_url, **traced_to(address)) as service:
        service.send(
            request("GET", "/api/echo", b"", f"traceparent: 00-{trace}-00f067aa0ba902b7-01")
        )
        wait_until(10, lambda: any(bytes.fromhex(trace) in body for _, body in arrived))
    assert {path for path, _ in arrived} == {"/v1/traces"}
    assert any(b"service.name" in body and b"sample" in body for _, body in arrived)


def test_a_request_without_a_traceparent_returns_that_of_its_span(
    tmp_path, database_url, collector
):
    address, arrived = collector
    with served(tmp_path, database_url, **traced_to(address)) as service:
        _, headers, _ = service.send(request("GET", "/api/echo"))
        _, trace, _, flags = headers["traceparent"].split("-")
        wait_until(10, lambda: any(bytes.fromhex(trace) in body for _, body in arrived))
    assert int(flags, 16) & 1, "not sampled (W3C Trace Context, section 3.2.2.5)"


def traced_to(address):
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_BSP_SCHEDULE_DELAY": "100"}


def test_requests_succeed_without_the_collector(tmp_path, database_url):
    address = f"http://127.0.0.1:{free_port()}"
    with served(
        tmp_path, database_url, OTEL_EXPORTER_OTLP_ENDPOINT=address, OTEL_BSP_SCHEDULE_DELAY="50"
    ) as service:
        started = time.monotonic()
        assert [service.send(request("GET", "/api/echo"))[0] for _ in range(20)] == [200] * 20
        assert time.monotonic() - started < 2


def test_requests_in_progress_finish_before_the_service_ends(tmp_path, database_url):
    with (
        served(tmp_path, database_url) as service,
        closing(psycopg2.connect(database_url)) as observer,
        observer.cursor() as cursor,
        ThreadPoolExecutor() as pool,
    ):
        observer.autocommit = True
        responses = [pool.submit(service.send, request("GET", "/api/slow")) for _ in range(4)]
        wait_until(10, lambda: _asleep(cursor))
        service.process.send_signal(signal.SIGTERM)
        assert [response.result()[0] for response in responses] == [200] * 4
        assert service.process.wait(20) == 0
    assert "Traceback" not in service.log


def _asleep(cursor):
    cursor.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'"
    )
    return cursor.fetchone()[0]


def test_keepalive_connections_are_distributed_among_the_workers(tmp_path, database_url):
    with served(tmp_path, database_url, WEB_CONCURRENCY="2") as service, ExitStack() as stack:

        def every_worker_has_some():
            for _ in range(20):
                connection = stack.enter_context(
                    socket.create_connection(("127.0.0.1", service.port), timeout=10)
                )
                connection.sendall(request("GET", "/nothing"))
                assert read_response(connection)[0] == 404
            workers = _children(service.process.pid)
            return len(workers) == 2 and min(map(_sockets, workers)) > 5

        wait_until(10, every_worker_has_some)


def _sockets(pid):
    return sum("socket:" in str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir())


def test_gunicorns_log_is_json(tmp_path, database_url):
    with served(tmp_path, database_url) as service:
        [worker] = _children(service.process.pid)
        os.kill(worker, signal.SIGKILL)
        line = wait_until(10, lambda: service.logged(logger="gunicorn.error", level="ERROR"))[0]
    assert f"Worker (pid:{worker}) was sent SIGKILL!" in line["message"]
    assert line["time"]


def test_gunicorns_access_log_can_be_enabled(tmp_path, database_url):
    with served(tmp_path, database_url, GUNICORN_CMD_ARGS="--access-logfile -") as service:
        service.send(request("GET", "/nothing"))
        wait_until(10, lambda: '"GET /nothing HTTP/1.1" 404' in service.log)


def _children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123
        return [int(child) for child in file.read().split()]


@pytest.fixture
def empty_database(django_db_setup):
    """The name of a database that does not exist yet, and a function that creates it."""
    name = f"test_chassis_{uuid4().hex[:12]}"
    to = connections["default"].settings_dict
    admin = psycopg2.connect(
        dbname="postgres",
        user=to["USER"],
        password=to["PASSWORD"],
        host=to["HOST"] or None,
        port=to["PORT"] or None,
    )
    admin.autocommit = True
    with admin.cursor() as cursor:
        yield name, lambda: cursor.execute(f'CREATE DATABASE "{name}"')
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    admin.close()


def bootstrap(name, **environment):
    variables = os.environ | {
        "DATABASE_URL": url_of(name),
        "DJANGO_SETTINGS_MODULE": "chassis.tests.settings",
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "django", "bootstrap"]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=variables | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def tables_of(name):
    with psycopg2.connect(url_of(name)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'thing'")
        return cursor.fetchone()[0]


def test_concurrent_replicas_bootstrap_one_database(
    empty_database,
):
    name, create = empty_database
    replicas = [bootstrap(name) for _ in range(3)]
    create()
    assert [(*replica.communicate(timeout=40), replica.returncode) for replica in replicas] == [
        ("", "", 0)
    ] * 3
    assert tables_of(name) == 1
    again = bootstrap(name)
    assert (*again.communicate(timeout=40), again.returncode) == ("", "", 0)


@pytest.mark.django_db
def test_bootstrap_without_a_database_prints_one_line_and_exits_with_status_1(
    empty_database, monkeypatch
):
    monkeypatch.setattr(command, "DATABASE_TIMEOUT", 0)
    monkeypatch.setattr(command, "connection", connections["default"].copy("absent"))
    command.connection.settings_dict = {
        **command.connection.settings_dict,
        "NAME": empty_database[0],
    }
    with pytest.raises(SystemExit) as error:
        command.wait_for_database()
    assert str(error.value).startswith("DATABASE_URL: the database cannot be reached: ")
    assert "\n" not in str(error.value)
