"""A separate gateway in front of fake services."""

import os
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from local_stack import ports
from local_stack.topology import HOST, REPOSITORY

CADDYFILE = REPOSITORY / "gateway" / "Caddyfile"
START_TIMEOUT = 10.0


class Gateway(NamedTuple):
    port: int
    pid: int
    log: Path


@contextmanager
def caddy(
    folder: Path, environment: Mapping[str, str], caddyfile: Path = CADDYFILE
) -> Iterator[Gateway]:
    port = ports.free()["gateway"]
    own = {"GATEWAY_ADDRESS": f":{port}", "GATEWAY_BIND": HOST, "SITE_ROOT": str(folder)}
    own |= {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)} | dict(environment)
    command = [
        str(Path(sysconfig.get_path("scripts"), "caddy")),
        "run",
        "--config",
        str(caddyfile),
        "--adapter",
        "caddyfile",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=os.environ | own, stderr=log)
    try:
        _wait_for(port)
        yield Gateway(port, process.pid, folder / "log")
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            return socket.create_connection((HOST, port)).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, "the gateway did not start"
            time.sleep(0.05)
