"""Asking a part over HTTP whether it is ready."""

import http.client

from local_stack.catalogue import GATEWAY, HOST


def is_ready(name: str, port: int, patience: float = 2.0) -> bool:
    """The gateway is ready when it answers at all; what it leads to is asked itself."""
    path = "/" if name == GATEWAY else "/health/ready"
    # Not urllib, which would ask a proxy from the environment.
    connection = http.client.HTTPConnection(HOST, port, timeout=patience)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return status < 500 if name == GATEWAY else status == 200
