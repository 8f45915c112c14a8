"""A fake service that responds with the request that it received."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import orjson

from local_stack.fake_server import read_body, serve
from local_stack.topology import HOST

CONTENT_TYPES = {"/swagger/": "text/html", "/metrics": "text/plain"}


def respond(request: BaseHTTPRequestHandler) -> tuple[int, bytes, dict[str, str]]:
    """A request with a wrong token is rejected before its body is read."""
    early = request.headers["Authorization"] == "Bearer wrong"
    length = 0 if early else len(read_body(request))
    request.close_connection = early
    received = {
        "method": request.command,
        "path": request.path,
        "headers": dict(request.headers),
        "length": length,
    }
    content_type = CONTENT_TYPES.get(request.path, "application/json")
    return 401 if early else 200, orjson.dumps(received), {"Content-Type": content_type}


@contextmanager
def echo() -> Iterator[str]:
    """Yields the URL."""
    with serve(respond) as port:
        yield f"http://{HOST}:{port}"
