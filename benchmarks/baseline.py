"""Starts a baseline: three services with two processes each and their own databases on the same
PostgreSQL server.
"""

import os
import secrets
import socket
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Self
from uuid import uuid4

from psycopg2 import extensions
from psycopg2.extras import execute_values

from benchmarks import test_data
from benchmarks.loads import DJANGO_TUTORIAL, FASTAPI
from benchmarks.shop_setup import BUYERS
from benchmarks.targets import HTTPTarget
from local_stack import StackError, databases
from local_stack.crash_reports import last_lines
from local_stack.ports import free
from local_stack.postgres import Cluster
from local_stack.processes import Command
from local_stack.supervisor import Supervisor
from local_stack.topology import HOST, REPOSITORY

FOLDER = Path(__file__).with_name("baselines")
FASTAPI_PACKAGES = REPOSITORY / ".venv-bench" / "bin"
SERVICES = {"product": "products", "inventory": "inventory", "order": "orders"}
START_TIMEOUT, STOP_TIMEOUT = 90.0, 5.0
PRODUCTS = "INSERT INTO product (id, sku, name, price, description, created_at) VALUES %s"
STOCK = "INSERT INTO stock VALUES %s"
PRODUCT = "(%s, %s, %s, %s, '', now())"


class Baseline(ABC):
    """A context manager. `server` is PostgreSQL's parent process, whose CPU time counts as well."""

    name: str
    folder: Path
    stock_row: str
    """A row template of `stock`; the first two columns are product and units."""

    def __init__(self, cluster: Cluster, logs: Path, server: Sequence[int], products: int) -> None:
        self._cluster, self._logs, self._server, self._products = cluster, logs, server, products
        self._supervisor = Supervisor()
        chosen = free()
        self.ports = {name: chosen[name] for name in SERVICES}
        self._urls: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self._make_databases()
            for name in SERVICES:
                self._prepare(name)
            self._fill()
            for name in SERVICES:
                self._supervisor.start(
                    name,
                    partial(self._command, name, self._serve(self.ports[name], SERVICES[name])),
                )
            for name in SERVICES:
                self._wait_for(name)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._supervisor.begin_shutdown()
        self._supervisor.stop(*self._supervisor.names(), grace=STOP_TIMEOUT)
        self._supervisor.close()

    def target(self) -> HTTPTarget:
        """With a token for each user: the user's id, because baselines verify no tokens."""
        ids = [test_data.product_id(n) for n in range(1, self._products + 1)]
        leaders = [*(self._supervisor.pids(name)[0] for name in SERVICES), *self._server]
        return HTTPTarget(
            self.name, self.ports, ids, leaders, [str(uuid4()) for _ in range(BUYERS)]
        )

    def session(self, name: str) -> AbstractContextManager[extensions.connection]:
        """A connection of the superuser to a service's database."""
        return self._cluster.session(self._database(name))

    @abstractmethod
    def _prepare(self, name: str) -> None:
        """Create the service's tables."""

    @abstractmethod
    def _serve(self, port: int, module: str) -> list[str]: ...

    def _database(self, name: str) -> str:
        return f"{self.name}_{SERVICES[name]}"

    def _make_databases(self) -> None:
        passwords = {self._database(name): secrets.token_urlsafe(24) for name in SERVICES}
        with self._cluster.session() as connection:
            databases.ensure(connection, passwords)
        self._urls = {
            name: self._cluster.url(self._database(name), passwords[self._database(name)])
            for name in SERVICES
        }

    def _fill(self) -> None:
        with self.session("product") as connection, connection.cursor() as cursor:
            execute_values(
                cursor, PRODUCTS, list(test_data.rows(self._products)), PRODUCT, page_size=1000
            )
            cursor.execute("ANALYZE")
        with self.session("inventory") as connection, connection.cursor() as cursor:
            stock = [
                (test_data.product_id(n), test_data.PLENTY) for n in range(1, self._products + 1)
            ]
            execute_values(cursor, STOCK, stock, self.stock_row, page_size=1000)
            cursor.execute("ANALYZE")

    def _command(self, name: str, argv: list[str]) -> Command:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "DJANGO_"))
        }
        own = {
            "SERVICE": SERVICES[name],
            "DATABASE_URL": self._urls[name],
            "DJANGO_SETTINGS_MODULE": "settings",
            "WEB_CONCURRENCY": os.environ.get("WEB_CONCURRENCY") or "2",
            **{
                f"{other.upper()}_SERVICE_URL": f"http://{HOST}:{port}"
                for other, port in self.ports.items()
            },
        }
        return Command(argv, cwd=self.folder, environment=inherited | own, log=self._log(name))

    def _log(self, name: str) -> Path:
        return self._logs / f"{self.name}-{name}.log"

    def _wait_for(self, name: str) -> None:
        end = time.monotonic() + START_TIMEOUT
        while True:
            try:
                socket.create_connection((HOST, self.ports[name]), timeout=1).close()
                return
            except OSError:
                if time.monotonic() > end:
                    raise StackError(
                        f"The baseline {self.name} does not start:\n{last_lines(self._log(name))}"
                    ) from None
                time.sleep(0.05)


class DjangoTutorial(Baseline):
    """Django as in tutorials, with gunicorn's sync workers."""

    name = DJANGO_TUTORIAL
    folder = FOLDER / "django_tutorial"
    stock_row = "(%s, %s, now())"

    def _prepare(self, name: str) -> None:
        command = [sys.executable, "-m", "django", "migrate", "--run-syncdb", "--verbosity=0"]
        if self._supervisor.run(f"{name} prepare", partial(self._command, name, command)).status:
            raise StackError(
                f"The tables of the baseline {self.name} cannot be "
                f"made:\n{last_lines(self._log(name))}"
            )

    def _serve(self, port: int, module: str) -> list[str]:
        return [
            sys.executable,
            "-m",
            "gunicorn",
            "--bind",
            f"{HOST}:{port}",
            "--log-level",
            "warning",
            "wsgi",
        ]


class FastAPIBaseline(Baseline):
    """FastAPI with asyncpg and aiohttp, on uvicorn."""

    name = FASTAPI
    folder = FOLDER / "fastapi"
    stock_row = "(%s, %s)"

    def __enter__(self) -> Self:
        if not FASTAPI_PACKAGES.is_dir():
            raise StackError(
                "The packages of the fastapi baseline are not installed; run `make install-bench`."
            )
        return super().__enter__()

    def _prepare(self, name: str) -> None:
        with self.session(name) as connection, connection.cursor() as cursor:
            cursor.execute(f'SET ROLE "{self._database(name)}"')
            cursor.execute((self.folder / "schema.sql").read_text())

    def _serve(self, port: int, module: str) -> list[str]:
        quiet = ["--no-access-log", "--log-level", "warning"]
        return [
            str(FASTAPI_PACKAGES / "uvicorn"),
            "--host",
            HOST,
            "--port",
            str(port),
            *quiet,
            f"{module}:app",
        ]
