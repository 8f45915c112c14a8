"""A circuit breaker: after THRESHOLD failures in a row, calls fail fast except for one probe.

closed ──THRESHOLD failures in a row──→ open ──RECOVERY_TIMEOUT──→ half open: a probe ──ok──→ closed
                                         ↑──────────────failed──────────────┘

A probe that hangs does not block the next probe, so recovery is detected within RECOVERY_TIMEOUT.

RESET_TIMEOUT after the last failure the circuit closes, so that the first burst after an idle
period is not limited to one probe.
"""

import logging
import threading
import time

log = logging.getLogger(__name__)

THRESHOLD = 5
RECOVERY_TIMEOUT = 1.0
RESET_TIMEOUT = 5.0
"""Longer than RECOVERY_TIMEOUT plus a probe that times out, so an outage under load stays open."""


class CircuitBreaker:
    """For one dependency, shared by all threads. Its lock is never held during a call."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._failures = 0
        self._next_probe_at = 0.0
        self._reset_at = 0.0
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        return self._failures >= THRESHOLD

    def allow_request(self) -> bool:
        """Whether to call. While open, allows one probe per RECOVERY_TIMEOUT."""
        if not self.is_open:
            return True
        with self._lock:
            now = time.monotonic()
            if now >= self._reset_at:
                self._close()
            elif now < self._next_probe_at:
                return False
            self._next_probe_at = now + RECOVERY_TIMEOUT
            return True

    def record_success(self) -> None:
        if not self._failures:
            return
        with self._lock:
            self._close()

    def record_failure(self) -> None:
        with self._lock:
            self._failures += 1
            now = time.monotonic()
            self._next_probe_at, self._reset_at = now + RECOVERY_TIMEOUT, now + RESET_TIMEOUT
            if self._failures == THRESHOLD:
                log.warning("circuit to %s open", self._name)

    def _close(self) -> None:
        if self.is_open:
            log.warning("circuit to %s closed", self._name)
        self._failures = 0
