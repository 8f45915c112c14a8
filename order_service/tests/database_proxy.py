"""A TCP proxy between a process and the database, to simulate outages and latency."""

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

from django.db import connection


class DatabaseProxy:
    """Forwards connections on a loopback port to the tests' database while connected."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._is_connected = True
        self.delay = 0.0
        """Latency in seconds of each chunk from the database."""
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def url(self) -> str:
        to = connection.settings_dict
        place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        return f"postgres://{quote(to['USER'])}:{quote(to['PASSWORD'])}@{place}/{to['NAME']}"

    def disconnect(self) -> None:
        self._is_connected = False
        while self._sockets:
            with suppress(OSError):
                self._sockets.pop().shutdown(socket.SHUT_RDWR)

    def reconnect(self) -> None:
        self._is_connected = True

    def close(self) -> None:
        self.disconnect()
        self._listener.close()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if not self._is_connected:
                    client.close()
                    continue
                server = _connect(connection.settings_dict)
                self._sockets += [client, server]
                for pair in ((client, server, lambda: 0.0), (server, client, lambda: self.delay)):
                    threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, target: socket.socket, delay: Callable[[], float]) -> None:
    with suppress(OSError), source:
        while chunk := source.recv(65536):
            time.sleep(delay())
            target.sendall(chunk)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


def _connect(to: dict[str, Any]) -> socket.socket:
    host = str(to["HOST"] or to["OPTIONS"].get("host", "127.0.0.1"))
    port = int(to["PORT"] or to["OPTIONS"].get("port", 5432))
    if not host.startswith("/"):
        return socket.create_connection((host, port))
    server = socket.socket(socket.AF_UNIX)
    server.connect(f"{host}/.s.PGSQL.{port}")
    return server


def database_url() -> str:
    """The tests' database, for other processes: DATABASE_URL with another name."""
    return (
        urlsplit(os.environ["DATABASE_URL"])
        ._replace(path=f"/{connection.settings_dict['NAME']}")
        .geturl()
    )
