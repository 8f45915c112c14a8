"""The whole system as one object, for `make up`, tests, benchmarks and fault injection."""

import math
import time
from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from psycopg2 import extensions

from local_stack import crash_reports, databases, health
from local_stack import ports as port_numbers
from local_stack.data_dir import DataDir
from local_stack.errors import StackError
from local_stack.postgres import Cluster
from local_stack.services import Services
from local_stack.supervisor import ProcessExit, Supervisor
from local_stack.topology import GATEWAY, HOST, POSTGRES, REPOSITORY, SERVICES, WORKER

START_TIMEOUT = 60.0
"""Seconds for a part to become ready, on a slow machine and at the first start."""
MAX_START_ATTEMPTS = 6
"""Of PostgreSQL: after a crash its old processes may need a moment to release the files."""
SERVICES_GRACE = 6.0
SHUTDOWN_TIMEOUT = 8.5
"""Seconds for all parts together, so that `make up` ends within 10 s. PostgreSQL gets what the
services leave. If it is killed after that, it loses nothing, but has to recover at the next
start."""
POLL_INTERVAL = 0.05


class Stack:
    """A context manager. The parts are named user, product, inventory, order, worker, gateway and
    postgres.

    `environment` has additional variables by the name of a part. It is read at each start of a
    part: a change of `stack.environment["order"]` takes effect after `stop("order")` and
    `start("order")`.
    """

    def __init__(
        self,
        data: Path,
        *,
        ports: Mapping[str, int] | None = None,
        environment: Mapping[str, Mapping[str, str]] | None = None,
        quiet: bool = True,
        durable: bool = True,
        root: Path = REPOSITORY,
    ) -> None:
        self.data = DataDir(data)
        self.ports = dict(ports) if ports else port_numbers.free()
        self.environment: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for name, variables in (environment or {}).items():
            self.environment[name].update(variables)
        self._quiet = quiet
        self._starting = self._forced = False
        self.cluster = Cluster(self.data, durable=durable)
        self.services = Services(root, self.data, self.ports, self.cluster, self.environment)
        self._supervisor = Supervisor(self._report)

    def __enter__(self) -> Self:
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def open(self) -> None:
        """Start everything; return when all parts are ready.

        After `close` it may be opened again, on the same data.
        """
        self.open_databases()
        with ThreadPoolExecutor() as pool:
            try:
                for brought_up in as_completed(
                    [pool.submit(self._bring_up, name) for name in (*SERVICES, GATEWAY)]
                ):
                    brought_up.result()
            except BaseException:
                self._supervisor.begin_shutdown()
                raise
        self._starting = False

    def open_databases(self) -> None:
        """Start PostgreSQL alone, with its roles and databases. `close` stops it again."""
        if self._supervisor.closed:
            self._supervisor = Supervisor(self._report)
        self.data.open()
        self._starting = True
        self.cluster.prepare()
        self._supervisor.start(POSTGRES, self.cluster.command)
        self._wait(POSTGRES, START_TIMEOUT, tries=MAX_START_ATTEMPTS)
        with self.cluster.session() as connection:
            databases.ensure(
                connection, self.services.owner_passwords(), self.services.run_passwords()
            )

    def close(self) -> None:
        """Stop everything: first the clients of the databases, then PostgreSQL."""
        self._supervisor.begin_shutdown()
        until = time.monotonic() + SHUTDOWN_TIMEOUT
        others = [name for name in self._supervisor.names() if name != POSTGRES]
        self._supervisor.stop(*others, grace=SERVICES_GRACE, forced=lambda: self._forced)
        self._supervisor.stop(POSTGRES, grace=until - time.monotonic())
        self._supervisor.close()
        self.cluster.remove_socket_folder()
        self.data.close()

    def begin_shutdown(self) -> None:
        """Abort an `open` that is running in another thread."""
        self._supervisor.begin_shutdown()

    def force_shutdown(self) -> None:
        """Make a running `close` wait for PostgreSQL only."""
        self._forced = True

    def discard(self) -> None:
        """After `close`: remove database files that lie outside of the data folder."""
        self.cluster.discard()

    def url(self, name: str) -> str:
        return f"http://{HOST}:{self.ports[name]}"

    def database_url(self, name: str) -> str:
        """As the service receives it."""
        return self.services.database_url(name)

    def database_session(
        self, name: str = POSTGRES
    ) -> AbstractContextManager[extensions.connection]:
        """A connection of the superuser to a service's database."""
        return self.cluster.session(SERVICES[name].database if name in SERVICES else name)

    def pids(self, name: str) -> list[int]:
        """The leader first; empty while the part is down."""
        return self._supervisor.pids(name)

    def kill(self, name: str, *, stay_down: bool = False) -> None:
        """SIGKILL for the part with all of its processes.

        The supervisor restarts it, unless `stay_down`.
        """
        self._supervisor.kill(name, stay_down=stay_down)

    def stop(self, name: str, grace: float = SERVICES_GRACE) -> None:
        """SIGTERM, and SIGKILL after `grace` seconds. The part stays down until `start`."""
        self._supervisor.stop(name, grace=grace)

    def start(self, name: str) -> None:
        """Returns at once; see `wait_ready`."""
        self._supervisor.start(name)

    def freeze(self, name: str) -> None:
        """SIGSTOP for all processes of the part; returns when they have stopped."""
        self._supervisor.freeze(name)

    def resume(self, name: str) -> None:
        self._supervisor.resume(name)

    def is_ready(self, name: str) -> bool:
        if not self._supervisor.is_running(name):
            return False
        if name == POSTGRES:
            return self.cluster.is_ready()
        return name == WORKER or health.is_ready(name, self.ports[name])

    def wait_ready(self, name: str, deadline: float = START_TIMEOUT) -> None:
        """Raises StackError when the part is not ready after `deadline` seconds.

        The worker is ready when it runs.
        """
        self._wait(name, deadline)

    def _wait(self, name: str, deadline: float, tries: float = math.inf) -> None:
        end = time.monotonic() + deadline
        while not self.is_ready(name):
            if (exited := self._supervisor.last_exit(name)) and exited.consecutive >= tries:
                raise StackError(crash_reports.describe_failed_start(exited, self.data.log(name)))
            if time.monotonic() > end:
                raise StackError(
                    f"{name} is not ready after {deadline:.0f} s. Log: {self.data.log(name)}"
                )
            self._supervisor.check_open(name)
            time.sleep(POLL_INTERVAL)

    def _bring_up(self, name: str) -> None:
        if name == GATEWAY:
            self._supervisor.start(GATEWAY, self.services.gateway)
        else:
            self._prepare(name)
            self._supervisor.start(name, lambda: self.services.serve(name))
        if name == "order":
            self._supervisor.start(WORKER, self.services.worker)
        self._wait(name, START_TIMEOUT, tries=1)

    def _prepare(self, name: str) -> None:
        exited = self._supervisor.run(f"{name} prepare", lambda: self.services.prepare(name))
        if exited.status:
            raise StackError(crash_reports.describe_failed_start(exited, self.data.log(name)))

    def _report(self, exited: ProcessExit) -> None:
        if not self._quiet and not self._starting:
            with suppress(OSError):  # a closed terminal must not stop the supervisor
                print(crash_reports.describe_exit(exited, self.data.log(exited.name)), flush=True)
