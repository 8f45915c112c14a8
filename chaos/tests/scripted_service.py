"""A fake service with scripted responses, which records its requests."""

import json
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from local_stack.fake_server import read_body

Scripted = tuple[int, Any, dict[str, str]]


class ScriptedService:
    def __init__(self) -> None:
        self.script: deque[Scripted | Callable[[], None]] = deque()
        """The responses in order; the last one is repeated.

        A function is called before the next response.
        """
        self.requests: list[tuple[str, str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        self.lock = threading.Lock()

    def respond_with(self, *script: Scripted | Callable[[], None]) -> None:
        self.script = deque(script)

    def next(self) -> Scripted:
        with self.lock:
            while callable(first := self.script[0]):
                self.script.popleft()
                first()
            return self.script.popleft() if len(self.script) > 1 else first

    def handle(self, request: BaseHTTPRequestHandler) -> tuple[int, bytes, dict[str, str]]:
        body = read_body(request)
        with self.lock:
            self.requests.append((request.command, request.path, body))
            self.headers.append(dict(request.headers.items()))
        status, content, headers = self.next()
        return status, b"" if status == 204 else json.dumps(content).encode(), headers


def ok(content: Any = None, status: int = 200, **headers: str) -> Scripted:
    return status, content, {"Content-Type": "application/json"} | headers


def problem(status: int, code: str, **headers: str) -> Scripted:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"code": code}, {"Content-Type": "application/problem+json"} | named
