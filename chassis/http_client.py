"""JSON client for other services: keep-alive, total timeout, and two errors only."""

import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from chassis import context, curl, tracing
from chassis.circuit_breaker import CircuitBreaker

NOT_BUSINESS_ERRORS = {401, 403, 408, 429}
"""4xx about our credentials or the upstream's load, not about the request."""
MIN_TIMEOUT_TO_BLAME = 0.5
"""A failure counts for the circuit breaker only if the timeout was at least this long."""
MAX_IDLE_CONNECTIONS = 16
_PATH = re.compile(r'/[!"$-~]*')
_TOKEN = re.compile(r"[!-~]*")


class UpstreamUnavailable(Exception):
    """No response or an invalid one: whether the request was carried out is unknown."""


class UpstreamError(Exception):
    """The upstream rejected the request with a problem document; branch on `code`."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        self.code = str(problem["code"])
        super().__init__(self.code)


class HttpClient:
    """Calls to one upstream. Only GET is retried: the caller decides for other methods."""

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        token: Callable[[], str] | None = None,
    ) -> None:
        parts = urlsplit(base_url)
        self.name = name
        self._authority = parts.netloc.rpartition("@")[2]
        self._origin = f"{parts.scheme}://{self._authority}"
        self._token = token
        self._breaker = CircuitBreaker(name)
        self._idle: deque[curl.Handle] = deque(maxlen=MAX_IDLE_CONNECTIONS)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        timeout: float,
        user_token: str | None = None,
    ) -> Any:
        """The JSON of a 2xx response, None for 204.

        `timeout` is the total time in seconds. `user_token`, an access token, is sent instead of
        our own; a 401 or 403 is then an UpstreamError. Raises UpstreamUnavailable or UpstreamError.
        """
        if timeout <= 0 or not self._breaker.allow_request():
            raise UpstreamUnavailable(f"{self.name} is not called at the moment")
        try:
            content = b"" if body is None else orjson.dumps(body)
            with tracing.call(method, self._authority) as trace:
                headers = self._headers(body, user_token, trace)
                response = self.send(method, _checked(path), headers, content, timeout)
                result = _parse_response(response, user_token)
        except (OSError, ValueError, UpstreamUnavailable) as error:
            if timeout >= MIN_TIMEOUT_TO_BLAME or isinstance(error, ConnectionRefusedError):
                self._breaker.record_failure()
            raise UpstreamUnavailable(f"{self.name}: {error}") from error
        except UpstreamError:
            self._breaker.record_success()
            raise
        self._breaker.record_success()
        return result

    def send(
        self, method: str, path: str, headers: Mapping[str, str], content: bytes, timeout: float
    ) -> curl.Response:
        """Uses the most recently used handle, so that handles left over from a burst expire."""
        try:
            handle = self._idle.pop()
        except IndexError:
            handle = curl.Handle()
        try:
            return handle.send(method, self._origin + path, headers, content, timeout)
        finally:
            self._idle.append(handle)

    def _headers(
        self, body: Any, user_token: str | None, trace: Mapping[str, str]
    ) -> dict[str, str]:
        headers = {**context.get().headers, **trace}
        token = user_token or (self._token and self._token()) or ""
        if not _TOKEN.fullmatch(token):
            raise ValueError("invalid token")
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        return headers


def _checked(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError("invalid path")
    return path


def _parse_response(response: curl.Response, user_token: str | None) -> Any:
    status = response.status
    content_type = response.content_type.partition(";")[0].strip().lower()
    if status == 204:
        return None
    if 200 <= status < 300 and content_type == "application/json":
        content = orjson.loads(response.content)
        if content is None:
            raise UpstreamUnavailable("responded null")
        return content
    not_business = NOT_BUSINESS_ERRORS - {401, 403} if user_token else NOT_BUSINESS_ERRORS
    if (
        400 <= status < 500
        and status not in not_business
        and content_type == "application/problem+json"
    ):
        problem = orjson.loads(response.content)
        if isinstance(problem, dict) and isinstance(problem.get("code"), str):
            raise UpstreamError(problem)
    raise UpstreamUnavailable(f"responded {status} {content_type or 'without a content type'}")
