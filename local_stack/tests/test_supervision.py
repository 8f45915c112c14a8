"""Kill, stop, freeze and restart the parts of a running system."""

import json
import os
import signal
import time
import urllib.request

import pytest

from local_stack import StackError, health
from local_stack.data_dir import DataDir
from local_stack.supervisor import FIRST_DELAY
from local_stack.topology import SERVICES

PARTS = [*SERVICES, "worker", "gateway", "postgres"]
SOON = 5.0
"""Less than the grace period of a stop."""
TIMEOUT = 30.0
"""On a busy machine."""


def wait_until(condition, deadline: float = TIMEOUT) -> None:
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, "the condition did not become true in time"
        time.sleep(0.02)


def environment_of(stack, name):
    with urllib.request.urlopen(stack.url(name), timeout=2) as answer:  # noqa: S310
        return json.load(answer)


def test_killed_parts_are_restarted(stack):
    before = {name: stack.pids(name) for name in PARTS}
    for name in PARTS:
        stack.kill(name)
    for name in PARTS:
        stack.wait_ready(name, TIMEOUT)
        assert before[name], name
        assert not set(before[name]) & set(stack.pids(name)), name


def test_when_the_master_dies_its_workers_are_killed(stack):
    master, *workers = stack.pids("product")
    os.kill(master, signal.SIGKILL)
    wait_until(lambda: stack.pids("product")[:1] not in ([], [master]))
    stack.wait_ready("product", TIMEOUT)
    assert len(workers) == 2
    assert not set(workers) & set(stack.pids("product"))


def test_a_worker_that_dies_is_replaced_by_its_master(stack):
    master, worker, _ = stack.pids("order")
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: worker not in stack.pids("order") and len(stack.pids("order")) == 3)
    assert stack.pids("order")[0] == master


def test_data_survives_a_crash_of_postgres(stack):
    with stack.database_session("order") as session, session.cursor() as cursor:
        cursor.execute("CREATE TABLE stored AS SELECT 42 AS number")
    os.kill(stack.pids("postgres")[0], signal.SIGKILL)
    wait_until(lambda: stack.is_ready("postgres"), 10)
    with stack.database_session("order") as session, session.cursor() as cursor:
        cursor.execute("TABLE stored")
        assert cursor.fetchone() == (42,)
        cursor.execute("DROP TABLE stored")


def test_stopped_parts_stay_down_until_they_are_started(stack):
    for name in PARTS:
        stack.stop(name)
    stack.start("inventory")
    stack.kill("inventory", stay_down=True)
    time.sleep(2 * FIRST_DELAY)  # longer than the restart delay
    assert [name for name in PARTS if stack.pids(name) or stack.is_ready(name)] == []
    for name in PARTS:
        stack.start(name)
    for name in PARTS:
        stack.wait_ready(name, TIMEOUT)


@pytest.mark.parametrize("name", PARTS)
def test_a_frozen_part_does_not_respond_until_it_is_resumed(stack, name):
    before = stack.pids(name)
    stack.freeze(name)
    assert {state(pid) for pid in stack.pids(name)} == {"T"}
    if port := stack.ports.get(name):
        assert not health.is_ready(name, port, timeout=0.3)
    stack.resume(name)
    stack.wait_ready(name, TIMEOUT)
    assert stack.pids(name)[0] == before[0]


def test_a_frozen_part_can_be_stopped(stack):
    stack.freeze("user")
    began = time.monotonic()
    stack.stop("user")
    assert stack.pids("user") == []
    assert time.monotonic() - began < SOON


def test_a_part_that_keeps_crashing_is_restarted(stack):
    stack.environment["user"]["GUNICORN_CMD_ARGS"] = "--no-such-option"
    stack.kill("user")
    with pytest.raises(StackError, match=r"user is not ready after 1 s\. Log: .*user\.log"):
        stack.wait_ready("user", 1)
    del stack.environment["user"]["GUNICORN_CMD_ARGS"]
    stack.wait_ready("user", TIMEOUT)


def test_environment_of_a_part_is_read_at_its_start(stack):
    stack.environment["order"]["INVENTORY_SERVICE_URL"] = "http://127.0.0.1:1"
    stack.stop("order")
    stack.start("order")
    stack.wait_ready("order", TIMEOUT)
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
    assert {each["TRUSTED_PROXY_SECRET"] for each in [*environments, of_gateway]} == {
        running.data.keys()["gateway_key"]
    }


def test_missing_secrets_of_an_older_data_folder_are_added(tmp_path):
    data = DataDir(tmp_path)
    complete = data.keys()
    (tmp_path / "keys.json").write_text(
        json.dumps({name: value for name, value in complete.items() if name != "gateway_key"})
    )
    updated = data.keys()
    assert updated | {"gateway_key": ""} == complete | {"gateway_key": ""}
    assert updated["gateway_key"] != complete["gateway_key"]
    assert data.keys() == updated


def test_an_unknown_part_is_an_error(running):
    with pytest.raises(StackError, match="There is no process named 'orders'"):
        running.kill("orders")


def test_the_gateway_proxies_to_a_service(running):
    assert environment_of(running, "gateway")["DATABASE_URL"] == running.database_url("user")


def state(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
        return file.read().rpartition(")")[2].split()[0]
