"""Asking a part over HTTP how it is."""

import http.client
import json

from local_stack.catalogue import GATEWAY, HOST, SERVICES


def is_ready(name: str, port: int, patience: float = 2.0) -> bool:
    """The gateway is ready when it answers at all; what it leads to is asked itself."""
    status, _ = _asked(port, "/" if name == GATEWAY else "/health/ready", patience)
    return 0 < status < 500 if name == GATEWAY else status == 200


def is_empty(port: int, patience: float = 2.0) -> bool:
    """Whether the product service on this port has nothing to sell; what does not answer is not called empty."""
    status, body = _asked(port, f"{SERVICES['product'].path}?page_size=1", patience)
    try:
        return status == 200 and json.loads(body)["results"] == []
    except (ValueError, KeyError, TypeError):
        return False


def _asked(port: int, path: str, patience: float) -> tuple[int, bytes]:
    """Status and body; status 0 for no answer."""
    # Not urllib, which would ask a proxy from the environment.
    connection = http.client.HTTPConnection(HOST, port, timeout=patience)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException):
        return 0, b""
    finally:
        connection.close()
