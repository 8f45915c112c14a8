"""The order worker as a process, on the database of the tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import fake_servers
import pytest
from database_proxy import DatabaseProxy, database_url
from django.db import OperationalError, connection
from factories import PAST, create_attempt
from shop import expire_leases

from chassis.tests.servers import wait_until
from orders.errors import DependencyUnavailable
from orders.management.commands import run_worker
from orders.models import Attempt, Order, OutboxMessage

pytestmark = pytest.mark.django_db(transaction=True)

SERVICE = Path(__file__).parent.parent


class Worker:
    def __init__(self, log: Path, **environment: str) -> None:
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run_worker"],
                cwd=SERVICE,
                env=os.environ
                | {"PYTHONPATH": str(SERVICE.parent), "DATABASE_URL": database_url()}
                | environment,
                stdout=output,
                stderr=output,
            )

    @property
    def log(self) -> str:
        return self._log.read_text()

    def has_logged(self, text: str) -> bool:
        assert self.process.poll() is None, self.log
        return text in self.log

    def stops(self, number: int = signal.SIGTERM, seconds: float = 60.0) -> int:
        self.process.send_signal(number)
        return self.process.wait(seconds)


@pytest.fixture
def worker(shop, tmp_path) -> Iterator[Callable[..., Worker]]:
    made: list[Worker] = []

    def start(**environment: str) -> Worker:
        urls = {
            "PRODUCT_SERVICE_URL": shop.product.url,
            "INVENTORY_SERVICE_URL": shop.inventory.url,
        }
        urls |= {"USER_SERVICE_URL": shop.user.url}
        made.append(Worker(tmp_path / f"worker-{len(made)}.log", **urls | environment))
        return made[-1]

    yield start
    for one in made:
        one.process.kill()
        one.process.wait()


@pytest.fixture
def database_proxy() -> Iterator[DatabaseProxy]:
    made = DatabaseProxy()
    yield made
    made.close()


def aborting() -> Attempt:
    return create_attempt("aborting", idempotency_key=str(uuid4()))


def state_of(attempt: Attempt) -> str:
    return Attempt.objects.get(pk=attempt.pk).state


def test_worker_runs_all_tasks_until_sigterm(shop, worker, order):
    first, task = (
        aborting(),
        OutboxMessage.objects.create(order=order("cancelled"), verb="release", due_at=PAST),
    )
    expired = aborting()
    Attempt.objects.filter(pk=expired.pk).update(state="aborted", created_at=PAST)
    running = worker()

    wait_until(
        60,
        lambda: (
            state_of(first) == "aborted" and not OutboxMessage.objects.filter(pk=task.pk).exists()
        ),
    )
    wait_until(5, lambda: not Attempt.objects.filter(pk=expired.pk).exists())
    second = aborting()
    wait_until(5, lambda: state_of(second) == "aborted")

    assert running.stops() == 0
    assert running.log.count("order worker stopped") == 1
    assert '"level":"ERROR"' not in running.log


def test_worker_erases_addresses_of_closed_accounts(shop, worker, order):
    over = order("delivered", shipping_address={"line1": "1 Example Street"})
    shop.users.closures.append({"id": str(over.user_id), "closed_at": PAST.isoformat()})
    running = worker()

    wait_until(15, lambda: Order.objects.get(pk=over.pk).shipping_address is None)

    assert running.stops() == 0
    assert '"level":"ERROR"' not in running.log


def test_worker_stops_on_sigint(worker):
    running = worker()
    wait_until(60, lambda: running.has_logged("order worker started"))

    assert running.stops(signal.SIGINT) == 0


def test_worker_reconnects(worker):
    running = worker()
    first = aborting()
    wait_until(60, lambda: state_of(first) == "aborted")

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND application_name = 'order'"
        )
        assert cursor.fetchone()[0] >= 1
    second = aborting()

    wait_until(40, lambda: state_of(second) == "aborted")
    assert running.stops() == 0


def test_worker_survives_a_database_outage(worker, database_proxy):
    running = worker(DATABASE_URL=database_proxy.url)
    first = aborting()
    wait_until(60, lambda: state_of(first) == "aborted")

    database_proxy.disconnect()
    second = aborting()
    wait_until(40, lambda: running.has_logged("order worker: "))
    assert state_of(second) == "aborting"
    database_proxy.reconnect()

    wait_until(40, lambda: state_of(second) == "aborted")
    assert running.stops() == 0


def test_worker_waits_for_the_database(worker):
    running = worker(DATABASE_URL="postgres://unknown:x@127.0.0.1:9/nothing")

    wait_until(
        60,
        lambda: (
            running.log.count("order worker: ") >= 2 and running.has_logged("order worker started")
        ),
    )

    assert running.stops() == 0


def test_worker_survives_an_inventory_outage_and_stops_during_one(shop, worker):
    shop.inventory.always(fake_servers.resets)
    first = aborting()
    running = worker()
    wait_until(60, lambda: running.has_logged("The inventory service is unavailable"))
    assert state_of(first) == "aborting"

    shop.inventory.always(fake_servers.succeeds)
    wait_until(40, lambda: expire_leases() or state_of(first) == "aborted")

    shop.inventory.always(fake_servers.hangs)
    calls = len(shop.calls)
    aborting()
    wait_until(40, lambda: len(shop.calls) > calls)
    assert running.stops(seconds=20) == 0


def test_two_workers_share_the_work(shop, worker):
    both = [worker(), worker()]
    for each in both:
        wait_until(60, lambda each=each: each.has_logged("order worker started"))
    attempts = [aborting() for _ in range(30)]

    wait_until(40, lambda: {state_of(attempt) for attempt in attempts} == {"aborted"})

    assert [each.stops() for each in both] == [0, 0]
    assert len({call.path for call in shop.inventory.calls}) == 30


@pytest.mark.parametrize("failure", [OperationalError("gone"), DependencyUnavailable("inventory")])
def test_failed_task_is_logged(caplog, failure):
    def task() -> bool:
        raise failure

    assert run_worker.run_task(task) is False
    assert [record.getMessage() for record in caplog.records] == [f"order worker: {failure}"]


def test_signal_handler_waits_for_no_lock():
    """The lock of an Event may be held by the interrupted code."""
    command = run_worker.Command()
    before = signal.signal(signal.SIGTERM, command.stop)
    try:
        assert command.stopped is False
        signal.raise_signal(signal.SIGTERM)
        assert command.stopped is True
    finally:
        signal.signal(signal.SIGTERM, before)
