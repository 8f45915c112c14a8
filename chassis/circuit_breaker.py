"""A circuit breaker: after a row of failures it fails at once, and lets one call through now and then to see.

closed ──THRESHOLD failures in a row──→ open ──PAUSE──→ half open: one call ──ok──→ closed
                                         ↑────────────failed────────┘

A call that takes longer than the pause does not hold the next one back: nothing has to be known of a call that never ends, and a
neighbour that is back is found within a pause. More than (the longest call / PAUSE) never wait for one that is not.

What failed FORGET_SECONDS ago says nothing of now: then it is closed again, so that the first crowd after a quiet time
does not find a door that opens for one.
"""

import logging
import threading
import time

log = logging.getLogger(__name__)

THRESHOLD = 5
PAUSE_SECONDS = 1.0
FORGET_SECONDS = 5.0
"""Longer than a pause and a call that is let through and waited for in vain: an outage with callers is never forgotten."""


class CircuitBreaker:
    """Of one dependency, for all threads of a process. The lock is held for the counting only, never for a call."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._failures = 0
        self._closed_again_at = 0.0
        self._forgotten_at = 0.0
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        return self._failures >= THRESHOLD

    def allows(self) -> bool:
        """Whether to call at all. While open, one caller in each pause is let through."""
        if not self.is_open:
            return True
        with self._lock:
            now = time.monotonic()
            if now >= self._forgotten_at:
                self._close()
            elif now < self._closed_again_at:
                return False
            self._closed_again_at = now + PAUSE_SECONDS
            return True

    def succeeded(self) -> None:
        if not self._failures:
            return
        with self._lock:
            self._close()

    def failed(self) -> None:
        with self._lock:
            self._failures += 1
            now = time.monotonic()
            self._closed_again_at, self._forgotten_at = now + PAUSE_SECONDS, now + FORGET_SECONDS
            if self._failures == THRESHOLD:
                log.warning("circuit to %s open", self._name)

    def _close(self) -> None:
        if self.is_open:
            log.warning("circuit to %s closed", self._name)
        self._failures = 0
