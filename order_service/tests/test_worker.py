"""The worker as it runs: a process of its own, on the tests' database."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import neighbours
import pytest
from conftest import PAST, time_passes, within
from django.db import OperationalError, connection
from wire import Wire, database_url

from orders.errors import NeighbourAway
from orders.management.commands import run_worker
from orders.models import Attempt, Order, StockTask

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

    def said(self, words: str) -> bool:
        assert self.process.poll() is None, self.log
        return words in self.log

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
def wire() -> Iterator[Wire]:
    made = Wire()
    yield made
    made.close()


def aborting() -> Attempt:
    plain = {"user_id": uuid4(), "idempotency_key": "k", "fingerprint": "f", "order_id": uuid4()}
    return Attempt.objects.create(state="aborting", lease_until=PAST, **plain)


def state_of(attempt: Attempt) -> str:
    return Attempt.objects.get(pk=attempt.pk).state


def test_it_does_what_is_left_undone_until_it_is_told_to_stop(shop, worker, order):
    first, task = (
        aborting(),
        StockTask.objects.create(order=order("cancelled"), verb="release", due_at=PAST),
    )
    forgotten = aborting()
    Attempt.objects.filter(pk=forgotten.pk).update(state="aborted", created_at=PAST)
    running = worker()

    within(
        60,
        lambda: state_of(first) == "aborted" and not StockTask.objects.filter(pk=task.pk).exists(),
    )
    within(5, lambda: not Attempt.objects.filter(pk=forgotten.pk).exists())
    second = aborting()
    within(5, lambda: state_of(second) == "aborted")

    assert running.stops() == 0
    assert running.log.count("order worker stopped") == 1
    assert '"level":"ERROR"' not in running.log


def test_it_takes_the_addresses_out_of_the_orders_of_closed_accounts(shop, worker, order):
    over = order("delivered", shipping_address={"line1": "1 Example Street"})
    shop.people.closures.append({"id": str(over.user_id), "closed_at": PAST.isoformat()})
    running = worker()

    within(15, lambda: Order.objects.get(pk=over.pk).shipping_address is None)

    assert running.stops() == 0
    assert '"level":"ERROR"' not in running.log


def test_ctrl_c_ends_it_just_as_well(worker):
    running = worker()
    within(60, lambda: running.said("order worker started"))

    assert running.stops(signal.SIGINT) == 0


def test_it_survives_the_loss_of_its_connection(worker):
    running = worker()
    first = aborting()
    within(60, lambda: state_of(first) == "aborted")

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'order'"
        )
        assert cursor.fetchone()[0] >= 1
    second = aborting()

    within(40, lambda: state_of(second) == "aborted")
    assert running.stops() == 0


def test_it_survives_the_loss_of_the_whole_database(worker, wire):
    running = worker(DATABASE_URL=wire.url)
    first = aborting()
    within(60, lambda: state_of(first) == "aborted")

    wire.cut()
    second = aborting()
    within(40, lambda: running.said("order worker: "))
    assert state_of(second) == "aborting"
    wire.mend()

    within(40, lambda: state_of(second) == "aborted")
    assert running.stops() == 0


def test_it_waits_for_a_database_that_is_not_there_yet(worker):
    running = worker(DATABASE_URL="postgres://nobody:x@127.0.0.1:9/nothing")

    within(
        60,
        lambda: running.log.count("order worker: ") >= 2 and running.said("order worker started"),
    )

    assert running.stops() == 0


def test_it_waits_for_an_inventory_that_is_down_and_stops_all_the_same(shop, worker):
    shop.inventory.always(neighbours.resets)
    first = aborting()
    running = worker()
    within(60, lambda: running.said("The inventory service is out of reach"))
    assert state_of(first) == "aborting"

    shop.inventory.always(neighbours.as_usual)
    within(40, lambda: time_passes() or state_of(first) == "aborted")

    shop.inventory.always(neighbours.hangs)
    heard = len(shop.calls)
    aborting()
    within(40, lambda: len(shop.calls) > heard)
    assert running.stops(seconds=20) == 0


def test_two_workers_get_on_with_one_another(shop, worker):
    both = [worker(), worker()]
    for each in both:
        within(60, lambda each=each: each.said("order worker started"))
    attempts = [aborting() for _ in range(30)]

    within(40, lambda: {state_of(attempt) for attempt in attempts} == {"aborted"})

    assert [each.stops() for each in both] == [0, 0]
    assert len({call.path for call in shop.inventory.calls}) == 30


@pytest.mark.parametrize("failure", [OperationalError("gone"), NeighbourAway("inventory")])
def test_a_round_that_fails_is_logged_and_no_reason_to_end(caplog, failure):
    def task() -> bool:
        raise failure

    assert run_worker.work(task) is False
    assert [record.getMessage() for record in caplog.records] == [f"order worker: {failure}"]


def test_a_signal_finds_no_lock_in_its_way():
    """In the middle of any line of the worker: an Event's lock, held by the interrupted code, would never be let go."""
    command = run_worker.Command()
    before = signal.signal(signal.SIGTERM, command.stop)
    try:
        assert command.stopped is False
        signal.raise_signal(signal.SIGTERM)
        assert command.stopped is True
    finally:
        signal.signal(signal.SIGTERM, before)
