"""What can be done to the parts of a running system, and what it does about it."""

import json
import os
import signal
import time
import urllib.request

import pytest

from local_stack import StackError
from local_stack.catalogue import SERVICES

PARTS = [*SERVICES, "worker", "gateway", "postgres"]
SOON = 5.0


def wait_until(condition, deadline: float = SOON) -> None:
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, "it has not happened in time"
        time.sleep(0.02)


def environment_of(stack, name):
    with urllib.request.urlopen(stack.url(name), timeout=2) as answer:  # noqa: S310
        return json.load(answer)


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_is_killed_is_ready_again_soon(stack, name):
    before = stack.pids(name)
    stack.kill(name)
    stack.wait_ready(name, SOON)
    assert before
    assert not set(before) & set(stack.pids(name))


def test_when_only_the_master_dies_its_workers_go_with_it(stack):
    master, *workers = stack.pids("product")
    os.kill(master, signal.SIGKILL)
    wait_until(lambda: stack.pids("product")[:1] not in ([], [master]))
    stack.wait_ready("product", SOON)
    assert len(workers) == 2
    assert not set(workers) & set(stack.pids("product"))


def test_a_worker_that_dies_is_replaced_by_its_master(stack):
    master, worker, _ = stack.pids("order")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: worker not in stack.pids("order") and len(stack.pids("order")) == 3)
    assert stack.pids("order")[0] == master


def test_when_postgres_dies_the_data_survives(stack):
    with stack.database_session("order") as session, session.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 42 AS number")
    os.kill(stack.pids("postgres")[0], signal.SIGKILL)
    wait_until(lambda: stack.is_ready("postgres"), 10)
    with stack.database_session("order") as session, session.cursor() as cursor:
        cursor.execute("TABLE kept")
        assert cursor.fetchone() == (42,)
        cursor.execute("DROP TABLE kept")


@pytest.mark.parametrize("name", PARTS)
def test_a_part_that_is_stopped_stays_down_until_it_is_started(stack, name):
    stack.stop(name)
    time.sleep(0.5)  # twice the delay before a restart
    assert stack.pids(name) == []
    assert not stack.is_ready(name)
    stack.start(name)
    stack.wait_ready(name, SOON)


def test_a_part_can_be_killed_for_good(stack):
    stack.kill("inventory", stay_down=True)
    time.sleep(0.5)
    assert stack.pids("inventory") == []


@pytest.mark.parametrize("name", PARTS)
def test_a_frozen_part_lives_but_does_not_answer_until_it_is_thawed(stack, name):
    before = stack.pids(name)
    stack.freeze(name)
    assert {state(pid) for pid in stack.pids(name)} == {"T"}
    if name not in ("worker", "postgres"):  # a test of postgres would wait for 2 s more
        assert not stack.is_ready(name)
    stack.thaw(name)
    stack.wait_ready(name, SOON)
    assert stack.pids(name)[0] == before[0]


def test_a_frozen_part_can_be_stopped(stack):
    stack.freeze("user")
    began = time.monotonic()
    stack.stop("user")
    assert stack.pids("user") == []
    assert time.monotonic() - began < SOON


def test_a_part_that_keeps_dying_is_tried_again_and_again(stack):
    stack.environment["user"]["GUNICORN_CMD_ARGS"] = "--no-such-option"
    stack.kill("user")
    with pytest.raises(StackError, match=r"user is not ready after 2 s\. Log: .*user\.log"):
        stack.wait_ready("user", 2)
    del stack.environment["user"]["GUNICORN_CMD_ARGS"]
    stack.wait_ready("user", SOON)


def test_variables_of_one_part_are_its_own_and_read_at_its_start(stack):
    stack.environment["order"]["INVENTORY_SERVICE_URL"] = "http://127.0.0.1:1"
    stack.stop("order")
    stack.start("order")
    stack.wait_ready("order", SOON)
    assert environment_of(stack, "order")["INVENTORY_SERVICE_URL"] == "http://127.0.0.1:1"
    assert environment_of(stack, "user")["INVENTORY_SERVICE_URL"] == stack.url("inventory")
    stack.environment["order"].clear()


def test_secrets_are_generated_and_shared_only_where_needed(stack):
    environments = [environment_of(stack, name) for name in SERVICES]
    assert len({each["DJANGO_SECRET_KEY"] for each in environments}) == 4
    assert len({each["SERVICE_AUTH_KEY"] for each in environments}) == 1
    assert (stack.data.path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_an_unknown_part_is_named(stack):
    with pytest.raises(StackError, match="There is no process named 'orders'"):
        stack.kill("orders")


def test_the_gateway_leads_to_a_service(stack):
    assert environment_of(stack, "gateway")["DATABASE_URL"] == stack.database_url("user")


def state(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0]
