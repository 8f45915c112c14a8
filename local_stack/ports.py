"""The port of each part, and whether it is free."""

import errno
import os
import random
import re
import socket
from collections.abc import Mapping

from local_stack.errors import StackError
from local_stack.topology import DEFAULT_PORTS, HOST, SERVICES

Ports = dict[str, int]

IPV6 = "::1"
BASE_URL = re.compile(r"https?://([\w.-]+|\[[0-9a-fA-F:.]+\])(:[0-9]{1,5})?/?")

# Below the ephemeral range: an outgoing connection could take the port while a service is being
# restarted.
NON_EPHEMERAL = range(10240, 32000)


def variable(name: str) -> str:
    return f"{name.upper()}_PORT"


def from_environment(environment: Mapping[str, str]) -> Ports:
    ports: Ports = {}
    for name, default in DEFAULT_PORTS.items():
        port = _number(variable(name), environment.get(variable(name), "").strip() or str(default))
        for other, taken in ports.items():
            if taken == port:
                raise StackError(
                    f"Port {port} is configured twice: {variable(other)} and {variable(name)}."
                )
        ports[name] = port
    return ports


def _number(name: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise StackError(f"{name} has to be a port number from 1 to 65535, not {text!r}.")
    return int(text)


def check_free(ports: Ports) -> None:
    for name, port in ports.items():
        if problem := _problem(port):
            reason = "may not be used" if problem in (errno.EACCES, errno.EPERM) else "is taken"
            raise StackError(
                f"Port {port} {reason} ({os.strerror(problem).lower()}); choose another one with "
                f"{variable(name)}."
            )


def loopback() -> list[str]:
    """The loopback addresses of this machine."""
    return [HOST, IPV6] if socket.has_ipv6 and not _bind_error(socket.AF_INET6, IPV6, 0) else [HOST]


def bracketed(address: str) -> str:
    """The form of the address in a URL."""
    return f"[{address}]" if ":" in address else address


def free() -> Ports:
    chosen: Ports = {}
    for name in DEFAULT_PORTS:
        chosen[name] = next(
            port for port in _shuffled() if port not in chosen.values() and not _problem(port)
        )
    return chosen


def _shuffled() -> list[int]:
    return random.sample(NON_EPHEMERAL, len(NON_EPHEMERAL))


def _problem(port: int) -> int | None:
    """The errno of binding to this port; None if it is free."""
    families = {HOST: socket.AF_INET, IPV6: socket.AF_INET6}
    errors = (_bind_error(families[address], address, port) for address in loopback())
    return next(filter(None, errors), None)


def _bind_error(family: socket.AddressFamily, address: str, port: int) -> int | None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As servers do; otherwise a connection in TIME_WAIT would count as a listener.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
            probe.listen()
    except OSError as error:
        return error.errno
    return None


def service_urls(environment: Mapping[str, str]) -> dict[str, str]:
    """The base URL of each service: its URL variable, or else localhost and its port."""
    ports = from_environment(environment)
    return {
        name: _service_url(f"{name.upper()}_SERVICE_URL", environment)
        or f"http://localhost:{ports[name]}"
        for name in SERVICES
    }


def _service_url(name: str, environment: Mapping[str, str]) -> str:
    url = environment.get(name, "").strip()
    if url and not BASE_URL.fullmatch(url):
        raise StackError(f"{name} has to look like http://host:port, not {url!r}.")
    return url.rstrip("/")
