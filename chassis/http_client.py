"""Talking to a neighbour over HTTP: pooled connections, bounded time, and two ways to fail and only two."""

import time
from collections.abc import Callable
from typing import Any

import orjson
import urllib3

from chassis import context
from chassis.circuit_breaker import CircuitBreaker
from chassis.deadlines import DeadlineConnection

CONNECT_SECONDS = 0.5
LONGEST_ANSWER = 8 * 1024 * 1024
NOT_A_REFUSAL = {401, 403, 408, 429}
"""4xx that speak of our standing with the neighbour, or of its load, and not of what was asked."""


class Unavailable(Exception):
    """Could not talk to the neighbour, or its answer makes no sense: whether it did what was asked is unknown."""


class Refused(Exception):
    """A clear no from the neighbour, as a problem document; branch on `code`."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        self.code = str(problem["code"])
        super().__init__(self.code)


class HttpClient:
    """Calls of one neighbour. Nothing is repeated here: only the caller knows what may be."""

    def __init__(self, name: str, base_url: str, *, token: Callable[[], str] | None = None, connections: int = 16) -> None:
        self.name = name
        self._token = token
        self._breaker = CircuitBreaker(name)
        self._pool = urllib3.connection_from_url(base_url, maxsize=connections, retries=False)
        if self._pool.scheme == "http":
            self._pool.ConnectionCls = DeadlineConnection

    def request(self, method: str, path: str, body: Any = None, *, within: float, caller: str | None = None) -> Any:
        """The JSON of a 2xx answer, None for 204.

        `within` bounds the whole call, in seconds. `caller` is the access token of the person for whom we ask, shown instead of
        our own; a 401 or 403 is then a clear no to that person. Raises Unavailable or Refused.
        """
        if within <= 0 or not self._breaker.allows():
            raise Unavailable(f"{self.name} is not called at the moment")
        try:
            answer = _meaning(*self._exchange(method, path, body, time.monotonic() + within, caller), caller)
        except (urllib3.exceptions.HTTPError, OSError, ValueError, Unavailable) as error:
            self._breaker.failed()
            raise Unavailable(f"{self.name}: {error or type(error).__name__}") from error
        except Refused:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return answer

    def _exchange(self, method: str, path: str, body: Any, deadline: float, caller: str | None) -> tuple[int, str, bytes]:
        left = deadline - time.monotonic()
        answer = self._pool.urlopen(
            method,
            path,
            body=None if body is None else orjson.dumps(body),
            headers=self._headers(caller),
            timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, left), total=left),
            redirect=False,
            preload_content=False,
        )
        try:
            content = _read(answer, deadline)
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        return answer.status, answer.headers.get("Content-Type", ""), content

    def _headers(self, caller: str | None) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json", **context.current().headers}
        if token := caller or (self._token and self._token()):
            headers["Authorization"] = f"Bearer {token}"
        return headers


def _read(answer: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    content = b""
    while chunk := answer.read1(65536):
        content += chunk
        if time.monotonic() > deadline or len(content) > LONGEST_ANSWER:
            raise Unavailable("the answer is too slow or too long")
    return content


def _meaning(status: int, content_type: str, content: bytes, caller: str | None) -> Any:
    kind = content_type.partition(";")[0].strip().lower()
    if status == 204:
        return None
    if 200 <= status < 300 and kind == "application/json":
        answer = orjson.loads(content)
        if answer is None:
            raise Unavailable("answered null")
        return answer
    unsaid = NOT_A_REFUSAL - {401, 403} if caller else NOT_A_REFUSAL
    if 400 <= status < 500 and status not in unsaid and kind == "application/problem+json":
        problem = orjson.loads(content)
        if isinstance(problem, dict) and isinstance(problem.get("code"), str):
            raise Refused(problem)
    raise Unavailable(f"answered {status} {kind or 'without a content type'}")
