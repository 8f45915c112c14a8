"""A PostgreSQL server for one run of the tests: not durable, removed afterwards."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_stack import databases
from local_stack.data_dir import DataDir
from local_stack.errors import StackError
from local_stack.postgres import Cluster
from local_stack.supervisor import Supervisor
from local_stack.topology import POSTGRES, SERVICES

PASSWORD = "unit-tests"  # noqa: S105  (of roles that live for one run)
START_TIMEOUT = 30.0


@contextmanager
def database_urls() -> Iterator[dict[str, str]]:
    """URLs by service folder. Each role may create databases, as Django's test runner does."""
    with cluster(roles_are_confined=False) as made:
        with made.session() as connection:
            passwords = {each.database: PASSWORD for each in SERVICES.values()}
            databases.ensure(connection, passwords, passwords, can_create_databases=True)
        yield {each.folder: made.url(each.database, PASSWORD) for each in SERVICES.values()}


@contextmanager
def cluster(*, roles_are_confined: bool = True) -> Iterator[Cluster]:
    """Without the databases of the services."""
    folder = Path(tempfile.mkdtemp(prefix="shop-test-"))
    folder.chmod(0o711)  # PostgreSQL's user must traverse it
    data = DataDir(folder)
    made = Cluster(data, durable=False, roles_are_confined=roles_are_confined)
    supervisor = Supervisor()
    try:
        data.open()
        made.prepare()
        supervisor.start(POSTGRES, made.command)
        _wait_ready(made, data.log(POSTGRES))
        yield made
    finally:
        supervisor.stop(POSTGRES, grace=2)
        supervisor.close()
        made.remove_socket_folder()
        made.discard()
        data.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_ready(cluster: Cluster, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not cluster.is_ready():
        if time.monotonic() > deadline:
            raise StackError(f"PostgreSQL for the tests does not start. Log: {log}")
        time.sleep(0.05)
