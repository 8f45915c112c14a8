"""Request id and trace of the current request: returned, logged and sent to other services."""

import re
import secrets
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
TRACEPARENT = re.compile(
    r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)  # W3C Trace Context


class HasMeta(Protocol):
    """A request: Django's or DRF's."""

    @property
    def META(self) -> dict[str, Any]: ...  # noqa: N802  (Django's name)


@dataclass(frozen=True, slots=True)
class RequestContext:
    request_id: str
    traceparent: str

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Request-ID": self.request_id, "traceparent": self.traceparent}


_current: ContextVar[RequestContext | None] = ContextVar("request_context", default=None)


def start(request_id: str = "", traceparent: str = "") -> RequestContext:
    """Use the client's request id and trace if they are well-formed, else generate them."""
    if not REQUEST_ID.fullmatch(request_id):
        request_id = secrets.token_hex(16)
    if not TRACEPARENT.fullmatch(traceparent):
        random = secrets.token_hex(24)
        traceparent = f"00-{random[:32]}-{random[32:]}-01"
    context = RequestContext(request_id, traceparent)
    _current.set(context)
    return context


def get() -> RequestContext:
    return _current.get() or start()
