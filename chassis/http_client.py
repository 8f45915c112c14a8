"""Talking to a neighbour over HTTP: kept connections, bounded time, and two ways to fail and only two."""

import re
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import orjson

from chassis import context, tracing
from chassis.circuit_breaker import CircuitBreaker
from chassis.http_connection import Answer, Connection, Origin

NOT_A_REFUSAL = {401, 403, 408, 429}
"""4xx that speak of our standing with the neighbour, or of its load, and not of what was asked."""
_TARGET = re.compile(r"/[!-~]*")
_TOKEN = re.compile(r"[!-~]*")


class UpstreamUnavailable(Exception):
    """Could not talk to the neighbour, or its answer makes no sense: whether it did what was asked is unknown."""


class UpstreamError(Exception):
    """A clear no from the neighbour, as a problem document; branch on `code`."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        self.code = str(problem["code"])
        super().__init__(self.code)


class HttpClient:
    """Calls of one neighbour. Nothing is repeated here: only the caller knows what may be."""

    def __init__(self, name: str, base_url: str, *, token: Callable[[], str] | None = None, connections: int = 16) -> None:
        self.name = name
        self._origin = Origin.of(base_url)
        self._token = token
        self._breaker = CircuitBreaker(name)
        self._idle: deque[Connection] = deque()
        self._most_idle = connections

    def request(self, method: str, path: str, body: Any = None, *, timeout: float, caller: str | None = None) -> Any:
        """The JSON of a 2xx answer, None for 204.

        `timeout` bounds the whole call, in seconds. `caller` is the access token of the person for whom we ask, shown instead of
        our own; a 401 or 403 is then a clear no to that person. Raises UpstreamUnavailable or UpstreamError.
        """
        if timeout <= 0 or not self._breaker.allows():
            raise UpstreamUnavailable(f"{self.name} is not called at the moment")
        deadline = time.monotonic() + timeout
        try:
            with tracing.call(method, self._origin.authority) as headers:
                answer = _meaning(self._exchange(self._message(method, path, body, caller, headers), deadline), caller)
        except (OSError, ValueError, UpstreamUnavailable) as error:
            self._breaker.failed()
            raise UpstreamUnavailable(f"{self.name}: {error or type(error).__name__}") from error
        except UpstreamError:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return answer

    def _message(self, method: str, path: str, body: Any, caller: str | None, headers: dict[str, str]) -> bytes:
        """The request as it goes over the wire. Raises ValueError for what would be more than one line of it."""
        token = caller or (self._token and self._token()) or ""
        if not _TARGET.fullmatch(path) or not _TOKEN.fullmatch(token):
            raise ValueError("not an address or a token that could be sent")
        content = b"" if body is None else orjson.dumps(body)
        fields = {"Host": self._origin.authority, "Accept": "application/json", **context.current().headers, **headers}
        if token:
            fields["Authorization"] = f"Bearer {token}"
        if body is not None:
            fields["Content-Type"] = "application/json"
        if body is not None or method != "GET":
            fields["Content-Length"] = str(len(content))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin1") + content

    def _exchange(self, message: bytes, deadline: float) -> Answer:
        connection = self._kept() or Connection(self._origin, deadline)
        try:
            answer = connection.ask(message, deadline)
        except BaseException:
            connection.close()
            raise
        if answer.may_be_followed and len(self._idle) < self._most_idle:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _kept(self) -> Connection | None:
        """The one used last, so that what is needed no more grows old."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if connection.is_good:
                return connection
            connection.close()
        return None


def _meaning(answer: Answer, caller: str | None) -> Any:
    kind = answer.content_type.partition(";")[0].strip().lower()
    status = answer.status
    if status == 204:
        return None
    if 200 <= status < 300 and kind == "application/json":
        content = orjson.loads(answer.content)
        if content is None:
            raise UpstreamUnavailable("answered null")
        return content
    unsaid = NOT_A_REFUSAL - {401, 403} if caller else NOT_A_REFUSAL
    if 400 <= status < 500 and status not in unsaid and kind == "application/problem+json":
        problem = orjson.loads(answer.content)
        if isinstance(problem, dict) and isinstance(problem.get("code"), str):
            raise UpstreamError(problem)
    raise UpstreamUnavailable(f"answered {status} {kind or 'without a content type'}")
