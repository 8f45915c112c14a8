"""What can be done to the parts of a running system, and what it does about it."""

import json
import os
import signal
import time
import urllib.request

import pytest

from local_stack import StackError, health
from local_stack.catalogue import SERVICES
from local_stack.data_folder import DataFolder
from local_stack.supervisor import FIRST_DELAY

PARTS = [*SERVICES, "worker", "gateway", "postgres"]
SOON = 5.0
"""Before the grace of a stop is over."""
PATIENCE = 30.0
"""Of whoever waits, on a machine that has other things to do."""


def wait_until(condition, deadline: float = PATIENCE) -> None:
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, "it has not happened in time"
        time.sleep(0.02)


def environment_of(stack, name):
    with urllib.request.urlopen(stack.url(name), timeout=2) as answer:  # noqa: S310
        return json.load(answer)


def test_parts_that_are_killed_are_ready_again_soon(stack):
    before = {name: stack.pids(name) for name in PARTS}
    for name in PARTS:
        stack.kill(name)
    for name in PARTS:
        stack.wait_ready(name, PATIENCE)
        assert before[name], name
        assert not set(before[name]) & set(stack.pids(name)), name


def test_when_only_the_master_dies_its_workers_go_with_it(stack):
    master, *workers = stack.pids("product")
    os.kill(master, signal.SIGKILL)
    wait_until(lambda: stack.pids("product")[:1] not in ([], [master]))
    stack.wait_ready("product", PATIENCE)
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


def test_parts_that_are_stopped_or_killed_for_good_stay_down_until_they_are_started(stack):
    for name in PARTS:
        stack.stop(name)
    stack.start("inventory")
    stack.kill("inventory", stay_down=True)
    time.sleep(2 * FIRST_DELAY)  # after which they would have been started again
    assert [name for name in PARTS if stack.pids(name) or stack.is_ready(name)] == []
    for name in PARTS:
        stack.start(name)
    for name in PARTS:
        stack.wait_ready(name, PATIENCE)


@pytest.mark.parametrize("name", PARTS)
def test_a_frozen_part_lives_but_does_not_answer_until_it_is_thawed(stack, name):
    before = stack.pids(name)
    stack.freeze(name)
    assert {state(pid) for pid in stack.pids(name)} == {"T"}
    if port := stack.ports.get(name):
        assert not health.is_ready(name, port, patience=0.3)
    stack.thaw(name)
    stack.wait_ready(name, PATIENCE)
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
    with pytest.raises(StackError, match=r"user is not ready after 1 s\. Log: .*user\.log"):
        stack.wait_ready("user", 1)
    del stack.environment["user"]["GUNICORN_CMD_ARGS"]
    stack.wait_ready("user", PATIENCE)


def test_variables_of_one_part_are_its_own_and_read_at_its_start(stack):
    stack.environment["order"]["INVENTORY_SERVICE_URL"] = "http://127.0.0.1:1"
    stack.stop("order")
    stack.start("order")
    stack.wait_ready("order", PATIENCE)
    assert environment_of(stack, "order")["INVENTORY_SERVICE_URL"] == "http://127.0.0.1:1"
    assert environment_of(stack, "user")["INVENTORY_SERVICE_URL"] == stack.url("inventory")
    stack.environment["order"].clear()


def test_secrets_are_generated_and_shared_only_where_needed(running):
    environments = [environment_of(running, name) for name in SERVICES]
    assert len({each["DJANGO_SECRET_KEY"] for each in environments}) == 4
    for name in ("ORDER_TO_INVENTORY_KEY", "ORDER_TO_USER_KEY"):
        assert len({each[name] for each in environments}) == 1
    assert (running.data.path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_the_gateway_and_the_services_have_one_key(running):
    environments = [environment_of(running, name) for name in SERVICES]
    with open(f"/proc/{running.pids('gateway')[0]}/environ") as file:  # noqa: PTH123
        of_gateway = dict(each.split("=", 1) for each in file.read().split("\0") if each)
    assert {each["GATEWAY_KEY"] for each in [*environments, of_gateway]} == {running.data.keys()["gateway_key"]}


def test_a_folder_of_before_gets_the_secrets_that_it_lacks_and_keeps_the_others(tmp_path):
    data = DataFolder(tmp_path)
    whole = data.keys()
    (tmp_path / "keys.json").write_text(json.dumps({name: value for name, value in whole.items() if name != "gateway_key"}))
    mended = data.keys()
    assert mended | {"gateway_key": ""} == whole | {"gateway_key": ""}
    assert mended["gateway_key"] != whole["gateway_key"]
    assert data.keys() == mended


def test_an_unknown_part_is_named(running):
    with pytest.raises(StackError, match="There is no process named 'orders'"):
        running.kill("orders")


def test_the_gateway_leads_to_a_service(running):
    assert environment_of(running, "gateway")["DATABASE_URL"] == running.database_url("user")


def state(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0]
