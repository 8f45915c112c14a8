"""The wire between a process and the database, to be cut and mended."""

import os
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

from django.db import connection


class Wire:
    """Forwards connections on a loopback port to the tests' database, while it is whole."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._whole = True
        self.delay = 0.0
        """Seconds that each answer of the database is on its way."""
        self._ends: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def url(self) -> str:
        to = connection.settings_dict
        place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        return f"postgres://{quote(to['USER'])}:{quote(to['PASSWORD'])}@{place}/{to['NAME']}"

    def cut(self) -> None:
        self._whole = False
        while self._ends:
            with suppress(OSError):
                self._ends.pop().shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._whole = True

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if not self._whole:
                    near.close()
                    continue
                far = _connect(connection.settings_dict)
                self._ends += [near, far]
                for pair in ((near, far, lambda: 0.0), (far, near, lambda: self.delay)):
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
    far = socket.socket(socket.AF_UNIX)
    far.connect(f"{host}/.s.PGSQL.{port}")
    return far


def database_url() -> str:
    """The tests' database, for other processes: DATABASE_URL with another name."""
    return (
        urlsplit(os.environ["DATABASE_URL"])
        ._replace(path=f"/{connection.settings_dict['NAME']}")
        .geturl()
    )
