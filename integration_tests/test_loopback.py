"""Every part listens on both loopback addresses."""

from http.client import HTTPConnection

import pytest

from integration_tests.shop import SERVICES
from local_stack import Stack
from local_stack.ports import loopback


@pytest.mark.skipif(len(loopback()) < 2, reason="this machine has no IPv6")
@pytest.mark.parametrize("name", [*SERVICES, "gateway"])
def test_a_part_listens_on_both_loopback_addresses(stack: Stack, name: str) -> None:
    for address in loopback():
        connection = HTTPConnection(address, stack.ports[name], timeout=10)
        connection.request("GET", "/.well-known/jwks.json" if name == "gateway" else "/health/live")
        assert connection.getresponse().status == 200, address
        connection.close()
