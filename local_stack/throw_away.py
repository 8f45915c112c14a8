"""A PostgreSQL server for one run of the tests: quick, and gone afterwards."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_stack import databases
from local_stack.catalogue import POSTGRES, SERVICES
from local_stack.data_folder import DataFolder
from local_stack.errors import StackError
from local_stack.postgres import Cluster
from local_stack.supervisor import Supervisor

PASSWORD = "unit-tests"  # noqa: S105  (of roles that live for one run)
STARTING = 30.0


@contextmanager
def database_urls() -> Iterator[dict[str, str]]:
    """By service; each role may create the databases that Django's tests make for themselves."""
    with cluster(roles_are_confined=False) as made:
        with made.session() as connection:
            passwords = {each.database: PASSWORD for each in SERVICES.values()}
            databases.ensure(connection, passwords, passwords, may_create_more=True)
        yield {each.folder: made.url(each.database, PASSWORD) for each in SERVICES.values()}


@contextmanager
def cluster(*, roles_are_confined: bool = True) -> Iterator[Cluster]:
    """With no databases of ours."""
    folder = Path(tempfile.mkdtemp(prefix="shop-test-"))
    folder.chmod(0o711)  # PostgreSQL's own account has to pass through
    data = DataFolder(folder)
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
        made.forget_socket()
        made.discard()
        data.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_ready(cluster: Cluster, log: Path) -> None:
    deadline = time.monotonic() + STARTING
    while not cluster.is_ready():
        if time.monotonic() > deadline:
            raise StackError(f"PostgreSQL for the tests does not start. Log: {log}")
        time.sleep(0.05)
