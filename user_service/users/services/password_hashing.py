"""How passwords are hashed, and how many concurrently.

A hash takes 19 MiB and one processor. Anonymous requests share a pool of bounded capacity: they can
neither delay the hashes of signed-in users nor occupy all threads of a worker.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher

from users.errors import HashPoolFull

Result = TypeVar("Result")


class Argon2id(Argon2PasswordHasher):
    """Argon2id with parameters that OWASP recommends (Password Storage Cheat Sheet)."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1


class HashPool:
    """Threads that hash; `capacity` is the maximum of running and waiting hashes."""

    def __init__(self, name: str, *, threads: int, capacity: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._capacity = BoundedSemaphore(capacity)

    def run(self, function: Callable[..., Result], *arguments: object) -> Result:
        """Raises HashPoolFull immediately when the pool is full."""
        if not self._capacity.acquire(blocking=False):
            raise HashPoolFull
        try:
            return self._threads.submit(function, *arguments).result()
        finally:
            self._capacity.release()


ANONYMOUS_POOL = HashPool("hash-anonymous", threads=1, capacity=10)
"""Fewer than a worker's threads (config/gunicorn.py), so that other requests are still served."""
USER_POOL = HashPool("hash-user", threads=1, capacity=4)
