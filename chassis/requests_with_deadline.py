"""`requests` with a total timeout, for calls outside of placing an order: JWKS, readiness, login.

urllib3 restarts its timeout with each byte and does not limit a name lookup, so libcurl sends the
request. After `timeout` seconds the connection is closed.
"""

import io
from collections.abc import Mapping
from typing import Any

import requests

from chassis import curl


def get(url: str, *, timeout: float) -> requests.Response:
    return request("GET", url, timeout=timeout)


def request(
    method: str,
    url: str,
    *,
    timeout: float,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
) -> requests.Response:
    """One call on a new connection, without redirects. Raises requests.RequestException.

    The response has no header but Content-Type.
    """
    prepared = requests.Request(method, url, headers=headers, json=json).prepare()
    lines = {name: value for name, value in prepared.headers.items() if name != "Content-Length"}
    try:
        reply = curl.Handle().send(
            method, str(prepared.url), lines, _as_bytes(prepared.body), timeout
        )
    except TimeoutError as error:
        raise requests.Timeout(str(error)) from error
    except OSError as error:
        raise requests.ConnectionError(str(error)) from error
    response = requests.Response()
    response.status_code, response.raw = reply.status, io.BytesIO(reply.content)
    response.url, response.request = str(prepared.url), prepared
    response.headers["Content-Type"] = reply.content_type
    return response


def _as_bytes(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""
