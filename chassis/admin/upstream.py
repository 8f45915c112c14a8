"""One bounded call of another service."""

from collections.abc import Mapping
from typing import Any

import requests


def request(
    method: str, url: str, *, timeout: float, json: Any = None, headers: Mapping[str, str] | None = None
) -> requests.Response:
    """Goes by no proxy of the environment, and follows no redirect with a password."""
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, json=json, headers=headers, timeout=timeout, allow_redirects=False)
