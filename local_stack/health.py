"""Health checks of the parts over HTTP."""

import http.client
import json

from local_stack.topology import GATEWAY, HOST, SERVICES


def is_ready(name: str, port: int, timeout: float = 2.0) -> bool:
    """The gateway is ready when it responds at all: the services are checked separately."""
    status, _ = _get(port, "/" if name == GATEWAY else "/health/ready", timeout)
    return 0 < status < 500 if name == GATEWAY else status == 200


def is_empty(port: int, timeout: float = 2.0) -> bool:
    """Whether the product service on this port has no products. False if it does not respond."""
    status, body = _get(port, f"{SERVICES['product'].path}?page_size=1", timeout)
    try:
        return status == 200 and json.loads(body)["results"] == []
    except (ValueError, KeyError, TypeError):
        return False


def _get(port: int, path: str, timeout: float) -> tuple[int, bytes]:
    """Status and body; status 0 for no response."""
    # Not urllib, which would use a proxy from the environment.
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
