from pathlib import Path
from types import SimpleNamespace

import pytest

from local_stack import health, ports, table

LOGIN = {"ADMIN_EMAIL": "boss@example.com", "ADMIN_PASSWORD": "secret"}


@pytest.mark.parametrize("empty", [True, False])
def test_an_empty_shop_says_how_to_fill_it(empty: bool) -> None:
    stack = SimpleNamespace(ports=ports.DEFAULT_PORTS, data=SimpleNamespace(path=Path("/data"), logs=Path("/data/logs")))
    lines = table.render(stack, LOGIN, empty=empty).splitlines()
    assert sum("make seed" in line for line in lines) == empty
    assert lines[-1] == "Ctrl-C stops everything."


def test_what_does_not_answer_or_not_sensibly_is_not_called_empty(running) -> None:
    assert not health.is_empty(ports.free()["product"])
    assert not health.is_empty(running.ports["product"])  # which is no product service here
