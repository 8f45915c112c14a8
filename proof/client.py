"""A client that behaves well: it repeats a request until the answer is definitive, and waits as long as it is told to."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import requests

from proof.tally import Tally

PATIENCE = (3.0, 6.5)
"""Seconds to connect, and for an answer: a little more than any answer may take (6 s), so that one that is too slow is seen."""
PAUSE = 0.1
"""After a connection has broken."""
AWAY_BEHIND_GATEWAY = {502, 504}
"""What a gateway says of a connection that it could not make, or that broke."""

JSON = dict[str, Any]
Send = Callable[[], requests.Response]


class Client:
    """Of one person; for one thread."""

    def __init__(self, base: str, token: str, tally: Tally, goes_on: Callable[[], bool], behind_gateway: bool = False) -> None:
        """`goes_on` says whether there still is time for another try."""
        self._base = base
        self._away = AWAY_BEHIND_GATEWAY if behind_gateway else set()
        self._tally = tally
        self._goes_on = goes_on
        self._http = requests.Session()
        self._http.trust_env = False
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._elsewhere = False
        self.tries = 0
        """Of the request before."""

    def close(self) -> None:
        self._http.close()

    def ask(
        self, method: str, path: str, body: Any = None, key: str = "", base: str = "", aside: bool = False
    ) -> requests.Response | None:
        """The definitive answer; None when there was none in time. With `aside`, "in progress" is an answer too."""
        headers = {"Idempotency-Key": key} if key else {}
        url = f"{base or self._base}{path}"
        self.tries, self._elsewhere = 0, bool(base)
        while True:
            self.tries += 1
            answer, pause = self._try(partial(self._http.request, method, url, json=body, headers=headers, timeout=PATIENCE))
            if answer is not None:
                if not is_in_progress(answer) or aside:
                    return answer
                pause = self._pause(answer)
            if not self._goes_on():
                return None
            time.sleep(pause)

    def _try(self, send: Send) -> tuple[requests.Response | None, float]:
        """The answer if it is definitive, or else how long to wait."""
        self._tally.count(requests=1)
        began = time.monotonic()
        try:
            answer = send()
        except requests.RequestException as error:
            self._tally.count(**{self._kind(error): 1})
            return None, PAUSE
        self._tally.note_answer(time.monotonic() - began)
        return self._judge(answer)

    def _kind(self, error: requests.RequestException) -> str:
        if self._elsewhere:
            return "elsewhere"
        return "silent" if isinstance(error, requests.Timeout) or "timed out" in str(error) else "broken"

    def _judge(self, answer: requests.Response) -> tuple[requests.Response | None, float]:
        code = code_of(answer)
        if answer.status_code in self._away:
            self._tally.count(broken=1)
            return None, PAUSE
        if answer.status_code == 503:
            self._tally.count(unavailable=1)
            if code != "service_unavailable":
                self._tally.note_wrong(f"a 503 that is {code or answer.text[:200]!r}")
            return None, self._pause(answer)
        return answer, 0.0

    def _pause(self, answer: requests.Response) -> float:
        try:
            return float(answer.headers["Retry-After"])
        except (KeyError, ValueError):
            self._tally.note_wrong(f"a {answer.status_code} without a Retry-After in seconds")
            return PAUSE


def is_in_progress(answer: requests.Response) -> bool:
    return code_of(answer) == "request_in_progress"


def code_of(answer: requests.Response) -> str:
    """Of a problem; empty when the answer is none."""
    if not answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        return ""
    try:
        return str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        return ""
