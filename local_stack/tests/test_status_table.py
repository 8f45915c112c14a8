from pathlib import Path
from types import SimpleNamespace

import pytest

from local_stack import health, ports, status_table
from local_stack.topology import DEFAULT_PORTS

LOGIN = {"ADMIN_EMAIL": "boss@example.com", "ADMIN_PASSWORD": "secret"}


@pytest.mark.parametrize("empty", [True, False])
def test_table_of_an_empty_shop_names_make_seed(empty: bool) -> None:
    stack = SimpleNamespace(
        ports=DEFAULT_PORTS, data=SimpleNamespace(path=Path("/data"), logs=Path("/data/logs"))
    )
    lines = status_table.render(stack, LOGIN, empty=empty).splitlines()
    assert sum("make seed" in line for line in lines) == empty
    assert lines[-1] == "Ctrl-C stops everything."


def test_a_service_without_a_valid_response_is_not_empty(running) -> None:
    assert not health.is_empty(ports.free()["product"])
    assert not health.is_empty(running.ports["product"])  # not a product service
