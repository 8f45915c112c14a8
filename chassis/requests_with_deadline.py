"""`requests` for the calls off the path of an order: token keys, readiness, sign-in of staff.

urllib3 starts its timeouts anew with each byte and never limits a name lookup, so libcurl carries
the request. It is over, connection closed, when `timeout` seconds have passed.
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
    """One call over a connection of its own, without redirects. Raises requests.RequestException.

    Of the response's headers only Content-Type is kept.
    """
    prepared = requests.Request(method, url, headers=headers, json=json).prepare()
    lines = {name: value for name, value in prepared.headers.items() if name != "Content-Length"}
    try:
        answer = curl.Handle().send(
            method, str(prepared.url), lines, _as_bytes(prepared.body), timeout
        )
    except TimeoutError as error:
        raise requests.Timeout(str(error)) from error
    except OSError as error:
        raise requests.ConnectionError(str(error)) from error
    response = requests.Response()
    response.status_code, response.raw = answer.status, io.BytesIO(answer.content)
    response.url, response.request = str(prepared.url), prepared
    response.headers["Content-Type"] = answer.content_type
    return response


def _as_bytes(body: str | bytes | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""
