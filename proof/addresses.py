"""Where the services are: what the variables of `make up` and of the services say, or their usual ports."""

import re
from collections.abc import Mapping

from proof.errors import ShopError

DEFAULT_PORTS = {"user": 8000, "product": 8001, "inventory": 8002, "order": 8003}
BASE_URL = re.compile(r"https?://([\w.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?/?")
PORT = re.compile("[0-9]{1,5}")


def addresses(environment: Mapping[str, str]) -> dict[str, str]:
    """Of each service: its own variable, or localhost and the port that `make up` would take. Raises ShopError."""
    return {name: _address(environment, name, port) for name, port in DEFAULT_PORTS.items()}


def _address(environment: Mapping[str, str], name: str, default_port: int) -> str:
    url, port = f"{name.upper()}_SERVICE_URL", f"{name.upper()}_PORT"
    if given := environment.get(url, "").strip():
        if not BASE_URL.fullmatch(given):
            raise ShopError(f"{url} has to look like http://host:port, not {given!r}.")
        return given.rstrip("/")
    number = environment.get(port, "").strip() or str(default_port)
    if not PORT.fullmatch(number):
        raise ShopError(f"{port} has to be a port number, not {number!r}.")
    return f"http://localhost:{number}"
