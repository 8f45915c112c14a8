"""How passwords are hashed, and how many at once.

A hash takes 19 MiB and a processor while it lasts. Requests without a login share one pool of bounded capacity:
they can neither delay the hash of a signed-in user nor occupy all threads of a worker.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BoundedSemaphore
from typing import TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher

from users.errors import Busy

Result = TypeVar("Result")


class Argon2id(Argon2PasswordHasher):
    """Argon2id with one of the settings that OWASP recommends (Password Storage Cheat Sheet)."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1


class HashPool:
    """Threads that hash, and how many hashes may be running or waiting for one of them."""

    def __init__(self, name: str, *, threads: int, capacity: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._places = BoundedSemaphore(capacity)

    def run(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Raises Busy at once when the pool is full."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            return self._threads.submit(work, *arguments).result()
        finally:
            self._places.release()


ANONYMOUS = HashPool("hash-anonymous", threads=1, capacity=10)
"""Fewer than the threads of a worker (config/gunicorn.py): the others go on answering."""
SIGNED_IN = HashPool("hash-signed-in", threads=1, capacity=4)
