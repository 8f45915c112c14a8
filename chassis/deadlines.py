"""Time limits that hold: since when a client waits, and connections that cannot be made to wait for ever, byte by byte."""

import socket
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from chassis.context import WithMeta


def arrival(request: WithMeta) -> float:
    """When it came in, by time.monotonic(): it may have waited for a thread since, and the client waits from then on."""
    return float(request.META.get("chassis.request_start") or time.monotonic())


class DeadlineSocket(socket.socket):
    """Its timeout is for all that is read until it is set again, and does not begin anew with each byte."""

    _deadline: float | None = None

    def settimeout(self, value: float | None, /) -> None:
        self._deadline = None if value is None else time.monotonic() + value
        super().settimeout(value)

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            super().settimeout(left)
        return super().recv_into(*args, **kwargs)


class DeadlineConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        plain = super()._new_conn()
        timeout = plain.gettimeout()
        made = DeadlineSocket(fileno=plain.detach())
        made.settimeout(timeout)
        return made


class _Pool(HTTPConnectionPool):
    ConnectionCls = DeadlineConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {**self.poolmanager.pool_classes_by_scheme, "http": _Pool}


def get(url: str, *, connect: float, answer: float) -> requests.Response:
    """A GET that takes no longer than so many seconds to connect and then for the whole answer. Raises requests.RequestException.

    Over a connection of its own, without redirects, and by no proxy that the environment names: for what is asked now and then.
    """
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", _Adapter())
        return session.get(url, timeout=(connect, answer), allow_redirects=False)
